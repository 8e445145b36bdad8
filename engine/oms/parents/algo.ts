import type { Feed } from "../../core/feed.ts";
import type { Desk } from "./desk.ts";
import type { Parent } from "./parent.ts";

/**
 * How a parent works: when it looks, and what it places then.
 *
 * It is asked only while its parent works; pauses, ends and what is left are not its business, and neither are bounds: the
 * {@linkcode Desk} sends no more than there is room for.
 */
export interface Algo {
  /** It begins, or what is left of size and time has changed: plans anew. */
  plan?(parent: Parent, desk: Desk): void;
  /** The parent's own time at which it looks next, in ns; it has none where absent. */
  readonly next?: number;
  /** It looks: `next` has come, it begins, or goes on. */
  look(parent: Parent, desk: Desk): void;
  /** A message of any instrument has been applied. */
  heard?(parent: Parent, desk: Desk, feed: Feed): void;
  /** A child has ended; `lots` of it were filled in all. */
  ended?(parent: Parent, desk: Desk, lots: number): void;
}
