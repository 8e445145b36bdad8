import type { JournalStorage } from "../core/journal_format.ts";
import type { ByteSink } from "./byte_sink.ts";
import { DiskFile } from "./disk_file.ts";
import { syncMs } from "./journal_storage.ts";

/**
 * A journal on disk, synced as its storage says: one file, or `journal.0001`, `journal.0002` … where files have a bound.
 *
 * Of files beyond `keep` the oldest is removed once the next has begun. Going on with a journal that is there, bytes that
 * stand in it already are not written again: see {@linkcode JournalFiles.goingOn}.
 *
 * | call | cost |
 * |---|---|
 * | `write` | one write; and one sync of data where that is due |
 * | `next` | a new file; where it syncs, the folder is synced, too, so that its name is there after a crash |
 */
export class JournalFiles implements ByteSink {
  readonly #path: string;
  readonly #storage: JournalStorage;
  readonly #syncMs: number;
  /** Of what stands there already, by the number of its file: bytes that are sound, of which some may be passed. */
  readonly #standing: ReadonlyMap<number, number>;
  #file: DiskFile;
  #number = 1;
  /** Bytes passed in this file that stand there already. */
  #passed = 0;
  #synced = performance.now();
  #dirty = false;

  /** Makes the first file; one that is there is overwritten, but for its `standing` bytes. */
  constructor(path: string, storage: JournalStorage = {}, standing: ReadonlyMap<number, number> = new Map()) {
    this.#path = path;
    this.#storage = storage;
    this.#syncMs = syncMs(storage.sync ?? "none");
    this.#standing = standing;
    this.#file = this.#open();
  }

  write(bytes: Uint8Array): void {
    if (!this.#stands(bytes)) this.#append(bytes);
  }

  next(): void {
    if (this.#syncMs < Infinity) this.sync();
    this.#file.close();
    this.#number++;
    this.#passed = 0;
    this.#file = this.#open();
    const { keep = Infinity } = this.#storage;
    if (this.#number > keep) removeIfThere(fileName(this.#path, this.#number - keep, true));
    if (this.#syncMs < Infinity) syncFolder(this.#path);
  }

  /** Where the time of an interval is up, has what is held back written, and syncs. */
  look(flush: () => void): void {
    if (!this.#due()) return;
    flush();
    this.sync();
  }

  /** Makes what was written reach the disk. */
  sync(): void {
    if (this.#dirty) this.#file.sync();
    this.#dirty = false;
    this.#synced = performance.now();
  }

  close(): void {
    if (this.#syncMs < Infinity) this.sync();
    this.#file.close();
  }

  #due(): boolean {
    return this.#syncMs > 0 && performance.now() - this.#synced >= this.#syncMs;
  }

  #open(): DiskFile {
    const path = fileName(this.#path, this.#number, this.#storage.fileBytes !== undefined);
    return new DiskFile(path, path, { keep: this.#standing.get(this.#number) ?? 0 });
  }

  #append(bytes: Uint8Array): void {
    this.#file.append(bytes);
    this.#dirty = true;
    if (this.#syncMs === 0 || this.#due()) this.sync();
  }

  /** Whether these bytes stand here already. At the first that do not, the file is cut, and goes on with them. */
  #stands(bytes: Uint8Array): boolean {
    const at = this.#passed;
    if (at === this.#file.size) {
      // Past the end: from now on all is new.
      this.#passed += bytes.length;
      return false;
    }
    const there = new Uint8Array(Math.min(bytes.length, this.#file.size - at));
    this.#file.read(at, there);
    this.#passed += bytes.length;
    if (there.length === bytes.length && there.every((byte, i) => byte === bytes[i])) return true;
    this.#file.truncate(at);
    return false;
  }
}

/** The name of a journal's file: `journal`, or `journal.0007` where it has several. */
export function fileName(path: string, number: number, several: boolean): string {
  return several ? `${path}.${String(number).padStart(4, "0")}` : path;
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A new name in a folder is on disk when the folder is. */
function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path.replace(/[^/]*$/, "") || ".");
  folder.syncSync();
}
