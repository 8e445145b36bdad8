import { krakenChecksum } from "../../book/crc32.ts";
import { BUY, SELL, type Side } from "../../core/event.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import type { DecoderOptions } from "../decoder.ts";
import {
  type KrakenV2Book,
  krakenV2Depth,
  krakenV2Messages,
  krakenV2Pairs,
  parseKrakenV2,
} from "./kraken_v2_message.ts";
import type { SymbolDecoder } from "./one_symbol.ts";
import { SessionDecoder, wrongChecksum } from "./session_decoder.ts";
import type { SessionLine } from "./session_lines.ts";
import type { TextLevel } from "./text_level.ts";

/** Depths that Kraken offers: where no subscription is seen, the least that holds the snapshot is taken. */
const DEPTHS = [10, 25, 100, 500, 1000];

/**
 * Decodes recorded Kraken v2 WebSocket sessions: channels `book` and `trade` of one pair.
 *
 * What a trader may want to know, or dispute:
 * - Local time is the line's, exchange time the message's `timestamp`, never before that of the book message before it; a
 *   trade's is its own. A snapshot without one has that of the book message before it, or our own time.
 * - A book keeps as many levels a side as the subscription asks for: what a message pushes out has a DEPTH row of size 0 in the
 *   same message.
 * - Each message's checksum, a snapshot's too, is compared with the book, digit by digit as they were sent. Where it differs,
 *   messages were lost: there is a GAP row, and the next snapshot ends it. So it is where a connection ends that had a book,
 *   and where an update comes before any snapshot.
 * - The trades that a subscription begins with happened before it, and make no rows.
 * - A trade whose number is not above those before it came twice, and makes no row.
 * - A trade's side is the taker's. A ticker makes no rows: the book says the same.
 */
export function krakenV2Decoder(options: DecoderOptions): SymbolDecoder {
  return new KrakenV2Decoder(options, krakenV2Facts, parseKrakenV2);
}

class KrakenV2Decoder extends SessionDecoder {
  /** Levels a side by pair, of this connection. */
  readonly #depths = new Map<string, number>();

  protected sent(json: unknown): string[] {
    this.#noteDepth(json);
    return krakenV2Pairs(json);
  }

  protected connected(): void {
    this.#depths.clear();
  }

  protected received(line: SessionLine): void {
    this.#noteDepth(line.json);
    for (const message of krakenV2Messages(line.json, line.place)) {
      if (!this.one.takes(message.pair, line.place)) continue;
      if (message.channel === "trade") this.trades(message.trades, message.times, line, message.numbers);
      else this.#update(message, line);
    }
  }

  #noteDepth(json: unknown): void {
    const noted = krakenV2Depth(json);
    for (const pair of noted?.pairs ?? []) if (this.one.asked(pair) !== false) this.#depths.set(pair, noted!.depth);
  }

  #update({ pair, snapshot, time, checksum, levels }: KrakenV2Book, { at, place }: SessionLine): void {
    this.fill(levels, snapshot);
    if (snapshot && !this.#depths.has(pair)) this.#depths.set(pair, this.#leastDepth());
    const depth = this.#depths.get(pair) ?? Infinity, dropped: TextLevel[] = [];
    for (const side of [SELL, BUY] as Side[]) {
      this.book.truncate(side, depth, (price) => dropped.push({ side, price, size: "0" }));
    }
    const hole = this.holeOnce(() => wrongChecksum(checksum, this.book, krakenChecksum));
    if (levels.length === 0 && !snapshot && !hole) return;
    if (time.sec > this.time.sec || (time.sec === this.time.sec && time.ns > this.time.ns)) {
      Object.assign(this.time, time);
    }
    this.rows.at(this.time.sec < 0 ? at : this.time, at);
    this.rows.book(dropped.length > 0 ? [...levels, ...dropped] : levels, snapshot, place, hole);
  }

  #leastDepth(): number {
    const levels = Math.max(this.book.count(BUY), this.book.count(SELL));
    return DEPTHS.find((depth) => depth >= levels) ?? levels;
  }
}

/** What a Kraken pair says: BTC/USD is paid in USD. */
function krakenV2Facts(symbol: string): Partial<InstrumentSpec> {
  const [, currency = ""] = symbol.split("/");
  return { venue: "kraken", kind: "linear", ...currency === "" ? {} : { currency } };
}
