/**
 * Compressed frames for a client; loaded by those who ask for them, as it brings fflate with it.
 *
 * @module
 */
import { Inflate, inflateSync } from "fflate";
import type { Codec } from "../protocol/codec.ts";

/** First byte of a frame that is compressed: zlib's header for a window of 32 KiB. */
const ZLIB = 0x78;
/** Of zlib's header, and of the checksum behind it: carriers have checksums of their own, so that it is not looked at. */
const HEADER_BYTES = 2, CHECKSUM_BYTES = 4;
/** The most bytes that a byte of deflate can stand for: 258 by each two bits. */
const RATIO_MAX = 1032;
/** The most bytes that a frame may have when it is inflated, unless said. */
export const INFLATED_BYTES_MAX = 16_777_216;

/** A codec that inflates the frames it is given where they are compressed. Throws as the codec does, and as `inflated` does. */
export function inflating(codec: Codec): Codec {
  return {
    name: codec.name,
    text: codec.text,
    encode: (message) => codec.encode(message),
    frame: (messages) => codec.frame(messages),
    decode: (frame, sender) =>
      codec.decode(typeof frame !== "string" && frame[0] === ZLIB ? inflated(frame) : frame, sender),
  };
}

/**
 * A frame as it was before it was compressed.
 *
 * It may have `bytesMax` bytes, and no more are ever made of it (but for what 300 bytes can stand for, where a frame lies): it is
 * inflated in parts, each so small that it cannot go beyond. Throws RangeError for more, TypeError for what is not deflate. Both
 * are this module's own words, as what it shared with the core would be loaded with the core.
 *
 * Cost: O(bytes).
 *
 * @example
 * ```ts
 * import { deflateSync } from "node:zlib";
 * import { inflated } from "./inflate.ts";
 * const frame = new Uint8Array(deflateSync(new Uint8Array(1000)));
 * if (inflated(frame).length !== 1000) throw new Error("unexpected");
 * ```
 */
export function inflated(frame: Uint8Array, bytesMax: number = INFLATED_BYTES_MAX): Uint8Array {
  const header = frame[0] * 256 + frame[1], body = frame.subarray(HEADER_BYTES, -CHECKSUM_BYTES);
  // The header is a multiple of 31, and its bit 5 would ask for a dictionary.
  if (frame[0] !== ZLIB || header % 31 !== 0 || (frame[1] & 32) !== 0 || body.length === 0) {
    throw new TypeError("Cannot inflate a frame: it is not compressed with deflate");
  }
  try {
    return body.length * RATIO_MAX <= bytesMax ? inflateSync(body) : inInflatedParts(body, bytesMax);
  } catch (error) {
    throw error instanceof RangeError ? error : new TypeError(`Cannot inflate a frame: ${(error as Error).message}`);
  }
}

function inInflatedParts(body: Uint8Array, bytesMax: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const stream = new Inflate((part) => {
    bytes += part.length;
    if (bytes > bytesMax) {
      throw new RangeError(`Cannot inflate a frame: it has more than ${bytesMax} B`);
    }
    parts.push(part);
  });
  for (let at = 0; at < body.length;) {
    const end = Math.min(body.length, at + Math.max(1, Math.floor((bytesMax - bytes) / RATIO_MAX)));
    stream.push(body.subarray(at, end), end === body.length);
    at = end;
  }
  const whole = new Uint8Array(bytes);
  for (let i = 0, at = 0; i < parts.length; at += parts[i++].length) whole.set(parts[i], at);
  return whole;
}
