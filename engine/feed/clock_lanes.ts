import { isAfter } from "./ns_time.ts";
import { RECORD_WORDS } from "./row_record.ts";

/** More interleaved sequences than this are no capture of a few streams, but no order at all. */
const LANES_MAX = 4096;

/**
 * Sorts rows by one clock while they stream past, stably: at one time they keep the order of arrival.
 *
 * A capture is a few streams, each in order, interleaved. Rows are therefore dealt to lanes, each in order, and taken from
 * the lane with the earliest head; how late one stream is against another costs nothing. A row goes to the lane whose
 * last time is the latest that is not after its own. Lanes stand in descending order of their last times, always.
 *
 * | call | cost |
 * |---|---|
 * | `push` of a row in order | O(1) |
 * | `push` of another | O(log lanes) |
 * | `pop` | O(lanes) where the head changes lane |
 * | memory | 4 bytes a row held |
 */
export class ClockLanes {
  /** Rows held. */
  size = 0;
  readonly #word: number;
  readonly #lanes: Lane[] = [];
  #records: Int32Array = new Int32Array(0);
  #mask = 0;
  /** The lane with the earliest head; -1 where it must be looked for. */
  #first = -1;
  /** The earliest head of all other lanes, before which the first lane stays the first. */
  #rivalHigh = 0;
  #rivalLow = 0;
  #rivalSequence = 0;

  /** The low word of the clock's time is word `word` of a record, the high word the next. */
  constructor(word: number) {
    this.#word = word;
  }

  /** Records are in a ring of a power of two, row `sequence` in slot `sequence & mask`; call it whenever the ring moves. */
  useRing(records: Int32Array): void {
    this.#records = records;
    this.#mask = records.length / RECORD_WORDS - 1;
  }

  /** Adds row `sequence`; false where there are too many lanes to go on. */
  push(sequence: number): boolean {
    const at = (sequence & this.#mask) * RECORD_WORDS + this.#word;
    const low = this.#records[at];
    const high = this.#records[at + 1];
    const lanes = this.#lanes;
    let chosen = 0;
    if (lanes.length > 0 && isAfter(lanes[0].lastHigh, lanes[0].lastLow, high, low)) {
      let end = lanes.length;
      chosen = 1;
      while (chosen < end) {
        const middle = (chosen + end) >> 1;
        if (isAfter(lanes[middle].lastHigh, lanes[middle].lastLow, high, low)) chosen = middle + 1;
        else end = middle;
      }
    }
    if (chosen === lanes.length) {
      if (chosen === LANES_MAX) return false;
      lanes.push(new Lane());
    }
    const lane = lanes[chosen];
    if (lane.count === 0) this.#first = -1;
    lane.push(sequence, high, low);
    this.size++;
    return true;
  }

  /** The earliest row; there must be one. */
  peek(): number {
    if (this.#first < 0) this.#find();
    return this.#lanes[this.#first].head();
  }

  /** Takes the earliest row, which `peek` has just given. */
  pop(): void {
    const lanes = this.#lanes;
    const lane = lanes[this.#first];
    lane.pop();
    this.size--;
    if (lanes.length === 1) return;
    if (lane.count === 0) {
      this.#first = -1;
      while (lanes.length > 1 && lanes[lanes.length - 1].count === 0) lanes.pop();
      return;
    }
    const sequence = lane.head();
    const at = (sequence & this.#mask) * RECORD_WORDS + this.#word;
    const records = this.#records;
    if (this.#isRivalBefore(records[at + 1], records[at], sequence)) this.#first = -1;
  }

  #isRivalBefore(high: number, low: number, sequence: number): boolean {
    if (high === this.#rivalHigh && low === this.#rivalLow) return ((this.#rivalSequence - sequence) | 0) < 0;
    return isAfter(high, low, this.#rivalHigh, this.#rivalLow);
  }

  /** Finds the lane with the earliest head, and the earliest of the others. */
  #find(): void {
    const lanes = this.#lanes;
    const records = this.#records;
    let best = -1;
    let bestHigh = 0;
    let bestLow = 0;
    let bestSequence = 0;
    this.#rivalHigh = 2147483647;
    for (let i = 0; i < lanes.length; i++) {
      if (lanes[i].count === 0) continue;
      const sequence = lanes[i].head();
      const at = (sequence & this.#mask) * RECORD_WORDS + this.#word;
      const low = records[at];
      const high = records[at + 1];
      const same = high === bestHigh && low === bestLow;
      if (best < 0 || (same ? ((sequence - bestSequence) | 0) < 0 : isAfter(bestHigh, bestLow, high, low))) {
        if (best >= 0) this.#setRival(bestHigh, bestLow, bestSequence);
        best = i;
        bestHigh = high;
        bestLow = low;
        bestSequence = sequence;
      } else if (!this.#isRivalBefore(high, low, sequence)) this.#setRival(high, low, sequence);
    }
    this.#first = best;
  }

  #setRival(high: number, low: number, sequence: number): void {
    this.#rivalHigh = high;
    this.#rivalLow = low;
    this.#rivalSequence = sequence;
  }
}

/** Rows of one lane, in a ring that doubles when it is full. */
class Lane {
  count = 0;
  lastHigh = 0;
  lastLow = 0;
  #rows = new Int32Array(64);
  #start = 0;

  head(): number {
    return this.#rows[this.#start];
  }

  push(sequence: number, high: number, low: number): void {
    let rows = this.#rows;
    if (this.count === rows.length) {
      rows = new Int32Array(2 * this.count);
      rows.set(this.#rows.subarray(this.#start));
      rows.set(this.#rows.subarray(0, this.#start), this.count - this.#start);
      this.#rows = rows;
      this.#start = 0;
    }
    rows[(this.#start + this.count) & (rows.length - 1)] = sequence;
    this.count++;
    this.lastHigh = high;
    this.lastLow = low;
  }

  pop(): void {
    this.#start = (this.#start + 1) & (this.#rows.length - 1);
    this.count--;
  }
}
