import { setImmediate } from "node:timers/promises";
import { constants, zstdCompressSync } from "node:zlib";
import { syncMs } from "./journal_storage.ts";
import { WriteError } from "./disk_file.ts";

const PARAMS = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };

/** What a {@linkcode FrameWriter} is given. */
export interface FrameWriterOptions {
  /** When what was written is made to reach the disk: none, segment (each chunk) or interval=1s. */
  readonly sync: string;
  /** Bytes that may wait to be written; 64 MiB unless said. */
  readonly waitingMax?: number;
  /** Told once, when something could not be written; nothing is taken after it. */
  readonly onFailed: (error: Error) => void;
  /** Makes a file; that of the disk unless said. */
  readonly open?: (path: string) => Promise<FrameFile>;
}

/** A file that is written to at its end. */
export interface FrameFile {
  write(bytes: Uint8Array): Promise<number>;
  syncData(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): void;
}

const WAITING_MAX = 1 << 26;

/**
 * Writes chunks to files, each as a frame of zstd of its own, in the order in which they came and without making whoever writes
 * wait: what was written whole can be read, whatever becomes of the rest.
 *
 * When more waits than may, the disk does not keep up: that is a failure like any other, and said so, for nothing is dropped in
 * silence.
 *
 * | call | cost |
 * |---|---|
 * | `write` | constant; each chunk is compressed in a turn of its own, and written beside |
 * | memory | what waits, at most `waitingMax` |
 */
export class FrameWriter {
  readonly #options: FrameWriterOptions;
  readonly #syncMs: number;
  readonly #files = new Map<string, OpenFile>();
  readonly #queue: Job[] = [];
  #waiting = 0;
  #busy: Promise<void> | undefined;
  #failed = false;
  #synced = performance.now();

  constructor(options: FrameWriterOptions) {
    this.#options = options;
    this.#syncMs = syncMs(options.sync);
  }

  /** Appends a chunk, which is the writer's from now on, to the file at `path`; the first one makes it. */
  write(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#failed) return;
    const { waitingMax = WAITING_MAX } = this.#options;
    if (this.#waiting + bytes.length > waitingMax) {
      const waits = `${(this.#waiting / 2 ** 20).toFixed(0)} MiB wait to be written`;
      return this.#fail(
        new RangeError(`Cannot write ${path}: ${waits}, so the disk does not keep up; use a faster one`),
      );
    }
    this.#waiting += bytes.length;
    this.#queue.push({ path, bytes });
    this.#start();
  }

  /** No more comes for a file: it is closed behind what waits for it. */
  end(path: string): void {
    if (this.#failed) return;
    this.#queue.push({ path });
    this.#start();
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  /** Writes what waits, syncs where there is a policy, and closes all. Never rejects. */
  async close(): Promise<void> {
    await this.idle();
    try {
      if (this.#syncMs < Infinity) await this.#sync();
    } catch (error) {
      this.#fail(error as Error);
    }
    for (const { file } of this.#files.values()) file.close();
    this.#files.clear();
  }

  #start(): void {
    this.#busy ??= this.#work().finally(() => this.#busy = undefined);
  }

  async #work(): Promise<void> {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      try {
        await this.#do(job);
      } catch (error) {
        return this.#fail(error as Error);
      }
    }
  }

  async #do({ path, bytes }: Job): Promise<void> {
    if (bytes === undefined) return await this.#end(path);
    const open = this.#files.get(path) ?? await this.#open(path);
    // Not in the turn of what has just arrived, and at once: the runtime's other way keeps its thread as long, and longer.
    await setImmediate();
    const frame = zstdCompressSync(bytes, { params: PARAMS }), whole = open.bytes;
    try {
      for (let done = 0; done < frame.length;) {
        const count = await open.file.write(frame.subarray(done));
        done += count;
        open.bytes += count;
      }
    } catch (error) {
      // Half a frame is none: what stands is to be read without one.
      await open.file.truncate(whole).catch(() => {});
      throw new WriteError(path, open.bytes, error as Error);
    }
    open.dirty = true;
    this.#waiting -= bytes.length;
    if (performance.now() - this.#synced >= this.#syncMs) await this.#sync();
  }

  async #open(path: string): Promise<OpenFile> {
    const { open = create } = this.#options;
    const opened = { file: await open(path), bytes: 0, dirty: false };
    this.#files.set(path, opened);
    return opened;
  }

  async #end(path: string): Promise<void> {
    const open = this.#files.get(path);
    if (open === undefined) return;
    if (open.dirty && this.#syncMs < Infinity) await open.file.syncData();
    open.file.close();
    this.#files.delete(path);
  }

  async #sync(): Promise<void> {
    for (const open of this.#files.values()) {
      if (!open.dirty) continue;
      open.dirty = false;
      await open.file.syncData();
    }
    this.#synced = performance.now();
  }

  #fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#queue.length = 0;
    this.#options.onFailed(error);
  }
}

/** Bytes for a file; none where it ends. */
interface Job {
  readonly path: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

interface OpenFile {
  readonly file: FrameFile;
  bytes: number;
  /** Whether something was written that is not synced. */
  dirty: boolean;
}

async function create(path: string): Promise<FrameFile> {
  return await Deno.open(path, { write: true, createNew: true });
}
