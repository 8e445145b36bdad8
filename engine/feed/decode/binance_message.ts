import type { Grid } from "../grid.ts";
import { SourceError } from "../decoder.ts";
import { countAt, type Moment, priceUnits, sizeUnits, timeAt } from "./digits.ts";
import { wider } from "../../core/wider.ts";

/** A message that makes no rows. */
export const OTHER_MESSAGE = 0;
/** A depth update: ids, levels, `exchange`. */
export const DEPTH_MESSAGE = 1;
/** A best bid and ask. */
export const TICKER_MESSAGE = 2;
/** A trade, of stream `trade`. */
export const TRADE_MESSAGE = 3;
/** Trades of one taker order at one price, of stream `aggTrade`. */
export const AGGREGATE_MESSAGE = 4;
/** A REST snapshot: `last` is its `lastUpdateId`. */
export const SNAPSHOT_MESSAGE = 5;
/** What a recorder of ours writes where a connection ended: updates are missing from there on. */
export const LOST_MESSAGE = 6;

/** One message of a capture, as its reader leaves it; the fields that its kind does not have keep their last values. */
export class BinanceMessage {
  kind = OTHER_MESSAGE;
  /** Upper case, "BTCUSDT"; "" where the message does not say. */
  symbol = "";
  /** The stream's name, "btcusdt@depth@0ms"; "" for a snapshot. */
  stream = "";
  localSec = 0;
  localNs = 0;
  /** When it happened: `T` where there is one, else `E`; `sec` is -1 where there is neither. */
  readonly exchange: Moment = { sec: -1, ns: 0 };
  /** Ids of a depth update: `U`, `u`, and `pu`, which is -1 on spot. */
  first = 0;
  last = 0;
  previous = -1;
  /** Levels in ticks and lots, `bids` bids and then `count - bids` asks. */
  prices = new Float64Array(1 << 12);
  sizes = new Float64Array(1 << 12);
  count = 0;
  bids = 0;
  /** Of a trade: its number, `t` or `a`; -1 where it has none. */
  trade = -1;
  /** Of a trade: ticks, lots, whether the buyer was the maker, and whether it met an order of the book. */
  price = 0;
  size = 0;
  buyerMade = false;
  ofBook = true;
  /** Which Binance it comes from, where the message tells: "spot" or "futures". */
  market = "";

  /** Doubles the room for levels. */
  grow(): void {
    this.prices = wider(this.prices, this.prices.length * 2);
    this.sizes = wider(this.sizes, this.sizes.length * 2);
  }
}

/** The kind of messages that a stream carries, by its name: "btcusdt@depth@100ms" carries depth updates. */
export function kindOfStream(stream: string): number {
  const [, type = ""] = stream.split("@");
  if (type === "depth") return DEPTH_MESSAGE;
  if (type === "bookTicker") return TICKER_MESSAGE;
  if (type === "trade") return TRADE_MESSAGE;
  return type === "aggTrade" ? AGGREGATE_MESSAGE : OTHER_MESSAGE;
}

/** The kind of a message: by its stream, or where it has none by what it holds. */
export function kindOfMessage(stream: string, data: Record<string, unknown>): number {
  if (stream !== "") return kindOfStream(stream);
  if ("lastUpdateId" in data) return SNAPSHOT_MESSAGE;
  if ("lost" in data) return LOST_MESSAGE;
  return typeof data.e === "string" ? KIND_OF_EVENT[data.e] ?? OTHER_MESSAGE : OTHER_MESSAGE;
}

const KIND_OF_EVENT: Readonly<Record<string, number>> = {
  depthUpdate: DEPTH_MESSAGE,
  bookTicker: TICKER_MESSAGE,
  trade: TRADE_MESSAGE,
  aggTrade: AGGREGATE_MESSAGE,
};

/**
 * Reads a line of any shape that JSON allows into `message`: the slow twin of {@linkcode BinanceScanner}, and its refuge.
 *
 * `wanted` says whether a symbol's message is to be read beyond its name. Throws SourceError with the line.
 */
export function readBinanceLine(
  text: string,
  message: BinanceMessage,
  context: { tick: Grid; lot: Grid; line: number; wanted: (symbol: string) => boolean },
): void {
  const { line, wanted } = context;
  const json = readStamp(text, message, line);
  const data = (json.data ?? json) as Record<string, unknown>;
  message.stream = typeof json.stream === "string" ? json.stream : "";
  message.symbol = symbolOf(message.stream, data);
  message.exchange.sec = -1;
  message.market = "";
  message.kind = kindOfMessage(message.stream, data);
  if (message.kind === OTHER_MESSAGE || (message.symbol !== "" && !wanted(message.symbol))) return;
  if (message.kind === DEPTH_MESSAGE) readDepth(data, message, context);
  else if (message.kind === SNAPSHOT_MESSAGE) readSnapshot(data, message, context);
  else if (message.kind === TRADE_MESSAGE || message.kind === AGGREGATE_MESSAGE) readTrade(data, message, context);
}

type Context = { tick: Grid; lot: Grid; line: number };

/** Reads `<local ns> {…}`: the time into `message`, and the object. */
export function readStamp(
  text: string,
  message: { localSec: number; localNs: number },
  line: number,
): Record<string, unknown> {
  const stamp = /^(\S*)[ \t]+(?=\S)/.exec(text);
  const token = stamp ? stamp[1] : text.trimEnd();
  if (!stamp || !/^\d{18,19}$/.test(token)) {
    throw new SourceError(
      `local time is ${JSON.stringify(token.slice(0, 60))}`,
      line,
      "a line is <nanoseconds since 1970> <message>; check --format, or drop the line",
    );
  }
  message.localSec = Number(token.slice(0, -9));
  message.localNs = Number(token.slice(-9));
  let json: unknown;
  try {
    json = JSON.parse(text.slice(stamp[0].length));
  } catch {
    const start = text.trimEnd();
    throw new SourceError(
      `broken JSON in ${JSON.stringify(start.length > 80 ? `${start.slice(0, 80)}…` : start)}`,
      line,
      "repair or drop the line; if it is the last one, the capture was cut short",
    );
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new SourceError(`a message is ${JSON.stringify(json).slice(0, 60)}`, line, "a message is a JSON object");
}

/** The symbol of a message: its own field, or the start of its stream; "" where neither says. */
export function symbolOf(stream: string, data: Record<string, unknown>): string {
  const named = data.s ?? data.symbol;
  if (typeof named === "string") return named.toUpperCase();
  const at = stream.indexOf("@");
  return at > 0 ? stream.slice(0, at).toUpperCase() : "";
}

function readTime(data: Record<string, unknown>, message: BinanceMessage, line: number): void {
  if (data.T !== undefined) timeAt(data.T, "T", line, message.exchange);
  else timeAt(data.E, "E", line, message.exchange);
}

function readDepth(data: Record<string, unknown>, message: BinanceMessage, context: Context): void {
  const { line } = context;
  readTime(data, message, line);
  message.first = countAt(data.U, "U", line);
  message.last = countAt(data.u, "u", line);
  message.previous = data.pu === undefined ? -1 : countAt(data.pu, "pu", line);
  message.market = message.previous < 0 ? "spot" : "futures";
  message.count = 0;
  readLevels(data.b, "b", message, context);
  message.bids = message.count;
  readLevels(data.a, "a", message, context);
}

function readSnapshot(data: Record<string, unknown>, message: BinanceMessage, context: Context): void {
  if (data.T !== undefined || data.E !== undefined) readTime(data, message, context.line);
  message.last = countAt(data.lastUpdateId, "lastUpdateId", context.line);
  message.count = 0;
  readLevels(data.bids, "bids", message, context);
  message.bids = message.count;
  readLevels(data.asks, "asks", message, context);
}

function readLevels(levels: unknown, name: string, message: BinanceMessage, { tick, lot, line }: Context): void {
  if (!Array.isArray(levels)) {
    throw new SourceError(`${name} is ${JSON.stringify(levels) ?? "missing"}`, line, "levels are [[price, size], …]");
  }
  for (const level of levels) {
    if (!Array.isArray(level)) {
      throw new SourceError(`a level of ${name} is ${JSON.stringify(level)}`, line, "a level is [price, size]");
    }
    if (message.count === message.prices.length) message.grow();
    const price = priceUnits(level[0], tick, line);
    if (Number.isNaN(price)) continue;
    message.prices[message.count] = price;
    message.sizes[message.count++] = sizeUnits(level[1], lot, line);
  }
}

function readTrade(data: Record<string, unknown>, message: BinanceMessage, { tick, lot, line }: Context): void {
  readTime(data, message, line);
  if (typeof data.m !== "boolean") {
    throw new SourceError(
      `m is ${JSON.stringify(data.m) ?? "missing"}`,
      line,
      "m says whether the buyer was the maker",
    );
  }
  const id = message.kind === AGGREGATE_MESSAGE ? data.a : data.t;
  message.trade = id === undefined ? -1 : countAt(id, message.kind === AGGREGATE_MESSAGE ? "a" : "t", line);
  message.buyerMade = data.m;
  message.ofBook = data.X === undefined || data.X === "MARKET";
  message.market = data.M === undefined ? "futures" : "spot";
  message.price = priceUnits(data.p, tick, line);
  message.size = sizeUnits(data.q, lot, line);
}
