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
  /** One sentence for the documents. */
  readonly about: string;
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
    about: "Levels of the order book: a snapshot, then what changed, each chained to the one before.",
    scope: "instrument",
    lane: "book",
    delivery: "conflated",
    history: 16_384,
    snapshot: true,
  },
  bbo: {
    about: "Best bid and offer.",
    scope: "instrument",
    lane: "book",
    delivery: "conflated",
    history: 256,
    snapshot: true,
  },
  trades: {
    about: "Trades of the market.",
    scope: "instrument",
    lane: "book",
    delivery: "lossless",
    history: 4096,
    snapshot: false,
  },
  bars: {
    about: "Bars that have closed.",
    scope: "instrument",
    lane: "book",
    delivery: "lossless",
    history: 4096,
    snapshot: false,
  },
  orders: {
    about: "Our orders, as each stands after an event.",
    scope: "instrument",
    lane: "urgent",
    delivery: "lossless",
    history: 16_384,
    snapshot: true,
  },
  fills: {
    about: "Our fills.",
    scope: "instrument",
    lane: "fills",
    delivery: "lossless",
    history: 16_384,
    snapshot: false,
  },
  positions: {
    about: "Positions: what changed since the message before.",
    scope: "instrument",
    lane: "pnl",
    delivery: "conflated",
    history: 1024,
    snapshot: true,
  },
  pnl: {
    about: "Equity, profit and loss by currency: what changed.",
    scope: "session",
    lane: "pnl",
    delivery: "conflated",
    history: 1024,
    snapshot: true,
  },
  metrics: {
    about: "Sharpe, Sortino, drawdown, win rate and exposure so far.",
    scope: "session",
    lane: "metrics",
    delivery: "conflated",
    history: 256,
    snapshot: true,
  },
  alerts: {
    about: "Thresholds that were crossed, with their severity.",
    scope: "session",
    lane: "urgent",
    delivery: "lossless",
    history: 4096,
    snapshot: false,
  },
  signals: {
    about: "Numbers that a strategy publishes: a pair's spread, z-score and hedge ratio, say.",
    scope: "strategy",
    lane: "metrics",
    delivery: "conflated",
    history: 1024,
    snapshot: true,
  },
  progress: {
    about: "Rows of tape passed, and how many there are.",
    scope: "session",
    lane: "metrics",
    delivery: "conflated",
    history: 16,
    snapshot: true,
  },
  clock: {
    about: "The session's time, pace and state.",
    scope: "session",
    lane: "urgent",
    delivery: "conflated",
    history: 16,
    snapshot: true,
  },
  reports: {
    about: "Execution reports of every order, for whoever watches beside the strategy.",
    scope: "instrument",
    lane: "fills",
    delivery: "lossless",
    history: 16_384,
    snapshot: false,
  },
  presence: {
    about: "Who joins the session's hub, and who leaves.",
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
