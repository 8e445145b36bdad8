import { basename, dirname, resolve } from "node:path";
import { parseDecimal } from "../core/decimal.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { Conversion, type ConversionOptions } from "../feed/convert.ts";
import { sourceFormat } from "../feed/decode/registry.ts";
import type { DateOrder } from "../feed/decode/time_column.ts";
import { FinerGrid, Grid } from "../feed/grid.ts";
import { parseSkew } from "../feed/skew.ts";
import { LateOrderId } from "../feed/tape_rows.ts";
import { BATCH_ROWS, type TapeMeta } from "../feed/tape_schema.ts";
import { tapeWarnings } from "../feed/tape_warnings.ts";
import { DiskFile, WriteError } from "./disk_file.ts";
import { openSource } from "./open_source.ts";
import { sha256 } from "./sha256.ts";

/** What {@linkcode convert} can be given. */
export interface ConvertOptions {
  /** Files in the order of time. */
  readonly sources: readonly string[];
  /** A name of `FORMAT_NAMES`. */
  readonly format: string;
  /** A CSV of funding, dividends, splits, expiry and halts to join in (see `eventsDecoder`); not for bars. */
  readonly events?: string;
  /** Where the tape goes; it appears there when it is complete. */
  readonly out: string;
  /** Smallest step of price, "0.1"; where absent, the finest that the data have, prints of hidden orders aside. */
  readonly tick?: string;
  /** Smallest step of size; where absent, the finest that the data have. */
  readonly lot?: string;
  /** What the user knows of the instrument; its symbol is the one taken from a source of several. */
  readonly instrument?: Partial<InstrumentSpec>;
  /** The day of a source that tells times of day only. */
  readonly date?: string;
  /** How to read dates such as 03/04/2024: month first, or day first. */
  readonly dateOrder?: DateOrder;
  /** "shift" (unless said), by as much as no latency is negative; "shift=1ms", by this constant, enough or not; or "keep". */
  readonly skew?: string;
  /** What to do about holes in the source's sequence; "stale" unless said. */
  readonly gaps?: "stale" | "stop";
  /** Hears, while it reads, of bytes read of all files as they are on disk, and how many there are in all. */
  readonly onProgress?: (bytes: number, total: number) => void;
  /** Ends the conversion early, as an error does. */
  readonly signal?: AbortSignal;
}

/** What a conversion did. */
export interface ConvertReport {
  /** Path of the tape. */
  readonly out: string;
  /** What the tape says of itself. */
  readonly meta: TapeMeta;
  /** What to know before the tape is trusted, a sentence each. */
  readonly warnings: readonly string[];
  /** Bytes of the sources, decompressed. */
  readonly rawBytes: number;
  /** Wall time. */
  readonly seconds: number;
  /** Raw megabytes (10^6 bytes) a second. */
  readonly megabytesPerSecond: number;
  /** Lines of `events` that lay outside the market's rows and are not on the tape. */
  readonly eventsLeftOut: number;
}

/** A conversion that ended early; `cause` is why, and `partial` names the tape of what was converted until then. */
export class ConvertError extends Error {
  /** `rows` are those that the partial tape has. */
  constructor(cause: Error, readonly partial: string, readonly rows: number) {
    const kept = rowsKept(rows);
    super(`${cause.message}. ${kept[0].toUpperCase()}${kept.slice(1)} in ${partial}`, { cause });
    this.name = "ConvertError";
  }
}

/** "the 5 rows before it are kept". */
export function rowsKept(rows: number): string {
  return rows === 1 ? "the 1 row before it is kept" : `the ${rows.toLocaleString("en-US")} rows before it are kept`;
}

/**
 * Converts source files to a tape.
 *
 * The tape grows beside its place as `<out>.part`. On an error, Ctrl-C (by `signal`) or a full disk, what was converted
 * until then, of a full disk all whole batches, is kept as `<out without .arrow>.partial.arrow`, marked incomplete, and
 * {@linkcode ConvertError} names it; where nothing was, the error itself is thrown, a WriteError of a full disk. Memory does not grow with the sources.
 */
export async function convert(options: ConvertOptions): Promise<ConvertReport> {
  const format = sourceFormat(options.format);
  const all = await checkFiles(options);
  const files = all.slice(0, options.sources.length), events = all.at(files.length);
  const skew = parseSkew(options.skew ?? "shift");
  const grid = (name: "tick" | "lot"): Grid => new Grid(name, stepOf(name, options[name]));
  let [tick, lot, orders] = [grid("tick"), grid("lot"), false];
  const started = performance.now();
  for (;;) {
    const { instrument, date, dateOrder, gaps = "stale" } = options;
    const how = { format, files, events, instrument, date, dateOrder, skew, gaps };
    const attempt = new Attempt(options, { ...how, tick, lot, orders });
    try {
      const meta = await attempt.run();
      const seconds = (performance.now() - started) / 1000;
      const { rawBytes, eventsLeftOut } = attempt;
      const megabytesPerSecond = rawBytes / 1e6 / seconds;
      const warnings = [...meta.skew.warning === undefined ? [] : [meta.skew.warning], ...tapeWarnings(meta)];
      return { out: options.out, meta, warnings, rawBytes, seconds, megabytesPerSecond, eventsLeftOut };
    } catch (error) {
      if (error instanceof FinerGrid) {
        const finer = new Grid(error.grid.name, { learnFrom: error.decimals });
        if (error.grid.name === "tick") tick = finer;
        else lot = finer;
      } else if (error instanceof LateOrderId) orders = true;
      else throw attempt.keep(error);
      attempt.discard();
    } finally {
      await attempt.close();
    }
  }
}

/** Between two breaths the program takes signals, and a progress bar may draw itself. */
const BREATH_MS = 50;

/** As messages say it. */
const BATCH = BATCH_ROWS.toLocaleString("en-US");

/** One run through the sources, until it is complete or a finer grid is needed. */
class Attempt {
  rawBytes = 0;
  readonly #options: ConvertOptions;
  readonly #setup: Omit<ConversionOptions, "out">;
  readonly #part: string;
  readonly #out: DiskFile;
  readonly #read: number[];
  readonly #sources: AsyncGenerator<Uint8Array>[];
  #conversion: Conversion | undefined;
  #closed = false;

  constructor(options: ConvertOptions, setup: Omit<ConversionOptions, "out">) {
    this.#options = options;
    this.#setup = setup;
    this.#part = `${options.out}.part`;
    this.#out = new DiskFile(this.#part, options.out);
    this.#read = pathsOf(options).map(() => 0);
    this.#sources = pathsOf(options).map((path, i) =>
      openSource(path, { onProgress: ({ read }) => void (this.#read[i] = read) })
    );
  }

  /** Lines of the events file that are not on the tape. */
  get eventsLeftOut(): number {
    return this.#conversion?.eventsLeftOut ?? 0;
  }

  async run(): Promise<TapeMeta> {
    const { options, sources } = { options: this.#options, sources: this.#sources };
    const conversion = new Conversion({ ...this.#setup, out: this.#out });
    this.#conversion = conversion;
    let breath = performance.now();
    for (let wanted = conversion.wanted; wanted >= 0; wanted = conversion.wanted) {
      const next = await sources[wanted].next();
      if (next.done) conversion.end();
      else {
        this.rawBytes += next.value.length;
        conversion.push(next.value);
      }
      if (performance.now() - breath > BREATH_MS) {
        this.#tellProgress();
        await new Promise((resolve) => setTimeout(resolve));
        breath = performance.now();
        if (options.signal?.aborted) throw new Error("Cannot finish: the conversion was interrupted");
      }
    }
    const meta = conversion.finish(sha256());
    this.#tellProgress();
    this.#closeOut();
    Deno.renameSync(this.#part, options.out);
    return meta;
  }

  /** Keeps what there is, and returns the error that says so. */
  keep(error: unknown): unknown {
    if (this.#closed || !(error instanceof Error)) return error;
    const { out } = this.#options;
    // Metadata must not hold paths: they say nothing on another machine, and too much of this one.
    const paths = [...pathsOf(this.#options), out];
    const reason = paths.reduce((text, path) => text.replaceAll(path, basename(path)), error.message);
    // Where the end of the file finds no room, the second attempt gives the last batch up for it.
    const meta = this.#tryToKeep(reason) ?? this.#tryToKeep(reason);
    if (meta === undefined) {
      this.discard();
      if (!(error instanceof WriteError)) return error;
      return new WriteError(
        out,
        error.bytes,
        error.cause,
        `. Nothing is kept: not one batch of ${BATCH} rows was whole`,
      );
    }
    this.#closeOut();
    const partial = `${out.replace(/\.arrow$/, "")}.partial.arrow`;
    Deno.renameSync(this.#part, partial);
    return new ConvertError(error, partial, meta.rows);
  }

  #tryToKeep(reason: string): TapeMeta | undefined {
    try {
      return this.#conversion?.keep(reason, sha256());
    } catch {
      // The first error says why.
      return undefined;
    }
  }

  discard(): void {
    this.#closeOut();
    Deno.removeSync(this.#part);
  }

  async close(): Promise<void> {
    for (const source of this.#sources) await source.return(undefined);
    this.#closeOut();
  }

  #closeOut(): void {
    if (!this.#closed) this.#out.close();
    this.#closed = true;
  }

  #tellProgress(): void {
    const { files, events } = this.#setup;
    const total = files.reduce((sum, { bytes }) => sum + bytes, events?.bytes ?? 0);
    this.#options.onProgress?.(this.#read.reduce((sum, bytes) => sum + bytes, 0), total);
  }
}

function stepOf(name: string, text: string | undefined): ConstructorParameters<typeof Grid>[1] {
  if (text === undefined) return { learnFrom: 0 };
  const step = parseDecimal(text);
  if (step.mantissa <= 0) throw new RangeError(`Cannot use ${name} ${text}: it must be above 0`);
  return step;
}

/** The sources, and the events file behind them. */
function pathsOf({ sources, events }: ConvertOptions): readonly string[] {
  return events === undefined ? sources : [...sources, events];
}

/** Checks all files before anything is written, and tells their names and sizes. */
async function checkFiles(options: ConvertOptions): Promise<{ name: string; bytes: number }[]> {
  const { sources, out } = options;
  if (sources.length === 0) throw new RangeError("Cannot convert nothing: no source file is given; name at least one");
  const files: { name: string; bytes: number }[] = [];
  for (const path of pathsOf(options)) {
    if (resolve(path) === resolve(out)) {
      throw new RangeError(`Cannot write ${out}: it is one of the sources; give --out another name`);
    }
    // Opening it says best what is wrong with it.
    const source = openSource(path);
    await source.next().finally(() => source.return(undefined));
    files.push({ name: basename(path), bytes: Deno.statSync(path).size });
  }
  const folder = dirname(resolve(out));
  try {
    if (Deno.statSync(folder).isDirectory) return files;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new RangeError(`Cannot write ${out}: there is no folder ${folder}; make it first`);
}
