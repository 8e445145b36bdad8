const encoder = new TextEncoder(), decoder = new TextDecoder();
const FIRST_BYTES = 1 << 14;

/**
 * Gathers lines of text as bytes, without an allocation a line.
 *
 * | call | cost |
 * |---|---|
 * | `add` | its characters |
 * | `take` | a copy of what was gathered |
 * | memory | twice the most that was gathered at once |
 *
 * @example
 * ```ts
 * import { LineBuffer } from "./line_buffer.ts";
 * const lines = new LineBuffer();
 * lines.add("one");
 * lines.add("two");
 * if (lines.takeLast() !== "two" || new TextDecoder().decode(lines.take()) !== "one\n" || lines.bytes !== 0) throw new Error("unexpected");
 * ```
 */
export class LineBuffer {
  /** Bytes gathered. */
  bytes = 0;
  #buffer = new Uint8Array(FIRST_BYTES);
  /** Where the last line begins. */
  #last = 0;

  /** A line without its line break; one within it becomes a blank, which in JSON says the same. */
  add(line: string): void {
    if (line.includes("\n") || line.includes("\r")) line = line.replace(/[\r\n]+/g, " ");
    // A character of UTF-16 is at most three bytes of UTF-8.
    const most = this.bytes + 3 * line.length + 1;
    if (most > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(most, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.bytes));
      this.#buffer = grown;
    }
    this.#last = this.bytes;
    this.bytes += encoder.encodeInto(line, this.#buffer.subarray(this.bytes)).written;
    this.#buffer[this.bytes++] = 10;
  }

  /** Takes the last line back; "" where it was handed on already. */
  takeLast(): string {
    const line = decoder.decode(this.#buffer.subarray(this.#last, Math.max(this.#last, this.bytes - 1)));
    this.bytes = this.#last;
    return line;
  }

  /** What was gathered, and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#buffer.slice(0, this.bytes);
    this.bytes = this.#last = 0;
    return taken;
  }
}
