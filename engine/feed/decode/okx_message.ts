import { BUY, SELL, type Side } from "../../core/event.ts";
import { type Moment, timeAt } from "./digits.ts";
import { badField, type TextLevel, textLevel } from "./text_level.ts";

/** A book message of one instrument. */
export interface OkxBook {
  readonly type: "book";
  /** Its channel, "books". */
  readonly channel: string;
  /** "BTC-USDT-SWAP". */
  readonly instrument: string;
  readonly snapshot: boolean;
  /** As sent, in the order sent. */
  readonly levels: readonly TextLevel[];
  readonly time: Moment;
  /** CRC-32 of the book after it, signed; undefined where it is absent or 0, which OKX sends where it computes none. */
  readonly checksum: number | undefined;
  /** Sequence numbers; undefined in sessions older than they are. */
  readonly sequence: number | undefined;
  readonly previous: number | undefined;
}

/** A message of trades of one instrument. */
export interface OkxTrades {
  readonly type: "trades";
  readonly channel: string;
  readonly instrument: string;
  /** The taker's side. */
  readonly trades: readonly TextLevel[];
  readonly times: readonly Moment[];
}

const BOOKS = new Set(["books", "books-l2-tbt", "books50-l2-tbt"]);
const TRADES = new Set(["trades", "trades-all"]);

/**
 * Reads a v5 message of the book channels with updates (`books`, `books-l2-tbt`, `books50-l2-tbt`) or of `trades`,
 * `trades-all`; none for any other.
 *
 * Throws SourceError with the line where a field of theirs is missing or no number.
 */
export function okxMessages(json: unknown, line: number): (OkxBook | OkxTrades)[] {
  const { arg, action, data } = (json ?? {}) as { arg?: Record<string, unknown>; action?: unknown; data?: unknown };
  const channel = arg?.channel, instrument = arg?.instId;
  if (typeof channel !== "string" || typeof instrument !== "string" || data === undefined) return [];
  const isBook = BOOKS.has(channel);
  if (!isBook && !TRADES.has(channel)) return [];
  if (!Array.isArray(data)) throw badField("data", data, line);
  if (!isBook) return [readTrades(data, channel, instrument, line)];
  if (action !== "snapshot" && action !== "update") throw badField("action", action, line);
  return data.map((part) => readBook(part ?? {}, channel, instrument, action === "snapshot", line));
}

/** The instruments that a subscription of ours names; none for any other message. */
export function okxInstruments(json: unknown): string[] {
  const { op, args } = (json ?? {}) as { op?: unknown; args?: unknown };
  if (op !== "subscribe" || !Array.isArray(args)) return [];
  return args.map((arg) => arg?.instId).filter((name) => typeof name === "string");
}

function readBook(
  data: Record<string, unknown>,
  channel: string,
  instrument: string,
  snapshot: boolean,
  line: number,
): OkxBook {
  const levels: TextLevel[] = [];
  for (const [key, side] of [["asks", SELL], ["bids", BUY]] as [string, Side][]) {
    const list = data[key];
    if (!Array.isArray(list)) throw badField(key, list, line);
    for (const level of list) levels.push(textLevel([level?.[0], level?.[1]], side, line));
  }
  const time = { sec: 0, ns: 0 };
  timeAt(data.ts, "ts", line, time);
  const integer = (name: string) => {
    const value = data[name];
    if (value === undefined) return undefined;
    if (!Number.isSafeInteger(Number(value))) throw badField(name, value, line);
    return Number(value);
  };
  const checksum = integer("checksum") || undefined;
  const sequence = integer("seqId"), previous = integer("prevSeqId");
  return { type: "book", channel, instrument, snapshot, levels, time, checksum, sequence, previous };
}

function readTrades(data: unknown[], channel: string, instrument: string, line: number): OkxTrades {
  const trades: TextLevel[] = [], times: Moment[] = [];
  for (const trade of data as Record<string, unknown>[]) {
    const side = trade?.side;
    if (side !== "buy" && side !== "sell") throw badField("side", side, line);
    trades.push(textLevel([trade.px, trade.sz], side === "buy" ? BUY : SELL, line));
    const time = { sec: 0, ns: 0 };
    timeAt(trade.ts, "ts", line, time);
    times.push(time);
  }
  return { type: "trades", channel, instrument, trades, times };
}
