import { AT_EXCHANGE, AT_LOCAL, BUY, LAST, NONE, SELL, type Side, TRADE } from "../../core/event.ts";
import { type Decoder, type DecoderOptions, SourceError } from "../decoder.ts";
import { CsvHeader, isAllValues, isBoolean } from "./csv_header.ts";
import { type CsvLine, CsvReader, type CsvTable } from "./csv_reader.ts";
import type { Fields } from "./fields.ts";
import { unitsAt } from "./place.ts";
import { SymbolFilter } from "./symbol_filter.ts";
import { type DateOrder, TimeColumn } from "./time_column.ts";

/** What the trades decoder is given. */
export interface TradesOptions extends DecoderOptions {
  /** How to read dates such as 03/04/2024 where the file does not tell. */
  readonly dateOrder?: DateOrder;
}

/**
 * Decodes CSV of trades, with columns in any order and times in any usual style ({@linkcode TimeColumn}).
 *
 * - Columns are found by name: a time; price (px); size (qty, quantity, amount, volume); the aggressor's side, as buy or sell,
 *   b or s, 1 or -1, or as is_buyer_maker (true: a seller started it); none of them: NONE. Perhaps a local time, without
 *   which a trade reaches us when it happens; perhaps a symbol.
 * - A file without a header must have the columns of Binance's trades or aggregated trades.
 * - Each row is a message of its own.
 *
 * Throws {@linkcode SourceError} with line, value and remedy on values that are no numbers, sizes that are not above 0, and
 * styles that cannot be told.
 *
 * @example
 * ```ts
 * import { Grid } from "../grid.ts";
 * import { Row } from "../row.ts";
 * import { tradesDecoder } from "./trades.ts";
 * const row = new Row();
 * const decoder = tradesDecoder({
 *   sink: { row, add: () => {} },
 *   tick: new Grid("tick", { mantissa: 1, decimals: 1 }),
 *   lot: new Grid("lot", { mantissa: 1, decimals: 3 }),
 *   describe: () => {},
 *   gap: () => {},
 * });
 * decoder.push(new TextEncoder().encode("time,side,qty,price\n1723161256298,sell,1.486,61659.7\n"));
 * decoder.end();
 * if (row.price !== 616597 || row.size !== 1486 || row.side !== -1) throw new Error("unexpected");
 * ```
 */
export function tradesDecoder(options: TradesOptions): Decoder {
  return new CsvReader(new TradesTable(options));
}

const TIME_NAMES = [
  "timestamp",
  "exchangetimestamp",
  "exchangetime",
  "exchtimestamp",
  "exchts",
  "transacttime",
  "tradetime",
  "eventtime",
  "time",
  "datetime",
  "date",
  "ts",
  "t",
  "",
];
const LOCAL_NAMES = [
  "localtimestamp",
  "localtime",
  "localts",
  "receipttimestamp",
  "receivetime",
  "receivedat",
  "received",
];
const PRICE_NAMES = ["price", "px", "tradeprice", "p"];
const SIZE_NAMES = ["size", "qty", "quantity", "amount", "volume", "vol", "tradesize", "baseqty", "q", "v"];
const SIDE_NAMES = ["side", "aggressorside", "aggressor", "takerside", "direction", "tradeside"];
const MAKER_NAMES = ["isbuyermaker", "buyermaker", "wasbuyermaker", "m"];
const SYMBOL_NAMES = ["symbol", "ticker", "instrument", "pair"];

const ONE = 49, PLUS = 43, MINUS = 45, ZERO = 48;
/** Letters in lower case. */
const A = 97, B = 98, F = 102, N = 110, S = 115, T = 116, U = 117;

class TradesTable implements CsvTable {
  readonly #options: TradesOptions;
  readonly #filter: SymbolFilter;
  #columns = { symbol: -1, price: -1, size: -1, side: -1, maker: -1 };
  #fieldsMin = 0;
  #time: TimeColumn | undefined;
  #localTime: TimeColumn | undefined;

  constructor(options: TradesOptions) {
    this.#options = options;
    this.#filter = new SymbolFilter(options);
  }

  begin(first: CsvLine, sample: readonly CsvLine[]): boolean {
    const isHeader = !isAllValues(first);
    if (isHeader) this.#readHeader(first, sample);
    else this.#readBinance(first, sample);
    this.#fieldsMin = 1 + Math.max(...Object.values(this.#columns));
    return isHeader;
  }

  #readHeader(first: CsvLine, sample: readonly CsvLine[]): void {
    const header = new CsvHeader(first);
    this.#columns = {
      symbol: header.find(SYMBOL_NAMES),
      price: header.need("prices", PRICE_NAMES),
      size: header.need("sizes", SIZE_NAMES),
      side: header.find(SIDE_NAMES),
      maker: header.find(MAKER_NAMES),
    };
    const { dateOrder } = this.#options;
    const date = header.find(["date"]);
    const ofDay = header.find(["time"]);
    const both = date >= 0 && ofDay >= 0 &&
      sample.every(({ texts }) => /^\d{1,2}:\d{2}|^\d{6}$/.test(texts[ofDay] ?? ""));
    const time = both ? { column: date, ofDay } : { column: header.need("times", TIME_NAMES) };
    this.#time = new TimeColumn({ name: "time", ...time }, sample, dateOrder);
    const local = header.find(LOCAL_NAMES);
    this.#localTime = local < 0 ? undefined : new TimeColumn({ name: "local time", column: local }, sample, dateOrder);
  }

  /** Binance's files without a header: id, price, size, quote size or first and last id, time, is buyer maker, best match. */
  #readBinance(first: CsvLine, sample: readonly CsvLine[]): void {
    const maker = first.texts.findIndex(isBoolean);
    if (first.texts.length < 6 || (maker !== 5 && maker !== 6)) {
      throw new SourceError(
        `it has no header, and its ${first.texts.length} columns are not those of Binance's trades`,
        first.line,
        "put a line of column names first, such as time,price,size,side",
      );
    }
    this.#columns = { symbol: -1, price: 1, size: 2, side: -1, maker };
    this.#time = new TimeColumn({ name: "time", column: maker - 1 }, [first, ...sample]);
    this.#localTime = undefined;
  }

  row(fields: Fields, line: number): void {
    const columns = this.#columns;
    if (fields.count < this.#fieldsMin) {
      fields.fail(`it has ${fields.count} columns, and ${this.#fieldsMin} are needed`);
    }
    if (columns.symbol >= 0 && !this.#filter.takes(fields, columns.symbol, line)) return;
    const { sink, tick, lot } = this.#options;
    const row = sink.row;
    const time = this.#time!;
    time.read(fields);
    row.exchangeSec = row.localSec = time.sec;
    row.exchangeNs = row.localNs = time.ns;
    const localTime = this.#localTime;
    if (localTime !== undefined) {
      localTime.read(fields);
      row.localSec = localTime.sec;
      row.localNs = localTime.ns;
    }
    fields.decimal(columns.price, "price");
    row.price = unitsAt(tick, fields.mantissa, fields.decimals, "price", line);
    fields.decimal(columns.size, "size");
    if (fields.mantissa <= 0) fields.fail(`size is ${fields.text(columns.size)}, not above 0`);
    row.size = unitsAt(lot, fields.mantissa, fields.decimals, "size", line);
    row.side = columns.side >= 0
      ? sideOf(fields, columns.side)
      : columns.maker >= 0
      ? sideOfTaker(fields, columns.maker)
      : NONE;
    row.kind = TRADE;
    row.place = line;
    row.flags = AT_EXCHANGE | AT_LOCAL | LAST;
    sink.add();
  }

  end(): void {
    this.#filter.end();
  }
}

/** buy, bid, b, 1: a buyer started it; sell, ask, s, a, -1: a seller; nothing, none, unknown, 0: nobody says. */
function sideOf(fields: Fields, column: number): Side {
  const letter = fields.letter(column);
  const lower = letter | 32;
  if (lower === B) return BUY;
  if (lower === S || lower === A) return SELL;
  if (letter === 0 || lower === U || lower === N) return NONE;
  if (letter === ONE || letter === PLUS || letter === MINUS || letter === ZERO) {
    const side = fields.integer(column, "side");
    if (side === 1 || side === -1 || side === 0) return side;
  }
  return fields.fail(`side is ${fields.text(column)}, neither buy nor sell`);
}

function sideOfTaker(fields: Fields, column: number): Side {
  const letter = fields.letter(column);
  if ((letter | 32) === T || letter === ONE) return SELL;
  if ((letter | 32) === F || letter === ZERO) return BUY;
  return fields.fail(`is_buyer_maker is ${fields.text(column) || "missing"}, not true or false`);
}
