import { parseDecimal, POWERS_OF_TEN } from "../../core/decimal.ts";
import { SourceError } from "../decoder.ts";
import { parseIsoTime } from "./time.ts";
import { wider } from "../../core/wider.ts";

const COMMA = 44, SPACE = 32, QUOTE = 34, MINUS = 45, PLUS = 43, POINT = 46, ZERO = 48;
const REMEDY = "mend the line or take it out";
const text = new TextDecoder();

/**
 * The fields of one line of CSV, read as numbers without making strings.
 *
 * `split` finds the fields; the readers then take a field by its index, and its name for the error they throw
 * ({@linkcode SourceError} "price is abc"). Results of two parts stand in the members named with each reader until the next
 * call. A field may stand in double quotes (a doubled quote inside one is not undone).
 *
 * | operation | cost |
 * |---|---|
 * | `split` | O(bytes of the line) |
 * | readers | O(bytes of the field), no allocation |
 *
 * @example
 * ```ts
 * import { Fields } from "./fields.ts";
 * const fields = new Fields();
 * const line = new TextEncoder().encode("AMZN,223.8100,-1");
 * fields.split(line, 0, line.length, 1);
 * fields.decimal(1, "price");
 * if (fields.mantissa !== 22381 || fields.decimals !== 2 || fields.integer(2, "side") !== -1) throw new Error("unexpected");
 * ```
 */
export class Fields {
  /** Fields of the line. */
  count = 0;
  /** Of {@linkcode decimal}: mantissa × 10^-decimals, without trailing zeros after the point. */
  mantissa = 0;
  decimals = 0;
  /** Of {@linkcode id}: the two halves, unsigned. */
  idLow = 0;
  idHigh = 0;
  /** Of {@linkcode time}: whole seconds since 1970-01-01 UTC, and nanoseconds within the second. */
  sec = 0;
  ns = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #line = 0;
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);

  /** `separator` is the byte between fields: a comma unless said. Spaces around a field are not part of it. */
  constructor(readonly separator = COMMA) {}

  /** Takes a line as {@linkcode LineReader} hands it on; it must stay in place while fields are read. */
  split(bytes: Uint8Array, start: number, end: number, line: number): void {
    this.#bytes = bytes;
    this.#line = line;
    const separator = this.separator;
    let count = 0;
    for (let at = start; at <= end; count++) {
      if (count === this.#starts.length) this.#grow();
      while (at < end && bytes[at] === SPACE) at++;
      let stop = at;
      if (bytes[at] === QUOTE) {
        stop = at + 1;
        while (stop < end && !(bytes[stop] === QUOTE && (stop + 1 === end || bytes[stop + 1] === separator))) stop++;
        if (stop >= end) this.fail("a quote is not closed");
        this.#starts[count] = at + 1;
        this.#ends[count] = stop++;
      } else {
        while (stop < end && bytes[stop] !== separator) stop++;
        this.#starts[count] = at;
        let trimmed = stop;
        while (trimmed > at && bytes[trimmed - 1] === SPACE) trimmed--;
        this.#ends[count] = trimmed;
      }
      at = stop + 1;
    }
    this.count = count;
  }

  /** Whether a field is empty or absent. */
  isEmpty(index: number): boolean {
    return index >= this.count || this.#starts[index] === this.#ends[index];
  }

  /** A field as text: for headers and errors, not for every row. */
  text(index: number): string {
    return index >= this.count ? "" : text.decode(this.#bytes.subarray(this.#starts[index], this.#ends[index]));
  }

  /** The length of a field in bytes. */
  length(index: number): number {
    return index >= this.count ? 0 : this.#ends[index] - this.#starts[index];
  }

  /** The first byte of a field, 0 where it is empty: enough for one-letter codes. */
  letter(index: number): number {
    return this.isEmpty(index) ? 0 : this.#bytes[this.#starts[index]];
  }

  /** Whether a field holds exactly these bytes. */
  equals(index: number, wanted: Uint8Array): boolean {
    if (index >= this.count || this.#ends[index] - this.#starts[index] !== wanted.length) return false;
    const start = this.#starts[index];
    for (let i = 0; i < wanted.length; i++) if (this.#bytes[start + i] !== wanted[i]) return false;
    return true;
  }

  /** Whether a field has this byte in it, such as a decimal point. */
  has(index: number, byte: number): boolean {
    if (index >= this.count) return false;
    for (let at = this.#starts[index]; at < this.#ends[index]; at++) if (this.#bytes[at] === byte) return true;
    return false;
  }

  /** Reads an integer below 2^53 in magnitude. */
  integer(index: number, name: string): number {
    const bytes = this.#bytes;
    let at = index < this.count ? this.#starts[index] : 0;
    const end = index < this.count ? this.#ends[index] : 0;
    const negative = bytes[at] === MINUS;
    if (negative || bytes[at] === PLUS) at++;
    if (at >= end) this.#refuse(index, name, "a whole number");
    let value = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) this.#refuse(index, name, "a whole number");
      value = value * 10 + digit;
    }
    if (value > Number.MAX_SAFE_INTEGER) this.#refuse(index, name, "a whole number below 2^53");
    return negative && value !== 0 ? -value : value;
  }

  /** Reads a decimal number, with an exponent too, into `mantissa` and `decimals`. */
  decimal(index: number, name: string): void {
    const bytes = this.#bytes;
    let at = index < this.count ? this.#starts[index] : 0;
    const end = index < this.count ? this.#ends[index] : 0;
    const negative = bytes[at] === MINUS;
    if (negative || bytes[at] === PLUS) at++;
    let mantissa = 0, decimals = 0, digits = 0, point = false, zeros = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit >= 0 && digit <= 9) {
        digits++;
        // Zeros after the point wait until another digit shows that they are not trailing ones.
        if (point && digit === 0) {
          zeros++;
          continue;
        }
        if (point) decimals += zeros + 1;
        for (; zeros > 0; zeros--) mantissa *= 10;
        mantissa = mantissa * 10 + digit;
      } else if (bytes[at] === POINT && !point) point = true;
      else return this.#slowDecimal(index, name);
    }
    if (digits === 0) this.#refuse(index, name, "a number");
    if (mantissa > Number.MAX_SAFE_INTEGER || decimals > 18) this.#slowDecimal(index, name);
    this.mantissa = negative && mantissa !== 0 ? -mantissa : mantissa;
    this.decimals = decimals;
  }

  /** Reads an unsigned 64-bit integer into `idLow` and `idHigh`. */
  id(index: number, name: string): void {
    const bytes = this.#bytes;
    const start = index < this.count ? this.#starts[index] : 0, end = index < this.count ? this.#ends[index] : 0;
    if (start === end || end - start > 20) this.#refuse(index, name, "an unsigned 64-bit number");
    let low = 0, high = 0;
    for (let at = start; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) this.#refuse(index, name, "an unsigned 64-bit number");
      low = low * 10 + digit;
      high *= 10;
      if (low >= 4294967296) {
        high += Math.floor(low / 4294967296);
        low %= 4294967296;
      }
    }
    if (high >= 4294967296) this.#refuse(index, name, "an unsigned 64-bit number");
    this.idLow = low;
    this.idHigh = high;
  }

  /** Reads a time into `sec` and `ns`: ISO 8601 ("2025-07-17T08:05:03.360Z", a space for the T) or nanoseconds since 1970. */
  time(index: number, name: string): void {
    if (index >= this.count) this.#refuse(index, name, "a time");
    const start = this.#starts[index], end = this.#ends[index];
    if (this.has(index, MINUS) || end - start > 19) {
      const time = parseIsoTime(this.#bytes, start, end);
      if (time === undefined) return this.#refuse(index, name, "a time such as 2025-07-17T08:05:03.360848442Z");
      this.sec = time.sec;
      this.ns = time.ns;
      return;
    }
    let sec = 0, ns = 0;
    for (let at = start; at < end; at++) {
      const digit = this.#bytes[at] - ZERO;
      if (digit < 0 || digit > 9) this.#refuse(index, name, "a time in ns since 1970");
      if (at < end - 9) sec = sec * 10 + digit;
      else ns = ns * 10 + digit;
    }
    if (start === end) this.#refuse(index, name, "a time");
    this.sec = sec;
    this.ns = ns;
  }

  /**
   * Reads a count since 1970 into `sec` and `ns`: the last `below` digits of its whole part stand below the second (3:
   * milliseconds), and a fraction may follow; digits past the nanosecond must be 0.
   */
  epoch(index: number, name: string, below: number): void {
    const bytes = this.#bytes;
    let at = index < this.count ? this.#starts[index] : 0;
    const end = index < this.count ? this.#ends[index] : 0;
    if (at === end) this.#refuse(index, name, "a time");
    let point = at;
    while (point < end && bytes[point] !== POINT) point++;
    let sec = 0, ns = 0;
    for (; at < end; at++) {
      if (at === point) continue;
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) this.#refuse(index, name, "a count since 1970");
      const power = 9 - below + point - at - (at < point ? 1 : 0);
      if (power >= 9) sec = sec * 10 + digit;
      else if (power >= 0) ns += digit * POWERS_OF_TEN[power];
      else if (digit !== 0) this.#refuse(index, name, "a time in whole nanoseconds");
    }
    if (sec > 1e11) this.#refuse(index, name, "a time in this age");
    this.sec = sec;
    this.ns = ns;
  }

  /** Throws the SourceError of this line. */
  fail(problem: string, remedy = REMEDY): never {
    throw new SourceError(problem, this.#line, remedy);
  }

  #slowDecimal(index: number, name: string): void {
    try {
      const value = parseDecimal(this.text(index));
      this.mantissa = value.mantissa;
      this.decimals = value.decimals;
    } catch {
      this.#refuse(index, name, "a number below 2^53 units with at most 18 decimals");
    }
  }

  #refuse(index: number, name: string, wanted: string): never {
    if (this.isEmpty(index)) this.fail(`${name} is missing`);
    this.fail(`${name} is ${this.text(index).slice(0, 40)}, not ${wanted}`);
  }

  #grow(): void {
    const length = this.#starts.length * 2;
    this.#starts = wider(this.#starts, length);
    this.#ends = wider(this.#ends, length);
  }
}
