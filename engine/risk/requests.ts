import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

const SECOND = 1e9;
/** Requests a second that are counted at most: a higher limit is this one. */
const RATE_MAX = 1e6;
/** Cancels pass whatever the rate: how many requests are counted beyond a limit, times the limit and besides. */
const BEYOND = 1, BESIDES = 16;

/** What is counted apart: all requests; orders and amends; cancels. */
export const ALL_REQUESTS = 0;
export const ORDERS_SENT = 1;
export const CANCELS_SENT = 2;
const KINDS = 3;

/**
 * Requests of the last second, by scope and kind: of each the times of twice its limit and 16 more, in a ring.
 *
 * A second is any one, not one of the clock's. What was sent before there was a limit does not count; where one is changed,
 * the newest times stay.
 *
 * | call | cost |
 * |---|---|
 * | `full`, `take` | constant, nothing allocated |
 * | `within` | the limit |
 * | `bound` | the limit, at most a million; 16 bytes for each |
 */
export class Requests {
  readonly #rings: Float64Array<ArrayBuffer>[];
  readonly #heads: Int32Array;

  constructor(scopes: number) {
    this.#rings = Array.from({ length: scopes * KINDS }, () => new Float64Array(0));
    this.#heads = new Int32Array(scopes * KINDS);
  }

  /** Keeps the times that a limit asks for; Infinity keeps none. */
  bound(scope: number, kind: number, limit: number): void {
    const at = scope * KINDS + kind, before = this.#rings[at], head = this.#heads[at];
    const most = Math.max(1, Math.min(Math.floor(limit), RATE_MAX));
    const places = limit === Infinity ? 0 : most * (1 + BEYOND) + BESIDES;
    if (places === before.length) return;
    const ring = new Float64Array(places).fill(-Infinity);
    // The head is where the oldest stands, and the newest stands before it.
    const kept = Math.min(places, before.length);
    for (let k = 1; k <= kept; k++) ring[places - k] = before[(head - k + before.length) % before.length];
    this.#rings[at] = ring;
    this.#heads[at] = 0;
  }

  /** Whether one more now would be more in one second than `limit`. */
  full(scope: number, kind: number, limit: number, now: number): boolean {
    if (limit < 1) return true;
    const at = scope * KINDS + kind, ring = this.#rings[at];
    if (ring.length === 0) return false;
    // The head is where the oldest stands, and the newest stands before it.
    const place = this.#heads[at] - Math.min(Math.floor(limit), RATE_MAX);
    return ring[place < 0 ? place + ring.length : place] > now - SECOND;
  }

  /** How many were sent within a second of now: no more than are kept. */
  within(scope: number, kind: number, now: number): number {
    const ring = this.#rings[scope * KINDS + kind];
    let count = 0;
    for (let i = 0; i < ring.length; i++) if (ring[i] > now - SECOND) count++;
    return count;
  }

  /** One was sent. */
  take(scope: number, kind: number, now: number): void {
    const at = scope * KINDS + kind, ring = this.#rings[at];
    if (ring.length === 0) return;
    const head = this.#heads[at];
    ring[head] = now;
    this.#heads[at] = head + 1 === ring.length ? 0 : head + 1;
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    for (const ring of this.#rings) for (let i = 0; i < ring.length; i++) ring[i] -= shift;
  }

  save(to: StateWriter): void {
    to.column(this.#heads);
    for (const ring of this.#rings) to.column(ring);
  }

  /** The limits must be in force that were when it was saved. */
  load(from: StateReader): void {
    from.into(this.#heads);
    for (const ring of this.#rings) from.into(ring);
  }
}
