import { okxChecksum } from "../../book/crc32.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import type { DecoderOptions } from "../decoder.ts";
import { type OkxBook, okxInstruments, okxMessages } from "./okx_message.ts";
import type { SymbolDecoder } from "./one_symbol.ts";
import { type Hole, SessionDecoder, wrongChecksum } from "./session_decoder.ts";
import type { SessionLine } from "./session_lines.ts";

/**
 * Decodes recorded OKX v5 WebSocket sessions: the book channels with updates (`books`, `books-l2-tbt`, `books50-l2-tbt`) and
 * `trades` or `trades-all` of one instrument.
 *
 * What a trader may want to know, or dispute:
 * - Local time is the line's, exchange time the message's `ts`; a trade's is its own.
 * - Sizes are as sent: contracts for futures, swaps and options.
 * - Each message's checksum, and its `prevSeqId` where it has one, is compared with the book. Where it differs, messages were
 *   lost: there is a GAP row, and the next snapshot ends it. So it is where a connection ends that had a book, and where an
 *   update comes before any snapshot.
 * - Of several book channels the first of a connection is taken, and of the two of trades likewise: they say the same twice.
 * - A trade's side is the taker's.
 */
export function okxDecoder(options: DecoderOptions): SymbolDecoder {
  return new OkxDecoder(options, okxFacts);
}

class OkxDecoder extends SessionDecoder {
  /** The channel that is taken of books, and the one of trades. */
  readonly #channels = new Map<string, string>();
  #sequence: number | undefined;

  protected sent(json: unknown): string[] {
    return okxInstruments(json);
  }

  protected connected(): void {
    this.#channels.clear();
  }

  protected received(line: SessionLine): void {
    for (const message of okxMessages(line.json, line.place)) {
      if (!this.one.takes(message.instrument, line.place)) continue;
      const taken = this.#channels.get(message.type) ?? message.channel;
      this.#channels.set(message.type, taken);
      if (message.channel !== taken) continue;
      if (message.type === "book") this.#update(message, line);
      else this.trades(message.trades, message.times, line);
    }
  }

  #update(message: OkxBook, { at, place }: SessionLine): void {
    const { snapshot, levels, time } = message;
    this.fill(levels, snapshot);
    const hole = this.holeOnce(() => this.#holeIn(message));
    this.#sequence = message.sequence;
    if (levels.length === 0 && !snapshot && !hole) return;
    Object.assign(this.time, time);
    this.rows.at(time, at);
    this.rows.book(levels, snapshot, place, hole);
  }

  #holeIn({ snapshot, previous, checksum }: OkxBook): Hole | undefined {
    if (!snapshot && previous !== undefined && this.#sequence !== undefined && previous !== this.#sequence) {
      return { expected: `an update that follows on ${this.#sequence}`, found: `one that follows on ${previous}` };
    }
    return wrongChecksum(checksum, this.book, okxChecksum);
  }
}

/** What an OKX name says: BTC-USDT is spot, BTC-USDT-SWAP and BTC-USD-220527 are contracts, inverse where quoted in USD. */
function okxFacts(symbol: string): Partial<InstrumentSpec> {
  const [base, quote, contract] = symbol.split("-");
  if (quote === undefined) return { venue: "okx" };
  const date = /^(\d\d)(\d\d)(\d\d)$/.exec(contract ?? "");
  const expiry = date ? { expiry: `20${date[1]}-${date[2]}-${date[3]}T08:00:00Z` } : {};
  if (contract !== undefined && quote === "USD") return { venue: "okx", kind: "inverse", currency: base, ...expiry };
  return { venue: "okx", kind: "linear", currency: quote, ...expiry };
}
