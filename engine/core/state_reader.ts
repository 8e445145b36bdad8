import { COLUMN, type Column, COLUMNS, NUMBER, SECTION, TEXT } from "./state_writer.ts";

const NAMES: Readonly<Record<number, string>> = {
  [SECTION]: "a section",
  [NUMBER]: "a number",
  [TEXT]: "a text",
  [COLUMN]: "a column",
};

/**
 * Reads what a {@linkcode StateWriter} wrote, in the same order.
 *
 * Throws RangeError, with the names of the sections it stands in, where what comes next is not what is asked for: another
 * section or version of it, another kind of value, a column of another length, or more or less than was written.
 */
export class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder();
  readonly #path: string[] = [];
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** Whether all of the section, or of the bytes outside of any, has been read. */
  get over(): boolean {
    return this.#at >= this.#end;
  }

  number(): number {
    this.#expect(NUMBER, 8);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  flag(): boolean {
    return this.number() !== 0;
  }

  text(): string {
    this.#expect(TEXT, 4);
    const length = this.#view.getUint32(this.#at, true);
    const bytes = this.#take(4, length);
    return this.#decoder.decode(bytes);
  }

  /** A column, as a new one; with `like`, of the same kind as that. */
  column<T extends Column = Column>(like?: T): T {
    this.#expect(COLUMN, 5);
    const kind = COLUMNS[this.#bytes[this.#at]], count = this.#view.getUint32(this.#at + 1, true);
    if (kind === undefined || (like !== undefined && !(like instanceof kind))) {
      throw this.#bad(`a column is of ${kind?.name ?? "no kind"}, not of ${like?.constructor.name}`);
    }
    const bytes = this.#take(5, count * kind.BYTES_PER_ELEMENT);
    return new kind(bytes.slice().buffer) as Column as T;
  }

  /** A column into one of the same kind and length. */
  into(column: Column): void {
    const read = this.column(column);
    if (read.length !== column.length) {
      throw this.#bad(`a column has ${read.length} places, not ${column.length}`);
    }
    // Both are of one kind, which the types of a union cannot tell.
    (column as Float64Array).set(read as Float64Array);
  }

  /** Reads a part by its name and version; all of it has to be read. */
  section(name: string, version: number, body: () => void): void {
    this.#expect(SECTION, 4);
    const end = this.#at + 4 + this.#view.getUint32(this.#at, true), outer = this.#end;
    if (end > outer) throw this.#bad("it is cut short");
    this.#at += 4;
    this.#end = end;
    const found = this.text(), has = this.number();
    if (found !== name) throw this.#bad(`here stands ${found}, and not ${name}`);
    this.#path.push(name);
    if (has !== version) throw this.#bad(`it is of version ${has}, and this program reads version ${version}`);
    body();
    if (this.#at !== end) throw this.#bad(`${end - this.#at} bytes of it are left over`);
    this.#path.pop();
    this.#end = outer;
  }

  /** Whatever does not fit, told with its place. */
  refuse(what: string): RangeError {
    return this.#bad(what);
  }

  #expect(kind: number, size: number): void {
    if (this.#at + 1 + size > this.#end) throw this.#bad(`it ends where ${NAMES[kind]} is expected`);
    const found = this.#bytes[this.#at];
    if (found !== kind) throw this.#bad(`here stands ${NAMES[found] ?? "nothing known"}, and not ${NAMES[kind]}`);
    this.#at++;
  }

  #take(head: number, size: number): Uint8Array {
    const from = this.#at + head;
    if (from + size > this.#end) throw this.#bad("it is cut short");
    this.#at = from + size;
    return this.#bytes.subarray(from, from + size);
  }

  #bad(what: string): RangeError {
    const where = this.#path.map((name) => `${name}: `).join("");
    return new RangeError(`Cannot load a snapshot: ${where}${what}; take it again with this version`);
  }
}
