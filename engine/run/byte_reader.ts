/**
 * Reads a file front to back in pieces of any size, with memory for one buffer.
 *
 * | call | cost |
 * |---|---|
 * | `fill(n)` | one read of the file when fewer than n bytes are held, which moves those; otherwise nothing |
 * | `view(n)`, `skip(n)` | constant, no copy |
 * | `pass(n)` | the reads of n bytes |
 */
export class ByteReader {
  readonly #file: Deno.FsFile;
  readonly #buffer: Uint8Array;
  readonly #onRead: (bytes: number) => void;
  #start = 0;
  #end = 0;
  #read = 0;
  #atEnd = false;

  /** `onRead` hears, after each read of the file, how many bytes have been read in all. */
  constructor(file: Deno.FsFile, capacity: number, onRead: (bytes: number) => void) {
    this.#file = file;
    this.#buffer = new Uint8Array(capacity);
    this.#onRead = onRead;
  }

  /** Offset in the file of the first byte not yet skipped. */
  get offset(): number {
    return this.#read - (this.#end - this.#start);
  }

  /** How many bytes are held. */
  get held(): number {
    return this.#end - this.#start;
  }

  /** Holds `bytes` bytes or whatever the file has left, and returns how many are held; at most the capacity. */
  async fill(bytes: number): Promise<number> {
    while (this.held < bytes && !this.#atEnd) {
      if (this.#start > 0) {
        this.#buffer.copyWithin(0, this.#start, this.#end);
        this.#end -= this.#start;
        this.#start = 0;
      }
      const count = await this.#file.read(this.#buffer.subarray(this.#end));
      if (count === null || count === 0) {
        this.#atEnd = true;
      } else {
        this.#end += count;
        this.#read += count;
        this.#onRead(this.#read);
      }
    }
    return this.held;
  }

  /** The first `bytes` bytes held, or fewer; good until the next `fill`. */
  view(bytes: number): Uint8Array {
    return this.#buffer.subarray(this.#start, Math.min(this.#start + bytes, this.#end));
  }

  /** Leaves the first `bytes` held bytes behind. */
  skip(bytes: number): void {
    this.#start = Math.min(this.#start + bytes, this.#end);
  }

  /** Leaves `bytes` bytes behind, held or not; false where the file ends before that. */
  async pass(bytes: number): Promise<boolean> {
    for (let left = bytes; left > 0;) {
      const held = await this.fill(1);
      if (held === 0) return false;
      this.skip(left);
      left -= held;
    }
    return true;
  }
}
