import { existsSync } from "node:fs";
import { join } from "node:path";
import type { InstrumentSpec } from "../core/instrument.ts";
import { standingBatches } from "../feed/standing_batches.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { instrumentJson, type TapeMeta, type TapeSpan } from "../feed/tape_schema.ts";
import { type TapeFile, TapeWriter } from "../feed/tape_writer.ts";
import { type GapReport, gapText } from "../live/gap_report.ts";
import type { RecordingStore, Resumed } from "../live/recorder.ts";
import { DiskFile } from "./disk_file.ts";
import { FileSource } from "./file_source.ts";
import { FolderLock } from "./folder_lock.ts";
import { FrameWriter, type FrameWriterOptions } from "./frame_writer.ts";
import { sha256 } from "./sha256.ts";
import { tapeParts } from "./tape_parts.ts";
import { cutTornFrames } from "./torn_frames.ts";

/** What a folder of a recording is opened with. */
export interface RecordingFolderOptions extends Pick<FrameWriterOptions, "waitingMax" | "open"> {
  readonly venue: string;
  readonly format: string;
  readonly instruments: ReadonlyMap<string, InstrumentSpec>;
  /** When frames are made to reach the disk: none, segment (each chunk) or interval=1s; the last unless said. */
  readonly sync?: string;
}

/** What a recording says of itself, in `recording.json`. */
export interface RecordingManifest {
  readonly recording: 1;
  readonly venue: string;
  readonly format: string;
  readonly instruments: Readonly<Record<string, InstrumentSpec>>;
}

const MANIFEST = "recording.json";
const PART = /\.(\d{4,})\.(?:zst|json|txt)$|^(\d{4,})\.arrow$/;

/**
 * A recording on disk:
 *
 * - `frames/BTCUSDT.0001.zst`: the lines of an instrument's capture (`frames/other.0001.zst`: those of none), as frames of zstd,
 *   which `lockstep convert` reads;
 * - `BTCUSDT/0001.arrow`: what was decoded; the folder, with all its parts, is a tape that `lockstep run --tape` plays;
 * - `gaps.0001.json` and `.txt`: what is missing; `recording.json`: what it is.
 *
 * One that is there goes on in the next parts, behind what a crash left whole: torn ends are cut off, a tape without an end gets
 * one, and `resumed` says so. One program at a time has it.
 *
 * Throws RangeError where another recording is there, or another program writes it; what the disk throws where it cannot be made.
 */
export class RecordingFolder implements RecordingStore {
  onFailed: (error: Error) => void = () => {};
  readonly hasher = sha256;
  readonly first: number;
  /** Set where a recording goes on. */
  readonly resumed: Resumed | undefined;
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #writer: FrameWriter;
  /** The part that each file of frames is at. */
  readonly #parts = new Map<string, number>();
  readonly #tapes = new Set<DiskFile>();

  constructor(folder: string, options: RecordingFolderOptions) {
    const { venue, format, instruments, sync = "interval=1s", waitingMax, open } = options;
    this.#folder = folder;
    this.#writer = new FrameWriter({ sync, waitingMax, open, onFailed: (error) => this.onFailed(error) });
    Deno.mkdirSync(join(folder, "frames"), { recursive: true });
    this.#lock = new FolderLock(folder, "record to");
    try {
      const manifest = { recording: 1, venue, format, instruments: Object.fromEntries(instruments) } as const;
      this.resumed = checkManifest(folder, manifest) ? resume(folder, manifest) : undefined;
      this.first = 1 + lastPart(folder, instruments.keys());
      Deno.writeTextFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
  }

  lines(symbol: string, part: number, bytes: Uint8Array<ArrayBuffer>): void {
    const before = this.#parts.get(symbol);
    if (before !== undefined && before !== part) this.#writer.end(this.#frames(symbol, before));
    this.#parts.set(symbol, part);
    this.#writer.write(this.#frames(symbol, part), bytes);
  }

  tape(symbol: string, part: number): TapeFile {
    Deno.mkdirSync(join(this.#folder, fileName(symbol)), { recursive: true });
    const file = new DiskFile(join(this.#folder, fileName(symbol), `${number(part)}.arrow`));
    this.#tapes.add(file);
    return file;
  }

  done(_symbol: string, _part: number, file: TapeFile, _meta: TapeMeta): void {
    if (!(file instanceof DiskFile)) return;
    file.sync();
    file.close();
    this.#tapes.delete(file);
  }

  report(report: GapReport): void {
    const path = join(this.#folder, `gaps.${number(this.first)}`);
    replace(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
    replace(`${path}.txt`, gapText(report));
  }

  /** Resolves when what was given so far is written. */
  idle(): Promise<void> {
    return this.#writer.idle();
  }

  async close(): Promise<void> {
    await this.#writer.close();
    for (const file of this.#tapes) file.close();
    this.#tapes.clear();
    this.#lock[Symbol.dispose]();
  }

  #frames(symbol: string, part: number): string {
    return join(this.#folder, "frames", `${fileName(symbol)}.${number(part)}.zst`);
  }
}

/** An instrument's name as a file's: "BTC/USD" is BTC-USD. */
export function fileName(symbol: string): string {
  return symbol === "" ? "other" : symbol.replace(/[^A-Za-z0-9._-]/g, "-");
}

function number(part: number): string {
  return String(part).padStart(4, "0");
}

/** Whole or not at all: a reader never finds half of it. */
function replace(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.part`, text);
  Deno.renameSync(`${path}.part`, path);
}

/** Whether there is a recording already; throws RangeError where it is another. */
function checkManifest(folder: string, wanted: RecordingManifest): boolean {
  let text: string;
  try {
    text = Deno.readTextFileSync(join(folder, MANIFEST));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  const there = JSON.parse(text) as RecordingManifest;
  const of = ({ venue, instruments }: RecordingManifest) => `${Object.keys(instruments).sort().join(", ")} of ${venue}`;
  if (of(there) !== of(wanted)) {
    throw new RangeError(`Cannot record to ${folder}: it holds ${of(there)}, not ${of(wanted)}; give another folder`);
  }
  for (const [symbol, spec] of Object.entries(wanted.instruments)) {
    const [was, is] = [there.instruments[symbol], spec].map(instrumentJson);
    if (was !== is) {
      throw new RangeError(`Cannot record to ${folder}: ${symbol} was ${was} and is ${is} now; give another folder`);
    }
  }
  return true;
}

/** Puts right what a crash left: torn frames are cut off, tapes without an end are completed. */
function resume(folder: string, { format, instruments }: RecordingManifest): Resumed {
  const torn: { file: string; bytes: number }[] = [], tapes: { file: string; rows: number }[] = [];
  let last = 0;
  for (const name of newest(join(folder, "frames"))) {
    const path = join(folder, "frames", name);
    last = Math.max(last, Deno.statSync(path).mtime?.getTime() ?? 0);
    const bytes = cutTornFrames(path);
    if (bytes > 0) torn.push({ file: `frames/${name}`, bytes });
  }
  const ends = new Map<string, { exchange: bigint; local: bigint }>();
  for (const [symbol, instrument] of Object.entries(instruments)) {
    const tape = join(folder, fileName(symbol));
    for (const name of newest(tape)) {
      const path = join(tape, name), file = `${fileName(symbol)}/${name}`;
      if (isWhole(path)) continue;
      const done = completeTape(path, instrument, format);
      if (done.torn > 0) torn.push({ file, bytes: done.torn });
      tapes.push({ file, rows: done.rows });
    }
    const span = (existsSync(tape) ? tapeParts(tape) : []).map(spanOf).findLast((each) => each !== undefined);
    if (span) ends.set(symbol, { exchange: BigInt(span.exchangeLast), local: BigInt(span.localLast) });
  }
  return { last: BigInt(last) * 1_000_000n, torn, tapes, ends };
}

function spanOf(path: string): TapeSpan | undefined {
  using source = new FileSource(path);
  return new TapeReader(source).meta.span;
}

/** The last part of each capture or tape in a folder. */
function newest(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const last = new Map<string, string>();
  const names = [...Deno.readDirSync(folder)].filter(({ isFile, name }) => isFile && PART.test(name)).map(({ name }) =>
    name
  );
  for (const name of names.sort(byNumber)) last.set(name.replace(PART, ""), name);
  return [...last.values()];
}

function lastPart(folder: string, symbols: Iterable<string>): number {
  const folders = [folder, join(folder, "frames"), ...[...symbols].map((symbol) => join(folder, fileName(symbol)))];
  return Math.max(0, ...folders.flatMap((each) => newest(each).map(partOf)));
}

function partOf(name: string): number {
  const [, of, alone] = PART.exec(name) ?? [];
  return Number(of ?? alone);
}

function byNumber(a: string, b: string): number {
  return partOf(a) - partOf(b);
}

function isWhole(path: string): boolean {
  using source = new FileSource(path);
  try {
    new TapeReader(source);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Ends a tape that has no end behind its last whole batch; one of which nothing is whole is made empty. */
function completeTape(path: string, instrument: InstrumentSpec, format: string): { rows: number; torn: number } {
  const { size } = Deno.statSync(path);
  const standing = (() => {
    using source = new FileSource(path);
    return standingBatches(source);
  })();
  using file = new DiskFile(path, path, { keep: standing?.size ?? 0 });
  const meta = new TapeWriter(file, "l2", standing).finish({
    instrument,
    gaps: { count: 0, first: [] },
    skew: { policy: "keep", shiftNs: 0 },
    source: { format, files: [] },
    incomplete: { reason: "the recorder was killed: rows that it had not written are in its frames alone" },
  }, sha256());
  file.sync();
  return { rows: meta.rows, torn: Math.max(0, size - (standing?.size ?? 0)) };
}
