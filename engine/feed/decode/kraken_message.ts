import { BUY, SELL, type Side } from "../../core/event.ts";
import { type Moment, readSeconds } from "./digits.ts";
import { badField, type TextLevel, textLevel } from "./text_level.ts";

/** A book message of one pair. */
export interface KrakenBook {
  readonly channel: "book";
  /** "XMR/USD". */
  readonly pair: string;
  /** Levels a side that the subscription keeps. */
  readonly depth: number;
  readonly snapshot: boolean;
  /** As sent, in the order sent. */
  readonly levels: readonly TextLevel[];
  /** The latest time of its levels; `sec` is -1 where there are none. */
  readonly time: Moment;
  /** CRC-32 of the book after it; snapshots have none. */
  readonly checksum: number | undefined;
}

/** A message of trades of one pair. */
export interface KrakenTrades {
  readonly channel: "trade";
  readonly pair: string;
  /** The taker's side. */
  readonly trades: readonly TextLevel[];
  readonly times: readonly Moment[];
}

/**
 * Reads a v1 message of channel `book-N` or `trade`; undefined for any other.
 *
 * Throws SourceError with the line where a field of theirs is missing or no number.
 */
export function krakenMessage(json: unknown, line: number): KrakenBook | KrakenTrades | undefined {
  if (!Array.isArray(json) || json.length < 4) return undefined;
  const channel: unknown = json[json.length - 2], pair: unknown = json[json.length - 1];
  if (typeof channel !== "string" || typeof pair !== "string") return undefined;
  if (channel === "trade") return readTrades(json[1], pair, line);
  const depth = /^book-(\d+)$/.exec(channel);
  return depth ? readBook(json.slice(1, -2), pair, Number(depth[1]), line) : undefined;
}

/** The pairs that a subscription of ours names; none for any other message. */
export function krakenPairs(json: unknown): string[] {
  const { event, pair } = (json ?? {}) as { event?: unknown; pair?: unknown };
  return event === "subscribe" && Array.isArray(pair) ? pair.filter((name) => typeof name === "string") : [];
}

const SIDES: readonly [string, Side][] = [["as", SELL], ["bs", BUY], ["a", SELL], ["b", BUY]];

function readBook(parts: unknown[], pair: string, depth: number, line: number): KrakenBook {
  const levels: TextLevel[] = [];
  const time: Moment = { sec: -1, ns: 0 }, at: Moment = { sec: 0, ns: 0 };
  let snapshot = false, checksum: number | undefined;
  for (const part of parts) {
    if (typeof part !== "object" || part === null) continue;
    const fields = part as Record<string, unknown>;
    for (const [key, side] of SIDES) {
      const list = fields[key];
      if (list === undefined) continue;
      if (!Array.isArray(list)) throw badField(key, list, line);
      if (key.length === 2) snapshot = true;
      for (const level of list) {
        levels.push(readLevel(level, side, line));
        readTime(level[2], line, at);
        if (at.sec > time.sec || (at.sec === time.sec && at.ns > time.ns)) Object.assign(time, at);
      }
    }
    if (fields.c !== undefined) {
      checksum = Number(fields.c);
      if (!Number.isInteger(checksum)) throw badField("c", fields.c, line);
    }
  }
  return { channel: "book", pair, depth, snapshot, levels, time, checksum };
}

function readTrades(list: unknown, pair: string, line: number): KrakenTrades {
  if (!Array.isArray(list)) throw badField("trades", list, line);
  const trades: TextLevel[] = [], times: Moment[] = [];
  for (const trade of list) {
    const side = Array.isArray(trade) ? trade[3] : undefined;
    if (side !== "b" && side !== "s") throw badField("the side of a trade", side, line);
    trades.push(readLevel(trade, side === "b" ? BUY : SELL, line));
    const at = { sec: 0, ns: 0 };
    readTime(trade[2], line, at);
    times.push(at);
  }
  return { channel: "trade", pair, trades, times };
}

function readLevel(level: unknown, side: Side, line: number): TextLevel {
  if (!Array.isArray(level)) throw badField("a level", level, line);
  return textLevel([level[0], level[1]], side, line);
}

function readTime(value: unknown, line: number, at: Moment): void {
  if (!readSeconds(String(value), at)) throw badField("the time of a level or trade", value, line);
}
