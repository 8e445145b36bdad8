import { ERA } from "./clock.ts";
import { AT_EXCHANGE, AT_LOCAL } from "./event.ts";
import type { Instrument } from "./instrument.ts";
import type { EventQueue } from "./event_queue.ts";
import type { ColumnSource } from "../feed/window_cache.ts";
import type { Columns } from "../feed/columns.ts";
import type { MarketView } from "./market_view.ts";
import type { SessionVenue } from "./session_venue.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { WINDOW } from "../feed/window_cache.ts";

const NOTHING: Columns = {
  rows: 0,
  exchange: new Float64Array(0),
  local: new Float64Array(0),
  price: new Float64Array(0),
  size: new Float64Array(0),
  kind: new Uint8Array(0),
  side: new Int8Array(0),
  flags: new Uint8Array(0),
  id: new Int32Array(0),
  timeOf: () => Infinity,
  seek: (_clock, from) => from,
};

/**
 * One instrument's tape with its two cursors: the venue's over exchange time, ours over local time. Of a tape that grows, a
 * cursor that has passed all there is stands where it is until there is more.
 *
 * | call | cost |
 * |---|---|
 * | `exchangeTime`, `localTime` | O(1), and the rows that are for the other clock alone |
 * | `applyExchange`, `applyLocal`, `message` | the rows applied; one decoding when a batch is entered |
 */
export class Feed {
  /** Time of the last row each cursor has passed: where the tape ends, once both have passed all. */
  lastExchange = -Infinity;
  lastLocal = -Infinity;
  readonly #exchangeSource: ColumnSource;
  readonly #localSource: ColumnSource;
  #exchange: Columns = NOTHING;
  #exchangeBatch = -1;
  #exchangeRow = 0;
  #local: Columns = NOTHING;
  #localBatch = -1;
  #localRow = 0;
  #batches: number;
  /** The tape grows, or has grown. */
  readonly #grows: boolean;

  constructor(
    readonly index: number,
    readonly instrument: Instrument,
    exchangeSource: ColumnSource,
    localSource: ColumnSource,
    readonly venue: SessionVenue,
    readonly view: MarketView,
  ) {
    this.#exchangeSource = exchangeSource;
    this.#localSource = localSource;
    this.#batches = exchangeSource.windows;
    this.#grows = exchangeSource.open !== undefined;
  }

  /** Requests and times in force that are due at the venue, where they wait for what is known of it; else the session's queue. */
  readonly requests: EventQueue | undefined = undefined;

  /** The head of `requests` is about to be taken off, and meets the venue. */
  meets(): void {}

  /** When the session's clock starts, as far as this instrument goes: at its first row. Infinity where there is none. */
  get begins(): number {
    return this.exchangeTime;
  }

  /** When a request about the order in `slot`, sent now, is at the venue, which is due there at `due`. */
  arrivesAt(_slot: number, _now: number, due: number): number {
    return due;
  }

  /** When an answer is here that is due at `time`. */
  answersAt(time: number): number {
    return time;
  }

  /** Time of the venue's next row, Infinity where there is none (or none in reach of the clock's era). */
  get exchangeTime(): number {
    for (;;) {
      const { rows, flags } = this.#exchange;
      while (this.#exchangeRow < rows && (flags[this.#exchangeRow] & AT_EXCHANGE) === 0) this.#exchangeRow++;
      if (this.#exchangeRow < rows) return this.venue.next(this.#exchange, this.#exchangeRow);
      if (!this.#nextExchangeBatch()) return Infinity;
    }
  }

  /** Time of our next row, as {@linkcode exchangeTime}. */
  get localTime(): number {
    for (;;) {
      const { rows, flags } = this.#local;
      while (this.#localRow < rows && (flags[this.#localRow] & AT_LOCAL) === 0) this.#localRow++;
      if (this.#localRow < rows) return this.#local.timeOf(AT_LOCAL, this.#localRow);
      if (!this.#nextLocalBatch()) return Infinity;
    }
  }

  /** Rows the venue's cursor has passed, in every batch before its own and in that. */
  rowsPassed = 0;

  /** Rows of the tape in the windows before our cursor's. */
  rowsSeen = 0;

  /** Rows of the tape before the venue's cursor. */
  get row(): number {
    return this.rowsPassed + this.#exchangeRow;
  }

  /** Applies the venue's rows before `limit`; false when one of them made an answer, and it stopped behind it. */
  applyExchange(limit: number): boolean {
    for (;;) {
      const { rows } = this.#exchange;
      if (this.#exchangeRow < rows) {
        const row = this.venue.advance(this.#exchange, this.#exchangeRow, limit);
        this.#exchangeRow = row;
        if (this.venue.answered) return false;
        if (row < rows) return true;
      }
      if (!this.#nextExchangeBatch()) return true;
    }
  }

  /** Applies our rows before `limit`. */
  applyLocal(limit: number): void {
    for (;;) {
      const { rows } = this.#local;
      if (this.#localRow < rows) {
        this.#localRow = this.view.advance(this.#local, this.#localRow, limit);
        if (this.#localRow < rows) return;
      }
      if (!this.#nextLocalBatch()) return;
    }
  }

  /** Applies the rows of our next message. */
  message(): void {
    const { pending } = this.view;
    pending.clear();
    do {
      const from = this.#localRow;
      if (from < this.#local.rows) {
        this.#localRow = this.view.message(this.#local, from);
        this.heardRows(this.#local, from, this.#localRow);
      }
      // A tape that was cut within a message ends it where it ends.
      if (!pending.complete && !this.#nextLocalBatch()) return;
    } while (!pending.complete);
  }

  /** Rows `from` to `to` of ours have been applied, as part of a message. */
  protected heardRows(_columns: Columns, _from: number, _to: number): void {}

  /** The rows that our cursor is in, and its place there. */
  get ourColumns(): Columns {
    return this.#local;
  }

  get ourRow(): number {
    return this.#localRow;
  }

  /** Applies our next row, which is a message of its own, as every bar is. */
  bar(): void {
    this.#localRow = this.view.message(this.#local, this.#localRow);
  }

  /** Time of the last row that reached us; -Infinity before the first. */
  get heard(): number {
    const local = this.#local;
    for (let i = this.#localRow - 1; i >= 0; i--) if (local.flags[i] & AT_LOCAL) return local.timeOf(AT_LOCAL, i);
    return this.lastLocal;
  }

  /** Whether our cursor has passed every row, as far as is known. */
  get seen(): boolean {
    return this.#localRow >= this.#local.rows && this.#localBatch + 1 >= this.#batches;
  }

  /** Whether the venue's cursor has passed every row. */
  get exhausted(): boolean {
    return this.#exchangeBatch >= this.#batches;
  }

  /** Whether our cursor has passed every row, and it is known that no more come. */
  protected get heardAll(): boolean {
    return this.#localBatch >= this.#batches;
  }

  /** Whether both cursors have passed every row. */
  get done(): boolean {
    return this.#exchangeBatch >= this.#batches && this.#localBatch >= this.#batches;
  }

  /** The first era, counted from the clock's, `era`, that has rows which a cursor has not passed; Infinity where none has. */
  nextEras(era: number): number {
    const exchange = this.exchangeTime;
    let eras = Math.min(Math.floor(exchange / ERA), this.ourEras(era));
    if (!this.exhausted && exchange === Infinity) {
      eras = Math.min(eras, this.#exchangeSource.eraAt(this.#exchangeBatch, this.#exchangeRow) - era);
    }
    return eras;
  }

  /** The same of our cursor alone. */
  protected ourEras(era: number): number {
    const local = this.localTime;
    if (local < Infinity || this.#localRow >= this.#local.rows) return Math.floor(local / ERA);
    return this.#localSource.eraAt(this.#localBatch, this.#localRow) - era;
  }

  /** Counts times from another era. */
  rebase(era: number, shift: number): void {
    this.#exchangeSource.rebase(era);
    if (this.#localSource !== this.#exchangeSource) this.#localSource.rebase(era);
    if (this.#exchangeBatch >= 0 && this.#exchangeBatch < this.#batches) {
      this.#exchange = this.#exchangeSource.columns(this.#exchangeBatch);
    }
    if (this.#localBatch >= 0 && this.#localBatch < this.#batches) {
      this.#local = this.#localSource.columns(this.#localBatch);
    }
    this.lastExchange -= shift;
    this.lastLocal -= shift;
    this.venue.rebase(shift);
  }

  /** Whether there is a window behind `batch`, or there will never be one. */
  #grown(batch: number): boolean {
    this.#batches = this.#exchangeSource.windows;
    return batch + 1 < this.#batches || !this.#exchangeSource.open;
  }

  #nextExchangeBatch(): boolean {
    if (this.#grows && !this.#grown(this.#exchangeBatch)) return false;
    if (this.#exchangeBatch >= this.#batches) return false;
    this.lastExchange = Math.max(this.lastExchange, lastTime(this.#exchange, AT_EXCHANGE));
    this.rowsPassed += this.#exchange.rows;
    this.#exchangeRow = 0;
    if (++this.#exchangeBatch >= this.#batches) {
      this.#exchange = NOTHING;
      return false;
    }
    // The window of the cursor that stands still is asked for again, so that it stays at hand however far the other goes.
    if (this.#localBatch >= 0 && this.#localBatch < this.#batches) this.#localSource.columns(this.#localBatch);
    else if (this.#grows && this.#localBatch < 0) this.#localSource.columns(0);
    this.#exchange = this.#exchangeSource.columns(this.#exchangeBatch);
    return true;
  }

  #nextLocalBatch(): boolean {
    if (this.#grows && !this.#grown(this.#localBatch)) return false;
    if (this.#localBatch >= this.#batches) return false;
    this.lastLocal = Math.max(this.lastLocal, lastTime(this.#local, AT_LOCAL));
    this.rowsSeen += this.#local.rows;
    this.#localRow = 0;
    if (++this.#localBatch >= this.#batches) {
      this.#local = NOTHING;
      return false;
    }
    if (this.#exchangeBatch >= 0 && this.#exchangeBatch < this.#batches) {
      this.#exchangeSource.columns(this.#exchangeBatch);
    }
    this.#local = this.#localSource.columns(this.#localBatch);
    return true;
  }

  save(to: StateWriter): void {
    to.section(`feed ${this.instrument.symbol}`, 1, () => {
      to.numbers(WINDOW, this.#batches, this.lastExchange, this.lastLocal, this.rowsPassed, this.rowsSeen);
      to.numbers(this.#exchangeBatch, this.#exchangeRow, this.#localBatch, this.#localRow);
      this.#exchangeSource.save(to);
      if (this.#localSource !== this.#exchangeSource) this.#localSource.save(to);
      this.venue.save(to);
      this.view.save(to);
    });
  }

  /** Takes back a snapshot, of which the clock counts from `era`. */
  load(from: StateReader, era: number): void {
    from.section(`feed ${this.instrument.symbol}`, 1, () => {
      const window = from.number(), batches = from.number();
      if (window !== WINDOW || batches !== this.#batches) {
        throw from.refuse(`the tape was read in ${batches} windows of ${window} rows, and is in ${this.#batches} now`);
      }
      this.lastExchange = from.number();
      this.lastLocal = from.number();
      this.rowsPassed = from.number();
      this.rowsSeen = from.number();
      this.#exchangeBatch = from.number();
      this.#exchangeRow = from.number();
      this.#localBatch = from.number();
      this.#localRow = from.number();
      this.#exchangeSource.load(from, era);
      if (this.#localSource !== this.#exchangeSource) this.#localSource.load(from, era);
      const columns = (source: ColumnSource, at: number) => at >= 0 && at < batches ? source.columns(at) : NOTHING;
      this.#exchange = columns(this.#exchangeSource, this.#exchangeBatch);
      this.#local = columns(this.#localSource, this.#localBatch);
      this.venue.load(from);
      this.view.load(from);
    });
  }
}

function lastTime(columns: Columns, clock: number): number {
  for (let i = columns.rows - 1; i >= 0; i--) if (columns.flags[i] & clock) return columns.timeOf(clock, i);
  return -Infinity;
}
