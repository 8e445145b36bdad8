/**
 * What the messages of each channel carry. Prices are in ticks and sizes in lots, integers, of which hello says what they are
 * worth; money is a decimal string in whole currency; times are ns since 1970-01-01 UTC.
 *
 * @module
 */
import * as v from "valibot";
import { int64 } from "./int64.ts";

const ticks = v.pipe(v.number(), v.safeInteger());
const lots = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const money = v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?$/, "a decimal"));
const text = v.pipe(v.string(), v.maxLength(4096));
const name = v.pipe(v.string(), v.maxLength(200));
const side = v.picklist(["buy", "sell"]);
/** Not a number, or without bound, is nothing that JSON can say. */
const finite = v.pipe(v.number(), v.finite());
/** Figures that are not known yet are null. */
const figure = v.nullable(finite);
const level = v.strictTuple([ticks, lots]);

/** Levels that changed, best first; 0 lots: the level is gone. A checksum is that of the book after it. */
export const bookData = v.strictObject({
  bids: v.array(level),
  asks: v.array(level),
  /** CRC-32 of the best levels, see PROTOCOL.md; on snapshots, and on every so many updates. */
  checksum: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

/** Best prices and what stands there; null where a side is empty. */
export const bboData = v.strictObject({
  bid: v.nullable(ticks),
  bidSize: lots,
  ask: v.nullable(ticks),
  askSize: lots,
});

/** `side` is the taker's; null where the source does not say. */
export const tradeData = v.strictObject({ price: ticks, size: lots, side: v.nullable(side) });

/** A bar that has closed. */
export const barData = v.strictObject({ open: ticks, high: ticks, low: ticks, close: ticks, volume: finite });

const orderFields = {
  order: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  clientId: v.optional(name),
  side,
  kind: name,
  tif: name,
  /** null for a market order. */
  price: v.nullable(ticks),
  size: lots,
  filled: lots,
  state: name,
  /** Why, as a code's name; "" where there is nothing to say. */
  code: name,
  /** Id of its parent order, 0 where it has none. */
  parent: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
};

/** An order of ours as it stands after an event. */
export const orderData = v.strictObject(orderFields);

/** The orders that are open. */
export const ordersData = v.strictObject({ orders: v.array(orderData) });

/** A fill of ours. */
export const fillData = v.strictObject({
  order: orderFields.order,
  side,
  price: ticks,
  size: lots,
  maker: v.boolean(),
  fee: money,
  currency: name,
});

/** What changed; a snapshot has all. */
export const positionData = v.strictObject({
  position: v.optional(v.pipe(v.number(), v.safeInteger())),
  /** Average price of what is open, in ticks; null when flat. */
  average: v.optional(figure),
  realised: v.optional(money),
  unrealised: v.optional(v.nullable(money)),
  fees: v.optional(money),
  currency: v.optional(name),
});

/** Of the first instrument's currency; what changed, a snapshot has all. Figures for display: the account is exact. */
export const pnlData = v.strictObject({
  currency: v.optional(name),
  equity: v.optional(figure),
  cash: v.optional(money),
  realised: v.optional(figure),
  unrealised: v.optional(figure),
  fees: v.optional(figure),
});

/** Figures of the run so far; null where one does not exist yet. */
export const metricsData = v.strictObject({
  sharpe: figure,
  sortino: figure,
  /** The largest fall from a peak so far, as a share of the peak. */
  drawdown: figure,
  winRate: figure,
  /** Share of the time in which a position was held. */
  exposure: figure,
  trades: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** A threshold that was crossed. */
export const alertData = v.strictObject({
  code: name,
  severity: v.picklist(["info", "warning", "critical"]),
  message: text,
});

/** Numbers by name. */
export const signalData = v.strictObject({
  values: v.pipe(v.record(name, v.nullable(finite)), v.maxEntries(64)),
});

/** Rows of all tapes that were passed, and how many there are. */
export const progressData = v.strictObject({
  rows: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  total: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** The session's time, and how it goes on. */
export const clockData = v.strictObject({
  time: int64,
  state: v.picklist(["waiting", "running", "paused", "ended", "failed"]),
  pace: v.picklist(["free", "real", "lockstep"]),
  /** Simulated seconds a second, at pace real. */
  speed: finite,
});

/** An execution report; see engine/core/execution_report.ts for its fields. */
export const reportData = v.strictObject({
  MsgType: name,
  ExecID: v.pipe(v.number(), v.safeInteger()),
  OrderID: v.pipe(v.number(), v.safeInteger()),
  TransactTime: int64,
  ExecType: name,
  OrdStatus: name,
  Symbol: name,
  Side: side,
  OrderQty: finite,
  Price: figure,
  LastPx: figure,
  LastQty: finite,
  CumQty: finite,
  LeavesQty: finite,
  AvgPx: figure,
  Commission: figure,
  LastLiquidityInd: name,
  Text: text,
});

/** Who joined and left since the message before, and how many are there; a snapshot has all as joined. */
export const presenceData = v.strictObject({
  joined: v.array(name),
  left: v.array(name),
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** The schema of what a channel's updates carry. */
export const UPDATES = {
  book: bookData,
  bbo: bboData,
  trades: tradeData,
  bars: barData,
  orders: orderData,
  fills: fillData,
  positions: positionData,
  pnl: pnlData,
  metrics: metricsData,
  alerts: alertData,
  signals: signalData,
  progress: progressData,
  clock: clockData,
  reports: reportData,
  presence: presenceData,
} as const;

/** Of channels whose snapshots carry something else than their updates. */
export const SNAPSHOTS = { orders: ordersData } as const;
