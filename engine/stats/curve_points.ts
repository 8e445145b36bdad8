import type { EquityPoints } from "./result.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Points kept before they are halved: a multiple of 4, and with six beside them below 2,048. */
const CAPACITY = 2040;

/**
 * A curve of any length in at most 2,048 points, that looks as all of its points would.
 *
 * Up to 2,040 points it keeps all. When they are full, each four neighbours become their lowest and their highest, and
 * from then on each bucket of 4, 8, 16… points. The first point, the last, the lowest, the highest and both ends of the
 * deepest fall are always there.
 *
 * | operation | cost |
 * |---|---|
 * | add, and each of addAll | constant, nothing allocated; 2,040 points are halved each time the count doubles |
 * | list | 2,048 points copied |
 */
export class CurvePoints {
  // Samples may share a time, so the order of points is that of their places in the series.
  readonly #place = new Float64Array(CAPACITY);
  readonly #time = new Float64Array(CAPACITY);
  readonly #value = new Float64Array(CAPACITY);
  #length = 0;
  /** Samples in a bucket; 1 while all are kept. */
  #bucket = 1;
  #inBucket = 0;
  readonly #low = new Point();
  readonly #high = new Point();
  readonly #first = new Point();
  readonly #last = new Point();
  readonly #peak = new Point();
  readonly #trough = new Point();

  /** Takes the next point; times do not go back. */
  add(time: number, value: number): void {
    const last = this.#last;
    const place = last.place + 1;
    last.set(place, time, value);
    if (place === 0) this.#first.set(place, time, value);
    if (this.#bucket === 1) {
      this.#push(last);
      return;
    }
    if (this.#inBucket === 0 || value < this.#low.value) this.#low.set(place, time, value);
    if (this.#inBucket === 0 || value > this.#high.value) this.#high.set(place, time, value);
    if (++this.#inBucket < this.#bucket) return;
    this.#inBucket = 0;
    const lowFirst = this.#low.place < this.#high.place;
    this.#push(lowFirst ? this.#low : this.#high);
    this.#push(lowFirst ? this.#high : this.#low);
  }

  /** Takes the points at `from` to `to` of two columns. */
  addAll(times: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (this.#bucket > 1 && this.#inBucket > 0) i = this.#fill(times, values, i, to);
      if (i < to) this.add(times[i], values[i]);
    }
  }

  /** Takes points into a bucket that is begun, up to the one that will fill it; returns the place of that one, or the end. */
  #fill(times: Float64Array, values: Float64Array, from: number, to: number): number {
    const end = Math.min(to, from + this.#bucket - this.#inBucket - 1);
    if (end === from) return end;
    let low = this.#low.value, high = this.#high.value, lowAt = -1, highAt = -1;
    for (let i = from; i < end; i++) {
      const value = values[i];
      if (value < low) {
        low = value;
        lowAt = i;
      }
      if (value > high) {
        high = value;
        highAt = i;
      }
    }
    const first = this.#last.place + 1 - from;
    if (lowAt >= 0) this.#low.set(first + lowAt, times[lowAt], low);
    if (highAt >= 0) this.#high.set(first + highAt, times[highAt], high);
    this.#last.set(first + end - 1, times[end - 1], values[end - 1]);
    this.#inBucket += end - from;
    return end;
  }

  /** Keeps both ends of the deepest fall so far. */
  keepFall(peak: PlacedPoint, trough: PlacedPoint): void {
    this.#peak.set(peak.place, peak.time, peak.value);
    this.#trough.set(trough.place, trough.time, trough.value);
  }

  /** The points, in order of time, none twice. */
  list(): EquityPoints {
    const points = [this.#first, this.#peak, this.#trough, this.#last].filter(({ place }) => place >= 0);
    if (this.#inBucket > 0) points.push(this.#low, this.#high);
    for (let i = 0; i < this.#length; i++) {
      points.push(new Point().set(this.#place[i], this.#time[i], this.#value[i]));
    }
    points.sort((a, b) => a.place - b.place);
    const single = points.filter(({ place }, i) => i === 0 || place !== points[i - 1].place);
    return { time: single.map((point) => point.time), value: single.map((point) => point.value) };
  }

  save(to: StateWriter): void {
    to.numbers(this.#bucket, this.#inBucket, this.#length);
    for (const column of [this.#place, this.#time, this.#value]) to.column(column, this.#length);
    for (const point of this.#marked()) point.save(to);
  }

  load(from: StateReader): void {
    this.#bucket = from.number();
    this.#inBucket = from.number();
    this.#length = from.number();
    for (const column of [this.#place, this.#time, this.#value]) column.set(from.column(column));
    for (const point of this.#marked()) point.load(from);
  }

  #marked(): Point[] {
    return [this.#low, this.#high, this.#first, this.#last, this.#peak, this.#trough];
  }

  #push({ place, time, value }: Point): void {
    this.#copy(this.#length++, place, time, value);
    if (this.#length === CAPACITY) this.#halve();
  }

  /** Each four points become their lowest and highest, in order; buckets are twice as large from here. */
  #halve(): void {
    const place = this.#place;
    const time = this.#time;
    const value = this.#value;
    let out = 0;
    for (let i = 0; i < CAPACITY; i += 4) {
      let low = i;
      let high = i;
      for (let j = i + 1; j < i + 4; j++) {
        if (value[j] < value[low]) low = j;
        if (value[j] > value[high]) high = j;
      }
      // The writes never reach what is still to be read: `out` is i ÷ 2, and the earlier of the two is read first.
      const former = Math.min(low, high);
      const latter = Math.max(low, high);
      this.#copy(out++, place[former], time[former], value[former]);
      this.#copy(out++, place[latter], time[latter], value[latter]);
    }
    this.#length = out;
    this.#bucket = this.#bucket === 1 ? 4 : this.#bucket * 2;
  }

  #copy(to: number, place: number, time: number, value: number): void {
    this.#place[to] = place;
    this.#time[to] = time;
    this.#value[to] = value;
  }
}

/** A point and its place in the series, from 0; -1 where there is none yet. */
export interface PlacedPoint {
  readonly place: number;
  readonly time: number;
  readonly value: number;
}

/** One that can be moved. */
export class Point implements PlacedPoint {
  place = -1;
  time = 0;
  value = 0;

  set(place: number, time: number, value: number): this {
    this.place = place;
    this.time = time;
    this.value = value;
    return this;
  }

  save(to: StateWriter): void {
    to.numbers(this.place, this.time, this.value);
  }

  load(from: StateReader): void {
    this.set(from.number(), from.number(), from.number());
  }
}
