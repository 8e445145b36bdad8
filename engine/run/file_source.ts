import { basename } from "node:path";
import type { ByteSource } from "../feed/byte_source.ts";
import { nearName } from "./near_name.ts";

/**
 * A file on disk as a byte source, read with blocking calls, which for a tape in the page cache cost a copy each.
 *
 * Throws RangeError when it is a directory, or cannot be opened. `close` it, or write `using source = new FileSource(path)`.
 *
 * @example
 * ```ts
 * import { FileSource } from "./file_source.ts";
 * Deno.writeTextFileSync("out.example.txt", "tape");
 * const source = new FileSource("out.example.txt");
 * const bytes = new Uint8Array(2);
 * source.read(1, bytes);
 * source.close();
 * Deno.removeSync("out.example.txt");
 * if (String.fromCharCode(...bytes) !== "ap") throw new Error("unexpected");
 * ```
 */
export class FileSource implements ByteSource, Disposable {
  readonly name: string;
  readonly size: number;
  readonly #file: Deno.FsFile;

  constructor(path: string) {
    this.name = basename(path);
    this.#file = open(path);
    const { size, isDirectory } = this.#file.statSync();
    this.size = size;
    if (isDirectory) {
      this.#file.close();
      throw new RangeError(`Cannot read ${path}: it is a directory; give a file`);
    }
  }

  read(offset: number, into: Uint8Array): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    readFully(this.#file, into, this.name);
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Fills `into` from where the file stands; throws RangeError when the file ends before. */
export function readFully(file: Deno.FsFile, into: Uint8Array, name: string): void {
  let done = 0;
  while (done < into.length) {
    const count = file.readSync(done === 0 ? into : into.subarray(done));
    if (count === null) {
      throw new RangeError(
        `Cannot read ${name}: it ends ${into.length - done} bytes early; was it cut while being read?`,
      );
    }
    done += count;
  }
}

function open(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new RangeError(`Cannot read ${path}: there is no such file; ${nearName(path)}`, { cause: error });
    }
    if (error instanceof Deno.errors.IsADirectory) {
      throw new RangeError(`Cannot read ${path}: it is a directory; give a file`, { cause: error });
    }
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`Cannot read ${path}: ${why}; check the file and its permissions`, { cause: error });
  }
}
