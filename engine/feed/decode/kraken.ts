import { krakenChecksum } from "../../book/crc32.ts";
import { BUY, SELL, type Side } from "../../core/event.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import type { DecoderOptions } from "../decoder.ts";
import { type KrakenBook, krakenMessage, krakenPairs } from "./kraken_message.ts";
import type { SymbolDecoder } from "./one_symbol.ts";
import { SessionDecoder, wrongChecksum } from "./session_decoder.ts";
import type { SessionLine } from "./session_lines.ts";
import type { TextLevel } from "./text_level.ts";

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
  return new KrakenDecoder(options, krakenFacts);
}

class KrakenDecoder extends SessionDecoder {
  /** Levels of the book channel that is taken; 0 before the first of a connection. */
  #depth = 0;

  protected sent(json: unknown): string[] {
    return krakenPairs(json);
  }

  protected connected(): void {
    this.#depth = 0;
  }

  protected received(line: SessionLine): void {
    const message = krakenMessage(line.json, line.place);
    if (!message || !this.one.takes(message.pair, line.place)) return;
    if (message.channel === "trade") this.trades(message.trades, message.times, line);
    else if (message.depth === (this.#depth ||= message.depth)) this.#update(message, line);
  }

  #update({ snapshot, depth, time, checksum, levels }: KrakenBook, { at, place }: SessionLine): void {
    this.fill(levels, snapshot);
    const dropped: TextLevel[] = [];
    for (const side of [SELL, BUY] as Side[]) {
      this.book.truncate(side, depth, (price) => dropped.push({ side, price, size: "0" }));
    }
    if (dropped.length > 0) levels = [...levels, ...dropped];
    if (levels.length === 0 && !snapshot) return;
    if (time.sec > this.time.sec || (time.sec === this.time.sec && time.ns > this.time.ns)) {
      Object.assign(this.time, time);
    }
    this.rows.at(this.time.sec < 0 ? at : this.time, at);
    this.rows.book(levels, snapshot, place, this.holeOnce(() => wrongChecksum(checksum, this.book, krakenChecksum)));
  }
}

/** What a Kraken pair says: XMR/USD is paid in USD. */
function krakenFacts(symbol: string): Partial<InstrumentSpec> {
  const [, currency = ""] = symbol.split("/");
  return { venue: "kraken", kind: "linear", ...currency === "" ? {} : { currency } };
}
