import { parseDate } from "./time.ts";

/** Bytes before the metadata's own length counts: "DBN", version, length. */
export const DBN_PRELUDE_BYTES = 8;
/** Dataset, schema, times, limit, symbology and reserved bytes, the same length in each version. */
const FIXED_BYTES = 100;
/** Schema of a file that may mix schemas, and symbology types. */
export const SCHEMA_MIXED = 0xffff;
const STYPE_INSTRUMENT_ID = 0;

/** What the head of a DBN file says. */
export interface DbnMetadata {
  /** 1, 2 or 3. */
  readonly version: number;
  /** "XNAS.ITCH". */
  readonly dataset: string;
  /** Number of the schema: see {@linkcode schemaName}. */
  readonly schema: number;
  /** Whether each record has the time of sending after it. */
  readonly tsOut: boolean;
  /** Bytes of a symbol field in mapping records. */
  readonly symbolBytes: number;
  readonly symbols: InstrumentNames;
}

const SCHEMAS = [
  "mbo",
  "mbp-1",
  "mbp-10",
  "tbbo",
  "trades",
  "ohlcv-1s",
  "ohlcv-1m",
  "ohlcv-1h",
  "ohlcv-1d",
  "definition",
  "statistics",
  "status",
  "imbalance",
];

/** The name of a schema, "mbp-10"; its number where it is not known here. */
export function schemaName(schema: number): string {
  return SCHEMAS[schema] ?? (schema === SCHEMA_MIXED ? "mixed" : `number ${schema}`);
}

/** Symbols of instrument ids, each with the days it holds: ids may be given to others on another day. */
export class InstrumentNames {
  readonly #names = new Map<number, { from: number; to: number; name: string }[]>();

  /** `id` is `name` from day `from` up to, not with, day `to`, in days since 1970. */
  add(id: number, name: string, from: number, to: number): void {
    const known = this.#names.get(id);
    if (known) known.unshift({ from, to, name });
    else this.#names.set(id, [{ from, to, name }]);
  }

  /** The symbol of an id on a day; undefined where none is known. */
  name(id: number, day: number): string | undefined {
    return this.#names.get(id)?.find(({ from, to }) => day >= from && day < to)?.name;
  }

  /** All symbols known. */
  all(): string[] {
    const names = new Set<string>();
    for (const intervals of this.#names.values()) for (const { name } of intervals) names.add(name);
    return [...names];
  }
}

/**
 * Reads the metadata of a DBN file, all of it: magic, version, length and body.
 *
 * Version 1 has a count of records after the limit and symbol fields of 22 bytes; from version 2 on the length of a symbol
 * field is stated, and version 3 only aligns the end. Throws RangeError with what does not fit.
 */
export function parseDbnMetadata(bytes: Uint8Array): DbnMetadata {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[3];
  const symbology = version === 1 ? 58 : 50;
  const symbolBytes = version === 1 ? 22 : view.getUint16(53, true);
  const read = new BodyReader(bytes, view, DBN_PRELUDE_BYTES + FIXED_BYTES, symbolBytes);
  const symbols = new InstrumentNames();
  read.skip(read.count(1)); // the definition of the schema
  for (let list = 0; list < 3; list++) read.skip(read.count(symbolBytes) * symbolBytes); // asked, partly found, not found
  const idsAreOutput = bytes[symbology + 1] === STYPE_INSTRUMENT_ID,
    idsAreInput = bytes[symbology] === STYPE_INSTRUMENT_ID;
  for (let mappings = read.count(symbolBytes + 4); mappings > 0; mappings--) {
    const input = read.symbol();
    for (let intervals = read.count(symbolBytes + 8); intervals > 0; intervals--) {
      const from = read.day(), to = read.day(), output = read.symbol();
      const [id, name] = idsAreOutput ? [output, input] : [input, output];
      if ((idsAreOutput || idsAreInput) && /^\d+$/.test(id) && name !== "") symbols.add(Number(id), name, from, to);
    }
  }
  return {
    version,
    dataset: cString(bytes, 8, 16),
    schema: view.getUint16(24, true),
    tsOut: bytes[symbology + 2] !== 0,
    symbolBytes,
    symbols,
  };
}

/** The text of a field padded with zero bytes. */
export function cString(bytes: Uint8Array, start: number, length: number): string {
  const zero = bytes.indexOf(0, start);
  const end = zero < 0 ? start + length : Math.min(zero, start + length);
  return new TextDecoder().decode(bytes.subarray(start, end));
}

/** Walks the part of variable length, never past its end. */
class BodyReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #symbolBytes: number;
  #at: number;

  constructor(bytes: Uint8Array, view: DataView, at: number, symbolBytes: number) {
    this.#bytes = bytes;
    this.#view = view;
    this.#at = at;
    this.#symbolBytes = symbolBytes;
  }

  /** A count of items of at least `itemBytes` each, which must still fit. */
  count(itemBytes: number): number {
    const count = this.#view.getUint32(this.#step(4), true);
    this.#need(count * itemBytes);
    return count;
  }

  skip(bytes: number): void {
    this.#step(bytes);
  }

  symbol(): string {
    return cString(this.#bytes, this.#step(this.#symbolBytes), this.#symbolBytes);
  }

  /** A day written as the number 20250717. */
  day(): number {
    return parseDate(String(this.#view.getUint32(this.#step(4), true)));
  }

  #step(bytes: number): number {
    this.#need(bytes);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  #need(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) {
      throw new RangeError(`its metadata need ${bytes} bytes at ${this.#at} and are ${this.#bytes.length} long`);
    }
  }
}
