import { basename } from "node:path";
import type { RunResult } from "../stats/result.ts";
import { type ByteSink, FileSink, GuardedSink } from "./byte_sink.ts";
import { FolderLock } from "./folder_lock.ts";
import { HashedSink, MANIFEST, type RunManifest } from "./run_manifest.ts";
import { sha256 } from "./sha256.ts";

const NAME_MAX = 60;
/** Room for a result, which is written last and must find some when lists and journal have filled the disk. */
const RESERVED = 128 * 1024;

/**
 * The folder of one run, `<out>/<strategy>-<tape>-<number>`: never one that was there before.
 *
 * It is kept from those who would resume it until its manifest is written. It never throws: the first thing that could not be written is kept in `failure`, and the rest is still tried, for a full
 * disk must not cost a result.
 */
export class RunFolder {
  /** Where it is; undefined where it could not be made. */
  readonly path: string | undefined;
  #failure: Error | undefined;
  readonly #sinks: { readonly name: string; readonly sink: GuardedSink }[] = [];
  /** What the manifest will say of each file. */
  readonly #hashes = new Map<string, () => string | null>();
  /** Of a folder made here, until its manifest is written; one that is there is its caller's to lock. */
  #lock: FolderLock | undefined;

  /** Its files are written over those that are there. */
  readonly #again: boolean;

  /** Makes a folder for a run of `strategy` over `tapes`, paths or names; `again` is one that is there, to write it anew. */
  constructor(out: string, strategy: string, tapes: readonly string[], again?: string) {
    this.#again = again !== undefined;
    try {
      this.path = again ?? makeFolder(out, runName(strategy, tapes));
      if (again === undefined) this.#lock = new FolderLock(this.path, "write");
      this.#writeReserved(
        `${JSON.stringify({ incomplete: "The program ended before the run did" })}${" ".repeat(RESERVED)}\n`,
      );
    } catch (error) {
      this.#failure = asError(error);
    }
  }

  /** The first thing that went wrong in writing here. */
  get failure(): Error | undefined {
    return this.#failure ?? this.#sinks.find(({ sink }) => sink.failure !== undefined)?.sink.failure;
  }

  /** Names of the files that end early, or are missing. */
  get cutShort(): readonly string[] {
    const cut = this.#sinks.filter(({ sink }) => sink.failure !== undefined).map(({ name }) => name);
    return this.#failure === undefined ? cut : ["result.json", ...cut];
  }

  /** A new file for what comes in parts; the manifest will have its hash. */
  sink(name: string): ByteSink {
    let hashed: HashedSink | undefined;
    const sink = this.plainSink(name, (path) => hashed = new HashedSink(this.#open(path)));
    this.#hashes.set(name, () => sink.failure === undefined && hashed ? hashed.hash : null);
    return sink;
  }

  /** A new file that the manifest does not name: the journal, whose bytes are hashed in it. */
  plainSink(name: string, open: (path: string) => ByteSink = (path) => this.#open(path)): GuardedSink {
    const sink = new GuardedSink(() => {
      if (this.path === undefined) throw this.#failure!;
      return open(`${this.path}/${name}`);
    });
    this.#sinks.push({ name, sink });
    return sink;
  }

  /** Writes a whole file. */
  writeText(name: string, text: string): void {
    const sink = this.sink(name);
    sink.write(new TextEncoder().encode(text));
    sink.close();
  }

  /** Writes a result as JSON, one key a line at the top. */
  writeResult(result: RunResult): void {
    this.#writeReserved(resultText(result));
  }

  /** There is no result of a run that began: says why. */
  endWithout(reason: string): void {
    this.#writeReserved(`${JSON.stringify({ incomplete: reason })}\n`);
    this.writeManifest();
  }

  /** Writes the hashes of all files, when nothing more is to come, and lets the folder go. */
  writeManifest(): void {
    const files = Object.fromEntries([...this.#hashes].map(([name, hash]) => [name, hash()]));
    const sink = this.plainSink(MANIFEST);
    sink.write(new TextEncoder().encode(`${JSON.stringify({ files } satisfies RunManifest, null, 2)}\n`));
    sink.close();
    this.#lock?.[Symbol.dispose]();
  }

  #open(path: string): FileSink {
    return new FileSink(path, { overwrite: this.#again });
  }

  #writeReserved(text: string): void {
    try {
      if (this.path === undefined) return;
      using file = Deno.openSync(`${this.path}/result.json`, { write: true, create: true });
      const bytes = new TextEncoder().encode(text);
      this.#hashes.set("result.json", () => null);
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      file.truncateSync(bytes.length);
      this.#hashes.set("result.json", () => hashOf(bytes));
    } catch (error) {
      this.#failure ??= asError(error);
    }
  }

  /** Takes the folder away: there was no run. */
  discard(): void {
    for (const { sink } of this.#sinks) sink.close();
    this.#lock?.[Symbol.dispose]();
    if (this.path !== undefined) Deno.removeSync(this.path, { recursive: true });
  }
}

/** A result as JSON, one key a line at the top and the long lists on one line each. */
function resultText(result: RunResult): string {
  const lines = Object.entries(result).filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** "touch_maker-market_l2", of what file names may hold everywhere. */
function runName(strategy: string, tapes: readonly string[]): string {
  const first = basename(tapes[0] ?? "").replace(/\.arrow$/, "");
  const more = tapes.length > 1 ? `+${tapes.length - 1}` : "";
  return `${plain(strategy)}-${plain(first)}${more}`;
}

function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9_.+-]+/g, "_").slice(0, NAME_MAX);
}

/** The next number behind `name` that is free; of two who want the same one at once, each gets its own. */
function makeFolder(out: string, name: string): string {
  Deno.mkdirSync(out, { recursive: true });
  let last = 0;
  for (const { name: other } of Deno.readDirSync(out)) {
    if (other.startsWith(`${name}-`)) {
      last = Math.max(last, Number(/^\d+$/.exec(other.slice(name.length + 1))?.[0] ?? 0));
    }
  }
  for (let number = last + 1;; number++) {
    const path = `${out}/${name}-${number}`;
    try {
      Deno.mkdirSync(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

function hashOf(bytes: Uint8Array): string {
  const hasher = sha256();
  hasher.update(bytes);
  return hasher.hex();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
