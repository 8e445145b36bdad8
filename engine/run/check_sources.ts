import { basename } from "node:path";
import { checkBinance } from "../feed/check/binance.ts";
import { checkDatabento } from "../feed/check/databento.ts";
import { checkKraken, checkKrakenV2 } from "../feed/check/kraken.ts";
import { checkLobster } from "../feed/check/lobster.ts";
import { checkOkx } from "../feed/check/okx.ts";
import type { PairedCheck } from "../feed/check/paired.ts";
import type { Check, CheckReport } from "../feed/check/report.ts";
import { closest } from "../core/closest.ts";
import { FORMAT_NAMES } from "../feed/decode/registry.ts";
import { SourceError } from "../feed/decoder.ts";
import { openSource } from "./open_source.ts";

/** What {@linkcode checkSources} can be given. */
export interface CheckOptions {
  /** Files of one capture; those that continue each other in the order of time. */
  readonly sources: readonly string[];
  /** A name of `CHECK_FORMATS`. */
  readonly format: string;
  /** Which instrument, of a source of several that needs one. */
  readonly symbol?: string;
  /** Hears of bytes read of all files as they are on disk, and how many there are in all. */
  readonly onProgress?: (bytes: number, total: number) => void;
  /** Ends the check early. */
  readonly signal?: AbortSignal;
}

/** What was found, and where. */
export interface SourceCheck extends CheckReport {
  /** Base names of the files, in the order that `first.file` counts. */
  readonly files: readonly string[];
  /** Why the check ended before the files did; `report` is of what came before. */
  readonly error?: Error;
}

const STREAMED: Readonly<Record<string, () => Check>> = {
  binance: checkBinance,
  kraken: checkKraken,
  kraken_v2: checkKrakenV2,
  okx: checkOkx,
};
const PAIRED: Readonly<Record<string, (files: readonly string[], symbol?: string) => PairedCheck>> = {
  databento: checkDatabento,
  lobster: checkLobster,
};

/** The formats that say one thing twice, so that they can be held against themselves. */
export const CHECK_FORMATS: readonly string[] = [...Object.keys(STREAMED), ...Object.keys(PAIRED)];

/** Between two breaths the program takes signals. */
const BREATH_MS = 50;

/**
 * Proves a capture against itself: its books against its tickers, checksums or books by level, whatever its format has.
 *
 * Bad input in the middle ends the check, and is told in `error` beside what was found until then. Throws RangeError where the format has
 * no check or the files are not what it needs.
 *
 * @example
 * ```ts
 * import { checkSources } from "./check_sources.ts";
 * const found = await checkSources({ sources: ["nowhere.gz"], format: "kraken" });
 * if (found.checked !== 0 || !found.error?.message.includes("there is no such file")) throw new Error("unexpected");
 * ```
 */
export async function checkSources(options: CheckOptions): Promise<SourceCheck> {
  const { sources, format, symbol } = options;
  checkFormat(format);
  if (sources.length === 0) throw new RangeError("Cannot check nothing: no source file is given; name at least one");
  const files = sources.map((path) => basename(path));
  const reading = new Reading(options);
  try {
    const check = format in PAIRED ? PAIRED[format](files, symbol) : STREAMED[format]();
    let error: Error | undefined;
    try {
      await ("wants" in check ? readPairs(check, reading) : readInOrder(check, reading));
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      error = thrown;
    }
    return { ...check.report(), files, ...(error && { error }) };
  } finally {
    await reading.close();
  }
}

function checkFormat(format: string): void {
  if (CHECK_FORMATS.includes(format)) return;
  const known = FORMAT_NAMES.includes(format);
  const near = known ? "it says nothing twice" : closest(format, CHECK_FORMATS);
  const formats = `the formats with a check are ${CHECK_FORMATS.join(", ")}`;
  throw new RangeError(
    `Cannot check format ${JSON.stringify(format)}: ${near}${near.startsWith("there") ? "" : `; ${formats}`}`,
  );
}

async function readInOrder(check: Check, reading: Reading): Promise<void> {
  for (let file = 0; file < reading.count; file++) {
    for (let piece = await reading.next(file); piece; piece = await reading.next(file)) {
      reading.naming(file, () => check.push(piece!));
    }
    reading.naming(file, () => check.end());
  }
}

async function readPairs(check: PairedCheck, reading: Reading): Promise<void> {
  for (let file = check.wants; file !== undefined; file = check.wants) {
    const at = file;
    const piece = await reading.next(at);
    reading.naming(at, () => piece ? check.push(at, piece) : check.end(at));
  }
}

/** The files, read as they are asked for. */
class Reading {
  readonly count: number;
  readonly #options: CheckOptions;
  readonly #sources: AsyncGenerator<Uint8Array>[];
  readonly #read: number[];
  readonly #sizes: number[];
  #breath = performance.now();

  constructor(options: CheckOptions) {
    this.#options = options;
    this.count = options.sources.length;
    this.#read = options.sources.map(() => 0);
    this.#sizes = options.sources.map(() => 0);
    this.#sources = options.sources.map((path, i) =>
      openSource(path, {
        onProgress: ({ read, total }) => {
          this.#read[i] = read;
          this.#sizes[i] = total;
        },
      })
    );
  }

  async next(file: number): Promise<Uint8Array | undefined> {
    const piece = await this.#sources[file].next();
    if (performance.now() - this.#breath > BREATH_MS) {
      const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
      this.#options.onProgress?.(sum(this.#read), sum(this.#sizes));
      await new Promise((resolve) => setTimeout(resolve));
      this.#breath = performance.now();
      if (this.#options.signal?.aborted) throw new DOMException("The check was interrupted", "AbortError");
    }
    return piece.done ? undefined : piece.value;
  }

  /** Does something with a file's bytes; what is wrong in them is told with its name. */
  naming(file: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof SourceError && error.file === "") error.file = this.#options.sources[file];
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const source of this.#sources) await source.return(undefined);
  }
}
