/**
 * Opens a source file and yields its bytes, decompressed.
 *
 * What the file is stands in its first bytes, not in its name: gzip (of several members too), zstd (of several frames
 * too), a zip whose first `.npy` entry is meant (numpy's npz), and anything else as it is.
 */
import { createGunzip } from "node:zlib";
import { SourceError } from "../feed/decoder.ts";
import { ByteReader } from "./byte_reader.ts";
import { Inflate, type ZlibStream } from "./inflate.ts";
import { nearName } from "./near_name.ts";
import { readZipEntry } from "./zip_entry.ts";
import { readZstd } from "./zstd_frames.ts";

/** How far a source has been read, in bytes of the file as it is on disk. */
export interface SourceProgress {
  readonly read: number;
  /** Size of the file; 0 where it has none, as a pipe. */
  readonly total: number;
}

/** What {@linkcode openSource} can be given. */
export interface OpenSourceOptions {
  /** Hears of every read of the file. */
  readonly onProgress?: (progress: SourceProgress) => void;
}

/** A source that cannot be opened: says which, why, and what to do. */
export class OpenError extends RangeError {
  constructor(readonly file: string, readonly problem: string, readonly remedy: string) {
    super(`Cannot open ${file}: ${problem}; ${remedy}`);
    this.name = "OpenError";
  }
}

/** Bytes read at a time; also the least that a zstd batch or a zip's header needs at once. */
const BUFFER_BYTES = 1 << 20;
/** Plain files are handed on in pieces of this size. */
const PLAIN_BYTES = 1 << 19;
/** Compressed bytes given to gunzip at a time, and the size of what comes out. */
const GZIP_IN_BYTES = 1 << 17;
const GZIP_OUT_BYTES = 1 << 19;

/**
 * Yields the decompressed bytes of a file in pieces of up to about 512 KiB; the file is read as fast as they are taken.
 *
 * Memory stays flat at a few MiB whatever the size of the file. Throws {@linkcode OpenError} when the file is missing, a
 * folder, empty or not readable; SourceError with the byte's offset, in the file on disk, when it was cut short or is
 * damaged, after all that could be decompressed before was yielded.
 *
 * @example
 * ```ts
 * import { openSource } from "./open_source.ts";
 * let bytes = 0;
 * for await (const piece of openSource("deno.json")) bytes += piece.length;
 * if (bytes !== Deno.statSync("deno.json").size) throw new Error("unexpected");
 * ```
 */
export async function* openSource(path: string, options: OpenSourceOptions = {}): AsyncGenerator<Uint8Array> {
  const { file, total } = await open(path);
  try {
    const reader = new ByteReader(file, BUFFER_BYTES, (read) => options.onProgress?.({ read, total }));
    if (await reader.fill(4) === 0) {
      throw new OpenError(path, "it is empty", "was its download or its recording stopped?");
    }
    yield* contents(reader);
  } catch (error) {
    if (error instanceof SourceError) error.file = path;
    throw error;
  } finally {
    file.close();
  }
}

function contents(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const [a, b, c, d] = reader.view(4);
  if (a === 0x1f && b === 0x8b) return readGzip(reader);
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return readZstd(reader);
  // A zstd file may begin with a frame that carries no data.
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return readZstd(reader);
  if (a === 0x50 && b === 0x4b && c <= 8 && d <= 8) return readZipEntry(reader, ".npy");
  return readPlain(reader);
}

async function* readPlain(reader: ByteReader): AsyncGenerator<Uint8Array> {
  while (await reader.fill(1) > 0) {
    const piece = reader.view(PLAIN_BYTES).slice();
    reader.skip(piece.length);
    yield piece;
  }
}

async function* readGzip(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const inflate = new Inflate(createGunzip({ chunkSize: GZIP_OUT_BYTES }) as unknown as ZlibStream);
  try {
    while (!inflate.ended && !inflate.failure && await reader.fill(1) > 0) {
      const piece = reader.view(GZIP_IN_BYTES);
      yield* inflate.write(piece);
      reader.skip(piece.length);
    }
    yield* inflate.finish();
    if (inflate.failure?.code === "Z_BUF_ERROR") {
      throw new SourceError(
        "the gzip data stop in the middle",
        reader.offset,
        "the file was cut short; get it again",
        "byte",
      );
    }
    if (inflate.failure) {
      const problem = `the gzip data are corrupt (${inflate.failure.message})`;
      throw new SourceError(problem, inflate.used, "the file is damaged; get it again", "byte");
    }
  } finally {
    inflate.close();
  }
}

async function open(path: string): Promise<{ file: Deno.FsFile; total: number }> {
  let file: Deno.FsFile;
  try {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) throw new OpenError(path, "it is a folder", "name a file in it");
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new OpenError(path, "there is no such file", nearName(path));
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new OpenError(path, "the system does not let you read it", "look at its permissions");
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new OpenError(path, "Deno may not read it", "run with --allow-read");
    }
    if (error instanceof Deno.errors.NotADirectory) {
      throw new OpenError(path, "a part of its path is a file, not a folder", "look at the path");
    }
    throw error;
  }
  const { isFile, size } = await file.stat();
  return { file, total: isFile ? size : 0 };
}
