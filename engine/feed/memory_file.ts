import type { TapeFile } from "./tape_writer.ts";

/** A tape under construction in memory, for browsers, tests and generated fixtures; it can be read as it stands. */
export class MemoryFile implements TapeFile {
  readonly name: string;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(65_536);
  #size = 0;

  constructor(name = "the tape") {
    this.name = name;
  }

  get size(): number {
    return this.#size;
  }

  /** The bytes so far; a later append may move them. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#size);
  }

  read(offset: number, into: Uint8Array): void {
    into.set(this.#bytes.subarray(offset, offset + into.length));
  }

  append(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size = size;
  }

  overwrite(offset: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, offset);
  }

  truncate(size: number): void {
    this.#size = size;
  }
}
