import { SourceError } from "../decoder.ts";

/** Takes one line: `bytes[start..end)` without its line break, valid only during the call; `line` counts from 1. */
export type LineHandler = (bytes: Uint8Array, start: number, end: number, line: number) => void;

const NEWLINE = 10;
const RETURN = 13;

/**
 * Cuts a stream of bytes into lines, whatever pieces it comes in.
 *
 * Lines end in "\n" or "\r\n". Blank lines are counted and not handed on; a UTF-8 byte order mark is skipped. Lines that lie
 * within one piece are handed on where they are; only a line that straddles two is copied.
 *
 * | operation | cost |
 * |---|---|
 * | `push` | O(bytes), no allocation once the longest straddling line was seen |
 * | memory | one line, at most `lineBytesMax` |
 *
 * @example
 * ```ts
 * import { LineReader } from "./lines.ts";
 * const lines: string[] = [];
 * const text = new TextDecoder();
 * const reader = new LineReader((bytes, start, end) => lines.push(text.decode(bytes.subarray(start, end))));
 * reader.push(new TextEncoder().encode("a,1\r\nb"));
 * reader.push(new TextEncoder().encode(",2\n\nc,3"));
 * reader.end();
 * if (lines.join("|") !== "a,1|b,2|c,3") throw new Error("unexpected");
 * ```
 */
export class LineReader {
  readonly #onLine: LineHandler;
  readonly #lineBytesMax: number;
  #line = 0;
  #held = new Uint8Array(256);
  #heldBytes = 0;

  /** A line longer than `lineBytesMax` (1 MiB unless said) is refused with a SourceError: the source is no such text. */
  constructor(onLine: LineHandler, lineBytesMax = 1 << 20) {
    this.#onLine = onLine;
    this.#lineBytesMax = lineBytesMax;
  }

  /** Lines begun so far in the current file; the number of the line at hand inside the handler. */
  get line(): number {
    return this.#line;
  }

  /** Hands on the lines that end in this piece. */
  push(piece: Uint8Array): void {
    let start = 0;
    if (this.#heldBytes > 0) {
      const newline = piece.indexOf(NEWLINE);
      this.#hold(piece, 0, newline < 0 ? piece.length : newline);
      if (newline < 0) return;
      this.#release();
      start = newline + 1;
    }
    for (;;) {
      const newline = piece.indexOf(NEWLINE, start);
      if (newline < 0) break;
      this.#deliver(piece, start, newline);
      start = newline + 1;
    }
    this.#hold(piece, start, piece.length);
  }

  /** The file has ended: hands on a last line without a line break, and counts from 1 again. */
  end(): void {
    if (this.#heldBytes > 0) this.#release();
    this.#line = 0;
  }

  #release(): void {
    const length = this.#heldBytes;
    this.#heldBytes = 0;
    this.#deliver(this.#held, 0, length);
  }

  #deliver(bytes: Uint8Array, start: number, end: number): void {
    const line = ++this.#line;
    if (line === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3;
    if (end > start && bytes[end - 1] === RETURN) end--;
    if (end > start) this.#onLine(bytes, start, end, line);
  }

  #hold(piece: Uint8Array, start: number, end: number): void {
    const length = this.#heldBytes + end - start;
    if (length > this.#lineBytesMax) {
      throw new SourceError(
        `the line is longer than ${this.#lineBytesMax} bytes`,
        this.#line + 1,
        "is this a text file of this format?",
      );
    }
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, this.#held.length * 2));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(piece.subarray(start, end), this.#heldBytes);
    this.#heldBytes = length;
  }
}
