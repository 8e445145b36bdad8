import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import { BackSteps } from "./back_steps.ts";
import { ClockOrder, type RowWindow } from "./clock_order.ts";
import { SourceError } from "./decoder.ts";
import { NsTime } from "./ns_time.ts";
import { Row, type RowSink } from "./row.ts";
import { DUE, ENDS, EXCHANGE_PLACE, LOCAL_PLACE, RECORD_WORDS, WORD } from "./row_record.ts";
import { LatencySample } from "./skew.ts";

/** Takes rows in the order of the tape. */
export interface RowTaker {
  /** The row whose record starts at word `at`, with its flags; good during the call. */
  take(records: Int32Array, at: number, flags: number): void;
}

/** How often, in rows, those that have become final are looked for. */
const RELEASE_EVERY = 1024;
const FIRST_ROWS = 16_384;

/**
 * Puts rows in an order that is right on both clocks: rows flagged AT_EXCHANGE by exchange time, rows flagged AT_LOCAL by
 * local time, rows of one time as the source had them.
 *
 * A row whose two times cannot both be kept in order is given twice, once for each clock. Where two rows stand in each
 * other's way, the one is split that leaves fewer others to be split. A message ends, on each clock, with the LAST of its
 * rows that this clock sees; a row with LAST ends the message on the clocks that the row has.
 *
 * Rows wait until no row may come before them: for `window.ns` on both clocks, or fewer when `window.rows` wait already. A
 * row that comes later than that is a {@linkcode SourceError} with its place, or its number where the place is unknown.
 *
 * | call | cost |
 * |---|---|
 * | `add` of a row in order | O(1), about 50 ns to the tape |
 * | `add` of another | O(log streams interleaved) |
 * | memory | 64 bytes a row of the window, as many as there were at once |
 *
 * @example
 * ```ts
 * import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
 * import { RowOrder } from "./row_order.ts";
 * const seen: number[] = [];
 * const order = new RowOrder({ take: (_records, _at, flags) => void seen.push(flags) });
 * for (const exchangeNs of [20, 10]) { // the second row happened before the first
 *   order.row.flags = AT_EXCHANGE | AT_LOCAL | LAST;
 *   order.row.exchangeNs = exchangeNs;
 *   order.row.localNs++;
 *   order.add();
 * }
 * order.end();
 * if (seen.join() !== [AT_EXCHANGE | LAST, 7, AT_LOCAL | LAST].join()) throw new Error(seen.join());
 * ```
 */
export class RowOrder implements RowSink {
  readonly row = new Row();
  /** Latencies of all rows, as they came. */
  readonly latency = new LatencySample();
  /** Where the source's times went back, clock by clock. */
  readonly exchangeSteps = new BackSteps();
  readonly localSteps = new BackSteps();
  readonly #out: RowTaker;
  readonly #window: RowWindow;
  readonly #exchangeTime = new NsTime();
  readonly #localTime = new NsTime();
  #records = new Int32Array(0);
  #mask = 0;
  /** Sequence numbers of the oldest row held and of the next to come; 32 bits that wrap around. */
  #oldest = 0;
  #next = 0;
  /** Rows added, for errors. */
  #count = 0;
  readonly #exchange: ClockOrder;
  readonly #local: ClockOrder;

  constructor(out: RowTaker, window: RowWindow = { ns: 30e9, rows: 1 << 20 }) {
    this.#out = out;
    this.#window = window;
    this.#exchange = new ClockOrder("exchange", AT_EXCHANGE, WORD.EXCHANGE, EXCHANGE_PLACE, window);
    this.#local = new ClockOrder("local", AT_LOCAL, WORD.LOCAL, LOCAL_PLACE, window);
    if (window.rows < 2 || (window.rows & (window.rows - 1)) !== 0) {
      throw new RangeError(`Cannot order rows: a window of ${window.rows} is no power of two; give 2, 4, 8, …`);
    }
    this.#useRing(Math.min(FIRST_ROWS, window.rows));
  }

  /** Takes a copy of `row`. */
  add(): void {
    this.#count++;
    this.#check();
    if (((this.#next - this.#oldest) | 0) > this.#mask) this.#makeRoom();
    const sequence = this.#next;
    const at = (sequence & this.#mask) * RECORD_WORDS;
    const flags = this.row.flags;
    this.#store(at);
    this.#next = (sequence + 1) | 0;
    if (flags & AT_EXCHANGE) this.#join(this.#exchange, sequence, at, this.#exchangeTime, flags);
    if (flags & AT_LOCAL) this.#join(this.#local, sequence, at, this.#localTime, flags);
    if (this.#count % RELEASE_EVERY === 0) this.release();
  }

  /** Gives out what is final already, which `add` does now and then: for those whose rows come slowly. */
  release(): void {
    this.#exchange.release(this.#records, this.#mask, 0);
    this.#local.release(this.#records, this.#mask, 0);
    this.#merge();
  }

  /** No more rows come: gives out all that wait. */
  end(): void {
    for (const clock of [this.#exchange, this.#local]) {
      clock.endMessage(this.#records, this.#mask, this.#oldest);
      clock.release(this.#records, this.#mask, clock.lanes.size);
    }
    this.#merge();
  }

  /** Works out the row's times, and refuses the row before anything is changed for it. */
  #check(): void {
    const { price, size, flags, exchangeSec, exchangeNs, localSec, localNs } = this.row;
    if (!(size >= 0 && size < 9007199254740992 && price < 9007199254740992 && price > -9007199254740992)) {
      throw this.#error(`price is ${price} and size ${size}`, "both must be whole and below 2^53, sizes from 0");
    }
    const exchange = this.#exchangeTime;
    const local = this.#localTime;
    if (!exchange.set(exchangeSec, exchangeNs) || !local.set(localSec, localNs)) {
      const problem =
        `exchange time is ${exchangeSec} s and ${exchangeNs} ns, local time ${localSec} s and ${localNs} ns`;
      throw this.#error(problem, "times must lie between 1677 and 2262");
    }
    const late = (flags & AT_EXCHANGE) && !this.#exchange.accepts(exchange)
      ? this.#exchange.tellLateness(exchange)
      : (flags & AT_LOCAL) && !this.#local.accepts(local)
      ? this.#local.tellLateness(local)
      : "";
    if (late) throw this.#error(late, "sort the source by time, or give its files in the order of time");
    if (flags & AT_EXCHANGE) this.exchangeSteps.look(exchange, this.row, this.#count);
    if (flags & AT_LOCAL) this.localSteps.look(local, this.row, this.#count);
  }

  #store(at: number): void {
    const { row } = this;
    const exchange = this.#exchangeTime;
    const local = this.#localTime;
    const records = this.#records;
    records[at] = exchange.low;
    records[at + 1] = exchange.high;
    records[at + 2] = local.low;
    records[at + 3] = local.high;
    records[at + 4] = row.price;
    records[at + 5] = Math.floor(row.price / 4294967296);
    records[at + 6] = row.size;
    records[at + 7] = Math.floor(row.size / 4294967296);
    records[at + 8] = row.idLow;
    records[at + 9] = row.idHigh;
    records[at + 10] = row.kind;
    records[at + 11] = row.side;
    records[at + DUE] = row.flags & (AT_EXCHANGE | AT_LOCAL);
    records[at + ENDS] = 0;
    // Before all that is final: it has no place yet.
    records[at + EXCHANGE_PLACE] = this.#exchange.ready.headPlace - 1;
    records[at + LOCAL_PLACE] = this.#local.ready.headPlace - 1;
    this.latency.add((local.high - exchange.high) * 4294967296 + ((local.low >>> 0) - (exchange.low >>> 0)));
  }

  #join(clock: ClockOrder, sequence: number, at: number, time: NsTime, flags: number): void {
    if (!clock.lanes.push(sequence)) {
      throw this.#error(`the ${clock.name} times are in no order`, "sort the source by time");
    }
    clock.extendMessage(sequence, time);
    if (flags & LAST) {
      // The common case is a message that ends with the row that came last; it needs no look back.
      if (clock.messageLast === sequence) this.#records[at + ENDS] |= clock.flag;
      else this.#endLate(clock, at);
      clock.inMessage = false;
    }
  }

  #endLate(clock: ClockOrder, at: number): void {
    const held = ((clock.messageLast - this.#oldest) | 0) >= 0;
    const last = held ? (clock.messageLast & this.#mask) * RECORD_WORDS : at;
    this.#records[last + ENDS] |= clock.flag;
  }

  /** Gives out what is final on the clocks that it is due on, as far as both are known. */
  #merge(): void {
    const exchange = this.#exchange.ready;
    const local = this.#local.ready;
    const mask = this.#mask;
    const records = this.#records;
    while (exchange.size + local.size > 0) {
      const first = exchange.size > 0 ? (exchange.head() & mask) * RECORD_WORDS : -1;
      const other = local.size > 0 ? (local.head() & mask) * RECORD_WORDS : -1;
      if (first === other) {
        if (((records[first + ENDS] + 1) & 2) === 0) this.#give(first, AT_EXCHANGE | AT_LOCAL);
        else {
          this.#give(first, AT_EXCHANGE);
          this.#give(first, AT_LOCAL);
        }
        exchange.pop();
        local.pop();
      } else if (first >= 0 && records[first + DUE] === AT_EXCHANGE) {
        this.#give(first, AT_EXCHANGE);
        exchange.pop();
      } else if (other >= 0 && records[other + DUE] === AT_LOCAL) {
        this.#give(other, AT_LOCAL);
        local.pop();
      } else if (first < 0 || other < 0) break;
      else if (this.#splitsExchange(first, other)) {
        this.#give(first, AT_EXCHANGE);
        exchange.pop();
      } else {
        this.#give(other, AT_LOCAL);
        local.pop();
      }
    }
    while (this.#oldest !== this.#next && records[(this.#oldest & mask) * RECORD_WORDS + DUE] === 0) {
      this.#oldest = (this.#oldest + 1) | 0;
    }
  }

  /**
   * Of two rows that are first on one clock each: whether to give the first one to the exchange's clock alone. To keep it
   * whole would split all that our clock has before it; to keep the other one, all that the exchange's has.
   */
  #splitsExchange(first: number, other: number): boolean {
    const records = this.#records;
    const keepFirst = (records[first + LOCAL_PLACE] - this.#local.ready.headPlace) | 0;
    const keepOther = (records[other + EXCHANGE_PLACE] - this.#exchange.ready.headPlace) | 0;
    // Not final there yet: further away than anything that is.
    if (keepFirst < 0) return true;
    return keepOther >= 0 && keepOther <= keepFirst;
  }

  #give(at: number, clocks: number): void {
    const records = this.#records;
    const last = (records[at + ENDS] & clocks) !== 0 ? LAST : 0;
    records[at + DUE] &= ~clocks;
    this.#out.take(records, at, clocks | last);
  }

  #makeRoom(): void {
    this.release();
    const rows = this.#mask + 1;
    // Grown when over half full, so that a window that just fits is not searched for every row.
    if (((this.#next - this.#oldest) | 0) <= rows / 2) return;
    if (rows < this.#window.rows) return this.#useRing(2 * rows);
    for (const clock of [this.#exchange, this.#local]) {
      clock.release(this.#records, this.#mask, Math.max(0, clock.lanes.size - rows / 2));
    }
    this.#merge();
    if (((this.#next - this.#oldest) | 0) <= this.#mask) return;
    const problem = `${rows} rows wait for one that is early on one clock and late on the other`;
    throw this.#error(problem, "sort the source by time, or repair the times before this row");
  }

  /** Moves the rows held to a ring of `rows`. */
  #useRing(rows: number): void {
    const grown = new Int32Array(rows * RECORD_WORDS);
    // By stretches that wrap around in neither ring; there are at most three.
    for (let sequence = this.#oldest; sequence !== this.#next;) {
      const from = sequence & this.#mask, to = sequence & (rows - 1);
      const stretch = Math.min((this.#next - sequence) | 0, this.#mask + 1 - from, rows - to);
      grown.set(this.#records.subarray(from * RECORD_WORDS, (from + stretch) * RECORD_WORDS), to * RECORD_WORDS);
      sequence = (sequence + stretch) | 0;
    }
    this.#records = grown;
    this.#mask = rows - 1;
    this.#exchange.lanes.useRing(grown);
    this.#local.lanes.useRing(grown);
  }

  #error(problem: string, remedy: string): SourceError {
    const { place, unit, file } = this.row;
    return place > 0
      ? new SourceError(problem, place, remedy, unit, file)
      : new SourceError(problem, this.#count, remedy, "row");
  }
}
