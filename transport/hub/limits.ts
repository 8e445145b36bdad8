import type { Rate } from "../auth/token_bucket.ts";

/** When what has been published is written: a frame goes out when it has so many messages or bytes, or is so old. */
export interface FlushLimits {
  readonly messages: number;
  readonly bytes: number;
  /** The longest that a message waits for others while the machine keeps up; messages of the urgent lane never do. */
  readonly ms: number;
  /** The longest under pressure: a flush waits at least as long as the one before it took. */
  readonly msMax: number;
}

/** Bounds of a hub, each of which may be set. */
export interface HubLimits {
  readonly flush: FlushLimits;
  /** Bytes that may be on their way to a client unacknowledged. */
  readonly windowBytes: number;
  /** The same where rate times round trip is more. */
  readonly windowBytesMax: number;
  /** Bytes of answers that wait for a client to read, and what its link holds: above this it is cut. */
  readonly outboxBytesMax: number;
  /** How long bytes may be outstanding without any being acknowledged. */
  readonly stallMs: number;
  /** How long a connection outlives its link. */
  readonly graceMs: number;
  /** How often clients are to be heard of; after two and a half times that their link is cut. */
  readonly heartbeatMs: number;
  readonly connectionsMax: number;
  /** Subscriptions of one connection. */
  readonly subscriptionsMax: number;
  /** Letters of all filters of one connection's subscriptions, as JSON has them: each change of these reads them all again. */
  readonly filtersLengthMax: number;
  /** Requests of one connection a second, and how many may come at once; less under load. */
  readonly requests: Rate;
  /** Messages of one connection of whatever kind: above this its link is cut. */
  readonly messages: Rate;
  /** Requests refused on one link before it is cut. */
  readonly faultsMax: number;
  /** The largest frame of requests. */
  readonly messageBytesMax: number;
  /** Messages of all topics' histories together: above this they stop growing. */
  readonly historyMessagesMax: number;
  /** The largest answer to a request for history. */
  readonly historyBytesMax: number;
  /** Frames below this, and those without a snapshot, are not compressed. */
  readonly compressBytesMin: number;
}

/** What holds where nothing is said: for trading, where a message goes out as soon as it can. */
export const DEFAULT_LIMITS: HubLimits = {
  flush: { messages: 64, bytes: 32_768, ms: 1, msMax: 50 },
  windowBytes: 65_536,
  windowBytesMax: 262_144,
  outboxBytesMax: 1_048_576,
  stallMs: 5000,
  graceMs: 5000,
  heartbeatMs: 30_000,
  connectionsMax: 20_000,
  subscriptionsMax: 500,
  filtersLengthMax: 32_768,
  requests: { perSecond: 1000, burst: 2000 },
  messages: { perSecond: 20_000, burst: 40_000 },
  faultsMax: 100,
  messageBytesMax: 65_536,
  historyMessagesMax: 1_000_000,
  historyBytesMax: 262_144,
  compressBytesMin: 1024,
};

/** For people's eyes rather than programs: few, large frames. */
export const DASHBOARD_FLUSH: FlushLimits = { messages: 512, bytes: 32_768, ms: 100, msMax: 500 };

/** When to write, by names that a command line may use. */
export const FLUSH_PROFILES = { fast: DEFAULT_LIMITS.flush, dashboard: DASHBOARD_FLUSH } as const;
