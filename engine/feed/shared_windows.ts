import { type BarColumns, barReader, type BarSource, DecodedBars } from "./bar_columns.ts";
import { type BatchSource, EventColumns, eventReader } from "./batch_cache.ts";
import type { Columns } from "./columns.ts";
import { type BarBatch, type TapeBatch, TapeBuffer } from "./tape_reader.ts";
import {
  type Batches,
  type BatchReader,
  type ColumnSource,
  ERA_HIGH,
  type WindowColumns,
  WindowPlaces,
} from "./window_cache.ts";

/** Windows that a cursor's source holds at once: what {@linkcode ColumnSource} promises. */
const HELD = 3;

/**
 * One tape's decoded windows for several sessions: each window is decoded once while sessions that are near each other ask
 * for it. Sessions that go on in turn, a window at a time, share nearly all; one that is far from the others has windows
 * of its own.
 *
 * | call | cost |
 * |---|---|
 * | `columns` of a window that somebody holds | O(windows held) |
 * | `columns` of another | one pass over its rows; one read where its batch is new |
 * | memory | three windows and batches for each source at most; four or five in all where they go on in turn |
 *
 * @example
 * ```ts
 * import { SharedTape } from "./shared_windows.ts";
 * import { tapeOfBars } from "./_tape_of_bars.ts";
 * const shared = new SharedTape(tapeOfBars(9000, 60));
 * const [a, b] = [shared.bars(0), shared.bars(0)];
 * if (a.columns(1) !== b.columns(1) || shared.decoded !== 1) throw new Error("unexpected");
 * ```
 */
export class SharedTape {
  readonly #events: SharedWindows<TapeBatch, EventColumns>;
  readonly #bars: SharedWindows<BarBatch, DecodedBars>;

  constructor(tape: BatchSource & BarSource) {
    this.#events = new SharedWindows(tape, eventReader(tape), () => new EventColumns());
    this.#bars = new SharedWindows(tape, barReader(tape), () => new DecodedBars());
  }

  /** Windows decoded so far. */
  get decoded(): number {
    return this.#events.decoded + this.#bars.decoded;
  }

  /** A source over an event tape, for one session's cursors. */
  events(era: number): ColumnSource {
    return new Source<TapeBatch, EventColumns>(this.#events, era);
  }

  /** A source over a tape of bars, likewise. */
  bars(era: number): ColumnSource<BarColumns> {
    return new Source<BarBatch, DecodedBars>(this.#bars, era);
  }
}

/** A window at hand, and how many sources hold it. */
interface Held<B, C> {
  readonly columns: C;
  index: number;
  era: number;
  holds: number;
  raw: Raw<B> | undefined;
}

interface Raw<B> {
  index: number;
  batch: B | undefined;
  readonly buffer: TapeBuffer;
}

class SharedWindows<B extends { readonly rows: number }, C extends WindowColumns<B>> {
  readonly windows: number;
  decoded = 0;
  readonly #places: WindowPlaces;
  readonly #held: Held<B, C>[] = [];
  readonly #raws: Raw<B>[] = [];

  constructor(tape: Batches, private readonly reader: BatchReader<B>, private readonly make: () => C) {
    this.#places = new WindowPlaces(tape);
    this.windows = this.#places.count;
  }

  /** A window for somebody who lets go of it again. */
  hold(index: number, era: number): Held<B, C> {
    const held = this.#held.find((each) => each.index === index && each.era === era) ?? this.#load(index, era);
    held.holds++;
    return held;
  }

  eraAt(index: number, row: number, era: number): number {
    const { batchOf, startOf } = this.#places;
    const batch = this.#raw(batchOf[index]).batch!;
    return this.reader.eraIn(batch, Math.min(startOf[index] + row, batch.rows - 1), era);
  }

  #load(index: number, era: number): Held<B, C> {
    let held = this.#held.find(({ holds }) => holds === 0);
    if (held === undefined) {
      held = { columns: this.make(), index, era, holds: 0, raw: undefined };
      this.#held.push(held);
    }
    held.index = -1;
    held.raw = undefined;
    const { batchOf, startOf } = this.#places;
    const raw = this.#raw(batchOf[index]);
    this.decoded++;
    held.columns.load(raw.batch!, startOf[index], era * ERA_HIGH);
    held.index = index;
    held.era = era;
    held.raw = raw;
    return held;
  }

  /** A batch as it stands in the file; one stays for as long as a window that somebody holds shows rows of it. */
  #raw(index: number): Raw<B> {
    const there = this.#raws.find((raw) => raw.index === index);
    if (there) return there;
    let free = this.#raws.find((raw) => this.#held.every((each) => each.raw !== raw || each.holds === 0));
    if (free === undefined) this.#raws.push(free = { index: -1, batch: undefined, buffer: new TapeBuffer() });
    // What showed rows of it, and nobody holds, shows others from now on.
    for (const each of this.#held) if (each.raw === free) each.index = -1;
    free.index = -1;
    free.batch = this.reader.read(index, free.buffer);
    free.index = index;
    return free;
  }
}

/** One session's hold on the windows: the last three that it asked for stay. */
class Source<B extends { readonly rows: number }, C extends WindowColumns<B> & Columns> implements ColumnSource<C> {
  readonly windows: number;
  readonly #mine: { held: Held<B, C>; used: number }[] = [];
  #uses = 0;

  constructor(private readonly all: SharedWindows<B, C>, private era: number) {
    this.windows = all.windows;
  }

  columns(index: number): C {
    let oldest = this.#mine[0];
    for (const each of this.#mine) {
      if (each.held.index === index) {
        each.used = ++this.#uses;
        return each.held.columns;
      }
      if (each.used < oldest.used) oldest = each;
    }
    const used = ++this.#uses;
    if (this.#mine.length < HELD) {
      this.#mine.push(oldest = { held: this.all.hold(index, this.era), used });
    } else {
      oldest.held.holds--;
      oldest.held = this.all.hold(index, this.era);
      oldest.used = used;
    }
    return oldest.held.columns;
  }

  eraAt(index: number, row: number): number {
    return this.all.eraAt(index, row, this.era);
  }

  rebase(era: number): void {
    if (era === this.era) return;
    this.era = era;
    for (const { held } of this.#mine) held.holds--;
    this.#mine.length = 0;
  }

  // What it shows is the tape's; only the era is not.
  save(): void {}

  load(_from: unknown, era: number): void {
    this.rebase(era);
  }
}
