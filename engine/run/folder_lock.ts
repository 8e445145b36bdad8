import { join } from "node:path";

/** The file by whose lock a run's folder is kept to one program. */
const NAME = ".lock";

/** A run's folder that another program writes. */
export class FolderBusyError extends RangeError {
  constructor(verb: string, folder: string) {
    super(`Cannot ${verb} ${folder}: a program is writing it; wait until it has ended, or end it`);
    this.name = "FolderBusyError";
  }
}

/**
 * Keeps a run's folder to one program from here until it is disposed of: by the system's lock of the file `.lock` in it, which
 * is gone with whoever held it, however that ended. The file that one who was killed leaves behind is no obstacle.
 *
 * Throws FolderBusyError while another holds it, and the system's error where the file cannot be made; `verb` says what the
 * folder was wanted for.
 *
 * @example
 * ```ts
 * import { FolderBusyError, FolderLock } from "./folder_lock.ts";
 * const folder = Deno.makeTempDirSync();
 * const lock = new FolderLock(folder, "resume");
 * let second: unknown;
 * try {
 *   new FolderLock(folder, "resume");
 * } catch (error) {
 *   second = error;
 * }
 * lock[Symbol.dispose]();
 * new FolderLock(folder, "resume")[Symbol.dispose]();
 * if (!(second instanceof FolderBusyError)) throw new Error("unexpected");
 * ```
 */
export class FolderLock implements Disposable {
  readonly #path: string;
  #file: Deno.FsFile | undefined;

  constructor(folder: string, verb: string) {
    this.#path = join(folder, NAME);
    // Who had it before may take the file away between our opening and locking it: then a lock on it keeps nobody out.
    while (this.#file === undefined) this.#file = this.#take(() => new FolderBusyError(verb, folder));
  }

  /** Lets the folder go, and takes the file away; a second call does nothing. */
  [Symbol.dispose](): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      Deno.removeSync(this.#path);
    } catch {
      // The folder may be gone, or not ours to remove from; a file without a lock is no obstacle.
    }
    file.close();
  }

  #take(busy: () => Error): Deno.FsFile | undefined {
    const file = Deno.openSync(this.#path, { read: true, write: true, create: true });
    try {
      if (!file.tryLockSync(true)) throw busy();
      if (file.statSync().ino === inodeOf(this.#path)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }
}

/** undefined where there is no such file; null where the system has none. */
function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.statSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
