import { zstdDecompressSync } from "node:zlib";
import { FileSource } from "./file_source.ts";
import { FRAME_MAGIC, headerBytes } from "./zstd_frames.ts";

/** A frame of a recording holds no more than what one chunk of lines was: far below this. */
const FRAME_BYTES_MAX = 1 << 28;

/**
 * Cuts off what a crash left torn at the end of a file of zstd frames: the last one is whole and can be read afterwards. Returns
 * how many bytes went.
 *
 * Cost: a small read for each block of each frame; the last frame is decompressed.
 */
export function cutTornFrames(path: string): number {
  const { whole, size } = measure(path);
  if (whole < size) Deno.truncateSync(path, whole);
  return size - whole;
}

/** Where the last good frame ends, and where the file does. */
function measure(path: string): { whole: number; size: number } {
  using source = new FileSource(path);
  let start = 0, last = 0;
  for (;;) {
    const end = frameEnd(source, start);
    if (end === undefined) break;
    last = start;
    start = end;
  }
  // A machine that went down may have left the length of a frame without its content.
  const whole = start > last && !isSound(source, last, start) ? last : start;
  return { whole, size: source.size };
}

/** Where the frame that begins at `start` ends; undefined where none does, or not all of it is there. */
function frameEnd(source: FileSource, start: number): number | undefined {
  const head = bytes(source, start, 5);
  if (head === undefined || new DataView(head.buffer).getUint32(0, true) !== FRAME_MAGIC) return undefined;
  const descriptor = head[4];
  let at = start + headerBytes(descriptor);
  for (let last = false; !last;) {
    const block = bytes(source, at, 3);
    if (block === undefined) return undefined;
    const header = block[0] | block[1] << 8 | block[2] << 16, type = header >> 1 & 3;
    if (type === 3) return undefined;
    last = (header & 1) === 1;
    // A block of type 1 is one byte, repeated.
    at += 3 + (type === 1 ? 1 : header >> 3);
    if (at > source.size || at - start > FRAME_BYTES_MAX) return undefined;
  }
  if ((descriptor & 4) !== 0) at += 4;
  return at <= source.size ? at : undefined;
}

function isSound(source: FileSource, start: number, end: number): boolean {
  try {
    zstdDecompressSync(bytes(source, start, end - start)!);
    return true;
  } catch {
    return false;
  }
}

function bytes(source: FileSource, offset: number, length: number): Uint8Array<ArrayBuffer> | undefined {
  if (offset + length > source.size) return undefined;
  const into = new Uint8Array(length);
  source.read(offset, into);
  return into;
}
