import { ERA, type FarTime, REACH } from "./clock.ts";
import { loadValue, saveValue } from "./plain_state.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/**
 * Classes of event, in their order at one time. Exchange data and our data are read from tapes by cursors and never enter
 * the queue; their places in the order are kept all the same.
 */
export const OUR_DATA = 0;
export const ANSWER = 1;
export const EXCHANGE_DATA = 2;
export const REQUEST = 3;
export const TIMER = 4;

const CLASS = 2 ** 50;
const INSTRUMENT = 2 ** 40;
/** Instruments that have a place in the order. */
export const FEEDS_MAX = CLASS / INSTRUMENT;
/** Scheduled events at most; an order flow that needs more is a strategy gone wild. */
const CAPACITY_MAX = 1 << 21;

/** A timer out of the clock's reach. */
interface FarTimer extends FarTime {
  readonly sequence: number;
  readonly action: number;
  readonly number: number;
  readonly interval: number;
}

/**
 * What is scheduled: requests on their way to a venue, answers on their way back, timers.
 *
 * The order is total: time, class, instrument, sequence of scheduling. Requests and answers mostly come in that order, one
 * latency behind one another, and wait in a line; all else is in a binary heap. Both are typed columns; an event is a place
 * of seven numbers, and nothing is allocated for it.
 *
 * | operation | cost |
 * |---|---|
 * | `push`, `pop` | O(1) for a request or answer behind all others, else O(log n) |
 * | head | O(1) |
 * | `pushFar`, `rebase` | O(timers out of reach), O(n) |
 * | memory | 100 bytes an event, bounded at 2^21 events |
 */
export class EventQueue {
  /** Time of the head, Infinity when empty. */
  time = Infinity;
  /** Class of the head. */
  class = TIMER;

  /** Fields of the event taken by the last `pop`. */
  instrument = 0;
  action = 0;
  slot = 0;
  a = 0;
  b = 0;
  c = 0;
  d = 0;

  /** The line: requests and answers in order, going round from #first on. */
  #lineTimes = new Float64Array(256);
  #lineRanks = new Float64Array(256);
  #linePlaces = new Int32Array(256);
  #first = 0;
  #waiting = 0;
  #lastTime = 0;
  #lastRank = 0;
  /** Whether the head is the line's. */
  #lineLeads = false;
  /** The heap of all others. */
  #times = new Float64Array(256);
  #ranks = new Float64Array(256);
  #slots = new Int32Array(256);
  #fields = new Float64Array(256 * 7);
  #free = Int32Array.from({ length: 256 }, (_, i) => i);
  #length = 0;
  #sequence = 0;
  #far: FarTimer[] = [];

  get length(): number {
    return this.#length + this.#waiting + this.#far.length;
  }

  /** The era, counted from the clock's, of the first timer that is out of reach; Infinity where there is none. */
  get farEras(): number {
    return this.#far.reduce((least, { eras }) => Math.min(least, eras), Infinity);
  }

  /** Schedules an event. `action`, `slot` and `a`…`d` are for whoever handles it. Throws RangeError when full. */
  push(
    time: number,
    kind: number,
    instrument: number,
    action: number,
    slot: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ): void {
    const held = this.#length + this.#waiting;
    if (held === this.#times.length) this.#grow();
    const rank = kind * CLASS + instrument * INSTRUMENT + this.#sequence++;
    const place = this.#free[held];
    const fields = this.#fields;
    const f = place * 7;
    fields[f] = instrument;
    fields[f + 1] = action;
    fields[f + 2] = slot;
    fields[f + 3] = a;
    fields[f + 4] = b;
    fields[f + 5] = c;
    fields[f + 6] = d;
    const lines = kind === REQUEST || kind === ANSWER;
    if (
      lines && (this.#waiting === 0 || time > this.#lastTime || (time === this.#lastTime && rank > this.#lastRank))
    ) return this.#line(time, rank, place);
    const times = this.#times, ranks = this.#ranks, slots = this.#slots;
    let i = this.#length++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (times[parent] < time || (times[parent] === time && ranks[parent] < rank)) break;
      times[i] = times[parent];
      ranks[i] = ranks[parent];
      slots[i] = slots[parent];
      i = parent;
    }
    times[i] = time;
    ranks[i] = rank;
    slots[i] = place;
    if (i === 0) this.#head();
  }

  /** Takes an event to the end of the line. */
  #line(time: number, rank: number, place: number): void {
    const at = (this.#first + this.#waiting++) & (this.#linePlaces.length - 1);
    this.#lineTimes[at] = this.#lastTime = time;
    this.#lineRanks[at] = this.#lastRank = rank;
    this.#linePlaces[at] = place;
    if (this.#waiting === 1) this.#head();
  }

  /** Takes the head off, its fields into `instrument`, `action`, `slot`, `a`…`d`; returns its time. */
  pop(): number {
    if (this.#lineLeads) {
      const at = this.#first, time = this.#lineTimes[at];
      this.#take(this.#linePlaces[at]);
      this.#first = (at + 1) & (this.#linePlaces.length - 1);
      this.#waiting--;
      this.#free[this.#length + this.#waiting] = this.#linePlaces[at];
      this.#head();
      return time;
    }
    const times = this.#times, ranks = this.#ranks, slots = this.#slots;
    const time = times[0];
    const place = slots[0];
    this.#take(place);
    const length = --this.#length;
    this.#free[length + this.#waiting] = place;
    const lastTime = times[length], lastRank = ranks[length], lastSlot = slots[length];
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      const right = child + 1;
      if (
        right < length &&
        (times[right] < times[child] || (times[right] === times[child] && ranks[right] < ranks[child]))
      ) child = right;
      if (lastTime < times[child] || (lastTime === times[child] && lastRank < ranks[child])) break;
      times[i] = times[child];
      ranks[i] = ranks[child];
      slots[i] = slots[child];
      i = child;
    }
    times[i] = lastTime;
    ranks[i] = lastRank;
    slots[i] = lastSlot;
    this.#head();
    return time;
  }

  /** Schedules a timer that may be out of reach. Throws RangeError when full. */
  pushFar(time: FarTime, action: number, number: number, interval: number): void {
    const near = time.eras * ERA + time.ns;
    if (near < REACH) return this.push(near, TIMER, 0, action, number, interval, 0, 0, 0);
    if (this.length >= CAPACITY_MAX) throw full(this.length);
    this.#far.push({ ...time, sequence: this.#sequence++, action, number, interval });
  }

  /** Takes `shift` off every time; timers that come within reach take their place in the order. */
  rebase(shift: number): void {
    for (let i = 0; i < this.#length; i++) this.#times[i] -= shift;
    // Places of the line that are free hold times that are never read.
    for (let i = 0; i < this.#lineTimes.length; i++) this.#lineTimes[i] -= shift;
    this.#lastTime -= shift;
    this.#head();
    if (this.#far.length === 0) return;
    const far = this.#far, next = this.#sequence, eras = shift / ERA;
    this.#far = [];
    for (const timer of far) {
      this.#sequence = timer.sequence;
      this.pushFar({ eras: timer.eras - eras, ns: timer.ns }, timer.action, timer.number, timer.interval);
    }
    this.#sequence = next;
  }

  #take(place: number): void {
    const fields = this.#fields;
    const f = place * 7;
    this.instrument = fields[f];
    this.action = fields[f + 1];
    this.slot = fields[f + 2];
    this.a = fields[f + 3];
    this.b = fields[f + 4];
    this.c = fields[f + 5];
    this.d = fields[f + 6];
  }

  #head(): void {
    const time = this.#length > 0 ? this.#times[0] : Infinity, rank = this.#ranks[0];
    this.#lineLeads = false;
    if (this.#waiting > 0) {
      const first = this.#first, lineTime = this.#lineTimes[first], lineRank = this.#lineRanks[first];
      if (lineTime < time || (lineTime === time && lineRank < rank)) {
        this.#lineLeads = true;
        this.time = lineTime;
        this.class = lineRank < 2 * CLASS ? ANSWER : REQUEST;
        return;
      }
    }
    this.time = time;
    this.class = this.#length > 0 ? Math.floor(rank / CLASS) : TIMER;
  }

  #grow(): void {
    const length = this.#times.length * 2;
    if (length > CAPACITY_MAX) throw full(this.length);
    // The line begins at its first place again.
    this.#lineTimes = straight(this.#lineTimes, new Float64Array(length), this.#first);
    this.#lineRanks = straight(this.#lineRanks, new Float64Array(length), this.#first);
    this.#linePlaces = straight(this.#linePlaces, new Int32Array(length), this.#first);
    this.#first = 0;
    const copy = <T extends Float64Array | Int32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#times = copy(new Float64Array(length), this.#times);
    this.#ranks = copy(new Float64Array(length), this.#ranks);
    this.#slots = copy(new Int32Array(length), this.#slots);
    this.#fields = copy(new Float64Array(length * 7), this.#fields);
    this.#free = copy(new Int32Array(length), this.#free);
    for (let i = length / 2; i < length; i++) this.#free[i] = i;
  }

  // In order, which is one of those that a heap may have; places of events are nobody's business.
  save(to: StateWriter): void {
    const events = Array.from(
      { length: this.#length },
      (_, i) => ({ time: this.#times[i], rank: this.#ranks[i], place: this.#slots[i] }),
    );
    for (let i = 0; i < this.#waiting; i++) {
      const at = (this.#first + i) & (this.#linePlaces.length - 1);
      events.push({ time: this.#lineTimes[at], rank: this.#lineRanks[at], place: this.#linePlaces[at] });
    }
    events.sort((a, b) => a.time - b.time || a.rank - b.rank);
    const fields = new Float64Array(events.length * 7);
    events.forEach(({ place }, i) => fields.set(this.#fields.subarray(place * 7, place * 7 + 7), i * 7));
    to.section("event queue", 1, () => {
      to.numbers(events.length, this.#sequence);
      to.column(Float64Array.from(events, ({ time }) => time));
      to.column(Float64Array.from(events, ({ rank }) => rank));
      to.column(fields);
      saveValue(to, this.#far.map((timer) => ({ ...timer })), "timers");
    });
  }

  load(from: StateReader): void {
    from.section("event queue", 1, () => {
      const length = from.number();
      this.#length = this.#waiting = 0;
      while (this.#times.length < length) this.#grow();
      this.#length = length;
      this.#sequence = from.number();
      this.#times.set(from.column(this.#times));
      this.#ranks.set(from.column(this.#ranks));
      this.#fields.set(from.column(this.#fields));
      for (let i = 0; i < this.#free.length; i++) this.#free[i] = i;
      for (let i = 0; i < length; i++) this.#slots[i] = i;
      this.#far = loadValue(from) as FarTimer[];
    });
    this.#head();
  }
}

/** A ring's numbers into a longer one, from its beginning. */
function straight<T extends Float64Array | Int32Array>(ring: T, into: T, first: number): T {
  into.set(ring.subarray(first));
  into.set(ring.subarray(0, first), ring.length - first);
  return into;
}

function full(length: number): RangeError {
  return new RangeError(
    `Cannot schedule another event: ${length} are waiting; the strategy sends orders or timers without end`,
  );
}
