import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { WriteError } from "./disk_file.ts";
import { isFile } from "./find_run.ts";
import type { Hasher } from "../feed/tape_schema.ts";
import { sha256 } from "./sha256.ts";
import type { Snapshot, SnapshotHead, SnapshotStore } from "./snapshot.ts";

/** "LSS1", and the length of the head behind it. */
const MAGIC = 0x3153534c;
const HEAD = 8;
const HASH = 32;
const NAME = /^(-?\d+)-([0-9a-f]{16})\.snapshot$/;

/**
 * Snapshots as files of a folder, one each: `<time in ns>-<the first 16 digits of its SHA-256>.snapshot`.
 *
 * A file is "LSS1", the length of the head (uint32), the head as JSON, the state deflated, and the SHA-256 of all that. The
 * folder is made with the first.
 *
 * `put` throws {@linkcode WriteError}; `get` RangeError where a file is damaged, and says which. All throw RangeError where
 * the folder is a file.
 *
 * @example
 * ```ts
 * import { backtest } from "./backtest.ts";
 * import { SnapshotFolder } from "./snapshot_folder.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const run = { strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" };
 * const store = new SnapshotFolder("snapshots.example");
 * const whole = backtest({ ...run, snapshots: { every: "10m", store } });
 * const rest = backtest({ ...run, from: { time: "+25m", store } });
 * Deno.removeSync("snapshots.example", { recursive: true });
 * if (rest.digest !== whole.digest) throw new Error("unexpected");
 * ```
 */
export class SnapshotFolder implements SnapshotStore {
  /** Makes a running SHA-256. */
  readonly hasher: () => Hasher = sha256;

  /** In the folder at `path`. */
  constructor(readonly path: string) {}

  times(): readonly bigint[] {
    return [...this.#files().keys()];
  }

  /** Keeps one. */
  put({ head, state }: Snapshot): void {
    const text = new TextEncoder().encode(JSON.stringify(head)), packed = deflateRawSync(state, { level: 1 });
    const bytes = new Uint8Array(HEAD + text.length + packed.length + HASH);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, text.length, true);
    bytes.set(text, HEAD);
    bytes.set(packed, HEAD + text.length);
    const end = bytes.length - HASH, hash = hashOf(bytes.subarray(0, end));
    bytes.set(Uint8Array.from({ length: HASH }, (_, i) => parseInt(hash.slice(2 * i, 2 * i + 2), 16)), end);
    const path = join(this.path, `${head.time}-${hash.slice(0, 16)}.snapshot`);
    if (isFile(this.path)) throw this.#noFolder("write");
    try {
      Deno.mkdirSync(this.path, { recursive: true });
      // Under another name until it is whole.
      Deno.writeFileSync(`${path}.part`, bytes);
      Deno.renameSync(`${path}.part`, path);
    } catch (error) {
      throw new WriteError(path, 0, error as Error);
    }
  }

  get(time: bigint): Snapshot {
    const path = join(this.path, this.#files().get(time)!);
    const damaged = (what: string) =>
      new RangeError(`Cannot start from ${path}: ${what}; remove it to start from the one before`);
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = Deno.readFileSync(path);
    } catch (error) {
      throw damaged(`it cannot be read (${(error as Error).message})`);
    }
    if (bytes.length < HEAD + HASH) throw damaged("it is cut short");
    const view = new DataView(bytes.buffer), end = bytes.length - HASH;
    if (view.getUint32(0, true) !== MAGIC) throw damaged("it is no snapshot");
    const hash = hashOf(bytes.subarray(0, end));
    const says = Array.from(bytes.subarray(end), (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (hash !== says || !path.includes(hash.slice(0, 16))) throw damaged("its bytes are not those that were written");
    const state = HEAD + view.getUint32(4, true);
    // Its hash is no proof that it was written here: whoever made it can hash as well.
    try {
      const head: SnapshotHead = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, state)));
      if (head.time === `${time}`) return { head, state: new Uint8Array(inflateRawSync(bytes.subarray(state, end))) };
    } catch {
      // Said below.
    }
    throw damaged("it was not written as snapshots are");
  }

  /** Removes the file of one. */
  drop(time: bigint): void {
    const name = this.#files().get(time);
    if (name !== undefined) Deno.removeSync(join(this.path, name));
  }

  #noFolder(verb: string): RangeError {
    return new RangeError(
      `Cannot ${verb} snapshots in ${this.path}: it is a file, where a folder belongs; move it away, or name another`,
    );
  }

  /** Names by time, in order. */
  #files(): Map<bigint, string> {
    let names: string[] = [];
    try {
      names = Array.from(Deno.readDirSync(this.path), ({ name }) => name);
    } catch (error) {
      if (isFile(this.path)) throw this.#noFolder("read");
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const times = names.flatMap((name): [bigint, string][] => {
      const time = NAME.exec(name)?.[1];
      return time === undefined ? [] : [[BigInt(time), name]];
    });
    return new Map(times.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
  }
}

function hashOf(bytes: Uint8Array): string {
  const hasher = sha256();
  hasher.update(bytes);
  return hasher.hex();
}
