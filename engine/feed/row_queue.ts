import { Row, type RowSink } from "./row.ts";

const FIELDS = 13;

/**
 * Rows of one source that wait to be joined with those of others.
 *
 * | call | cost |
 * |---|---|
 * | `add`, `pop` | O(1) |
 * | memory | 104 bytes a row, as many as waited at once |
 */
export class RowQueue implements RowSink {
  readonly row = new Row();
  #fields = new Float64Array(256 * FIELDS);
  #start = 0;
  #end = 0;

  get size(): number {
    return (this.#end - this.#start) / FIELDS;
  }

  /** Local time of the first row, which there must be: seconds, and nanoseconds within. */
  get localSec(): number {
    return this.#fields[this.#start + 5];
  }

  get localNs(): number {
    return this.#fields[this.#start + 6];
  }

  add(): void {
    if (this.#end === this.#fields.length) this.#makeRoom();
    const { row } = this;
    const fields = this.#fields;
    const at = this.#end;
    fields[at] = row.kind;
    fields[at + 1] = row.side;
    fields[at + 2] = row.flags;
    fields[at + 3] = row.exchangeSec;
    fields[at + 4] = row.exchangeNs;
    fields[at + 5] = row.localSec;
    fields[at + 6] = row.localNs;
    fields[at + 7] = row.price;
    fields[at + 8] = row.size;
    fields[at + 9] = row.idLow;
    fields[at + 10] = row.idHigh;
    fields[at + 11] = row.file;
    fields[at + 12] = row.place;
    this.#end = at + FIELDS;
  }

  /** Moves the first row into `row`. */
  pop(row: Row): void {
    const fields = this.#fields;
    const at = this.#start;
    row.kind = fields[at];
    row.side = fields[at + 1];
    row.flags = fields[at + 2];
    row.exchangeSec = fields[at + 3];
    row.exchangeNs = fields[at + 4];
    row.localSec = fields[at + 5];
    row.localNs = fields[at + 6];
    row.price = fields[at + 7];
    row.size = fields[at + 8];
    row.idLow = fields[at + 9];
    row.idHigh = fields[at + 10];
    row.file = fields[at + 11];
    row.place = fields[at + 12];
    row.unit = this.row.unit;
    this.#start = at + FIELDS;
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  #makeRoom(): void {
    const waiting = this.#fields.subarray(this.#start, this.#end);
    if (waiting.length > this.#fields.length / 2) {
      const grown = new Float64Array(2 * this.#fields.length);
      grown.set(waiting);
      this.#fields = grown;
    } else this.#fields.copyWithin(0, this.#start, this.#end);
    this.#end = waiting.length;
    this.#start = 0;
  }
}
