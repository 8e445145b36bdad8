/**
 * Pulls what a node:zlib decompressor makes of compressed pieces, with back-pressure.
 *
 * Node's streams drop what they hold when an error destroys them; here it is handed on first, so that a file that was cut
 * short still gives all that can be decoded.
 */
import { Buffer } from "node:buffer";
import type { Transform } from "node:stream";

/** A decompressor of node:zlib: what it counts, and the buffer it puts its output in. */
export type ZlibStream = Transform & { readonly bytesWritten: number; _outBuffer: Uint8Array; _outOffset: number };

/** The most decompressed bytes that wait for the reader before the decompressor is told to rest. */
const WAITING_MAX = 1 << 22;

/** Pumps one compressed stream; `failure` is set where it went wrong, after all that came before was handed on. */
export class Inflate {
  /** What the decompressor threw. */
  failure: (Error & { code?: string }) | undefined;
  /** The compressed stream is complete, whatever follows it. */
  ended = false;
  readonly #stream: ZlibStream;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #wake: () => void = () => {};

  constructor(stream: ZlibStream) {
    this.#stream = stream;
    stream.on("data", (bytes: Uint8Array) => {
      // A Buffer's slice() shares memory where that of a Uint8Array copies: nobody shall stumble over that.
      this.#waiting.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes >= WAITING_MAX) stream.pause();
      this.#wake();
    });
    stream.on("error", (error: Error) => {
      this.failure ??= error;
      this.#wake();
    });
    stream.on("end", () => {
      this.ended = true;
      this.#wake();
    });
  }

  /** How many compressed bytes the stream has used. */
  get used(): number {
    return this.#stream.bytesWritten;
  }

  /**
   * Makes the next piece begin a new output buffer. Where a piece of zstd is damaged behind the point at which it fills
   * the buffer, Deno throws the error past every handler; a piece whose output fits a new buffer cannot do that.
   */
  renewOutput(): void {
    this.#stream._outBuffer = Buffer.allocUnsafe(this.#stream._outBuffer.length);
    this.#stream._outOffset = 0;
  }

  /** Gives the stream one piece, and yields what comes of it; returns when the piece is used up or has failed. */
  async *write(piece: Uint8Array): AsyncGenerator<Uint8Array> {
    let accepted = false;
    this.#stream.write(piece, () => {
      accepted = true;
      this.#wake();
    });
    yield* this.#drain(() => accepted || this.ended);
  }

  /** Says that no more comes, and yields the rest; a stream that is not complete fails with code Z_BUF_ERROR. */
  async *finish(): AsyncGenerator<Uint8Array> {
    if (!this.ended && !this.failure) this.#stream.end();
    yield* this.#drain(() => this.ended);
  }

  /** Lets go of the decompressor's memory. */
  close(): void {
    this.#stream.destroy();
  }

  async *#drain(done: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) {
        this.#waitingBytes -= next.length;
        yield next;
        if (this.#waiting.length === 0 && this.#stream.isPaused()) this.#stream.resume();
      } else if (done() || this.failure) {
        return;
      } else {
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    }
  }
}
