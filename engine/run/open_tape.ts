import { basename, join, resolve } from "node:path";
import type { ByteSource } from "../feed/byte_source.ts";
import { JoinedTape } from "../feed/joined_tape.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { FileSource } from "./file_source.ts";
import { sha256 } from "./sha256.ts";
import { tapeParts } from "./tape_parts.ts";

/** The bytes of a tape, until it is closed. */
export interface TapeSource extends ByteSource, Disposable {
  close(): void;
}

/** Opens a tape on disk. `close` it when its session is over. Throws as {@linkcode openTapeSource}, and where it is no tape. */
export function openTape(path: string): { readonly reader: TapeReader; close(): void } {
  const source = openTapeSource(path);
  try {
    return { reader: new TapeReader(source), close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}

/**
 * The bytes of a tape: of a file, or of the folder of a recorded one, whose parts are played as one.
 *
 * Throws RangeError for a folder of anything else, and where a file cannot be opened.
 */
export function openTapeSource(path: string): TapeSource {
  if (!isFolder(path)) return new FileSource(path);
  const paths = tapeParts(path), parts: FileSource[] = [];
  if (paths.length === 0) throw noTape(path);
  const close = (): void => parts.forEach((part) => part.close());
  try {
    for (const part of paths) parts.push(new FileSource(part));
    const joined = new JoinedTape(basename(resolve(path)), parts, sha256);
    return Object.assign(joined, { close, [Symbol.dispose]: close });
  } catch (error) {
    close();
    throw error;
  }
}

/** Whether a folder holds the parts of a recorded tape. */
export function isTapeFolder(path: string): boolean {
  return isFolder(path) && tapeParts(path).length > 0;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    // What is wrong with it is told by whoever opens it.
    return false;
  }
}

function noTape(path: string): RangeError {
  const within = [...Deno.readDirSync(path)].map(({ name }) => join(path, name)).filter(isTapeFolder);
  const remedy = within.length === 0 ? "give a file" : `give one of its tapes: ${within.sort().join(", ")}`;
  return new RangeError(`Cannot read ${path}: it is a directory; ${remedy}`);
}
