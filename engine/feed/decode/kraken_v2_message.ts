import { BUY, SELL, type Side } from "../../core/event.ts";
import { countAt, decimalAt, type Moment } from "./digits.ts";
import { isoTimeAt } from "./iso_text.ts";
import { badField, type TextLevel, textLevel } from "./text_level.ts";

/** A book message of one pair. */
export interface KrakenV2Book {
  readonly channel: "book";
  /** "BTC/USD". */
  readonly pair: string;
  readonly snapshot: boolean;
  /** As sent, in the order sent, asks first. */
  readonly levels: readonly TextLevel[];
  /** `sec` is -1 where it has none. */
  readonly time: Moment;
  /** CRC-32 of the book after it. */
  readonly checksum: number;
}

/** A message of trades of one pair. */
export interface KrakenV2Trades {
  readonly channel: "trade";
  readonly pair: string;
  /** The taker's side. */
  readonly trades: readonly TextLevel[];
  readonly times: readonly Moment[];
  /** Numbers of the trades, which go up within a pair. */
  readonly numbers: readonly number[];
}

/** How many levels a side the book channel of some pairs keeps. */
export interface KrakenV2Depth {
  readonly pairs: readonly string[];
  readonly depth: number;
}

/** What Kraken says of a pair in channel `instrument`. */
export interface KrakenV2Instrument {
  readonly symbol: string;
  /** Currency that prices are in. */
  readonly quote: string;
  /** Steps of price and size, as sent: "0.1", "1e-8". */
  readonly tick: string;
  readonly lot: string;
  /** "online", "maintenance", "cancel_only" … */
  readonly status: string;
}

/** Levels that a subscription has where it asks for none. */
const DEPTH_UNSAID = 10;
const NUMBERS = /(?<!\\)"(price|qty|price_increment|qty_increment)":\s*(-?\d[\d.eE+-]*)/g;

/**
 * Parses a v2 message with prices and sizes as text, zeros at their end and all: checksums are over the digits as sent, which
 * numbers of JSON lose.
 *
 * @example
 * ```ts
 * import { parseKrakenV2 } from "./kraken_v2_message.ts";
 * const { qty } = parseKrakenV2('{"qty":0.10000000}') as { qty: unknown };
 * if (qty !== "0.10000000") throw new Error("unexpected");
 * ```
 */
export function parseKrakenV2(text: string): unknown {
  return JSON.parse(text.replace(NUMBERS, '"$1":"$2"'));
}

/**
 * Reads a v2 message of channel `book` or of updates of `trade`, parsed by {@linkcode parseKrakenV2}; none for any other. The
 * snapshot of `trade` is of trades before the subscription.
 *
 * Throws SourceError with the line where a field of theirs is missing or no number.
 */
export function krakenV2Messages(json: unknown, line: number): (KrakenV2Book | KrakenV2Trades)[] {
  const { channel, type, data } = (json ?? {}) as { channel?: unknown; type?: unknown; data?: unknown };
  const isBook = channel === "book";
  if (!isBook && (channel !== "trade" || type === "snapshot")) return [];
  if (!Array.isArray(data)) throw badField("data", data, line);
  if (!isBook) return readTrades(data, line);
  if (type !== "snapshot" && type !== "update") throw badField("type", type, line);
  return data.map((part) => readBook(part ?? {}, type === "snapshot", line));
}

/** The depth that a subscription of ours asks for, or that Kraken confirms; undefined for any other message, and for one of no levels. */
export function krakenV2Depth(json: unknown): KrakenV2Depth | undefined {
  const { method, params, result, success } = (json ?? {}) as Record<string, unknown>;
  if (method !== "subscribe" || success === false) return undefined;
  const { channel, symbol, depth } = (params ?? result ?? {}) as Record<string, unknown>;
  const levels = depth ?? DEPTH_UNSAID;
  if (channel !== "book" || typeof levels !== "number" || !(levels >= 1)) return undefined;
  return { pairs: namesOf(symbol), depth: levels };
}

/** The pairs that a subscription of ours names; none for any other message. */
export function krakenV2Pairs(json: unknown): string[] {
  const { method, params } = (json ?? {}) as { method?: unknown; params?: Record<string, unknown> };
  return method === "subscribe" ? namesOf(params?.symbol) : [];
}

/** The pairs of a message of channel `instrument`; none for any other. Throws SourceError where one is without its steps. */
export function krakenV2Instruments(json: unknown, line: number): KrakenV2Instrument[] {
  const { channel, data } = (json ?? {}) as { channel?: unknown; data?: { pairs?: unknown } };
  if (channel !== "instrument" || !Array.isArray(data?.pairs)) return [];
  return data.pairs.map((pair: Record<string, unknown>) => {
    const text = (name: string) => {
      const value = pair[name];
      if (typeof value !== "string") throw badField(name, value, line);
      return value;
    };
    const [symbol, quote, status] = [text("symbol"), text("quote"), text("status")];
    const [tick, lot] = [text("price_increment"), text("qty_increment")];
    for (const [name, step] of [["price_increment", tick], ["qty_increment", lot]]) decimalAt(step, name, line);
    return { symbol, quote, tick, lot, status };
  });
}

function namesOf(symbol: unknown): string[] {
  return (Array.isArray(symbol) ? symbol : [symbol]).filter((name) => typeof name === "string");
}

function readBook(data: Record<string, unknown>, snapshot: boolean, line: number): KrakenV2Book {
  const levels: TextLevel[] = [];
  for (const [key, side] of [["asks", SELL], ["bids", BUY]] as [string, Side][]) {
    const list = data[key];
    if (!Array.isArray(list)) throw badField(key, list, line);
    for (const level of list) levels.push(textLevel([level?.price, level?.qty], side, line, "qty"));
  }
  const time = { sec: -1, ns: 0 };
  if (data.timestamp !== undefined) isoTimeAt(data.timestamp, "timestamp", line, time);
  const { symbol, checksum } = data;
  if (typeof symbol !== "string") throw badField("symbol", symbol, line);
  if (!Number.isInteger(checksum)) throw badField("checksum", checksum, line);
  return { channel: "book", pair: symbol, snapshot, levels, time, checksum: checksum as number };
}

/** Trades that follow each other in one pair are one message. */
function readTrades(data: unknown[], line: number): KrakenV2Trades[] {
  const messages: { channel: "trade"; pair: string; trades: TextLevel[]; times: Moment[]; numbers: number[] }[] = [];
  for (const trade of data as Record<string, unknown>[]) {
    const { symbol, side } = trade ?? {};
    if (typeof symbol !== "string") throw badField("symbol", symbol, line);
    if (side !== "buy" && side !== "sell") throw badField("side", side, line);
    let message = messages.at(-1);
    if (message?.pair !== symbol) {
      messages.push(message = { channel: "trade", pair: symbol, trades: [], times: [], numbers: [] });
    }
    message.numbers.push(countAt(trade.trade_id, "trade_id", line));
    message.trades.push(textLevel([trade.price, trade.qty], side === "buy" ? BUY : SELL, line, "qty"));
    const time = { sec: 0, ns: 0 };
    isoTimeAt(trade.timestamp, "timestamp", line, time);
    message.times.push(time);
  }
  return messages;
}
