import type { Columns } from "../feed/columns.ts";

/** One row of a window, as the only one that comes next. */
export class OneRow implements Columns {
  #of!: Columns;
  #row = 0;

  show(of: Columns, row: number): void {
    this.#of = of;
    this.#row = row;
  }

  get rows(): number {
    return this.#of.rows;
  }

  get exchange(): Float64Array {
    return this.#of.exchange;
  }

  get local(): Float64Array {
    return this.#of.local;
  }

  get price(): Float64Array {
    return this.#of.price;
  }

  get size(): Float64Array {
    return this.#of.size;
  }

  get kind(): Uint8Array {
    return this.#of.kind;
  }

  get side(): Int8Array {
    return this.#of.side;
  }

  get flags(): Uint8Array {
    return this.#of.flags;
  }

  get id(): Int32Array {
    return this.#of.id;
  }

  timeOf(clock: number, row: number): number {
    return this.#of.timeOf(clock, row);
  }

  seek(): number {
    return this.#row + 1;
  }
}
