import { POWERS_OF_TEN } from "../../core/decimal.ts";
import { type Decoder, type DecoderOptions, SourceError } from "../decoder.ts";
import { type DatabentoReaderOptions, DatabentoRecord, LEVELS, LEVELS_MAX, ORDER, PRINT } from "./databento_record.ts";
import { DatabentoRows } from "./databento_rows.ts";
import { Fields } from "./fields.ts";
import { LineReader } from "./lines.ts";
import { severalSymbols, symbolNotFound } from "./symbol_choice.ts";

const POINT = 46, E_SMALL = 101, E_LARGE = 69;
/** Names kept for an error at most: a file of a whole exchange has thousands. */
const NAMES_MAX = 1000;
const encoder = new TextEncoder();
/** How CSV without pretty prices writes that there is none. */
const NO_PRICE = encoder.encode("9223372036854775807");

/**
 * Decodes Databento CSV (schemas mbo, mbp-1, mbp-10, trades) into rows; {@linkcode DatabentoRows} says which.
 *
 * Columns are found by their names in the header, in any order. Prices and times may be pretty or raw: a price without a
 * decimal point is a count of 1e-9, a time without dashes of nanoseconds since 1970. Without ts_recv, ts_event is both.
 *
 * Throws SourceError with the line: on what cannot be read, and when the file has several instruments and none was chosen.
 *
 * @example
 * ```ts
 * import { Grid } from "../grid.ts";
 * import { Row } from "../row.ts";
 * import { databentoCsvDecoder } from "./databento_csv.ts";
 * const row = new Row();
 * const decoder = databentoCsvDecoder({
 *   sink: { row, add: () => {} },
 *   tick: new Grid("tick", { mantissa: 1, decimals: 2 }),
 *   lot: new Grid("lot", { mantissa: 1, decimals: 0 }),
 *   describe: () => {},
 *   gap: () => {},
 * });
 * decoder.push(new TextEncoder().encode(
 *   "ts_recv,ts_event,action,side,price,size,order_id,flags,sequence,symbol\n" +
 *     "2025-07-17T08:05:03.36Z,2025-07-17T08:05:03.35Z,A,B,5.510000000,100,817593,130,851012,ARL\n",
 * ));
 * decoder.end();
 * if (row.price !== 551 || row.size !== 100 || row.localNs !== 360_000_000) throw new Error("unexpected");
 * ```
 */
export function databentoCsvDecoder(options: DecoderOptions): Decoder {
  const rows = new DatabentoRows(options, "line");
  const reader = new DatabentoCsvReader({ ...options, onRecord: (record) => rows.take(record) });
  return {
    push: (bytes) => reader.push(bytes),
    end: () => {
      reader.end();
      rows.end();
    },
  };
}

/** Reads Databento CSV into {@linkcode DatabentoRecord}s of one instrument. */
export class DatabentoCsvReader implements Decoder {
  readonly #options: DatabentoReaderOptions;
  readonly #record = new DatabentoRecord();
  readonly #fields = new Fields();
  readonly #lines = new LineReader((bytes, start, end, line) => this.#line(bytes, start, end, line));
  #columns: Columns | undefined;
  #symbol: Uint8Array | undefined;
  #symbolText: string;
  #found = false;
  readonly #others = new Set<string>();

  constructor(options: DatabentoReaderOptions) {
    this.#options = options;
    this.#symbolText = options.symbol ?? "";
    if (options.symbol !== undefined) this.#symbol = encoder.encode(options.symbol);
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    const line = this.#lines.line;
    this.#lines.end();
    this.#columns = undefined;
    if (!this.#found && this.#others.size > 0) throw symbolNotFound(this.#symbolText, this.#others, line, "line");
  }

  #line(bytes: Uint8Array, start: number, end: number, line: number): void {
    const fields = this.#fields;
    fields.split(bytes, start, end, line);
    const columns = this.#columns;
    if (columns === undefined) {
      this.#columns = readHeader(fields);
      return;
    }
    if (fields.count !== columns.count) {
      fields.fail(`it has ${fields.count} fields, and the header ${columns.count}`, "was the file cut short?");
    }
    if (columns.symbol >= 0 && !this.#isOurs(columns.symbol, line)) return;
    const record = this.#record;
    record.place = line;
    record.shape = columns.shape;
    record.action = fields.letter(columns.action);
    record.side = fields.letter(columns.side);
    record.price = this.#price(columns.price);
    record.size = this.#count(columns.size, "size");
    record.flags = columns.flags < 0 ? 0 : this.#count(columns.flags, "flags");
    record.sequence = columns.sequence < 0 ? 0 : this.#count(columns.sequence, "sequence");
    record.idLow = record.idHigh = 0;
    if (columns.shape === ORDER) {
      fields.id(columns.orderId, "order_id");
      record.idLow = fields.idLow;
      record.idHigh = fields.idHigh;
    }
    fields.time(columns.event, "ts_event");
    record.eventSec = fields.sec;
    record.eventNs = fields.ns;
    if (columns.recv >= 0) fields.time(columns.recv, "ts_recv");
    record.recvSec = fields.sec;
    record.recvNs = fields.ns;
    if (columns.shape === LEVELS) this.#levels(columns);
    this.#options.onRecord(record);
  }

  #levels({ levels, levelFields }: Columns): void {
    const record = this.#record;
    record.levels = levels;
    for (let i = 0, at = 0; i < levels; i++, at += 6) {
      record.bidPrices[i] = this.#price(levelFields[at]);
      record.bidSizes[i] = this.#count(levelFields[at + 1], "bid_sz");
      record.bidCounts[i] = this.#count(levelFields[at + 2], "bid_ct");
      record.askPrices[i] = this.#price(levelFields[at + 3]);
      record.askSizes[i] = this.#count(levelFields[at + 4], "ask_sz");
      record.askCounts[i] = this.#count(levelFields[at + 5], "ask_ct");
    }
  }

  #isOurs(column: number, line: number): boolean {
    const fields = this.#fields;
    if (this.#symbol === undefined) {
      this.#symbolText = fields.text(column);
      this.#symbol = encoder.encode(this.#symbolText);
    }
    if (fields.equals(column, this.#symbol)) {
      if (!this.#found) this.#options.describe?.({ symbol: this.#symbolText, venue: "databento" });
      this.#found = true;
      return true;
    }
    if (this.#options.symbol === undefined) {
      throw severalSymbols([this.#symbolText, fields.text(column)], line, "line");
    }
    if (!this.#found && this.#others.size < NAMES_MAX) this.#others.add(fields.text(column));
    return false;
  }

  #count(column: number, name: string): number {
    const value = this.#fields.integer(column, name);
    if (value < 0) this.#fields.fail(`${name} is ${value}, below 0`);
    return value;
  }

  /** A price in 1e-9, NaN where there is none. */
  #price(column: number): number {
    const fields = this.#fields;
    if (fields.isEmpty(column) || fields.equals(column, NO_PRICE)) return NaN;
    if (!fields.has(column, POINT) && !fields.has(column, E_SMALL) && !fields.has(column, E_LARGE)) {
      return fields.integer(column, "price");
    }
    fields.decimal(column, "price");
    const price = fields.decimals <= 9 ? fields.mantissa * POWERS_OF_TEN[9 - fields.decimals] : NaN;
    if (!Number.isSafeInteger(price)) {
      fields.fail(`price is ${fields.text(column)}, which is finer than 1e-9 or above 9,007,199`);
    }
    return price;
  }
}

/** Where a file has which column; -1 where it has none. */
interface Columns {
  readonly count: number;
  readonly shape: number;
  readonly levels: number;
  /** Price, size, count of bid and of ask for each level. */
  readonly levelFields: Int32Array;
  readonly recv: number;
  readonly event: number;
  readonly action: number;
  readonly side: number;
  readonly price: number;
  readonly size: number;
  readonly orderId: number;
  readonly flags: number;
  readonly sequence: number;
  readonly symbol: number;
}

function readHeader(fields: Fields): Columns {
  const at = new Map<string, number>();
  for (let i = 0; i < fields.count; i++) at.set(fields.text(i).trim(), i);
  const find = (name: string): number => at.get(name) ?? -1;
  const need = (name: string): number => {
    const index = at.get(name);
    if (index !== undefined) return index;
    const schemas = "it must be Databento CSV of schema mbo, mbp-1, mbp-10 or trades, with its header";
    throw new SourceError(`column ${name} is missing`, 1, schemas);
  };
  const levelFields = new Int32Array(LEVELS_MAX * 6);
  let levels = 0;
  for (; levels < LEVELS_MAX && at.has(`bid_px_0${levels}`); levels++) {
    const names = ["bid_px", "bid_sz", "bid_ct", "ask_px", "ask_sz", "ask_ct"];
    names.forEach((name, k) => levelFields[levels * 6 + k] = need(`${name}_0${levels}`));
  }
  const shape = levels > 0 ? LEVELS : at.has("order_id") || !at.has("depth") ? ORDER : PRINT;
  return {
    count: fields.count,
    shape,
    levels,
    levelFields,
    recv: find("ts_recv"),
    event: need("ts_event"),
    action: need("action"),
    side: need("side"),
    price: need("price"),
    size: need("size"),
    orderId: shape === ORDER ? need("order_id") : -1,
    flags: find("flags"),
    sequence: find("sequence"),
    symbol: at.has("symbol") ? find("symbol") : find("instrument_id"),
  };
}
