import type { Category } from "../protocol/errors.ts";
import type { Quality } from "../link/quality.ts";
import type { Traffic } from "./wire.ts";

/** Round trips that the latency figures are made of: the last 64. */
const SAMPLES = 64;
/** Of these the recent latency is the median: one answer that was read late does not stand for the link. */
const RECENT = 5;

/** What a client has done and seen so far, for people and for reports. */
export interface ClientStats {
  /** Messages and bytes that came. */
  readonly received: number;
  readonly receivedBytes: number;
  /** Messages and bytes that went. */
  readonly sent: number;
  readonly sentBytes: number;
  /** Links after the first. */
  readonly reconnections: number;
  /** Moves to another carrier. */
  readonly moves: number;
  readonly errors: Readonly<Record<Category, number>>;
  /** How long the present connection has stood, in ms; 0 where there is none. */
  readonly uptimeMs: number;
  /** Of the last 64 pings, in ms, and `recent` the median of the last five; null before the first answer. */
  readonly latencyMs:
    | {
      readonly last: number;
      readonly recent: number;
      readonly least: number;
      readonly median: number;
      readonly most: number;
    }
    | null;
  /** How well the data channel does, of late; null where there is none, or nobody watches it (see fallback_keeper.ts). */
  readonly quality: Quality | null;
  /** Server's clock minus ours, and how wrong that may be, in ms. */
  readonly clockOffsetMs: number;
  readonly clockErrorMs: number;
  /** Commands that wait for a link, and requests that wait for an answer. */
  readonly queued: number;
  readonly waiting: number;
  readonly subscriptions: number;
  /** Messages that were there already, and were dropped. */
  readonly duplicates: number;
  /** Times that something was missing or wrong, and asked for again; and messages that could not be had. */
  readonly resyncs: number;
  readonly lost: number;
  /** As the server's frames say: messages merged into others, and skipped. Only where `timing` was asked for. */
  readonly merged: number;
  readonly skipped: number;
  /** From the server's writing of the last frame to its coming, in ms by our clock. Only where `timing` was asked for; else null. */
  readonly frameAgeMs: number | null;
}

/** The counters behind the statistics. */
export class Counters implements Traffic {
  received = 0;
  receivedBytes = 0;
  sent = 0;
  sentBytes = 0;
  links = 0;
  moves = 0;
  duplicates = 0;
  resyncs = 0;
  lost = 0;
  merged = 0;
  skipped = 0;
  frameAgeMs: number | null = null;
  /** When the present connection began; undefined where there is none. */
  since: number | undefined;
  readonly errors: Record<Category, number> = {
    network: 0,
    authentication: 0,
    authorisation: 0,
    protocol: 0,
    limit: 0,
    market: 0,
    server: 0,
  };
  readonly #roundTrips: number[] = [];

  /** A ping was answered after so many ms. */
  roundTrip(ms: number): void {
    this.#roundTrips.push(ms);
    if (this.#roundTrips.length > SAMPLES) this.#roundTrips.shift();
  }

  /** The last round trip, in ms; undefined before there was one. */
  get lastRoundTripMs(): number | undefined {
    return this.#roundTrips.at(-1);
  }

  /** The figures as they are now. Cost: O(1), as 64 round trips are sorted at most. */
  view(
    now: number,
    others: Pick<ClientStats, "quality" | "clockOffsetMs" | "clockErrorMs" | "queued" | "waiting" | "subscriptions">,
  ): ClientStats {
    const inOrder = (list: readonly number[]) => [...list].sort((one, other) => one - other);
    const sorted = inOrder(this.#roundTrips), recent = inOrder(this.#roundTrips.slice(-RECENT));
    const latencyMs = sorted.length === 0 ? null : {
      last: this.#roundTrips.at(-1)!,
      // Of two the lesser: what is read late is never too low.
      recent: recent[(recent.length - 1) >> 1],
      least: sorted[0],
      median: sorted[sorted.length >> 1],
      most: sorted.at(-1)!,
    };
    const { since, links, errors, ...counts } = this;
    return {
      ...counts,
      reconnections: Math.max(0, links - 1),
      errors: { ...errors },
      uptimeMs: since === undefined ? 0 : now - since,
      latencyMs,
      ...others,
    };
  }
}
