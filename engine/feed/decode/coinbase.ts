import type { InstrumentSpec } from "../../core/instrument.ts";
import type { DecoderOptions } from "../decoder.ts";
import { type CoinbaseBook, type CoinbaseMessage, coinbaseMessage, coinbaseProducts } from "./coinbase_message.ts";
import type { SymbolDecoder } from "./one_symbol.ts";
import { SessionDecoder } from "./session_decoder.ts";
import type { SessionLine } from "./session_lines.ts";

/**
 * Decodes recorded WebSocket sessions of Coinbase Advanced Trade: channels `level2` and `market_trades` of one product.
 *
 * What a trader may want to know, or dispute:
 * - Local time is the line's. The exchange time of a book message is the latest `event_time` of its levels, of a snapshot the
 *   message's `timestamp`, and never before that of the book message before it; a trade's is its own.
 * - Messages of all channels of a connection are numbered together. Where a number is missing there is a GAP row, whatever the
 *   missing message was of, and the next snapshot ends it. So it is where a connection ends that had a book, and where an
 *   update comes before any snapshot. A message whose number is not above the last came twice or too late, and is left out.
 * - A capture that has no message of the connection itself (heartbeats, subscriptions) is of one product alone, as our recorder
 *   writes it: there numbers are missing that never were this product's, and a snapshot may begin another connection.
 * - The trades that a subscription begins with happened before it, and make no rows. Coinbase collects trades for 250 ms; those
 *   of one message stand in the order in which they happened. One whose number is not above those before it makes no row.
 * - A trade's side is the taker's, which is the opposite of what Coinbase sends. A ticker makes no rows.
 */
export function coinbaseDecoder(options: DecoderOptions): SymbolDecoder {
  return new CoinbaseDecoder(options, coinbaseFacts);
}

class CoinbaseDecoder extends SessionDecoder {
  /** The number of the last message of the connection; -1 before the first. */
  #sequence = -1;
  /** Whether all messages of the connection are there, and not one product's alone. */
  #all = false;

  protected sent(json: unknown): string[] {
    return coinbaseProducts(json);
  }

  protected connected(): void {
    this.#sequence = -1;
    this.#all = false;
  }

  protected received(line: SessionLine): void {
    const message = coinbaseMessage(line.json, line.place);
    if (message === undefined || !this.#follows(message, line)) return;
    for (const part of message.parts) {
      if (!this.one.takes(part.product, line.place)) continue;
      if (part.type === "trades") this.trades(part.trades, part.times, line, part.numbers);
      else this.#update(part, line);
    }
  }

  /** Whether a message is new; where some are missing before it, the book is stale. */
  #follows({ sequence, channel, parts }: CoinbaseMessage, line: SessionLine): boolean {
    if (sequence === undefined) return true;
    const last = this.#sequence;
    if (channel === "heartbeats" || channel === "subscriptions") this.#all = true;
    const begins = !this.#all && parts.some((part) => part.type === "book" && part.snapshot);
    if (sequence <= last && !begins) return false;
    this.#sequence = sequence;
    if (this.#all && last >= 0 && sequence > last + 1) {
      this.broken(line, { expected: `message ${last + 1}`, found: `message ${sequence}` });
    }
    return true;
  }

  #update({ snapshot, levels, time }: CoinbaseBook, { at, place }: SessionLine): void {
    this.fill(levels, snapshot);
    const hole = this.holeOnce(() => undefined);
    if (levels.length === 0 && !snapshot && !hole) return;
    if (time.sec > this.time.sec || (time.sec === this.time.sec && time.ns > this.time.ns)) {
      Object.assign(this.time, time);
    }
    this.rows.at(this.time, at);
    this.rows.book(levels, snapshot, place, hole);
  }
}

/** What a product's name says: BTC-USD is spot and paid in USD. */
function coinbaseFacts(symbol: string): Partial<InstrumentSpec> {
  const [, currency, contract] = symbol.split("-");
  const paid = currency !== undefined && contract === undefined;
  return { venue: "coinbase", kind: "linear", ...paid ? { currency } : {} };
}
