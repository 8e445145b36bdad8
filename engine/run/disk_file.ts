import { basename } from "node:path";
import type { TapeFile } from "../feed/tape_writer.ts";
import { readFully } from "./file_source.ts";

/** A file that could not be written, say for a full disk: which, how far it came, and what to do. */
export class WriteError extends Error {
  /** Why, and after how many bytes. */
  readonly what: string;

  /** `kept` says what becomes of what was written. */
  constructor(readonly path: string, readonly bytes: number, override readonly cause: Error, kept = "") {
    const what = `${cause.message.replace(/: \w+ '.*'$/, "")} after ${bytes.toLocaleString("en-US")} bytes`;
    super(`Cannot write ${path}: ${what}; free some space, or write to another disk${kept}`, { cause });
    this.what = what;
    this.name = "WriteError";
  }
}

/** A tape under construction on disk. A file of that name is overwritten. What the disk does not take is a WriteError. */
export class DiskFile implements TapeFile, Disposable {
  readonly name: string;
  readonly path: string;
  /** As errors name it. */
  readonly #told: string;
  readonly #file: Deno.FsFile;
  #size = 0;
  /** Where the file stands, so that appending needs no seek. */
  #at = 0;

  /**
   * `told` is what the file will be called in the end, for errors; its path unless said. With `keep` the first bytes of what
   * is there are kept, and another program that writes the file so is an error.
   */
  constructor(path: string, told = path, options: { readonly keep?: number } = {}) {
    const { keep } = options;
    this.name = basename(path);
    this.path = path;
    this.#told = told;
    this.#file = Deno.openSync(path, { read: true, write: true, create: true, truncate: keep === undefined });
    if (keep === undefined) return;
    try {
      if (!this.#file.tryLockSync(true)) {
        throw new RangeError(`Cannot write ${told}: another program is writing it; wait until it has ended, or end it`);
      }
      this.#file.truncateSync(keep);
      this.#size = keep;
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  read(offset: number, into: Uint8Array): void {
    this.#go(offset);
    readFully(this.#file, into, this.name);
    this.#at = offset + into.length;
  }

  append(bytes: Uint8Array): void {
    this.#write(this.#size, bytes);
    this.#size += bytes.length;
  }

  overwrite(offset: number, bytes: Uint8Array): void {
    this.#write(offset, bytes);
  }

  truncate(size: number): void {
    this.#file.truncateSync(size);
    this.#size = size;
  }

  /** Waits until what was written is on the disk. */
  sync(): void {
    try {
      this.#file.syncDataSync();
    } catch (error) {
      throw new WriteError(this.#told, this.#size, error as Error);
    }
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #go(offset: number): void {
    if (this.#at !== offset) this.#file.seekSync(offset, Deno.SeekMode.Start);
    this.#at = offset;
  }

  #write(offset: number, bytes: Uint8Array): void {
    this.#go(offset);
    // Not known until the write is done: it may fail half-way.
    this.#at = -1;
    let done = 0;
    try {
      while (done < bytes.length) done += this.#file.writeSync(done === 0 ? bytes : bytes.subarray(done));
    } catch (error) {
      throw new WriteError(this.#told, Math.max(this.#size, offset + done), error as Error);
    }
    this.#at = offset + bytes.length;
  }
}
