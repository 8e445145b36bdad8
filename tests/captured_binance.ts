/** A recorded Binance session as a market to serve: its frames as they came, and snapshots when they are asked for. */
import { gunzipSync } from "node:zlib";
import { type BinanceChange, BinanceConnection } from "../engine/live/binance/_scripted_market.ts";
import type { MarketChange, ScriptedConnection } from "../engine/live/_market_world.ts";
import type { HttpRequest } from "../engine/live/network.ts";
import type { LocalMarket } from "./local_exchange.ts";

/** What was recorded: a frame, or the answer to a request for a snapshot. */
export interface CapturedLine {
  readonly json: string;
  /** When it arrived, in ms since 1970-01-01 UTC. */
  readonly atMs: number;
  /** Of a snapshot. */
  readonly symbol?: string;
}

interface Depth {
  readonly U: number;
  readonly u: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

/** A book as plain as can be, by prices as they are written. */
class PlainBook {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  last = -1;
  /** Updates before its first snapshot. */
  early: Depth[] = [];

  snapshot(json: string): void {
    const { lastUpdateId, bids, asks } = JSON.parse(json);
    this.last = lastUpdateId;
    // A snapshot has so many levels: those further off, which updates have set before, stand.
    const lowest = Number(bids.at(-1)?.[0] ?? 0), highest = Number(asks.at(-1)?.[0] ?? Infinity);
    for (const price of [...this.bids.keys()]) if (Number(price) >= lowest) this.bids.delete(price);
    for (const price of [...this.asks.keys()]) if (Number(price) <= highest) this.asks.delete(price);
    this.#set(this.bids, bids);
    this.#set(this.asks, asks);
    for (const depth of this.early.splice(0)) this.update(depth);
  }

  update(depth: Depth): void {
    if (this.last < 0) this.early.push(depth);
    else if (depth.u <= this.last) return;
    else this.last = depth.u;
    this.#set(this.bids, depth.b);
    this.#set(this.asks, depth.a);
  }

  #set(side: Map<string, string>, levels: readonly (readonly [string, string])[]): void {
    for (const [price, size] of levels) {
      if (Number(size) === 0) side.delete(price);
      else side.set(price, size);
    }
  }
}

/**
 * Plays a capture. A request for a snapshot is answered with the recorded one, at its place among the frames, for which it waits;
 * later ones are answered with the book as the frames have made it by then, of all levels.
 */
export class CapturedBinance implements LocalMarket {
  /** Frames that were sent to who had subscribed to them. */
  delivered = 0;
  /** Recorded snapshots that were asked for. */
  answered = 0;
  readonly books = new Map<string, PlainBook>();
  readonly #lines: readonly CapturedLine[];
  readonly #info: string;
  readonly #connections: BinanceConnection[] = [];
  #at = 0;
  #eventTime = 0;

  /** `info`: what it answers to exchangeInfo. */
  constructor(lines: readonly CapturedLine[], info: string) {
    this.#lines = lines;
    this.#info = info;
  }

  /** Streams that somebody is subscribed to. */
  get subscribed(): number {
    return new Set(this.#connections.flatMap(({ streams }) => [...streams])).size;
  }

  get waits(): boolean {
    return this.#lines[this.#at]?.symbol !== undefined;
  }

  get dueMs(): number | undefined {
    return this.#lines[this.#at]?.atMs;
  }

  connect(): ScriptedConnection {
    const made = new BinanceConnection();
    this.#connections.push(made);
    const deliver = (change: MarketChange) => {
      const frames = made.deliver(change);
      this.delivered += frames.length;
      return frames;
    };
    return { receive: (text) => made.receive(text), deliver };
  }

  change(): BinanceChange | undefined {
    const line = this.#lines[this.#at];
    if (line === undefined) return undefined;
    this.#at++;
    const { stream, data } = JSON.parse(line.json) as { stream: string; data: Depth & { s: string; E?: number } };
    const ofBook = stream.includes("@depth");
    this.#eventTime = data.E ?? this.#eventTime;
    if (ofBook) this.#book(data.s).update(data);
    return { symbol: data.s, ofBook, stream, text: line.json };
  }

  request({ url }: HttpRequest): { status: number; text: string } | undefined {
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith("/exchangeInfo")) return { status: 200, text: this.#info };
    if (pathname.endsWith("/time")) return { status: 200, text: `{"serverTime":${this.#eventTime}}` };
    const symbol = searchParams.get("symbol")!, next = this.#lines[this.#at], book = this.#book(symbol);
    if (next?.symbol === symbol) {
      this.#at++;
      this.answered++;
      book.snapshot(next.json);
      return { status: 200, text: next.json };
    }
    if (book.last < 0) return undefined;
    const { last, bids, asks } = book, T = this.#eventTime;
    return { status: 200, text: JSON.stringify({ lastUpdateId: last, E: T, T, bids: [...bids], asks: [...asks] }) };
  }

  #book(symbol: string): PlainBook {
    const found = this.books.get(symbol) ?? new PlainBook();
    this.books.set(symbol, found);
    return found;
  }
}

/** The lines of captures of one instrument: "<ns> <json>", with the answers to requests for snapshots among the frames. */
export function capturedLines(symbol: string, ...paths: readonly string[]): CapturedLine[] {
  return paths.flatMap((path) => new TextDecoder().decode(gunzipSync(Deno.readFileSync(path))).trimEnd().split("\n"))
    .map((line) => {
      const space = line.indexOf(" "), json = line.slice(space + 1), atMs = Number(line.slice(0, space)) / 1e6;
      return { json, atMs, ...json.startsWith('{"lastUpdateId"') && { symbol } };
    });
}

/** What exchangeInfo says of one instrument. */
export function oneInstrument(symbol: string, [tickSize, stepSize]: readonly [tick: string, lot: string]): string {
  const filters = [{ filterType: "PRICE_FILTER", tickSize }, { filterType: "LOT_SIZE", stepSize }];
  const fields = { symbol, status: "TRADING", quoteAsset: "USDT", marginAsset: "USDT", contractType: "PERPETUAL" };
  return JSON.stringify({ symbols: [{ ...fields, filters }] });
}
