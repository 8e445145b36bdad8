/** What happens to messages of a channel that a client cannot take as fast as they come. */
export type Delivery = "lossless" | "conflated";

/** Lanes in order of priority: what waits in an earlier one goes first. */
export const LANES = ["urgent", "fills", "book", "pnl", "metrics"] as const;
/** The name of a lane. */
export type Lane = typeof LANES[number];

/** What a channel's second name is: an instrument, a strategy's signal, or nothing. */
export type Scope = "instrument" | "strategy" | "session";

/** How one channel behaves. */
export interface ChannelSpec {
  readonly scope: Scope;
  readonly lane: Lane;
  /** lossless: each message arrives, in order. conflated: what is newer may stand for what is older. */
  readonly delivery: Delivery;
  /** Messages kept for those who come back. */
  readonly history: number;
  /** Who subscribes gets the state first. */
  readonly snapshot: boolean;
}

/** Every channel there is. */
export const CHANNELS = {
  book: {
    scope: "instrument",
    lane: "book",
    delivery: "conflated",
    history: 16_384,
    snapshot: true,
  },
  bbo: {
    scope: "instrument",
    lane: "book",
    delivery: "conflated",
    history: 256,
    snapshot: true,
  },
  trades: {
    scope: "instrument",
    lane: "book",
    delivery: "lossless",
    history: 4096,
    snapshot: false,
  },
  bars: {
    scope: "instrument",
    lane: "book",
    delivery: "lossless",
    history: 4096,
    snapshot: false,
  },
  orders: {
    scope: "instrument",
    lane: "urgent",
    delivery: "lossless",
    history: 16_384,
    snapshot: true,
  },
  fills: {
    scope: "instrument",
    lane: "fills",
    delivery: "lossless",
    history: 16_384,
    snapshot: false,
  },
  positions: {
    scope: "instrument",
    lane: "pnl",
    delivery: "conflated",
    history: 1024,
    snapshot: true,
  },
  pnl: {
    scope: "session",
    lane: "pnl",
    delivery: "conflated",
    history: 1024,
    snapshot: true,
  },
  metrics: {
    scope: "session",
    lane: "metrics",
    delivery: "conflated",
    history: 256,
    snapshot: true,
  },
  alerts: {
    scope: "session",
    lane: "urgent",
    delivery: "lossless",
    history: 4096,
    snapshot: false,
  },
  signals: {
    scope: "strategy",
    lane: "metrics",
    delivery: "conflated",
    history: 1024,
    snapshot: true,
  },
  progress: {
    scope: "session",
    lane: "metrics",
    delivery: "conflated",
    history: 16,
    snapshot: true,
  },
  clock: {
    scope: "session",
    lane: "urgent",
    delivery: "conflated",
    history: 16,
    snapshot: true,
  },
  reports: {
    scope: "instrument",
    lane: "fills",
    delivery: "lossless",
    history: 16_384,
    snapshot: false,
  },
  presence: {
    scope: "session",
    lane: "metrics",
    delivery: "lossless",
    history: 256,
    snapshot: true,
  },
} as const satisfies Readonly<Record<string, ChannelSpec>>;

/** The name of a channel. */
export type Channel = keyof typeof CHANNELS;

/** Whether a channel has this name. */
export function isChannel(name: string): name is Channel {
  return Object.hasOwn(CHANNELS, name);
}
