import { constants, deflateSync, zstdCompressSync } from "node:zlib";
import type { Codec } from "../protocol/codec.ts";
import type { Counters } from "./counters.ts";

/** Compressions of frames, the best first. */
const COMPRESSIONS = ["zstd", "deflate"] as const;
/** The name of one. */
export type Compression = typeof COMPRESSIONS[number];

/** Frames of changes alone are compressed from here on. */
const CHANGES_BYTES_MIN = 8192;

/**
 * The compression of a connection, of those its client understands. Text is never compressed: its carriers tell text from bytes,
 * and its readers read it as it is.
 *
 * A compressed frame shows itself by its first byte, with which no frame of the binary codecs begins: 0x28 is zstd, 0x78 is
 * deflate with zlib's header.
 */
export function compressionFor(codec: Codec, understood: readonly string[] | undefined): Compression | null {
  if (codec.text) return null;
  return COMPRESSIONS.find((name) => understood?.includes(name)) ?? null;
}

/** Compresses frames where that pays: with a snapshot from `bytesMin` on, else large ones only; never to more bytes. */
export class Compressor {
  readonly #bytesMin: number;
  readonly #counters: Counters;
  readonly #now: () => number;

  constructor(bytesMin: number, counters: Counters, now: () => number) {
    this.#bytesMin = bytesMin;
    this.#counters = counters;
    this.#now = now;
  }

  /** The frame as it is sent. */
  pack(frame: Uint8Array, compression: Compression | null, snapshot: boolean): Uint8Array {
    if (compression === null || frame.length < (snapshot ? this.#bytesMin : CHANGES_BYTES_MIN)) return frame;
    const begin = this.#now();
    const packed = compression === "zstd"
      ? zstdCompressSync(frame)
      : deflateSync(frame, { level: constants.Z_BEST_SPEED });
    const counters = this.#counters;
    counters.compressMs += this.#now() - begin;
    counters.compressedFrom += frame.length;
    counters.compressedTo += Math.min(packed.length, frame.length);
    return packed.length < frame.length ? new Uint8Array(packed.buffer, packed.byteOffset, packed.length) : frame;
  }
}
