import { ClockLanes } from "./clock_lanes.ts";
import { durationText } from "./duration_text.ts";
import { isAfter, type NsTime } from "./ns_time.ts";
import { ENDS, RECORD_WORDS } from "./row_record.ts";
import { SeqQueue } from "./seq_queue.ts";

/** How far out of order rows may come. */
export interface RowWindow {
  /** Nanoseconds behind the latest time so far; 30 s. */
  readonly ns: number;
  /** Rows held at once, a power of two; 1,048,576. */
  readonly rows: number;
}

/**
 * The order of one clock: rows that wait, and rows whose place is final, because no row may come before them any more.
 *
 * It also follows the clock's open message, so that the message's last row on this clock is known when it ends.
 */
export class ClockOrder {
  readonly lanes: ClockLanes;
  readonly ready = new SeqQueue();
  /** The row that is last on this clock in the message that is open. */
  messageLast = 0;
  inMessage = false;
  #messageHigh = 0;
  #messageLow = 0;
  /** The latest time so far, less the window. */
  #limitHigh = -2147483648;
  #limitLow = 0;
  #latestHigh = -2147483648;
  #latestLow = 0;
  /** The time of the last row whose place is final. */
  #finalHigh = -2147483648;
  #finalLow = 0;
  readonly #windowHigh: number;
  readonly #windowLow: number;

  constructor(
    readonly name: string,
    readonly flag: number,
    readonly word: number,
    readonly place: number,
    readonly bounds: RowWindow,
  ) {
    this.lanes = new ClockLanes(word);
    this.#windowHigh = Math.floor(bounds.ns / 4294967296);
    this.#windowLow = bounds.ns % 4294967296;
  }

  /** Whether a row of this time may still come; remembers the latest. */
  accepts({ high, low }: NsTime): boolean {
    if (!isAfter(this.#latestHigh, this.#latestLow, high, low)) {
      this.#latestHigh = high;
      this.#latestLow = low;
      const rest = (low >>> 0) - this.#windowLow;
      this.#limitHigh = high - this.#windowHigh - (rest < 0 ? 1 : 0);
      this.#limitLow = rest | 0;
      return true;
    }
    return !isAfter(this.#limitHigh, this.#limitLow, high, low) &&
      !isAfter(this.#finalHigh, this.#finalLow, high, low);
  }

  /** Says how late a row is that is not accepted. */
  tellLateness({ high, low }: NsTime): string {
    const lowWords = (this.#latestLow >>> 0) - (low >>> 0);
    const behind = (this.#latestHigh - high) * 4294967296 + lowWords;
    const { ns, rows } = this.bounds;
    const late = `its ${this.name} time is ${durationText(behind)} before the latest one so far`;
    return behind > ns
      ? `${late}, and rows may come ${durationText(ns)} out of order`
      : `${late}, with more than ${rows / 2} rows between them`;
  }

  extendMessage(sequence: number, { high, low }: NsTime): void {
    if (this.inMessage && isAfter(this.#messageHigh, this.#messageLow, high, low)) return;
    this.inMessage = true;
    this.messageLast = sequence;
    this.#messageHigh = high;
    this.#messageLow = low;
  }

  /** Ends a message that the source left open. */
  endMessage(records: Int32Array, mask: number, oldest: number): void {
    if (this.inMessage && ((this.messageLast - oldest) | 0) >= 0) {
      records[(this.messageLast & mask) * RECORD_WORDS + ENDS] |= this.flag;
    }
    this.inMessage = false;
  }

  /** Makes final what no row may come before any more, and the first `least` rows in any case. */
  release(records: Int32Array, mask: number, least: number): void {
    const { lanes, ready, word, place } = this;
    const limitHigh = this.#limitHigh;
    const limitLow = this.#limitLow;
    let forced = least;
    while (lanes.size > 0) {
      const sequence = lanes.peek();
      const at = (sequence & mask) * RECORD_WORDS;
      const high = records[at + word + 1];
      const low = records[at + word];
      if (forced-- <= 0 && isAfter(high, low, limitHigh, limitLow)) return;
      this.#finalHigh = high;
      this.#finalLow = low;
      records[at + place] = ready.push(sequence);
      lanes.pop();
    }
  }
}
