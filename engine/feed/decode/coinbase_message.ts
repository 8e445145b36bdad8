import { BUY, SELL } from "../../core/event.ts";
import { countAt, type Moment } from "./digits.ts";
import { isoTimeAt } from "./iso_text.ts";
import { badField, type TextLevel, textLevel } from "./text_level.ts";

/** A change of one product's book. */
export interface CoinbaseBook {
  readonly type: "book";
  /** "BTC-USD". */
  readonly product: string;
  readonly snapshot: boolean;
  /** As sent, in the order sent. */
  readonly levels: readonly TextLevel[];
  /** The latest time of its levels; a snapshot's is the message's. */
  readonly time: Moment;
}

/** Trades of one product. */
export interface CoinbaseTrades {
  readonly type: "trades";
  readonly product: string;
  /** The taker's side: Coinbase sends the maker's. */
  readonly trades: readonly TextLevel[];
  readonly times: readonly Moment[];
  /** Numbers of the trades, which go up within a product. */
  readonly numbers: readonly number[];
}

/** A message of Advanced Trade: its place in the connection, and what of it makes rows. */
export interface CoinbaseMessage {
  /** "l2_data", "market_trades", "heartbeats" … */
  readonly channel: string;
  /** One more than that of the message before it on the connection; undefined where it has none. */
  readonly sequence: number | undefined;
  readonly parts: readonly (CoinbaseBook | CoinbaseTrades)[];
}

/**
 * Reads a message of any channel; undefined for what is no such message. Parts are those of `level2` (which arrives as
 * `l2_data`) and the updates of `market_trades`, whose snapshot is of trades before the subscription.
 *
 * Throws SourceError with the line where a field of theirs is missing or no number.
 */
export function coinbaseMessage(json: unknown, line: number): CoinbaseMessage | undefined {
  const { channel, sequence_num, timestamp, events } = (json ?? {}) as Record<string, unknown>;
  if (typeof channel !== "string") return undefined;
  const sequence = sequence_num === undefined ? undefined : countAt(sequence_num, "sequence_num", line);
  if (channel !== "l2_data" && channel !== "market_trades") return { channel, sequence, parts: [] };
  if (!Array.isArray(events)) throw badField("events", events, line);
  const parts = events.flatMap((event: Record<string, unknown>): (CoinbaseBook | CoinbaseTrades)[] => {
    const { type } = event ?? {};
    if (type !== "snapshot" && type !== "update") throw badField("type", type, line);
    if (channel === "l2_data") return [readBook(event, timestamp, type === "snapshot", line)];
    return type === "snapshot" ? [] : readTrades(event.trades, line);
  });
  return { channel, sequence, parts };
}

/** The products that a subscription of ours names; none for any other message. */
export function coinbaseProducts(json: unknown): string[] {
  const { type, product_ids } = (json ?? {}) as { type?: unknown; product_ids?: unknown };
  if (type !== "subscribe" || !Array.isArray(product_ids)) return [];
  return product_ids.filter((name) => typeof name === "string");
}

function readBook(
  { product_id, updates }: Record<string, unknown>,
  timestamp: unknown,
  snapshot: boolean,
  line: number,
): CoinbaseBook {
  if (typeof product_id !== "string") throw badField("product_id", product_id, line);
  if (!Array.isArray(updates)) throw badField("updates", updates, line);
  const levels: TextLevel[] = [], time = { sec: -1, ns: 0 }, at = { sec: 0, ns: 0 };
  for (const update of updates as Record<string, unknown>[]) {
    const { side, price_level, new_quantity, event_time } = update ?? {};
    if (side !== "bid" && side !== "offer" && side !== "ask") throw badField("side", side, line);
    levels.push(textLevel([price_level, new_quantity], side === "bid" ? BUY : SELL, line));
    if (snapshot) continue;
    isoTimeAt(event_time, "event_time", line, at);
    if (at.sec > time.sec || (at.sec === time.sec && at.ns > time.ns)) Object.assign(time, at);
  }
  if (time.sec < 0) isoTimeAt(timestamp, "timestamp", line, time);
  return { type: "book", product: product_id, snapshot, levels, time };
}

/** Trades that follow each other in one product are one message; the oldest comes first, whichever way they were sent. */
function readTrades(list: unknown, line: number): CoinbaseTrades[] {
  if (!Array.isArray(list)) throw badField("trades", list, line);
  const parts: { type: "trades"; product: string; trades: TextLevel[]; times: Moment[]; numbers: number[] }[] = [];
  const numberOf = (trade: { readonly trade_id?: unknown } | undefined) => countAt(trade?.trade_id, "trade_id", line);
  const backward = list.length > 1 && numberOf(list[0]) > numberOf(list.at(-1));
  for (const trade of (backward ? list.toReversed() : list) as Record<string, unknown>[]) {
    const { product_id, side, price, size, time } = trade ?? {};
    if (typeof product_id !== "string") throw badField("product_id", product_id, line);
    if (side !== "BUY" && side !== "SELL") throw badField("side", side, line);
    let part = parts.at(-1);
    if (part?.product !== product_id) {
      parts.push(part = { type: "trades", product: product_id, trades: [], times: [], numbers: [] });
    }
    part.numbers.push(countAt(trade.trade_id, "trade_id", line));
    part.trades.push(textLevel([price, size], side === "BUY" ? SELL : BUY, line));
    const at = { sec: 0, ns: 0 };
    isoTimeAt(time, "time", line, at);
    part.times.push(at);
  }
  return parts;
}
