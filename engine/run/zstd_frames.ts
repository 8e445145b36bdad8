/**
 * Walks the frames and blocks of a zstd file (RFC 8878), so that the decompressor gets whole blocks of one frame.
 *
 * The decompressor of node:zlib stops after the first frame and takes a cut file for a complete one. Walking the blocks
 * finds both, skips frames that hold no data, and bounds what one write can expand to: a block is at most 128 KiB.
 */
import { constants, createZstdDecompress } from "node:zlib";
import { SourceError } from "../feed/decoder.ts";
import type { ByteReader } from "./byte_reader.ts";
import { Inflate, type ZlibStream } from "./inflate.ts";

/** A block expands to at most this many bytes. */
const BLOCK_MAX = 1 << 17;
/** Blocks given to the decompressor at once: their output fits its buffer, which keeps its errors catchable. */
const BLOCKS_AT_ONCE = 4;
/** What a frame begins with, little-endian. */
export const FRAME_MAGIC = 0xfd2fb528;
/** Frames 0x184D2A50..5F carry other things than data, behind their length in 4 bytes. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Yields the decompressed bytes of all frames. Throws SourceError where the file is cut or damaged. */
export async function* readZstd(reader: ByteReader): AsyncGenerator<Uint8Array> {
  while (await reader.fill(4) > 0) {
    const start = reader.offset;
    const magic = reader.held < 4 ? 0 : number(reader.view(4));
    if ((magic & ~15) === SKIPPABLE_MAGIC) {
      if (!await reader.pass(8 + number((await whole(reader, 8)).subarray(4)))) throw cut(reader);
    } else if (magic >>> 0 === FRAME_MAGIC) {
      yield* readFrame(reader, start);
    } else if (reader.held < 4) {
      throw cut(reader);
    } else {
      throw new SourceError("no zstd frame begins here", start, "the file is damaged; get it again", "byte");
    }
  }
}

async function* readFrame(reader: ByteReader, start: number): AsyncGenerator<Uint8Array> {
  const inflate = new Inflate(
    createZstdDecompress({
      chunkSize: BLOCK_MAX * (BLOCKS_AT_ONCE + 1),
      params: { [constants.ZSTD_d_windowLogMax]: 31 },
    }) as unknown as ZlibStream,
  );
  try {
    const descriptor = (await whole(reader, 5))[4];
    let pending = headerBytes(descriptor);
    let blocks = 0;
    for (let last = false; !last;) {
      const at = reader.offset;
      const have = await reader.fill(pending + 3);
      const complete = have >= pending + 3;
      if (!complete) {
        yield* give(inflate, reader, have, start);
        throw cut(reader);
      }
      const view = reader.view(pending + 3).subarray(pending);
      const header = view[0] | view[1] << 8 | view[2] << 16;
      last = (header & 1) === 1;
      const type = header >> 1 & 3;
      // A block of type 1 is one byte, repeated.
      const size = type === 1 ? 1 : header >> 3;
      if (type === 3 || size > BLOCK_MAX) {
        throw new SourceError(
          "a zstd block has no valid header",
          at + pending,
          "the file is damaged; get it again",
          "byte",
        );
      }
      pending += 3 + size;
      blocks++;
      if (last && (descriptor & 4) !== 0) pending += 4;
      if (last || blocks === BLOCKS_AT_ONCE) {
        const held = await reader.fill(pending);
        yield* give(inflate, reader, Math.min(pending, held), start);
        if (held < pending) throw cut(reader);
        pending = 0;
        blocks = 0;
      }
    }
    yield* inflate.finish();
    check(inflate, start);
  } finally {
    inflate.close();
  }
}

async function* give(inflate: Inflate, reader: ByteReader, bytes: number, start: number): AsyncGenerator<Uint8Array> {
  inflate.renewOutput();
  yield* inflate.write(reader.view(bytes));
  check(inflate, start);
  reader.skip(bytes);
}

function check(inflate: Inflate, start: number): void {
  if (inflate.failure) {
    throw new SourceError(
      `the zstd data are corrupt (${inflate.failure.message})`,
      start + inflate.used,
      "the file is damaged; get it again",
      "byte",
    );
  }
}

/** Bytes of a frame's magic and header, from its descriptor: window, dictionary and content size each may be there. */
export function headerBytes(descriptor: number): number {
  const single = (descriptor & 32) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3];
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
  return 5 + (single ? 0 : 1) + dictionary + contentSize;
}

async function whole(reader: ByteReader, bytes: number): Promise<Uint8Array> {
  if (await reader.fill(bytes) < bytes) {
    reader.skip(bytes);
    throw cut(reader);
  }
  return reader.view(bytes);
}

function cut(reader: ByteReader): SourceError {
  const end = reader.offset + reader.held;
  return new SourceError("the zstd data stop in the middle", end, "the file was cut short; get it again", "byte");
}

function number(bytes: Uint8Array): number {
  return (bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24) >>> 0;
}
