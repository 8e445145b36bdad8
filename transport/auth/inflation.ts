import { createGunzip, createInflate } from "node:zlib";
import { Inflate, type ZlibStream } from "../../engine/run/inflate.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** Output is handed on in pieces of this, however much the input grows. */
const OUTPUT = { chunkSize: 65_536 };
const STREAMS = {
  gzip: () => createGunzip(OUTPUT),
  deflate: () => createInflate(OUTPUT),
} as const;

/** How something may be packed. */
export type PackedFormat = keyof typeof STREAMS;

/** Input is taken in small pieces, so that what waits of one is little. */
const PIECE_BYTES = 4096;

/** How far something may grow when it is unpacked. */
export interface InflationLimits {
  /** Bytes in all. */
  readonly bytesMax: number;
  /** Times the bytes it came as; tapes of text shrink to a twentieth or so. 200. */
  readonly ratioMax?: number;
  /** Below this the ratio says nothing: a header of zeros is small and packs well. 1 MiB. */
  readonly freeBytes?: number;
}

/**
 * Unpacks bytes piece by piece and stops as soon as they grow too far: of a bomb no more is ever held than the pieces on their
 * way.
 *
 * Throws ProtocolError TOO_LARGE for what grows too far, and MALFORMED for what is not packed so, is cut short or goes on behind
 * its end. An archive in an archive is bytes; nothing is unpacked twice.
 *
 * @example
 * ```ts
 * import { inflated } from "./inflation.ts";
 * const packed = new Response(new Response("tape").body!.pipeThrough(new CompressionStream("gzip"))).body!;
 * let text = "";
 * for await (const piece of inflated(packed, "gzip", { bytesMax: 100 })) text += new TextDecoder().decode(piece);
 * if (text !== "tape") throw new Error("unexpected");
 * ```
 */
export async function* inflated(
  source: AsyncIterable<Uint8Array>,
  format: PackedFormat,
  limits: InflationLimits,
): AsyncGenerator<Uint8Array> {
  const guard = new InflationGuard(limits), stream = new Inflate(STREAMS[format]() as unknown as ZlibStream);
  const out = async function* (pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      guard.out(piece.length);
      yield piece;
    }
    if (stream.failure) throw malformed(`it is not whole ${format}`);
  };
  try {
    for await (const bytes of source) {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        const piece = bytes.subarray(at, at + PIECE_BYTES);
        if (stream.ended) throw malformed("it goes on behind its end");
        guard.in(piece.length);
        yield* out(stream.write(piece));
      }
    }
    yield* out(stream.finish());
    if (stream.used < guard.packed) throw malformed("it goes on behind its end");
  } finally {
    stream.close();
  }
}

/** Counts what goes in and comes out of an unpacker. */
class InflationGuard {
  #in = 0;
  #out = 0;
  readonly #limits: Required<InflationLimits>;

  constructor(limits: InflationLimits) {
    this.#limits = { ratioMax: 200, freeBytes: 1_048_576, ...limits };
  }

  /** Packed bytes so far. */
  get packed(): number {
    return this.#in;
  }

  /** So many packed bytes more. */
  in(bytes: number): void {
    this.#in += bytes;
  }

  /** So many bytes more came out. Throws ProtocolError TOO_LARGE where they are too many. */
  out(bytes: number): void {
    const { bytesMax, ratioMax, freeBytes } = this.#limits;
    this.#out += bytes;
    if (this.#out > bytesMax) throw new ProtocolError("TOO_LARGE", `Cannot unpack: it has over ${bytesMax} bytes`);
    if (this.#out > freeBytes && this.#out > ratioMax * this.#in) {
      throw new ProtocolError("TOO_LARGE", `Cannot unpack: it is over ${ratioMax} times as large as it came`);
    }
  }
}

function malformed(why: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot unpack: ${why}`);
}
