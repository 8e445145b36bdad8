import { SourceError } from "../decoder.ts";

/** How a binary source is cut into records. */
export interface RecordFormat {
  /**
   * The size of the record that begins at `at`, of which `available` bytes (1 or more) are at hand; where they do not tell
   * yet, how many bytes it takes to tell. Throws SourceError when no record can begin so.
   */
  size(bytes: Uint8Array, at: number, available: number): number;
  /** One whole record: `view` spans `bytes`, and both are valid only during the call. */
  record(bytes: Uint8Array, view: DataView, start: number, end: number): void;
}

/**
 * Cuts a stream of bytes into binary records, whatever pieces it comes in.
 *
 * Records that lie within one piece are handed on where they are; only one that straddles two is copied.
 *
 * | operation | cost |
 * |---|---|
 * | `push` | O(bytes); one DataView a piece |
 * | memory | one record: it grows with the bytes that came, not with the size a record claims |
 *
 * @example
 * ```ts
 * import { RecordReader } from "./records.ts";
 * let total = 0;
 * const reader = new RecordReader({
 *   size: (bytes, at) => 1 + bytes[at], // a length byte, then as many bytes
 *   record: (_bytes, _view, start, end) => total += end - start,
 * });
 * reader.push(Uint8Array.of(2, 7));
 * reader.push(Uint8Array.of(7, 1, 9));
 * reader.end();
 * if (total !== 5) throw new Error("unexpected");
 * ```
 */
export class RecordReader {
  readonly #format: RecordFormat;
  readonly #heads: number;
  #records = 0;
  #held = new Uint8Array(1024);
  #heldView = new DataView(this.#held.buffer);
  #heldBytes = 0;

  /** The first `heads` records of a file do not count: a header, handed on as a record. */
  constructor(format: RecordFormat, heads = 0) {
    this.#format = format;
    this.#heads = heads;
  }

  /** Records handed on so far in the current file; the number of the record at hand inside the handler. */
  get records(): number {
    return this.#records - this.#heads;
  }

  /** Hands on the records that end in this piece. */
  push(piece: Uint8Array): void {
    let at = 0;
    while (this.#heldBytes > 0) {
      const size = this.#format.size(this.#held, 0, this.#heldBytes);
      if (size <= this.#heldBytes) {
        this.#heldBytes = 0;
        this.#records++;
        this.#format.record(this.#held, this.#heldView, 0, size);
        break;
      }
      if (at === piece.length) return;
      const take = Math.min(size - this.#heldBytes, piece.length - at);
      this.#hold(piece, at, at + take);
      at += take;
    }
    if (at === piece.length) return;
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    const length = piece.length, format = this.#format;
    while (at < length) {
      const size = format.size(piece, at, length - at);
      if (size > length - at) break;
      this.#records++;
      format.record(piece, view, at, at + size);
      at += size;
    }
    this.#hold(piece, at, length);
  }

  /** The file has ended; throws SourceError when that was in the middle of a record. Counts from 1 again. */
  end(): void {
    const record = this.records + 1, have = this.#heldBytes;
    const size = have > 0 ? this.#format.size(this.#held, 0, have) : 0;
    this.#records = 0;
    this.#heldBytes = 0;
    if (size > have) {
      throw new SourceError(
        `the file ends after ${have} of its ${size} bytes`,
        record,
        "the file was cut short; get it again",
        "record",
      );
    }
  }

  #hold(piece: Uint8Array, start: number, end: number): void {
    const length = this.#heldBytes + end - start;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, this.#held.length * 2));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
      this.#heldView = new DataView(larger.buffer);
    }
    this.#held.set(piece.subarray(start, end), this.#heldBytes);
    this.#heldBytes = length;
  }
}
