import { AT_EXCHANGE, LAST } from "../core/event.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";
import { type Columns, seekTime } from "./columns.ts";

const FIRST_ROWS = 256;

/**
 * Rows that have reached us and that a venue has still to see, in the order of exchange time; rows of one time as they came.
 *
 * A row that happened before something that the venue has passed already comes too late for its place: it counts as happening
 * at once, and is counted.
 *
 * | call | cost |
 * |---|---|
 * | `take` of a row in order | constant |
 * | `take` of another | the rows it goes before |
 * | memory | 50 bytes a row that waits |
 */
export class ArrivedRows implements Columns {
  rows = 0;
  /** Where the venue's cursor stands. */
  at = 0;
  /** Rows that came too late for their place, and by how many ns at most. */
  late = 0;
  lateNsMax = 0;
  /** Exchange time of the latest row taken. */
  latest = -Infinity;
  exchange: Float64Array = new Float64Array(FIRST_ROWS);
  /** The venue has no use for our times. */
  readonly local: Float64Array = new Float64Array(0);
  price: Float64Array = new Float64Array(FIRST_ROWS);
  size: Float64Array = new Float64Array(FIRST_ROWS);
  kind: Uint8Array = new Uint8Array(FIRST_ROWS);
  side: Int8Array = new Int8Array(FIRST_ROWS);
  flags: Uint8Array = new Uint8Array(FIRST_ROWS);
  id: Int32Array;
  /** Time of the latest thing that the venue has passed. */
  #passed = -Infinity;

  constructor(orders: boolean) {
    this.id = new Int32Array(orders ? 2 * FIRST_ROWS : 0);
  }

  /** Takes a row that happened at `exchange`. */
  take(from: Columns, row: number, exchange: number): void {
    if (this.rows === this.exchange.length) this.#makeRoom();
    const time = Math.max(exchange, this.#passed);
    if (time > exchange) {
      this.late++;
      this.lateNsMax = Math.max(this.lateNsMax, time - exchange);
    }
    this.latest = Math.max(this.latest, time);
    let place = this.rows++;
    for (; place > this.at && this.exchange[place - 1] > time; place--) this.#move(place - 1, place);
    this.exchange[place] = time;
    this.price[place] = from.price[row];
    this.size[place] = from.size[row];
    this.kind[place] = from.kind[row];
    this.side[place] = from.side[row];
    this.flags[place] = AT_EXCHANGE | (from.flags[row] & LAST);
    if (this.id.length > 0) {
      this.id[2 * place] = from.id[2 * row];
      this.id[2 * place + 1] = from.id[2 * row + 1];
    }
  }

  /** The venue's cursor has come to `row`. */
  passTo(row: number): void {
    if (row > this.at) this.pass(this.exchange[row - 1]);
    this.at = row;
    if (this.at === this.rows) this.at = this.rows = 0;
  }

  /** The venue has passed something else, at `time`. */
  pass(time: number): void {
    this.#passed = Math.max(this.#passed, time);
  }

  timeOf(_clock: number, row: number): number {
    return this.exchange[row];
  }

  seek(clock: number, from: number, limit: number): number {
    return seekTime(this, clock, from, limit);
  }

  /** Takes `shift` off every time. */
  rebase(shift: number): void {
    for (let i = 0; i < this.rows; i++) this.exchange[i] -= shift;
    this.#passed -= shift;
    this.latest -= shift;
  }

  save(to: StateWriter): void {
    this.#toFront();
    to.section("arrived rows", 1, () => {
      to.numbers(this.rows, this.late, this.lateNsMax, this.latest, this.#passed);
      for (const column of this.#columns()) to.column(column);
      to.column(this.id);
    });
  }

  load(from: StateReader): void {
    from.section("arrived rows", 1, () => {
      this.at = 0;
      this.rows = from.number();
      this.late = from.number();
      this.lateNsMax = from.number();
      this.latest = from.number();
      this.#passed = from.number();
      [this.exchange, this.price, this.size] = [this.exchange, this.price, this.size].map((each) => from.column(each));
      this.kind = from.column(this.kind);
      this.side = from.column(this.side);
      this.flags = from.column(this.flags);
      this.id = from.column(this.id);
    });
  }

  #columns(): readonly (Float64Array | Uint8Array | Int8Array)[] {
    return [this.exchange, this.price, this.size, this.kind, this.side, this.flags];
  }

  #move(from: number, to: number): void {
    this.exchange[to] = this.exchange[from];
    this.price[to] = this.price[from];
    this.size[to] = this.size[from];
    this.kind[to] = this.kind[from];
    this.side[to] = this.side[from];
    this.flags[to] = this.flags[from];
    if (this.id.length === 0) return;
    this.id[2 * to] = this.id[2 * from];
    this.id[2 * to + 1] = this.id[2 * from + 1];
  }

  /** Where half of it has been passed, what waits moves to the front; else it is made twice as long. */
  #makeRoom(): void {
    if (2 * this.at >= this.exchange.length) return this.#toFront();
    const length = 2 * this.exchange.length;
    this.exchange = wider(this.exchange, length);
    this.price = wider(this.price, length);
    this.size = wider(this.size, length);
    this.kind = wider(this.kind, length);
    this.side = wider(this.side, length);
    this.flags = wider(this.flags, length);
    if (this.id.length > 0) this.id = wider(this.id, 2 * length);
  }

  #toFront(): void {
    for (const column of this.#columns()) column.copyWithin(0, this.at, this.rows);
    this.id.copyWithin(0, 2 * this.at, 2 * this.rows);
    this.rows -= this.at;
    this.at = 0;
  }
}
