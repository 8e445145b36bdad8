import { type Decoder, type DecoderOptions, SourceError } from "../decoder.ts";
import {
  ACTION_TRADE,
  type DatabentoReaderOptions,
  DatabentoRecord,
  LEVELS,
  ORDER,
  PRINT,
} from "./databento_record.ts";
import { DatabentoRows } from "./databento_rows.ts";
import {
  cString,
  DBN_PRELUDE_BYTES,
  type DbnMetadata,
  parseDbnMetadata,
  SCHEMA_MIXED,
  schemaName,
} from "./dbn_metadata.ts";
import { RecordReader } from "./records.ts";
import { severalSymbols, symbolNotFound } from "./symbol_choice.ts";
import { Int64Time } from "./timestamp.ts";

/** Record types that are read here, and their lengths in bytes. */
const TRADE = 0x00, LEVELS_1 = 0x01, LEVELS_10 = 0x0a, SYMBOL_MAPPING = 0x16, MBO = 0xa0;
const TRADE_BYTES = 48, LEVEL_BYTES = 32, MBO_BYTES = 56;
const HEADER_BYTES = 16;
/** Schemas that are read here: mbo, mbp-1, mbp-10, tbbo, trades. */
const SCHEMA_TBBO = 3, SCHEMA_READ_LAST = 4;
/** A symbol list of every US option stays below; more is no metadata. */
const METADATA_BYTES_MAX = 1 << 29;
const FOREVER = 1e9; // days
const UNDEFINED_HIGH = 0x7fffffff, UNDEFINED_LOW = 0xffffffff;

/**
 * Decodes DBN, versions 1 to 3 (schemas mbo, mbp-1, mbp-10, tbbo, trades, and live streams that mix them), into rows;
 * {@linkcode DatabentoRows} says which. Of tbbo the trades are taken, without the quotes before them.
 *
 * Symbols come from the metadata and from symbol mapping records; an instrument that has none is called by its id. Records of
 * other types are passed over. Give decompressed bytes.
 *
 * Throws SourceError with the record: on what cannot be read, and when there are several instruments and none was chosen.
 *
 * @example
 * ```ts
 * import { Grid } from "../grid.ts";
 * import { Row } from "../row.ts";
 * import { dbnDecoder } from "./dbn.ts";
 * const decoder = dbnDecoder({
 *   sink: { row: new Row(), add: () => {} },
 *   tick: new Grid("tick", { mantissa: 1, decimals: 2 }),
 *   lot: new Grid("lot", { mantissa: 1, decimals: 0 }),
 *   describe: () => {},
 *   gap: () => {},
 * });
 * let message = "";
 * try {
 *   decoder.push(new TextEncoder().encode("PK\x03\x04 and so on"));
 * } catch (error) {
 *   message = (error as Error).message;
 * }
 * if (!message.includes("it does not begin with DBN")) throw new Error("unexpected");
 * ```
 */
export function dbnDecoder(options: DecoderOptions): Decoder {
  const rows = new DatabentoRows(options, "record");
  const reader = new DbnReader({ ...options, onRecord: (record) => rows.take(record) });
  return {
    push: (bytes) => reader.push(bytes),
    end: () => {
      reader.end();
      rows.end();
    },
  };
}

/** Reads DBN into {@linkcode DatabentoRecord}s of one instrument. The metadata do not count as a record. */
export class DbnReader implements Decoder {
  readonly #options: DatabentoReaderOptions;
  readonly #record = new DatabentoRecord();
  readonly #time = new Int64Time();
  readonly #records: RecordReader;
  #metadata: DbnMetadata | undefined;
  #name: string | undefined;
  #found = false;
  #seen = 0;
  /** The record whose size was asked for last; 0 are the metadata. */
  #place = 0;
  readonly #others = new Set<string>();

  // The last instrument and day asked about, and whether it is ours.
  #lastId = -1;
  #lastDay = -1;
  #lastIsOurs = false;

  constructor(options: DatabentoReaderOptions) {
    this.#options = options;
    this.#name = options.symbol;
    this.#records = new RecordReader({
      size: (bytes, at, available) => this.#size(bytes, at, available),
      record: (bytes, view, start, end) => this.#take(bytes, view, start, end),
    }, 1);
  }

  push(bytes: Uint8Array): void {
    this.#records.push(bytes);
  }

  end(): void {
    const place = this.#records.records;
    this.#records.end();
    const known = this.#metadata?.symbols.all() ?? [];
    this.#metadata = undefined;
    this.#lastId = -1;
    if (this.#options.symbol !== undefined && !this.#found && this.#seen > 0) {
      throw symbolNotFound(this.#options.symbol, [...known, ...this.#others], place, "record");
    }
  }

  #size(bytes: Uint8Array, at: number, available: number): number {
    this.#place = this.#records.records + 1;
    if (this.#metadata !== undefined) {
      const length = bytes[at] * 4;
      if (length < HEADER_BYTES) {
        throw this.#error(`its length is ${length} bytes`, "the file is damaged; get it again");
      }
      return length;
    }
    this.#prelude(bytes, at, available);
    if (available < DBN_PRELUDE_BYTES) return DBN_PRELUDE_BYTES;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(at + 4, true);
    if (length < 120 || length > METADATA_BYTES_MAX) {
      throw this.#error(`its metadata are ${length} bytes long`, "the file is damaged; get it again");
    }
    return DBN_PRELUDE_BYTES + length;
  }

  #prelude(bytes: Uint8Array, at: number, available: number): void {
    for (let i = 0; i < 3 && i < available; i++) {
      if (bytes[at + i] !== "DBN".charCodeAt(i)) {
        throw this.#error("it does not begin with DBN", "is this a file of another format?");
      }
    }
    const version = bytes[at + 3];
    if (available > 3 && (version < 1 || version > 3)) {
      throw this.#error(`its DBN version is ${version}`, "versions 1 to 3 can be read; ask for one of them");
    }
  }

  #take(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    if (this.#metadata === undefined) return this.#begin(bytes.slice(start, end));
    const type = bytes[start + 1];
    if (type === MBO) {
      this.#check(type, end - start, MBO_BYTES);
      if (this.#isOurs(view, start, 40)) this.#order(bytes, view, start);
    } else if (type === LEVELS_10 || type === LEVELS_1) {
      const levels = type === LEVELS_10 ? 10 : 1;
      this.#check(type, end - start, TRADE_BYTES + levels * LEVEL_BYTES);
      if (this.#isOurs(view, start, 32)) this.#levels(bytes, view, start, levels);
    } else if (type === TRADE) {
      this.#check(type, end - start, TRADE_BYTES);
      if (this.#isOurs(view, start, 32)) this.#trade(bytes, view, start);
    } else if (type === SYMBOL_MAPPING) {
      this.#mapping(bytes, view, start, end);
    }
  }

  #begin(bytes: Uint8Array): void {
    let metadata: DbnMetadata;
    try {
      metadata = parseDbnMetadata(bytes);
    } catch (error) {
      throw this.#error((error as Error).message, "the file is damaged; get it again");
    }
    if (metadata.schema > SCHEMA_READ_LAST && metadata.schema !== SCHEMA_MIXED) {
      throw this.#error(`its schema is ${schemaName(metadata.schema)}`, "get mbo, mbp-10, mbp-1 or trades");
    }
    this.#metadata = metadata;
    if (metadata.dataset !== "") this.#options.describe?.({ venue: metadata.dataset.toLowerCase() });
  }

  #order(bytes: Uint8Array, view: DataView, start: number): void {
    const record = this.#record;
    record.shape = ORDER;
    record.idLow = view.getUint32(start + 16, true);
    record.idHigh = view.getUint32(start + 20, true);
    record.price = this.#price(view, start + 24);
    record.size = view.getUint32(start + 32, true);
    record.flags = bytes[start + 36];
    record.action = bytes[start + 38];
    record.side = bytes[start + 39];
    record.sequence = view.getUint32(start + 52, true);
    if (record.size === UNDEFINED_LOW) throw this.#error("size is missing", "the file is damaged; get it again");
    this.#options.onRecord(record);
  }

  #trade(bytes: Uint8Array, view: DataView, start: number): void {
    this.#event(bytes, view, start);
    this.#record.shape = PRINT;
    this.#options.onRecord(this.#record);
  }

  #levels(bytes: Uint8Array, view: DataView, start: number, levels: number): void {
    this.#event(bytes, view, start);
    const record = this.#record;
    if (this.#metadata!.schema === SCHEMA_TBBO && record.action === ACTION_TRADE) {
      record.shape = PRINT;
      return this.#options.onRecord(record);
    }
    record.shape = LEVELS;
    record.levels = levels;
    for (let i = 0, at = start + TRADE_BYTES; i < levels; i++, at += LEVEL_BYTES) {
      record.bidPrices[i] = this.#price(view, at);
      record.askPrices[i] = this.#price(view, at + 8);
      record.bidSizes[i] = view.getUint32(at + 16, true);
      record.askSizes[i] = view.getUint32(at + 20, true);
      record.bidCounts[i] = view.getUint32(at + 24, true);
      record.askCounts[i] = view.getUint32(at + 28, true);
    }
    this.#options.onRecord(record);
  }

  /** The fields that trades and levels share. */
  #event(bytes: Uint8Array, view: DataView, start: number): void {
    const record = this.#record;
    record.idLow = record.idHigh = 0;
    record.price = this.#price(view, start + 16);
    record.size = view.getUint32(start + 24, true);
    record.action = bytes[start + 28];
    record.side = bytes[start + 29];
    record.flags = bytes[start + 30];
    record.sequence = view.getUint32(start + 44, true);
  }

  /** Reads the times, and tells whether the record is of the instrument that is wanted. */
  #isOurs(view: DataView, start: number, recvAt: number): boolean {
    const record = this.#record, time = this.#time;
    record.place = this.#place;
    time.set(view.getInt32(start + recvAt + 4, true), view.getInt32(start + recvAt, true));
    record.recvSec = time.sec;
    record.recvNs = time.ns;
    time.set(view.getInt32(start + 12, true), view.getInt32(start + 8, true));
    record.eventSec = time.sec;
    record.eventNs = time.ns;
    const id = view.getUint32(start + 4, true), day = Math.floor(record.recvSec / 86400);
    if (id !== this.#lastId || day !== this.#lastDay) {
      this.#lastIsOurs = this.#choose(id, day);
      this.#lastId = id;
      this.#lastDay = day;
    }
    return this.#lastIsOurs;
  }

  #choose(id: number, day: number): boolean {
    const { symbol } = this.#options, { symbols } = this.#metadata!;
    const name = symbols.name(id, day) ?? String(id);
    this.#seen++;
    this.#name ??= name;
    if (name === this.#name || (symbol !== undefined && symbol === String(id))) {
      if (!this.#found) this.#options.describe?.({ symbol: name });
      this.#found = true;
      return true;
    }
    if (symbol === undefined) {
      throw severalSymbols([this.#name, name, ...symbols.all()], this.#place, "record");
    }
    if (!this.#found && this.#others.size < 1000) this.#others.add(name);
    return false;
  }

  /** A live stream names its instruments as it goes; the fields moved in version 2. */
  #mapping(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const { version, symbolBytes, symbols } = this.#metadata!;
    const output = start + (version === 1 ? HEADER_BYTES + symbolBytes : HEADER_BYTES + 1 + symbolBytes + 1);
    if (output + symbolBytes > end) throw this.#error("its symbol is cut off", "the file is damaged; get it again");
    const name = cString(bytes, output, symbolBytes);
    if (name !== "") symbols.add(view.getUint32(start + 4, true), name, -FOREVER, FOREVER);
    this.#lastId = -1;
  }

  #check(type: number, length: number, wanted: number): void {
    if (length === wanted || length === wanted + 8) return; // eight more where the time of sending follows
    throw this.#error(`type ${type} has ${length} bytes, not ${wanted}`, "the file is damaged; get it again");
  }

  /** A price in 1e-9, NaN where it is undefined. */
  #price(view: DataView, at: number): number {
    const low = view.getUint32(at, true), high = view.getInt32(at + 4, true);
    if (high < 0x200000 && high >= -0x200000) return high * 4294967296 + low;
    if (high === UNDEFINED_HIGH && low === UNDEFINED_LOW) return NaN;
    throw this.#error(
      `price is ${view.getBigInt64(at, true)}e-9, beyond 9,007,199`,
      "such prices cannot be kept exactly",
    );
  }

  #error(problem: string, remedy: string): SourceError {
    return new SourceError(problem, this.#place, remedy, "record");
  }
}
