import { ArrivalsWriter } from "./arrivals.ts";
import { GAP } from "../core/event.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import type { Row, RowSink } from "./row.ts";
import { RowOrder } from "./row_order.ts";
import { TapeRows } from "./tape_rows.ts";
import type { Hasher, TapeMeta } from "./tape_schema.ts";
import { type TapeFile, TapeWriter } from "./tape_writer.ts";

/** What a recording is made of. */
export interface TapeRecorderOptions {
  readonly file: TapeFile;
  readonly instrument: InstrumentSpec;
  readonly layout: "l2" | "l3";
  /** Rows as they came, for whoever looks at a recording in the making: the file itself says them up to 30 s later. */
  readonly arrivals?: Pick<TapeFile, "append">;
}

/**
 * Writes rows to a tape as they arrive: what a session saw while it ran, to be run again.
 *
 * Rows come in the order of their local times, as a `GrowingTape` gives them on; those that overtook others stand once for each
 * clock. On the clock that we see, the tape has the very rows, times and messages that came.
 *
 * | call | cost |
 * |---|---|
 * | `add` | constant; a write for each full batch |
 * | `finish` | a pass over the tape |
 * | memory | the rows of 30 s, a batch |
 *
 * @example
 * ```ts
 * import { AT_EXCHANGE, AT_LOCAL, BUY, DEPTH, LAST } from "../core/event.ts";
 * import { MemoryFile } from "./memory_file.ts";
 * import { TapeReader } from "./tape_reader.ts";
 * import { TapeRecorder } from "./tape_recorder.ts";
 * const file = new MemoryFile(), instrument = { symbol: "A", venue: "made", tick: "1", lot: "1" };
 * const recorder = new TapeRecorder({ file, instrument, layout: "l2" });
 * Object.assign(recorder.row, { kind: DEPTH, side: BUY, price: 7, size: 2, flags: AT_EXCHANGE | AT_LOCAL | LAST });
 * recorder.add();
 * recorder.finish({ update: () => {}, hex: () => "not hashed" });
 * if (new TapeReader(file).meta.rows !== 1) throw new Error("unexpected");
 * ```
 */
export class TapeRecorder implements RowSink {
  readonly row: Row;
  readonly #options: TapeRecorderOptions;
  readonly #rows: TapeRows;
  readonly #order: RowOrder;
  readonly #arrivals: ArrivalsWriter | undefined;
  #gaps = 0;

  constructor(options: TapeRecorderOptions) {
    this.#options = options;
    this.#rows = new TapeRows(options.file, options.layout === "l3");
    this.#order = new RowOrder(this.#rows);
    this.row = this.#order.row;
    this.#arrivals = options.arrivals && new ArrivalsWriter(options.arrivals);
  }

  add(): void {
    if (this.row.kind === GAP) this.#gaps++;
    this.#order.add();
    this.#arrivals?.take(this.row);
  }

  /** No row comes any more that arrived by `ns`, since 1970-01-01 UTC: arrivals so far are handed over. */
  mark(ns: bigint): void {
    this.#arrivals?.mark(ns);
  }

  /** Completes the tape; with a reason where more rows would have come. Throws what the file throws. */
  finish(hasher: Hasher, cut?: string): TapeMeta {
    this.#order.end();
    this.#rows.flush();
    const { file, instrument, layout } = this.#options, { unknown, crossed } = this.#rows;
    const writer = this.#rows.writer ?? new TapeWriter(file, layout);
    const latency = this.#order.latency.summary(), unknownOrders = unknown.found(), crossing = crossed.found();
    return writer.finish({
      instrument,
      gaps: { count: this.#gaps, first: [] },
      ...unknownOrders && { unknownOrders },
      ...crossing && { crossed: crossing },
      skew: { policy: "keep", shiftNs: 0, ...latency && { latency } },
      source: { format: "arrivals", files: [] },
      ...cut !== undefined && { incomplete: { reason: cut } },
    }, hasher);
  }
}
