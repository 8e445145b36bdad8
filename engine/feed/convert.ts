import { type Decimal, formatDecimal } from "../core/decimal.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import type { BackSteps } from "./back_steps.ts";
import { type Decoder, type Gap, type PrintOffGrid, SourceError } from "./decoder.ts";
import { eventsDecoder } from "./decode/events.ts";
import type { SourceFormat } from "./decode/registry.ts";
import type { DateOrder } from "./decode/time_column.ts";
import { EventsJoin } from "./events_join.ts";
import { FinerGrid, type Grid } from "./grid.ts";
import { RowOrder } from "./row_order.ts";
import type { RowSink } from "./row.ts";
import { shiftOf, type SkewPolicy, skewWarning } from "./skew.ts";
import { AppendJoin, MergeJoin, type SourceJoin } from "./source_join.ts";
import { LateOrderId, TapeBars, TapeRows } from "./tape_rows.ts";
import type { Hasher, SkewMeta, TapeMeta } from "./tape_schema.ts";
import type { TapeFacts, TapeFile } from "./tape_writer.ts";

/** A source file: base name and size. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
}

/** What a conversion is given. */
export interface ConversionOptions {
  readonly format: SourceFormat;
  /** The source files in the order given: base name and size. */
  readonly files: readonly SourceFile[];
  /** A file of events that goes with them (see `eventsDecoder`); it is the last to be wanted. Not for bars. */
  readonly events?: SourceFile;
  /** Where the tape is written. */
  readonly out: TapeFile;
  /** Fixed grids, or learning ones: then FinerGrid may be thrown, upon which everything starts again. */
  readonly tick: Grid;
  readonly lot: Grid;
  /** What the user says of the instrument; it goes before what the source says. Its symbol is the one taken. */
  readonly instrument?: Partial<InstrumentSpec>;
  /** For sources that tell times of day only, and dates whose order is not clear; see `DecoderSetup`. */
  readonly date?: string;
  readonly dateOrder?: DateOrder;
  readonly skew: SkewPolicy;
  /** stale: a gap stands on the tape, and the book is stale until the next snapshot. stop: a gap is an error. */
  readonly gaps: "stale" | "stop";
  /** The tape has order ids, although its first batch has none: LateOrderId was thrown. */
  readonly orders?: boolean;
}

/** Gaps that are kept in the metadata with their places. */
const GAPS_TOLD = 100;

/**
 * Turns the bytes of sources into a tape: decoders, joining, ordering and writing, driven from outside.
 *
 * While `wanted` is not -1, the next bytes of that file go to `push`, and `end` says that it has ended. Then `finish`. On
 * an error, or when the user has had enough, `keep` makes a tape, marked incomplete, of what is there.
 *
 * Throws what decoders throw, with the file's name; {@linkcode FinerGrid} and {@linkcode LateOrderId} mean that the
 * conversion is to start again with a finer grid, or with `orders`, on an empty file.
 */
export class Conversion {
  readonly #options: ConversionOptions;
  readonly #order: RowOrder;
  readonly #rows: TapeRows;
  readonly #bars: TapeBars;
  readonly #join: SourceJoin;
  readonly #files: readonly SourceFile[];
  #facts: Partial<InstrumentSpec> = {};
  #gaps = 0;
  readonly #firstGaps: (Gap & { file: string })[] = [];
  #printsOffGrid = 0;
  #firstPrint: (PrintOffGrid & { file: string }) | undefined;

  constructor(options: ConversionOptions) {
    this.#options = options;
    this.#rows = new TapeRows(options.out, options.orders);
    this.#bars = new TapeBars(options.out);
    this.#order = new RowOrder(this.#rows);
    const { files, events, format } = options;
    this.#files = events === undefined ? files : [...files, events];
    this.#join = events === undefined ? this.#market(this.#order) : this.#withEvents(format.rows);
  }

  /** Events that lay outside the market's rows, and are not on the tape. */
  get eventsLeftOut(): number {
    return this.#join instanceof EventsJoin ? this.#join.leftOut : 0;
  }

  /** The file to be read next; -1 when all have ended. */
  get wanted(): number {
    return this.#join.wanted;
  }

  /** The next bytes of file `wanted`. */
  push(bytes: Uint8Array): void {
    const file = this.#fileName();
    try {
      this.#join.push(bytes);
    } catch (error) {
      throw named(error, file, this.#files);
    }
  }

  /** File `wanted` has ended. */
  end(): void {
    const file = this.#fileName();
    try {
      this.#join.end();
    } catch (error) {
      throw named(error, file, this.#files);
    }
  }

  /** Completes the tape; throws RangeError where there was not one row. */
  finish(hasher: Hasher): TapeMeta {
    this.#order.end();
    this.#rows.flush();
    this.#bars.flush();
    const writer = this.#rows.writer ?? this.#bars.writer;
    if (writer === undefined) {
      const names = this.#options.files.map(({ name }) => name).join(", ");
      const { name } = this.#options.format;
      throw new RangeError(
        `Cannot convert ${names}: it has no rows; check that it is ${name}, and the symbol if one is given`,
      );
    }
    return writer.finish(this.#tapeFacts(), hasher);
  }

  /** Completes the tape with what has been read so far, marked incomplete; undefined where there is nothing to keep. */
  keep(reason: string, hasher: Hasher): TapeMeta | undefined {
    attempt(() => this.#join.abandon());
    attempt(() => {
      this.#order.end();
      this.#rows.flush();
      this.#bars.flush();
    });
    const writer = this.#rows.writer ?? this.#bars.writer;
    return writer?.finish({ ...this.#tapeFacts(), incomplete: { reason } }, hasher);
  }

  #market(out: RowSink): SourceJoin {
    const { files, format } = this.#options;
    const names = files.map(({ name }) => name);
    const Join = format.join === "append" ? AppendJoin : MergeJoin;
    return new Join(names, out, (sink, file = names[0]) => this.#decoder(sink, file));
  }

  #withEvents(rows: "events" | "bars"): SourceJoin {
    const { files, tick, dateOrder, format } = this.#options;
    if (rows === "bars") {
      throw new RangeError(
        `Cannot put events on a tape of ${format.name}: it holds bars alone; leave the events out, or convert quotes or trades`,
      );
    }
    return new EventsJoin(files.length, this.#order, {
      market: (sink) => this.#market(sink),
      events: (sink) => eventsDecoder({ sink, tick, dateOrder }),
    });
  }

  #decoder(sink: RowSink, fileName: string): Decoder {
    const { format, tick, lot, instrument, date, dateOrder } = this.#options;
    return format.decoder({
      sink,
      bars: this.#bars,
      tick,
      lot,
      symbol: instrument?.symbol,
      fileName,
      date,
      dateOrder,
      describe: (facts) => this.#describe(facts),
      gap: (gap) => this.#gap(gap),
      printOffGrid: (print) => this.#printOffGrid(print),
    });
  }

  #describe(facts: Partial<InstrumentSpec>): void {
    const before = this.#facts.symbol;
    if (facts.symbol !== undefined && before !== undefined && facts.symbol !== before) {
      throw new RangeError(`it holds ${facts.symbol}, and a file before it ${before}; make one tape of each`);
    }
    this.#facts = { ...this.#facts, ...facts };
  }

  #gap(gap: Gap): void {
    if (this.#options.gaps === "stop") {
      const problem = `messages are missing: expected ${gap.expected}, found ${gap.found}`;
      throw new SourceError(problem, gap.place, "use --gaps stale to go on, with a stale book until the next snapshot");
    }
    this.#gaps++;
    if (this.#firstGaps.length < GAPS_TOLD) this.#firstGaps.push({ ...gap, file: this.#fileName() });
  }

  #printOffGrid(print: PrintOffGrid): void {
    this.#printsOffGrid++;
    this.#firstPrint ??= { ...print, file: this.#fileName() };
  }

  #fileName(): string {
    return this.#files[this.#join.wanted]?.name ?? "";
  }

  #tapeFacts(): TapeFacts {
    const { format, files, tick, lot, instrument } = this.#options;
    const unknownOrders = this.#rows.unknown.found(), crossed = this.#rows.crossed.found();
    return {
      instrument: {
        // A source that names no instrument leaves its file's name.
        symbol: files[0].name.replace(/\..*$/, ""),
        venue: format.name,
        ...this.#facts,
        ...instrument,
        tick: text(tick.step),
        lot: text(lot.step),
      },
      gaps: { count: this.#gaps, first: this.#firstGaps },
      ...this.#firstPrint && { printsOffGrid: { count: this.#printsOffGrid, first: this.#firstPrint } },
      ...this.#disorder(),
      ...unknownOrders && { unknownOrders },
      ...crossed && { crossed },
      skew: this.#skew(),
      source: { format: format.name, files: this.#files },
    };
  }

  #disorder(): Pick<TapeFacts, "disorder"> {
    const told = (steps: BackSteps) => {
      const found = steps.found();
      return found && { ...found, first: { ...found.first, file: this.#files[found.first.file].name } };
    };
    const exchange = told(this.#order.exchangeSteps), local = told(this.#order.localSteps);
    return exchange || local ? { disorder: { ...exchange && { exchange }, ...local && { local } } } : {};
  }

  #skew(): SkewMeta {
    const { skew } = this.#options, latency = this.#order.latency.summary();
    if (latency === undefined) return { policy: skew.kind, shiftNs: 0 };
    const shiftNs = shiftOf(skew, latency.min), warning = skewWarning(latency.min, shiftNs);
    return { policy: skew.kind, shiftNs, latency, ...warning !== undefined && { warning } };
  }
}

/** On the way out of an error: what fails, on a full disk or a waiting row that is bad too, leaves what was kept before. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The first error is the one to tell.
  }
}

function text({ mantissa, decimals }: Decimal): string {
  return formatDecimal(mantissa, decimals);
}

/** The error with the file's name in it. */
function named(error: unknown, file: string, files: readonly SourceFile[]): unknown {
  if (error instanceof FinerGrid || error instanceof LateOrderId) return error;
  if (error instanceof SourceError) {
    error.file ||= files[error.fileNumber ?? -1]?.name ?? file;
    return error;
  }
  if (error instanceof RangeError) {
    return new RangeError(`Cannot read ${file}: ${error.message}`, { cause: error });
  }
  return error;
}
