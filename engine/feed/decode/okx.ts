import { okxChecksum } from "../../book/crc32.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import type { DecoderOptions } from "../decoder.ts";
import type { Moment } from "./digits.ts";
import { type OkxBook, okxInstruments, okxMessages, type OkxTrades } from "./okx_message.ts";
import { OneSymbol, type SymbolDecoder } from "./one_symbol.ts";
import { type SessionLine, SessionLines } from "./session_lines.ts";
import { SessionRows } from "./session_rows.ts";
import { TextBook } from "./text_book.ts";

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
  return new OkxDecoder(options);
}

class OkxDecoder implements SymbolDecoder {
  readonly #rows: SessionRows;
  readonly #one: OneSymbol;
  readonly #lines = new SessionLines((line) => this.#read(line));
  readonly #book = new TextBook();
  readonly #time: Moment = { sec: -1, ns: 0 };
  readonly #channels = new Map<string, string>();
  #sequence: number | undefined;
  #live = false;
  #stale = false;
  /** The line being read. */
  #place = 0;

  constructor(options: DecoderOptions) {
    this.#rows = new SessionRows(options);
    this.#one = new OneSymbol(options.symbol, ({ symbol = "" }) => options.describe({ symbol, ...okxFacts(symbol) }));
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
    else if (kind === "sent") this.#one.expect(okxInstruments(json), place);
    else {
      for (const message of okxMessages(json, place)) {
        if (!this.#one.takes(message.instrument, place)) continue;
        const taken = this.#channels.get(message.type) ?? message.channel;
        this.#channels.set(message.type, taken);
        if (message.channel !== taken) continue;
        if (message.type === "book") this.#update(message, at, place);
        else this.#trades(message, at, place);
      }
    }
  }

  #connect(at: Moment, place: number): void {
    this.#channels.clear();
    if (!this.#live) return;
    this.#live = false;
    this.#stale = true;
    this.#rows.at(this.#time, at);
    this.#rows.gap(place, { expected: "one unbroken connection", found: "a new one" });
  }

  #trades({ trades, times }: OkxTrades, at: Moment, place: number): void {
    this.#rows.at(times[0] ?? at, at);
    this.#rows.trades(trades, place, (i) => times[i]);
  }

  #update(message: OkxBook, at: Moment, place: number): void {
    const book = this.#book;
    const { snapshot, levels, time } = message;
    if (snapshot) {
      book.clear();
      this.#live = true;
      this.#stale = false;
    }
    for (const { side, price, size } of levels) book.set(side, price, size);
    const gap = this.#stale ? undefined : this.#hole(message);
    if (gap) this.#stale = true;
    this.#sequence = message.sequence;
    if (levels.length === 0 && !snapshot && !gap) return;
    Object.assign(this.#time, time);
    this.#rows.at(time, at);
    this.#rows.book(levels, snapshot, place, gap);
  }

  #hole({ snapshot, previous, checksum }: OkxBook): { expected: string; found: string } | undefined {
    if (!this.#live) return { expected: "a snapshot", found: "an update" };
    if (!snapshot && previous !== undefined && this.#sequence !== undefined && previous !== this.#sequence) {
      return { expected: `an update that follows on ${this.#sequence}`, found: `one that follows on ${previous}` };
    }
    if (checksum === undefined) return undefined;
    const found = okxChecksum(this.#book);
    return found === checksum ? undefined : { expected: `checksum ${checksum}`, found: `${found}` };
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
