import {
  AT_EXCHANGE,
  AT_LOCAL,
  BUY,
  CLEAR,
  DEPTH,
  LAST,
  NONE,
  SELL,
  type Side,
  SNAPSHOT,
  TRADE,
} from "../../core/event.ts";
import { type Decoder, type DecoderOptions, SourceError } from "../decoder.ts";
import { CsvHeader } from "./csv_header.ts";
import { type CsvLine, CsvReader, type CsvTable } from "./csv_reader.ts";
import type { Fields } from "./fields.ts";
import { unitsAt } from "./place.ts";
import { SymbolFilter } from "./symbol_filter.ts";

/**
 * Decodes Tardis's CSV files of data type `incremental_book_L2`, `trades`, `quotes` and `book_ticker`.
 *
 * - A message is a run of rows of equal `timestamp` and `local_timestamp`; its last row gets LAST.
 * - A run of rows with `is_snapshot` true replaces the book: a CLEAR of both sides stands before it.
 * - Quotes and book tickers are a book of one level a side: where the best price moves, the level at the old one goes
 *   (DEPTH with size 0) before the new one is set. What lies behind the best is not known.
 * - An empty price or amount in a quote means that the side is empty.
 *
 * Times are microseconds. Throws {@linkcode SourceError} with the line on other data types, missing columns, values that
 * are no numbers, negative amounts, and a file of several symbols where none was chosen.
 */
export function tardisDecoder(options: DecoderOptions): Decoder {
  return new CsvReader(new TardisTable(options));
}

const A = 97, B = 98, F = 102, S = 115, T = 116, U = 117;
const MICROSECONDS = 6;

type DataType = "book" | "trades" | "quotes";

class TardisTable implements CsvTable {
  readonly #options: DecoderOptions;
  readonly #filter: SymbolFilter;
  #type: DataType = "book";
  #columns = { symbol: 0, exchange: 0, time: 0, local: 0, snapshot: 0, side: 0, price: 0, amount: 0 };
  #quotes = { bid: new Level(BUY, "bid"), ask: new Level(SELL, "ask") };
  /** The sink's row is filled and waits to learn whether its message goes on. */
  #waiting = false;
  #inSnapshot = false;
  #described = false;
  #fieldsCount = 0;
  /** Times and line of the row at hand. */
  #exchangeSec = 0;
  #exchangeNs = 0;
  #localSec = 0;
  #localNs = 0;
  #line = 0;

  constructor(options: DecoderOptions) {
    this.#options = options;
    this.#filter = new SymbolFilter(options);
  }

  begin(first: CsvLine): boolean {
    const header = new CsvHeader(first);
    this.#fieldsCount = first.texts.length;
    if (header.find(["issnapshot"]) >= 0) this.#type = "book";
    else if (header.find(["bidprice"]) >= 0 && header.find(["askprice"]) >= 0) this.#type = "quotes";
    else if (header.find(["price"]) >= 0 && header.find(["side"]) >= 0) this.#type = "trades";
    else {
      throw new SourceError(
        `its columns are ${first.texts.join(", ").slice(0, 100)}`,
        first.line,
        "Tardis's incremental_book_L2, trades, quotes and book_ticker can be read",
      );
    }
    const one = (name: string) => header.need(name, [name.replace("_", "")]);
    const level = this.#type === "quotes" ? () => -1 : one;
    this.#columns = {
      symbol: one("symbol"),
      exchange: one("exchange"),
      time: one("timestamp"),
      local: one("local_timestamp"),
      snapshot: this.#type === "book" ? one("is_snapshot") : -1,
      side: level("side"),
      price: level("price"),
      amount: level("amount"),
    };
    if (this.#type === "quotes") {
      for (const quote of [this.#quotes.bid, this.#quotes.ask]) {
        quote.priceColumn = one(`${quote.name}_price`);
        quote.amountColumn = one(`${quote.name}_amount`);
      }
    }
    return true;
  }

  row(fields: Fields, line: number): void {
    const columns = this.#columns;
    // Before the symbol: a line of nonsense is no other instrument.
    if (fields.count !== this.#fieldsCount) {
      fields.fail(`it has ${fields.count} fields, and the header ${this.#fieldsCount}`);
    }
    if (!this.#filter.takes(fields, columns.symbol, line)) return;
    if (!this.#described) {
      this.#described = true;
      this.#options.describe({ venue: fields.text(columns.exchange) });
    }
    fields.epoch(columns.time, "timestamp", MICROSECONDS);
    this.#exchangeSec = fields.sec;
    this.#exchangeNs = fields.ns;
    fields.epoch(columns.local, "local_timestamp", MICROSECONDS);
    this.#localSec = fields.sec;
    this.#localNs = fields.ns;
    this.#line = line;
    if (this.#type === "quotes") this.#quote(fields, line);
    else this.#level(fields, line);
  }

  end(): void {
    this.#inSnapshot = false;
    if (this.#waiting) this.#give(LAST);
    this.#filter.end();
  }

  #level(fields: Fields, line: number): void {
    const { snapshot, side, price, amount } = this.#columns;
    const who = this.#sideOf(fields, side);
    const ticks = this.#ticks(fields, price, line);
    const lots = this.#lots(fields, amount, line);
    if (this.#type === "trades") return this.#put(TRADE, who, ticks, lots);
    const isSnapshot = fields.letter(snapshot) === T;
    if (!isSnapshot && fields.letter(snapshot) !== F) {
      fields.fail(`is_snapshot is ${fields.text(snapshot) || "missing"}, not true or false`);
    }
    if (isSnapshot && !this.#inSnapshot) this.#put(CLEAR, NONE, 0, 0);
    this.#inSnapshot = isSnapshot;
    this.#put(isSnapshot ? SNAPSHOT : DEPTH, who, ticks, lots);
  }

  #quote(fields: Fields, line: number): void {
    const { bid, ask } = this.#quotes;
    for (const quote of [bid, ask]) {
      const isEmpty = fields.isEmpty(quote.priceColumn) || fields.isEmpty(quote.amountColumn);
      quote.newSize = isEmpty ? 0 : this.#lots(fields, quote.amountColumn, line);
      quote.newPrice = isEmpty ? quote.price : this.#ticks(fields, quote.priceColumn, line);
    }
    // Old levels of both sides go first, so that the book never crosses in between.
    for (const quote of [bid, ask]) {
      if (quote.size > 0 && quote.newPrice !== quote.price) {
        this.#put(DEPTH, quote.side, quote.price, 0);
        quote.size = 0;
      }
    }
    for (const quote of [bid, ask]) {
      if (quote.newSize !== quote.size) this.#put(DEPTH, quote.side, quote.newPrice, quote.newSize);
      quote.price = quote.newPrice;
      quote.size = quote.newSize;
    }
  }

  /** bid, ask; buy, sell, unknown: their first letters differ enough. */
  #sideOf(fields: Fields, column: number): Side {
    const letter = fields.letter(column);
    if (letter === B) return BUY;
    if (letter === A || letter === S) return SELL;
    if (letter !== U || this.#type === "book") fields.fail(`side is ${fields.text(column) || "missing"}`);
    return NONE;
  }

  #ticks(fields: Fields, column: number, line: number): number {
    fields.decimal(column, "price");
    return unitsAt(this.#options.tick, fields.mantissa, fields.decimals, "price", line);
  }

  #lots(fields: Fields, column: number, line: number): number {
    fields.decimal(column, "amount");
    if (fields.mantissa < 0) fields.fail(`amount is ${fields.text(column)}`);
    return unitsAt(this.#options.lot, fields.mantissa, fields.decimals, "amount", line);
  }

  #put(kind: number, side: Side, price: number, size: number): void {
    const row = this.#options.sink.row;
    if (this.#waiting) {
      const goesOn = row.localNs === this.#localNs && row.localSec === this.#localSec &&
        row.exchangeNs === this.#exchangeNs && row.exchangeSec === this.#exchangeSec;
      this.#give(goesOn ? 0 : LAST);
    }
    row.kind = kind;
    row.side = side;
    row.exchangeSec = this.#exchangeSec;
    row.exchangeNs = this.#exchangeNs;
    row.localSec = this.#localSec;
    row.localNs = this.#localNs;
    row.price = price;
    row.size = size;
    row.place = this.#line;
    this.#waiting = true;
  }

  #give(last: number): void {
    this.#options.sink.row.flags = AT_EXCHANGE | AT_LOCAL | last;
    this.#options.sink.add();
    this.#waiting = false;
  }
}

/** The best level of one side, as it was and as the row at hand has it. */
class Level {
  priceColumn = -1;
  amountColumn = -1;
  price = 0;
  size = 0;
  newPrice = 0;
  newSize = 0;

  constructor(readonly side: Side, readonly name: string) {}
}
