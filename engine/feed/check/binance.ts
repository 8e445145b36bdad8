import { POWERS_OF_TEN } from "../../core/decimal.ts";
import {
  BinanceMessage,
  DEPTH_MESSAGE,
  kindOfMessage,
  readStamp,
  SNAPSHOT_MESSAGE,
  symbolOf,
  TICKER_MESSAGE,
} from "../decode/binance_message.ts";
import { countAt, decimalAt } from "../decode/digits.ts";
import { LineReader } from "../decode/lines.ts";
import { BinanceBook, type Quote } from "./binance_book.ts";
import { type Check, type CheckReport, Tally } from "./report.ts";

const LINE_BYTES_MAX = 1 << 24;
/** Tickers and updates that wait for their counterpart, by symbol: it comes within a second, if at all. */
const WAITING_MAX = 4096;

/**
 * Proves raw Binance captures: after each depth update whose `u` is that of a book ticker, best bid and ask, price and size,
 * must be the ticker's. The ticker may stand before the update or after it.
 *
 * All symbols are checked at once, and several files continue each other. What cannot be compared because the book has no
 * snapshot yet, or lost updates since, is counted under `withoutBook`. A snapshot that names no symbol, in a capture of
 * several, goes to the one symbol whose held updates it lies within, or is left out and counted under `snapshotsUnplaced`.
 */
export function checkBinance(): Check {
  return new BinanceCheck();
}

/** One symbol: its book, and what waits for its counterpart by update id. */
class Tracked {
  readonly book = new BinanceBook();
  readonly tickers = new Map<number, Quote>();
  readonly updates = new Map<number, Quote>();
}

class BinanceCheck implements Check {
  readonly #tally = new Tally();
  readonly #symbols = new Map<string, Tracked>();
  readonly #text = new TextDecoder();
  readonly #stamp = new BinanceMessage();
  readonly #lines = new LineReader((bytes, start, end, line) => {
    const text = this.#text.decode(bytes.subarray(start, end));
    if (text.trim() !== "") this.#read(text, line);
  }, LINE_BYTES_MAX);
  #tickers = 0;
  #withoutBook = 0;
  #unplaced = 0;
  /** A snapshot that stands before anything that names a symbol. */
  #early: Record<string, unknown> | undefined;

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    this.#tally.file++;
    for (const { book } of this.#symbols.values()) book.stream = undefined;
  }

  report(): CheckReport {
    const counts = {
      instruments: this.#symbols.size,
      updates: 0,
      snapshots: 0,
      snapshotsUnplaced: this.#unplaced,
      gaps: 0,
      bookTickers: this.#tickers,
      withoutBook: this.#withoutBook,
      levels: 0,
    };
    for (const { book } of this.#symbols.values()) {
      counts.updates += book.updates;
      counts.snapshots += book.snapshots;
      counts.gaps += book.gaps;
      counts.levels += book.levels;
    }
    return this.#tally.report(counts);
  }

  #read(text: string, line: number): void {
    const json = readStamp(text, this.#stamp, line);
    const data = (json.data ?? json) as Record<string, unknown>;
    const stream = typeof json.stream === "string" ? json.stream : "";
    const kind = kindOfMessage(stream, data);
    const name = symbolOf(stream, data);
    if (kind === SNAPSHOT_MESSAGE) this.#snapshot(data, name, line);
    else if (kind === DEPTH_MESSAGE) this.#update(data, stream, name, line);
    else if (kind === TICKER_MESSAGE) this.#ticker(data, name, line);
  }

  #symbol(name: string, line: number): Tracked {
    let symbol = this.#symbols.get(name);
    if (!symbol) {
      this.#symbols.set(name, symbol = new Tracked());
      if (this.#early) symbol.book.snapshot(this.#early, line);
      this.#early = undefined;
    }
    return symbol;
  }

  #snapshot(data: Record<string, unknown>, name: string, line: number): void {
    if (name !== "") return this.#symbol(name, line).book.snapshot(data, line);
    const symbols = [...this.#symbols.values()];
    if (symbols.length === 0) {
      this.#early = data;
      return;
    }
    const id = countAt(data.lastUpdateId, "lastUpdateId", line);
    const fitting = symbols.length === 1 ? symbols : symbols.filter(({ book }) => book.fits(id));
    if (fitting.length === 1) fitting[0].book.snapshot(data, line);
    else this.#unplaced++;
  }

  #update(data: Record<string, unknown>, stream: string, name: string, line: number): void {
    const { book, tickers, updates } = this.#symbol(name, line);
    book.stream ??= stream;
    if (stream !== book.stream || !book.update(data, line)) return;
    const id = book.chain.last;
    const ticker = tickers.get(id);
    if (!book.chain.joined) {
      if (ticker) this.#withoutBook++;
      tickers.delete(id);
    } else if (ticker) {
      tickers.delete(id);
      this.#compare(book.quote(), ticker, `${name} at update ${id}`, line);
    } else wait(updates, id, book.quote());
  }

  #ticker(data: Record<string, unknown>, name: string, line: number): void {
    const { tickers, updates } = this.#symbol(name, line);
    const number = (field: string) => {
      const { mantissa, decimals } = decimalAt(data[field], field, line);
      return mantissa / POWERS_OF_TEN[decimals];
    };
    const id = countAt(data.u, "u", line);
    const quote = { bid: number("b"), bidSize: number("B"), ask: number("a"), askSize: number("A") };
    this.#tickers++;
    const update = updates.get(id);
    if (update) {
      updates.delete(id);
      this.#compare(update, quote, `${name} at update ${id}`, line);
    } else wait(tickers, id, quote);
  }

  #compare(book: Quote, ticker: Quote, where: string, line: number): void {
    const isEqual = book.bid === ticker.bid && book.bidSize === ticker.bidSize && book.ask === ticker.ask &&
      book.askSize === ticker.askSize;
    this.#tally.compare(isEqual, line, () => `${where}: the book is ${told(book)}, the ticker ${told(ticker)}`);
  }
}

/** Keeps a quote by id; the oldest goes when there are too many. */
function wait(waiting: Map<number, Quote>, id: number, quote: Quote): void {
  if (waiting.size === WAITING_MAX) waiting.delete(waiting.keys().next().value!);
  waiting.set(id, quote);
}

function told({ bid, bidSize, ask, askSize }: Quote): string {
  return `${bid} × ${bidSize} / ${ask} × ${askSize}`;
}
