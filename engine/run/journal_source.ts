import { join } from "node:path";
import type { ByteSource } from "../feed/byte_source.ts";
import { FileSource } from "./file_source.ts";
import { isFile } from "./find_run.ts";
import { nearName } from "./near_name.ts";

/** A place in a journal's files. */
export interface JournalPlace {
  /** The file's name, "journal" or "journal.0003", and its number from 1. */
  readonly file: string;
  readonly number: number;
  readonly offset: number;
}

/**
 * The journal in a run's folder as one source, be it one file or several.
 *
 * Throws RangeError where there is none; `verb` says what it was wanted for.
 */
export class JournalSource implements ByteSource, Disposable {
  readonly name: string;
  readonly size: number;
  readonly #files: { readonly source: FileSource; readonly number: number; readonly start: number }[] = [];

  constructor(folder: string, verb = "verify") {
    const names = journalNames(folder, verb);
    this.name = join(folder, names[0]);
    let start = 0;
    try {
      for (const name of names) {
        const source = new FileSource(join(folder, name));
        this.#files.push({ source, number: Number(name.split(".")[1] ?? 1), start });
        start += source.size;
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.size = start;
  }

  /** Names and sizes of its files, in order. */
  get files(): readonly { readonly name: string; readonly number: number; readonly size: number }[] {
    return this.#files.map(({ source, number }) => ({ name: source.name, number, size: source.size }));
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const { source, start } = this.#at(offset + done);
      const piece = into.subarray(done, done + Math.min(into.length - done, start + source.size - offset - done));
      source.read(offset + done - start, piece);
      done += piece.length;
    }
  }

  /** Where a byte of the whole stands; the end is the last file's. */
  place(offset: number): JournalPlace {
    const { source, number, start } = this.#at(Math.min(offset, this.size));
    return { file: source.name, number, offset: offset - start };
  }

  close(): void {
    for (const { source } of this.#files) source.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #at(offset: number) {
    return this.#files.find(({ source, start }) => offset < start + source.size) ?? this.#files[this.#files.length - 1];
  }
}

/** What a journal's files are called. */
const JOURNAL = /^journal(\.\d{4,})?$/;

/** The names of a run's journal files, in order. Throws RangeError where there are none. */
function journalNames(folder: string, verb: string): readonly string[] {
  let remedy = "name the folder of a run, as out/touch_maker-market_l2-1";
  let why = "there is no such folder";
  try {
    const named = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => JOURNAL.test(name));
    // A link is followed: what it leads to may well be on another disk.
    const names = named.filter((name) => isFile(join(folder, name)));
    if (names.includes("journal")) return ["journal"];
    if (names.length > 0) return names.sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)));
    why = "there is no journal in it";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) remedy = nearName(folder, { folders: true, otherwise: remedy });
    else why = "it is a file";
  }
  throw new RangeError(`Cannot ${verb} ${folder}: ${why}; ${remedy}`);
}
