import { krakenChecksum } from "../../book/crc32.ts";
import { BUY, SELL, type Side } from "../../core/event.ts";
import type { DecoderOptions } from "../decoder.ts";
import type { Moment } from "./digits.ts";
import { type KrakenBook, krakenMessage, krakenPairs, type KrakenTrades } from "./kraken_message.ts";
import { OneSymbol, type SymbolDecoder } from "./one_symbol.ts";
import { type SessionLine, SessionLines } from "./session_lines.ts";
import { SessionRows, type TextLevel } from "./session_rows.ts";
import { TextBook } from "./text_book.ts";

/**
 * Decodes recorded Kraken v1 WebSocket sessions: channels `book-N` and `trade` of one pair.
 *
 * What a trader may want to know, or dispute:
 * - Local time is the line's. The exchange time of a book message is the latest of its levels' times, and never before that
 *   of the message before it (a level sent again carries its old time); a trade's is its own.
 * - A book keeps N levels a side: what a message pushes out has a DEPTH row of size 0 in the same message.
 * - Each message's checksum is compared with the book. Where it differs, messages were lost: there is a GAP row, and the next
 *   snapshot ends it. So it is where a connection ends that had a book, and where an update comes before any snapshot.
 * - Of several book channels of a pair the first of a connection is taken.
 * - A trade's side is the taker's.
 */
export function krakenDecoder(options: DecoderOptions): SymbolDecoder {
  return new KrakenDecoder(options);
}

class KrakenDecoder implements SymbolDecoder {
  readonly #rows: SessionRows;
  readonly #one: OneSymbol;
  readonly #lines = new SessionLines((line) => this.#read(line));
  readonly #book = new TextBook();
  readonly #time: Moment = { sec: -1, ns: 0 };
  /** Levels of the book channel that is taken; 0 before the first of a connection. */
  #depth = 0;
  #live = false;
  #stale = false;
  /** The line being read. */
  #place = 0;

  constructor(options: DecoderOptions) {
    this.#rows = new SessionRows(options);
    this.#one = new OneSymbol(options.symbol, ({ symbol = "" }) => {
      const [, currency = ""] = symbol.split("/");
      options.describe({ symbol, venue: "kraken", kind: "linear", ...currency === "" ? {} : { currency } });
    });
  }

  get symbols(): ReadonlySet<string> {
    return this.#one.names;
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    this.#one.end(this.#place);
  }

  #read({ kind, json, at, place }: SessionLine): void {
    this.#place = place;
    if (kind === "connect") this.#connect(at, place);
    else if (kind === "sent") this.#one.expect(krakenPairs(json), place);
    else {
      const message = krakenMessage(json, place);
      if (!message || !this.#one.takes(message.pair, place)) return;
      if (message.channel === "trade") this.#trades(message, at, place);
      else if (message.depth === (this.#depth ||= message.depth)) this.#update(message, at, place);
    }
  }

  #connect(at: Moment, place: number): void {
    this.#depth = 0;
    if (!this.#live) return;
    this.#live = false;
    this.#stale = true;
    this.#rows.at(this.#time, at);
    this.#rows.gap(place, { expected: "one unbroken connection", found: "a new one" });
  }

  #trades({ trades, times }: KrakenTrades, at: Moment, place: number): void {
    this.#rows.at(times[0] ?? at, at);
    this.#rows.trades(trades, place, (i) => times[i]);
  }

  #update(message: KrakenBook, at: Moment, place: number): void {
    const book = this.#book;
    const { snapshot, depth, time, checksum } = message;
    let levels = message.levels;
    if (snapshot) {
      book.clear();
      this.#live = true;
      this.#stale = false;
    }
    for (const { side, price, size } of levels) book.set(side, price, size);
    const dropped: TextLevel[] = [];
    for (const side of [SELL, BUY] as Side[]) {
      book.truncate(side, depth, (price) => dropped.push({ side, price, size: "0" }));
    }
    if (dropped.length > 0) levels = [...levels, ...dropped];
    if (levels.length === 0 && !snapshot) return;
    if (time.sec > this.#time.sec || (time.sec === this.#time.sec && time.ns > this.#time.ns)) {
      Object.assign(this.#time, time);
    }
    this.#rows.at(this.#time.sec < 0 ? at : this.#time, at);
    const gap = this.#stale ? undefined : this.#hole(checksum);
    if (gap) this.#stale = true;
    this.#rows.book(levels, snapshot, place, gap);
  }

  #hole(checksum: number | undefined): { expected: string; found: string } | undefined {
    if (!this.#live) return { expected: "a snapshot", found: "an update" };
    if (checksum === undefined) return undefined;
    const found = krakenChecksum(this.#book);
    return found === checksum ? undefined : { expected: `checksum ${checksum}`, found: `${found}` };
  }
}
