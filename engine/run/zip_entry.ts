/**
 * Reads one entry of a zip file front to back, as it stands behind its local header.
 *
 * The central directory at the end of a zip is not read: a file that was cut short still gives what is there, and a pipe
 * can be read too.
 */
import { crc32, createInflateRaw } from "node:zlib";
import { SourceError } from "../feed/decoder.ts";
import type { ByteReader } from "./byte_reader.ts";
import { Inflate, type ZlibStream } from "./inflate.ts";

const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** Bytes taken at a time, stored or deflated. */
const PIECE_BYTES = 1 << 17;
const OUT_BYTES = 1 << 19;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** Bytes in the zip; undefined where they stand behind the data. */
  readonly size: number | undefined;
  readonly encrypted: boolean;
}

/** Yields the bytes of the first entry whose name ends in `suffix`. Throws SourceError when none does, or it is damaged. */
export async function* readZipEntry(reader: ByteReader, suffix: string): AsyncGenerator<Uint8Array> {
  const passed: string[] = [];
  for (;;) {
    const start = reader.offset;
    const entry = await readHeader(reader);
    if (entry === undefined) {
      throw new SourceError(
        `the zip holds no ${suffix} entry${passed.length > 0 ? ` (it holds ${passed.join(", ")})` : ""}`,
        start,
        `unpack the file that you mean and name that`,
        "byte",
      );
    }
    if (entry.name.endsWith(suffix)) {
      yield* readEntry(reader, entry, start);
      return;
    }
    if (passed.length < 5) passed.push(entry.name);
    if (entry.size === undefined) {
      throw new SourceError(`the zip begins with ${entry.name}`, start, `unpack the ${suffix} entry first`, "byte");
    }
    if (!await reader.pass(entry.size)) throw cut(reader);
  }
}

async function* readEntry(reader: ByteReader, entry: Entry, start: number): AsyncGenerator<Uint8Array> {
  const fail = (problem: string, remedy: string) =>
    new SourceError(`${entry.name} in the zip ${problem}`, start, remedy, "byte");
  if (entry.encrypted) throw fail("is encrypted", "unpack it first");
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw fail(
      `is packed by method ${entry.method}`,
      "pack it by deflate, as numpy.savez_compressed does, or not at all",
    );
  }
  if (entry.method === STORED && entry.size === undefined) throw fail("is stored without its size", "unpack it first");
  let crc = 0;
  for await (const piece of entry.method === STORED ? stored(reader, entry) : deflated(reader, entry)) {
    crc = crc32(piece, crc);
    yield piece;
  }
  if (entry.size !== undefined && crc >>> 0 !== entry.crc) {
    throw fail(`has checksum ${crc >>> 0}, not ${entry.crc} as its header says`, "the file is damaged; get it again");
  }
}

async function* stored(reader: ByteReader, entry: Entry): AsyncGenerator<Uint8Array> {
  for (let left = entry.size!; left > 0;) {
    if (await reader.fill(1) === 0) throw cut(reader);
    const piece = reader.view(Math.min(left, PIECE_BYTES)).slice();
    reader.skip(piece.length);
    left -= piece.length;
    yield piece;
  }
}

async function* deflated(reader: ByteReader, entry: Entry): AsyncGenerator<Uint8Array> {
  const inflate = new Inflate(createInflateRaw({ chunkSize: OUT_BYTES }) as unknown as ZlibStream);
  const start = reader.offset;
  try {
    let left = entry.size ?? Infinity;
    while (left > 0 && !inflate.ended && !inflate.failure && await reader.fill(1) > 0) {
      const piece = reader.view(Math.min(left, PIECE_BYTES));
      yield* inflate.write(piece);
      reader.skip(piece.length);
      left -= piece.length;
    }
    yield* inflate.finish();
    if (inflate.failure?.code === "Z_BUF_ERROR") throw cut(reader);
    if (inflate.failure) {
      throw new SourceError(
        `${entry.name} in the zip is corrupt (${inflate.failure.message})`,
        start + inflate.used,
        "the file is damaged; get it again",
        "byte",
      );
    }
  } finally {
    inflate.close();
  }
}

/** The next local header, left behind; undefined where the entries end. */
async function readHeader(reader: ByteReader): Promise<Entry | undefined> {
  if (await reader.fill(30) < 4) return undefined;
  const first = dataView(reader.view(30));
  if (first.getUint32(0, true) !== LOCAL_HEADER) return undefined;
  if (first.byteLength < 30) throw cut(reader);
  const flags = first.getUint16(6, true);
  const method = first.getUint16(8, true);
  const crc = first.getUint32(14, true);
  let size: number | undefined = first.getUint32(18, true);
  const full = first.getUint32(22, true);
  const nameBytes = first.getUint16(26, true);
  const extraBytes = first.getUint16(28, true);
  reader.skip(30);
  if (await reader.fill(nameBytes + extraBytes) < nameBytes + extraBytes) throw cut(reader);
  const name = new TextDecoder().decode(reader.view(nameBytes));
  if (size === 0xffffffff) size = sizeInExtra(dataView(reader.view(nameBytes + extraBytes).subarray(nameBytes)), full);
  reader.skip(nameBytes + extraBytes);
  // Bit 3: checksum and sizes stand behind the data.
  if ((flags & 8) !== 0) size = undefined;
  return { name, method, crc, size, encrypted: (flags & 1) !== 0 };
}

/** The packed size of a zip64 entry: extra field 1, behind the unpacked size where that is in it as well. */
function sizeInExtra(extra: DataView, full: number): number | undefined {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const id = extra.getUint16(at, true);
    const bytes = extra.getUint16(at + 2, true);
    const place = at + 4 + (full === 0xffffffff ? 8 : 0);
    if (id === 1 && place + 8 <= Math.min(extra.byteLength, at + 4 + bytes)) {
      return Number(extra.getBigUint64(place, true));
    }
    at += 4 + bytes;
  }
  return undefined;
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function cut(reader: ByteReader): SourceError {
  const end = reader.offset + reader.held;
  return new SourceError("the zip stops in the middle", end, "the file was cut short; get it again", "byte");
}
