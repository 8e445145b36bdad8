import { join } from "node:path";
import type { Closing } from "../core/journal_format.ts";
import type { RunResult } from "../stats/result.ts";
import type { ByteSink } from "./byte_sink.ts";
import { sha256 } from "./sha256.ts";

/** What a run's folder holds beside its journal, which proves itself. */
export interface RunManifest {
  /** SHA-256 of each file by its name; null for one that could not be written whole. */
  readonly files: Readonly<Record<string, string | null>>;
}

/** A file of a run that is not what the run wrote. */
export interface FileContradiction {
  readonly file: string;
  readonly what: string;
}

/** The manifest's own name. It is written last. */
export const MANIFEST = "manifest.json";
/** A run of the command line has all of these; one whose journal was written by a program may have none. */
const WRITTEN = ["result.json", "orders.arrow", "fills.arrow", "tearsheet.txt"];

/** Passes bytes on, and hashes those that the sink took. */
export class HashedSink implements ByteSink {
  readonly #sink: ByteSink;
  readonly #hasher = sha256();
  #hash: string | undefined;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): void {
    this.#sink.write(bytes);
    this.#hasher.update(bytes);
  }

  close(): void {
    this.#sink.close();
  }

  /** Of all that was written; nothing can be written after it was asked for. */
  get hash(): string {
    return this.#hash ??= this.#hasher.hex();
  }
}

/**
 * Holds the files of a run's folder against its manifest, and the result against the journal's last words and, where the
 * run was made again to its end, against that. A folder with a journal alone has nothing to contradict.
 *
 * The manifest shows what was changed or lost, not who wrote it: what a result says of trades and money is proven by the
 * run that is made again. Wall time is the machine's, and is not compared.
 */
export function checkFiles(folder: string, closing: Closing | undefined, again: RunResult | undefined) {
  const checked: string[] = [];
  const contradictions: FileContradiction[] = [];
  const contradict = (file: string, what: string) => void contradictions.push({ file, what });
  if ([MANIFEST, ...WRITTEN].some((name) => exists(join(folder, name)))) {
    const manifest = readManifest(folder, contradict);
    for (const name of new Set([...WRITTEN, ...Object.keys(manifest?.files ?? {})])) {
      const what = contradictionOf(join(folder, name), manifest, name);
      if (what === undefined) checked.push(name);
      else contradict(name, what);
    }
    if (exists(join(folder, "result.json"))) checkResult(join(folder, "result.json"), closing, again, contradict);
  }
  return { checked, contradictions };
}

function readManifest(folder: string, contradict: (file: string, what: string) => void): RunManifest | undefined {
  try {
    const manifest: unknown = JSON.parse(Deno.readTextFileSync(join(folder, MANIFEST)));
    if (isObject(manifest) && isObject(manifest.files)) return { files: manifest.files as RunManifest["files"] };
    contradict(MANIFEST, "it names no files");
  } catch (error) {
    contradict(MANIFEST, error instanceof SyntaxError ? "it is not JSON" : "it is missing");
  }
  return undefined;
}

function contradictionOf(path: string, manifest: RunManifest | undefined, name: string): string | undefined {
  if (!exists(path)) return "it is missing";
  if (manifest === undefined) return undefined;
  const expected = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
  if (expected === undefined) return "the manifest does not name it";
  if (expected === null) return "it could not be written whole";
  const found = hashOf(path);
  return found === expected ? undefined : `it was altered: its sha256 is ${found}, and the run wrote ${expected}`;
}

/** What of a result the run that is made again has to have, too. */
const COMPARED: readonly (keyof RunResult)[] = [
  "digest",
  "incomplete",
  "events",
  "orders",
  "trades",
  "roundTrips",
  "position",
  "balance",
  "fees",
  "pnl",
  "exact",
  "refusals",
  "instruments",
];

function checkResult(
  path: string,
  closing: Closing | undefined,
  again: RunResult | undefined,
  contradict: (file: string, what: string) => void,
): void {
  let result: unknown;
  try {
    result = JSON.parse(Deno.readTextFileSync(path));
  } catch {
    return contradict("result.json", "it is not JSON");
  }
  if (!isObject(result)) return contradict("result.json", "it is no result");
  if (closing !== undefined && result.digest !== closing.digest) {
    contradict("result.json", `digest is ${result.digest}, and the journal's is ${closing.digest}`);
  }
  if (again === undefined) return;
  const now = JSON.parse(JSON.stringify(again));
  for (const key of COMPARED) {
    if (key === "digest" && closing !== undefined) continue;
    for (const what of differences(key, result[key], now[key])) contradict("result.json", what);
  }
}

/** Where two values of JSON differ, each with its path. */
function differences(path: string, says: unknown, now: unknown): string[] {
  if (isObject(says) && isObject(now)) {
    const keys = new Set([...Object.keys(now), ...Object.keys(says)]);
    return [...keys].flatMap((key) => differences(`${path}.${key}`, says[key], now[key]));
  }
  const [a, b] = [JSON.stringify(says) ?? "absent", JSON.stringify(now) ?? "absent"];
  return a === b ? [] : [`${path} is ${a}, and the run that was made again has ${b}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** SHA-256 of a file, a megabyte at a time: lists of orders are long. */
function hashOf(path: string): string {
  const hasher = sha256();
  using file = Deno.openSync(path);
  const piece = new Uint8Array(1 << 20);
  for (let size = file.readSync(piece); size !== null; size = file.readSync(piece)) {
    hasher.update(piece.subarray(0, size));
  }
  return hasher.hex();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
