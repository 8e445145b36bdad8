import { ERA } from "../core/clock.ts";
import type { Columns } from "./columns.ts";
import { TapeBuffer } from "./tape_reader.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** What cursors read from: a tape in windows of columns. */
export interface ColumnSource<C extends Columns = Columns> {
  /** How many windows the tape has; of one that grows, so far. */
  readonly windows: number;
  /** Of a tape that grows: whether more rows may come, in its last window and behind it. Absent of one that does not. */
  readonly open?: boolean;
  /** Window `index`, good until three others have been asked for since it was last asked for itself. */
  columns(index: number): C;
  /** The era that a row lies in (the window's last row where it has fewer), whatever era times are counted from. */
  eraAt(index: number, row: number): number;
  /** Counts times from another era: windows at hand are to be asked for again. */
  rebase(era: number): void;
  /** Keeps in a snapshot what is not the tape's own. */
  save(to: StateWriter): void;
  /** Takes back what `save` kept, of which times count from `era`. */
  load(from: StateReader, era: number): void;
}

/** A tape by batches, and how many rows each has. */
export interface Batches {
  readonly name: string;
  /** Whether the rows were checked when they were written. */
  readonly checked: boolean;
  readonly batches: number;
  /** Rows of batch `index`. */
  rowsIn(index: number): number;
}

/** How batches of a tape are read, and checked where nobody has checked them yet, and eras told. */
export interface BatchReader<B> {
  /** Batch `index` of the tape; with `buffer` it is good until the next call with the same one. */
  read(index: number, buffer: TapeBuffer): B;
  /** The era that a row of a batch lies in; `era` is that which times are counted from. */
  eraIn(batch: B, row: number, era: number): number;
}

/** A window of columns that can be filled again and again. */
export interface WindowColumns<B> extends Columns {
  /** Shows the rows of a batch from `start` on, WINDOW at most; it keeps reading from the batch. */
  load(batch: B, start: number, eraHigh: number): void;
  /** Counts the times of the rows it shows from another era. */
  rebase(eraHigh: number): void;
}

/** Rows decoded at a time: 128 KiB of columns, which stay in the processor's cache until both cursors have passed. */
export const WINDOW = 4096;
/** High words of an era: 2^52 = 2^20 × 2^32. */
export const ERA_HIGH = ERA / 2 ** 32;

/** Where each window of a tape starts: its batch, and the row of the batch. */
export class WindowPlaces {
  readonly batchOf: Int32Array;
  readonly startOf: Int32Array;

  constructor(tape: Batches) {
    const batchOf: number[] = [], startOf: number[] = [];
    for (let batch = 0; batch < tape.batches; batch++) {
      for (let start = 0; start < tape.rowsIn(batch); start += WINDOW) {
        batchOf.push(batch);
        startOf.push(start);
      }
    }
    this.batchOf = Int32Array.from(batchOf);
    this.startOf = Int32Array.from(startOf);
  }

  /** How many windows there are. */
  get count(): number {
    return this.batchOf.length;
  }
}

/** Windows at hand: the venue's, ours behind it, and one to step into. */
const KEPT = 3;

/**
 * A tape in windows of columns, for the two cursors of a feed.
 *
 * The venue's cursor runs ahead of ours by the feed's latency, so that most often both are in one window, which is then
 * decoded once. The window that was asked for longest ago makes room for a new one; a batch stays for as long as a window
 * at hand shows rows of it.
 *
 * | call | cost |
 * |---|---|
 * | `columns` of a window at hand | O(1) |
 * | `columns` of another | one pass over its rows; one read when its batch is new |
 * | memory | four batches as they stand in the file, three windows, 8 bytes for every 4096 rows of the tape |
 */
export class WindowCache<B extends { readonly rows: number }, C extends WindowColumns<B>> implements ColumnSource<C> {
  readonly windows: number;
  readonly #places: WindowPlaces;
  readonly #slots: readonly Slot<B, C>[];
  // One more than windows can show: to look into for a time.
  readonly #raws: readonly RawBatch<B>[] = Array.from({ length: KEPT + 1 }, () => new RawBatch<B>());
  #uses = 0;

  /** Times are counted from `era`; `make` makes the columns of a window. */
  constructor(tape: Batches, private readonly reader: BatchReader<B>, private era: number, make: () => C) {
    this.#places = new WindowPlaces(tape);
    this.windows = this.#places.count;
    this.#slots = Array.from({ length: KEPT }, () => new Slot<B, C>(make()));
  }

  columns(index: number): C {
    let oldest = this.#slots[0];
    for (const slot of this.#slots) {
      if (slot.index === index) {
        slot.used = ++this.#uses;
        return slot.columns;
      }
      if (slot.used < oldest.used) oldest = slot;
    }
    oldest.index = index;
    oldest.used = ++this.#uses;
    oldest.raw = undefined;
    const { batchOf, startOf } = this.#places;
    const raw = oldest.raw = this.#raw(batchOf[index]);
    oldest.columns.load(raw.batch!, startOf[index], this.era * ERA_HIGH);
    return oldest.columns;
  }

  eraAt(index: number, row: number): number {
    const { batchOf, startOf } = this.#places;
    const batch = this.#raw(batchOf[index]).batch!;
    return this.reader.eraIn(batch, Math.min(startOf[index] + row, batch.rows - 1), this.era);
  }

  rebase(era: number): void {
    this.era = era;
    for (const { index, columns } of this.#slots) if (index >= 0) columns.rebase(era * ERA_HIGH);
  }

  // What it shows is the tape's; only the era is not.
  save(_to: StateWriter): void {}

  load(_from: StateReader, era: number): void {
    this.rebase(era);
  }

  #raw(index: number): RawBatch<B> {
    for (const raw of this.#raws) if (raw.index === index) return raw;
    const free = this.#raws.find((raw) => this.#slots.every((slot) => slot.raw !== raw))!;
    free.index = index;
    free.batch = this.reader.read(index, free.buffer);
    return free;
  }
}

class Slot<B, C> {
  index = -1;
  /** When it was last asked for. */
  used = 0;
  /** The batch that its rows are in. */
  raw: RawBatch<B> | undefined;

  constructor(readonly columns: C) {}
}

/** A batch as it stands in the file. */
class RawBatch<B> {
  index = -1;
  batch: B | undefined;
  readonly buffer = new TapeBuffer();
}
