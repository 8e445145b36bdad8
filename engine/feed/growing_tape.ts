import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL, END, LAST, NONE } from "../core/event.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { GrowingWindow, timeIn } from "./growing_window.ts";
import { NsTime } from "./ns_time.ts";
import { Row, type RowSink } from "./row.ts";
import type { BarBatch, TapeBatch } from "./tape_reader.ts";
import type { TapeMeta } from "./tape_schema.ts";
import { type ColumnSource, ERA_HIGH, WINDOW } from "./window_cache.ts";

/** What a growing tape is made of. */
export interface GrowingTapeOptions {
  readonly instrument: InstrumentSpec;
  /** Levels and trades, unless said: l3 is single orders. */
  readonly layout?: "l2" | "l3";
  /** What errors call it; the symbol unless said. */
  readonly name?: string;
  /** About when it begins, ns since 1970-01-01 UTC: the first rows lie within 52 days of it. */
  readonly begins: bigint;
  /** Rows that may wait to be read; 2^20 unless said. */
  readonly rowsMax?: number;
  /** Takes each row as it was taken here: a recorder. */
  readonly record?: RowSink;
}

/** How far behind the latest exchange time a row may say it happened: what writes tapes orders rows no further back. */
const BEHIND_MAX_NS = 20e9;
const ROWS_MAX = 1 << 20;
/** Windows kept for the next: a cursor that keeps pace needs no others. */
const SPARE_MAX = 2;

/**
 * A tape that grows while a session reads it: rows are added as their frames arrive, whole messages at a time are shown.
 *
 * It stands where a finished tape stands, for both of a feed's cursors. Rows are for both clocks, in the order of arrival.
 * Three things are put right when a row is added, and counted, so that what was read can be recorded and read again:
 * - A row reaches us no earlier than the one before it, and only after the time that {@linkcode settle} has closed.
 * - It did not happen after it reached us, whatever the exchange's clock says.
 * - It did not happen more than 20 s before the latest row.
 *
 * When too many rows wait to be read it refuses more: whoever feeds it falls behind, and must say so.
 *
 * | call | cost |
 * |---|---|
 * | `add` | constant |
 * | `columns` of a window | the windows that wait |
 * | memory | the rows that no cursor has passed, by windows of 4096 |
 *
 * @example
 * ```ts
 * import { AT_EXCHANGE, AT_LOCAL, BUY, DEPTH, LAST } from "../core/event.ts";
 * import { GrowingTape } from "./growing_tape.ts";
 * const instrument = { symbol: "BTCUSDT", venue: "binance", tick: "0.1", lot: "0.001" };
 * const tape = new GrowingTape({ instrument, begins: 1_700_000_000_000_000_000n });
 * Object.assign(tape.row, { kind: DEPTH, side: BUY, price: 616597, size: 2, flags: AT_EXCHANGE | AT_LOCAL | LAST });
 * Object.assign(tape.row, { exchangeSec: 1_700_000_000, localSec: 1_700_000_000, localNs: 5 });
 * tape.add();
 * if (tape.rows !== 1 || tape.waiting !== 1) throw new Error("unexpected");
 * ```
 */
export class GrowingTape implements RowSink, ColumnSource {
  readonly row: Row = new Row();
  readonly name: string;
  readonly layout: "l2" | "l3";
  /** Its rows are checked as they are added. */
  readonly checked = true;
  /** It has no batches: its rows are read by windows. */
  readonly batches = 0;
  readonly firstEra: number;
  /** Its windows are its own, for one session. */
  readonly shared: { events(era: number): ColumnSource; bars(era: number): never };
  /** More rows may come. */
  open = true;
  /** Rows added. */
  rows = 0;
  /** Rows whose local time, and exchange time, had to be put right. */
  raised = 0;
  moved = 0;
  /** Is told when a message has arrived whole, and when there will be no more. */
  onShown: (() => void) | undefined = undefined;
  /** What a tape says of itself: set by whoever records it, once it is complete. */
  meta: TapeMeta;
  readonly #rowsMax: number;
  readonly #record: RowSink | undefined;
  readonly #windows: GrowingWindow[] = [];
  readonly #spare: GrowingWindow[] = [];
  /** Windows that show rows. */
  #shown = 0;
  /** The first window at hand. */
  #first = 0;
  /** Rows of messages that are not whole yet. */
  #unshown = 0;
  #era: number;
  #local = -Infinity;
  #latest = -Infinity;
  #settled = -Infinity;
  #asked = 0;
  /** Whether the row being added had its times put right. */
  #raises = false;
  #moves = false;
  readonly #time = new NsTime();
  readonly #put = {
    ...{ exchangeHigh: 0, exchangeLow: 0, localHigh: 0, localLow: 0, price: 0, size: 0 },
    ...{ kind: 0, side: 0, flags: 0, idLow: 0, idHigh: 0 },
  };

  constructor({ instrument, layout = "l2", name = instrument.symbol, begins, rowsMax, record }: GrowingTapeOptions) {
    this.name = name;
    this.layout = layout;
    this.#era = this.firstEra = Number(begins / BigInt(ERA));
    this.#rowsMax = rowsMax ?? ROWS_MAX;
    this.#record = record;
    this.meta = {
      layout,
      instrument,
      rows: 0,
      counts: {},
      gaps: { count: 0, first: [] },
      skew: { policy: "keep", shiftNs: 0 },
      source: { format: "arrivals", files: [] },
      sha256: "",
    };
    this.shared = {
      events: (era) => {
        this.rebase(era);
        return this;
      },
      bars: () => {
        throw new RangeError(`Cannot read ${this.name}: it holds events; read them as events`);
      },
    };
  }

  /** Rows that no cursor has come to yet, by whole windows. */
  get waiting(): number {
    return this.rows - this.#first * WINDOW;
  }

  get windows(): number {
    return this.#shown;
  }

  /**
   * Takes a copy of `row`, unless it is for the exchange's clock alone (it arrives with its twin for ours); with the last row of a
   * message, all of it is shown. Throws RangeError for a row that is none, and where too many wait.
   */
  add(): void {
    const { row } = this;
    if (!(row.flags & AT_LOCAL)) return;
    if (!this.open) throw new RangeError(`Cannot add to ${this.name}: it has ended; make another`);
    if (this.waiting >= this.#rowsMax) {
      throw new RangeError(
        `Cannot add to ${this.name}: ${this.waiting} rows wait to be read; let the session catch up, or start it again`,
      );
    }
    this.#fill(row);
    const put = this.#put;
    const place = Math.floor(this.rows / WINDOW) - this.#first;
    if (place === this.#windows.length) this.#windows.push(this.#window(place + this.#first));
    this.#windows[place].put(put, this.#era * ERA_HIGH);
    this.rows++;
    this.#unshown++;
    if (this.#record) this.#recorded(this.#record);
    if (put.flags & LAST) this.#show();
  }

  /** No row that comes from now on reaches us at `ns` (since 1970-01-01 UTC) or before: a session may move that far. */
  settle(ns: bigint): void {
    this.#settled = Math.max(this.#settled, Number(ns - BigInt(this.#era) * BigInt(ERA)));
  }

  /**
   * No more rows come; those of a message that is not whole are shown as they are. `at`, in ns since 1970-01-01 UTC, is when that is
   * known: an END row says so, so that a session on the recording has gone on for as long before it ends.
   */
  end(at?: bigint): void {
    if (at !== undefined) this.#last(at);
    this.open = false;
    this.#show();
    this.onShown?.();
  }

  columns(index: number): GrowingWindow {
    // The last two that were asked for are where a feed's cursors stand.
    while (this.#first < Math.min(index, this.#asked)) {
      const passed = this.#windows.shift()!;
      this.#first++;
      if (this.#spare.length < SPARE_MAX) this.#spare.push(passed);
    }
    this.#asked = index;
    return this.#windows[index - this.#first];
  }

  eraAt(index: number, row: number): number {
    return this.#windows[index - this.#first].eraAt(row);
  }

  rebase(era: number): void {
    const shift = (era - this.#era) * ERA;
    this.#era = era;
    this.#local -= shift;
    this.#latest -= shift;
    this.#settled -= shift;
    for (const window of this.#windows) window.rebase(era * ERA_HIGH);
  }

  /** Always throws: what has not arrived cannot be kept. */
  save(): void {
    throw new RangeError(`Cannot take a snapshot: ${this.name} still grows; go on from its recording instead`);
  }

  load(): void {
    this.save();
  }

  batch(): TapeBatch {
    throw new RangeError(`Cannot read batches of ${this.name}: it still grows; read its recording`);
  }

  bars(): BarBatch {
    return this.batch() as never;
  }

  rowsIn(): number {
    return 0;
  }

  #last(at: bigint): void {
    const { row } = this, sec = Number(at / 1_000_000_000n), ns = Number(at % 1_000_000_000n);
    Object.assign(row, { kind: END, side: NONE, flags: AT_LOCAL | LAST, price: 0, size: 0, idLow: 0, idHigh: 0 });
    Object.assign(row, { exchangeSec: sec, exchangeNs: ns, localSec: sec, localNs: ns });
    this.add();
  }

  #fill(row: Row): void {
    const { price, size, exchangeSec, exchangeNs, localSec, localNs } = row, put = this.#put;
    if (!(size >= 0 && size < 9007199254740992 && price < 9007199254740992 && price > -9007199254740992)) {
      throw new RangeError(`Cannot add to ${this.name}: price is ${price} and size ${size}; give whole ticks and lots`);
    }
    const local = this.#timeOf(localSec, localNs, "local"),
      exchange = this.#timeOf(exchangeSec, exchangeNs, "exchange");
    const seen = Math.max(local, this.#local, this.#settled + 1);
    const happened = Math.min(seen, Math.max(exchange, this.#latest - BEHIND_MAX_NS));
    this.#raises = seen !== local;
    this.#moves = happened !== exchange;
    if (this.#raises) this.raised++;
    if (this.#moves) this.moved++;
    this.#local = seen;
    this.#latest = Math.max(this.#latest, happened);
    const eraHigh = this.#era * ERA_HIGH;
    put.localHigh = eraHigh + Math.floor(seen / 4294967296);
    put.localLow = seen | 0;
    put.exchangeHigh = eraHigh + Math.floor(happened / 4294967296);
    put.exchangeLow = happened | 0;
    put.price = price;
    put.size = size;
    put.kind = row.kind;
    put.side = row.side;
    put.flags = (row.flags & LAST) | AT_EXCHANGE | AT_LOCAL;
    put.idLow = row.idLow | 0;
    put.idHigh = row.idHigh | 0;
  }

  /** A time as one of the era. */
  #timeOf(sec: number, ns: number, clock: string): number {
    const time = this.#time;
    const known = time.set(sec, ns) ? timeIn(time.high, time.low, this.#era * ERA_HIGH) : Infinity;
    if (known < Infinity && known > -2 * ERA) return known;
    throw new RangeError(
      `Cannot add to ${this.name}: ${clock} time is ${sec} s and ${ns} ns; it must be within 104 days of the session's`,
    );
  }

  #recorded(record: RowSink): void {
    const { row: to } = record, { row: from } = this, put = this.#put;
    to.kind = from.kind;
    to.side = from.side;
    to.flags = put.flags;
    to.price = from.price;
    to.size = from.size;
    to.idLow = from.idLow;
    to.idHigh = from.idHigh;
    to.localSec = from.localSec;
    to.localNs = from.localNs;
    to.exchangeSec = from.exchangeSec;
    to.exchangeNs = from.exchangeNs;
    if (this.#raises) [to.localSec, to.localNs] = secondsOf(put.localHigh, put.localLow);
    if (this.#moves) [to.exchangeSec, to.exchangeNs] = secondsOf(put.exchangeHigh, put.exchangeLow);
    record.add();
  }

  #show(): void {
    if (this.#unshown === 0) return;
    for (let i = this.#windows.length - 1; i >= 0 && this.#unshown > 0; i--) {
      const window = this.#windows[i];
      this.#unshown -= window.filled - window.rows;
      window.rows = window.filled;
    }
    this.#shown = this.#first + this.#windows.length;
    if (this.open) this.onShown?.();
  }

  #window(index: number): GrowingWindow {
    const spare = this.#spare.pop();
    spare?.reuse(index);
    return spare ?? new GrowingWindow(index, this.layout === "l3");
  }
}

/** An int64 of nanoseconds as whole seconds, and nanoseconds of the second. */
function secondsOf(high: number, low: number): [sec: number, ns: number] {
  const time = BigInt(high) * 4294967296n + BigInt(low >>> 0), sec = time / 1_000_000_000n;
  return [Number(sec), Number(time - sec * 1_000_000_000n)];
}
