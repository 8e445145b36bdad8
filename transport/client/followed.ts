import type { Channel } from "../protocol/channels.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import type { Timers } from "../link/timers.ts";
import type { Fold } from "./fold.ts";
import type { Intake } from "./intake.ts";
import type { Requests } from "./requests.ts";
import type { ServerWishes } from "./server_wishes.ts";
import type { Topic, WindowOptions } from "./topic.ts";

/** What feeds tell whoever keeps them. */
export interface FeedsHost {
  readonly clock: Timers;
  readonly requests: Requests;
  /** Sends what needs no answer; dropped while there is no link. */
  send(message: ClientMessage): void;
  /** Whether a link is there and welcome. */
  connected(): boolean;
  /** A message was there already. */
  duplicate(): void;
  /** Something is missing, or a checksum is wrong: it is asked for again. */
  resync(channel: Channel, symbol: string, why: "gap" | "checksum"): void;
  /** Messages cannot be had any more; Infinity where nobody knows how many. */
  lost(channel: Channel, symbol: string, count: number): void;
  /** A topic has a new state; of channels with snapshots. */
  folded(channel: Channel, symbol: string, fold: Fold): void;
  /** A listener threw. */
  threw(error: unknown): void;
  readonly timeoutMs: number;
  readonly window: WindowOptions;
}

/** One subscription at the server: all who want its channel and symbol share it. */
export interface Feed {
  readonly channel: Channel;
  readonly symbol: string;
  readonly intakes: Set<Intake>;
  wishes: ServerWishes;
  /** As the server named it; undefined until it has. */
  id?: string | undefined;
  asking: boolean;
  /** Counts askings, so that the answer to one that was given up is not heard. */
  asked: number;
  cancelRetry?: (() => void) | undefined;
}

/** A topic of which messages come, who wants them, and how it fares. */
export interface Followed {
  readonly topic: Topic;
  readonly fold: Fold;
  intakes: readonly Intake[];
  /** What was missing is asked for. */
  resyncing: boolean;
  /** Messages since it was last repaired, and how often that was of late: what never heals is not asked for in a loop. */
  good: number;
  repairs: number;
  cancelRepair?: (() => void) | undefined;
}

/** The key of a channel and symbol. */
export function keyOf(channel: Channel, symbol: string): string {
  return `${channel} ${symbol}`;
}

/** Whether who wants one symbol, or "*", wants another. */
export function covers(wanted: string, symbol: string): boolean {
  return wanted === "*" || wanted === symbol;
}

/** Whether two wanted symbols have one in common. */
export function overlap(one: string, other: string): boolean {
  return one === other || one === "*" || other === "*";
}
