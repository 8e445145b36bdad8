/** Bytes of a known length that can be read at any place: a file, or a buffer in a browser tab. */
export interface ByteSource {
  /** What errors call it: a base name, or what the user gave. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** Fills all of `into` with the bytes from `offset` on; the caller stays within `size`. */
  read(offset: number, into: Uint8Array): void;
  /** The bytes themselves where they lie in memory, so that nothing needs to be copied. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/**
 * A source over bytes in memory.
 *
 * @example
 * ```ts
 * import { BytesSource } from "./byte_source.ts";
 * const source = new BytesSource(new Uint8Array([1, 2, 3]), "three");
 * const two = new Uint8Array(2);
 * source.read(1, two);
 * if (two[0] !== 2 || two[1] !== 3) throw new Error("unexpected");
 * ```
 */
export class BytesSource implements ByteSource {
  /** Over these bytes; `name` is what errors call them. */
  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly name = "the tape") {}

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, into: Uint8Array): void {
    into.set(this.bytes.subarray(offset, offset + into.length));
  }
}
