/** Typed arrays that a snapshot can hold, by the number that stands for each in one. */
export const COLUMNS = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  BigInt64Array,
  BigUint64Array,
] as const;

/** One of them. */
export type Column =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | BigInt64Array
  | BigUint64Array;

/** What stands before each value in a snapshot: so that whoever reads another kind than was written is told. */
export const SECTION = 1, NUMBER = 2, TEXT = 3, COLUMN = 4;

const INITIAL = 1 << 16;

/**
 * Writes the state of a session as bytes: numbers, texts and columns in the order in which they will be read again, in
 * sections with names and versions, by which a reader finds and names what does not fit.
 *
 * Little-endian: a byte that tells the kind; a number is a float64, a text its length and UTF-8, a column its place in
 * {@linkcode COLUMNS}, its length and its bytes, a section its length, name, version and what is in it.
 *
 * | call | cost |
 * |---|---|
 * | `number` | O(1), 9 bytes |
 * | `column` | one copy |
 * | memory | the snapshot, doubled as needed, and kept for the next after `clear` |
 *
 * @example
 * ```ts
 * import { StateReader } from "./state_reader.ts";
 * import { StateWriter } from "./state_writer.ts";
 * const to = new StateWriter();
 * to.section("clock", 1, () => to.number(7));
 * const from = new StateReader(to.bytes());
 * from.section("clock", 1, () => {
 *   if (from.number() !== 7) throw new Error("unexpected");
 * });
 * ```
 */
export class StateWriter {
  #bytes = new Uint8Array(INITIAL);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #encoder = new TextEncoder();

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** A number, NaN and −0 as they are. */
  number(value: number): void {
    this.#room(9);
    this.#bytes[this.#length] = NUMBER;
    this.#view.setFloat64(this.#length + 1, value, true);
    this.#length += 9;
  }

  /** Each of some numbers. */
  numbers(...values: number[]): void {
    for (const value of values) this.number(value);
  }

  /** True or false, as 1 or 0. */
  flag(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  text(value: string): void {
    const bytes = this.#encoder.encode(value);
    this.#room(5 + bytes.length);
    this.#bytes[this.#length] = TEXT;
    this.#view.setUint32(this.#length + 1, bytes.length, true);
    this.#bytes.set(bytes, this.#length + 5);
    this.#length += 5 + bytes.length;
  }

  /** The first `count` places of a column, all of them unless said. */
  column(values: Column, count = values.length): void {
    const size = count * values.BYTES_PER_ELEMENT;
    this.#room(6 + size);
    this.#bytes[this.#length] = COLUMN;
    this.#bytes[this.#length + 1] = COLUMNS.findIndex((kind) => values instanceof kind);
    this.#view.setUint32(this.#length + 2, count, true);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, size), this.#length + 6);
    this.#length += 6 + size;
  }

  /** What `body` writes, as a part with a name; `version` changes with what the part holds. */
  section(name: string, version: number, body: () => void): void {
    const start = this.#length;
    this.#room(5);
    this.#bytes[start] = SECTION;
    this.#length += 5;
    this.text(name);
    this.number(version);
    body();
    this.#view.setUint32(start + 1, this.#length - start - 5, true);
  }

  /** A copy of what was written. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** Begins anew. */
  clear(): void {
    this.#length = 0;
  }

  #room(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + size));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}
