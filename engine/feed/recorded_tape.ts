import { GAP, LAST } from "../core/event.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import type { BackSteps } from "./back_steps.ts";
import type { Row, RowSink } from "./row.ts";
import { RowOrder, type RowTaker } from "./row_order.ts";
import { skewWarning } from "./skew.ts";
import { WORD } from "./row_record.ts";
import { TapeRows } from "./tape_rows.ts";
import type { DisorderMeta, Hasher, SkewMeta, TapeMeta } from "./tape_schema.ts";
import { type TapeFile, TapeWriter } from "./tape_writer.ts";

/** What a recorded tape is made of. */
export interface RecordedTapeOptions {
  readonly instrument: InstrumentSpec;
  /** The format of what is recorded, "binance". */
  readonly format: string;
  /** Opens the file of a part; parts are counted from `first`. */
  open(part: number): TapeFile;
  /** A part is complete: its file may be closed. */
  done(part: number, file: TapeFile, meta: TapeMeta): void;
  readonly hasher: () => Hasher;
  /** The number of its first part; 1 unless said. */
  readonly first?: number;
}

/**
 * Writes what decoders say of a live market to a tape in parts: a new one begins, between two messages, where it is asked for.
 *
 * Rows are those of a conversion of the same frames, in the same order, with local times as they came. Parts continue each
 * other: none but the first begins with a book. `JoinedTape` plays them as one, shifted as a conversion is.
 *
 * | call | cost |
 * |---|---|
 * | `add` | constant; a write for each full batch |
 * | `flush` | a write of what is final, in a batch of its own |
 * | completing a part | a pass over it |
 * | memory | the rows of 30 s, a batch |
 *
 * @example
 * ```ts
 * import { AT_EXCHANGE, AT_LOCAL, BUY, DEPTH, LAST } from "../core/event.ts";
 * import { MemoryFile } from "./memory_file.ts";
 * import { RecordedTape } from "./recorded_tape.ts";
 * const rows: number[] = [];
 * const tape = new RecordedTape({
 *   instrument: { symbol: "A", venue: "made", tick: "1", lot: "1" },
 *   format: "binance",
 *   open: () => new MemoryFile(),
 *   done: (_part, _file, meta) => void rows.push(meta.rows),
 *   hasher: () => ({ update: () => {}, hex: () => "not hashed" }),
 * });
 * Object.assign(tape.row, { kind: DEPTH, side: BUY, price: 7, size: 2, flags: AT_EXCHANGE | AT_LOCAL | LAST });
 * tape.add();
 * tape.finish();
 * if (rows.join() !== "1") throw new Error("unexpected");
 * ```
 */
export class RecordedTape implements RowSink {
  readonly row: Row;
  readonly #parts: Parts;
  readonly #order: RowOrder;

  constructor(options: RecordedTapeOptions) {
    this.#parts = new Parts(options, (): PartFacts => ({ ...disorderOf(this.#order), skew: skewOf(this.#order) }));
    this.#order = new RowOrder(this.#parts);
    this.row = this.#order.row;
  }

  /** The part at hand. */
  get part(): number {
    return this.#parts.part;
  }

  add(): void {
    this.#order.add();
  }

  /** Writes what is final, so that a crash takes no more than what is not. */
  flush(): void {
    this.#order.release();
    this.#parts.flush();
  }

  /** Begins another part behind the next message. */
  rotate(): void {
    this.#parts.due = true;
  }

  /**
   * Completes the last part; with a reason where more rows would have come. Throws what its file throws: where that has no room,
   * all whole batches are kept, and a second call gives the last of them up for the end of the file.
   */
  finish(cut?: string): void {
    this.#order.end();
    this.#parts.complete(cut);
  }
}

type PartFacts = Pick<TapeMeta, "disorder" | "skew">;

/** Rows in the order of the tape, by parts. */
class Parts implements RowTaker {
  part: number;
  /** Whether another part is to begin behind the next message. */
  due = false;
  readonly #options: RecordedTapeOptions;
  readonly #facts: () => PartFacts;
  #file: TapeFile;
  #rows: TapeRows;
  #gaps = 0;
  /** The part that was completed last. */
  #complete = 0;

  constructor(options: RecordedTapeOptions, facts: () => PartFacts) {
    this.#options = options;
    this.#facts = facts;
    this.part = options.first ?? 1;
    this.#file = options.open(this.part);
    this.#rows = new TapeRows(this.#file);
  }

  take(records: Int32Array, at: number, flags: number): void {
    this.#rows.take(records, at, flags);
    if (records[at + WORD.KIND] === GAP) this.#gaps++;
    if (!this.due || !(flags & LAST)) return;
    this.due = false;
    this.complete();
    this.#file = this.#options.open(++this.part);
    this.#rows = new TapeRows(this.#file);
    this.#gaps = 0;
  }

  flush(): void {
    this.#rows.flush();
  }

  complete(cut?: string): void {
    if (this.#complete === this.part) return;
    const failure = this.#tryToFlush(), reason = cut ?? failure?.message;
    const { instrument, format, hasher, done } = this.#options;
    const writer = this.#rows.writer ?? new TapeWriter(this.#file, "l2");
    const meta = writer.finish({
      instrument,
      gaps: { count: this.#gaps, first: [] },
      ...this.#facts(),
      source: { format, files: [] },
      ...reason !== undefined && { incomplete: { reason } },
    }, hasher());
    this.#complete = this.part;
    done(this.part, this.#file, meta);
    if (failure) throw failure;
  }

  /** What has found no room is not on the tape, and must not keep it from its end. */
  #tryToFlush(): Error | undefined {
    try {
      this.#rows.flush();
    } catch (error) {
      return error as Error;
    }
  }
}

/** Times stay as they came: by how much they are to be shifted is known when all parts are. */
function skewOf({ latency }: RowOrder): SkewMeta {
  const found = latency.summary();
  const warning = found && skewWarning(found.min, 0);
  return { policy: "keep", shiftNs: 0, ...found && { latency: found }, ...warning !== undefined && { warning } };
}

function disorderOf({ exchangeSteps, localSteps }: RowOrder): { disorder?: DisorderMeta } {
  const told = (steps: BackSteps) => {
    const found = steps.found();
    return found && { ...found, first: { ...found.first, file: "" } };
  };
  const exchange = told(exchangeSteps), local = told(localSteps);
  return exchange || local ? { disorder: { ...exchange && { exchange }, ...local && { local } } } : {};
}
