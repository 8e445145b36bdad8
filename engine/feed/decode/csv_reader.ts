import { type Decoder, SourceError } from "../decoder.ts";
import { Fields } from "./fields.ts";
import { LineReader } from "./lines.ts";

/** What a decoder of CSV does with a file, told by {@linkcode CsvReader}. */
export interface CsvTable {
  /**
   * A file begins: its first line, and rows that follow, up to 1,000, to find out what the columns hold. Returns whether the
   * first line is a header; if not, it comes again as a row.
   */
  begin(first: CsvLine, sample: readonly CsvLine[]): boolean;
  /** One row; `fields` holds it until the call returns. */
  row(fields: Fields, line: number): void;
  /** The file has ended. */
  end(): void;
}

/** A line of CSV as text. */
export interface CsvLine {
  readonly line: number;
  readonly texts: readonly string[];
}

const SAMPLE_LINES = 1001;
const SAMPLE_BYTES = 1 << 20;
const SEPARATORS = [",", ";", "\t", "|"];

/**
 * Cuts CSV into rows: finds the separator (comma, semicolon, tab or bar), and shows a table the file's beginning first.
 *
 * Memory: the sample, at most 1 MiB, while a file begins; then one line.
 */
export class CsvReader implements Decoder {
  readonly #table: CsvTable;
  readonly #lines = new LineReader((bytes, start, end, line) => this.#take(bytes, start, end, line));
  #fields: Fields | undefined;
  #held: { bytes: Uint8Array; line: number }[] = [];
  #heldBytes = 0;

  constructor(table: CsvTable) {
    this.#table = table;
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    if (this.#fields === undefined) this.#begin();
    this.#table.end();
    this.#fields = undefined;
  }

  #take(bytes: Uint8Array, start: number, end: number, line: number): void {
    if (this.#fields !== undefined) {
      this.#fields.split(bytes, start, end, line);
      this.#table.row(this.#fields, line);
      return;
    }
    this.#held.push({ bytes: bytes.slice(start, end), line });
    this.#heldBytes += end - start;
    if (this.#held.length === SAMPLE_LINES || this.#heldBytes > SAMPLE_BYTES) this.#begin();
  }

  #begin(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    if (held.length === 0) throw new SourceError("it has no line of text", 1, "is this the right file?");
    if (held[0].bytes.includes(0)) throw new SourceError("it holds bytes of no text", 1, "is this a CSV file?");
    const fields = this.#fields = new Fields(separatorOf(held[0].bytes));
    const sample = held.map(({ bytes, line }) => {
      fields.split(bytes, 0, bytes.length, line);
      return { line, texts: Array.from({ length: fields.count }, (_, i) => fields.text(i)) };
    });
    const isHeader = this.#table.begin(sample[0], sample.slice(1));
    for (const { bytes, line } of isHeader ? held.slice(1) : held) {
      fields.split(bytes, 0, bytes.length, line);
      this.#table.row(fields, line);
    }
  }
}

/** The separator that a line has most often; a comma where it has none. */
function separatorOf(line: Uint8Array): number {
  let best = SEPARATORS[0].charCodeAt(0);
  let most = 0;
  for (const separator of SEPARATORS) {
    const byte = separator.charCodeAt(0);
    let count = 0;
    for (const each of line) if (each === byte) count++;
    if (count > most) [best, most] = [byte, count];
  }
  return best;
}
