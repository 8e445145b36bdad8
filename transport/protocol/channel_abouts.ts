import type { Channel } from "./channels.ts";

/** One sentence about each channel, for documents: apart from channels.ts, as no client needs to load them. */
export const CHANNEL_ABOUTS: Readonly<Record<Channel, string>> = {
  book: "Levels of the order book: a snapshot, then what changed, each chained to the one before.",
  bbo: "Best bid and offer.",
  trades: "Trades of the market.",
  bars: "Bars that have closed.",
  orders: "Our orders, as each stands after an event.",
  fills: "Our fills.",
  positions: "Positions: what changed since the message before.",
  pnl: "Equity, profit and loss by currency: what changed.",
  metrics: "Sharpe, Sortino, drawdown, win rate and exposure so far.",
  alerts: "Thresholds that were crossed, with their severity.",
  signals: "Numbers that a strategy publishes: a pair's spread, z-score and hedge ratio, say.",
  progress: "Rows of tape passed, and how many there are.",
  clock: "The session's time, pace and state.",
  reports: "Execution reports of every order, for whoever watches beside the strategy.",
  presence: "Who joins the session's hub, and who leaves.",
};
