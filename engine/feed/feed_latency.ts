import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import type { LatencyModel } from "../venue/latency.ts";
import { type ColumnSource, WINDOW } from "./batch_cache.ts";
import { type Columns, seekTime } from "./columns.ts";

/**
 * A tape as it would have reached us with another latency: our times are exchange times and what a model draws.
 *
 * One draw a message; a later message never overtakes. It is for our cursor alone, which asks for each window once, in
 * order: so each latency is drawn once.
 */
export class FeedLatency implements ColumnSource {
  readonly windows: number;
  #index = -1;
  #era: number;
  #last = -Infinity;
  #latency = 0;
  #starts = true;
  readonly #columns: Columns & { rows: number };

  constructor(private readonly tape: ColumnSource, private readonly model: LatencyModel, era: number) {
    this.windows = tape.windows;
    this.#era = era;
    this.#columns = {
      rows: 0,
      exchange: new Float64Array(WINDOW),
      local: new Float64Array(WINDOW),
      price: new Float64Array(WINDOW),
      size: new Float64Array(WINDOW),
      kind: new Uint8Array(WINDOW),
      side: new Int8Array(WINDOW),
      flags: new Uint8Array(WINDOW),
      id: new Int32Array(2 * WINDOW),
      timeOf(clock, row) {
        return clock === AT_EXCHANGE ? this.exchange[row] : this.local[row];
      },
      seek(clock, from, limit) {
        return seekTime(this, clock, from, limit);
      },
    };
  }

  columns(index: number): Columns {
    if (index !== this.#index) this.#load(index);
    return this.#columns;
  }

  eraAt(index: number, row: number): number {
    return this.tape.eraAt(index, row);
  }

  rebase(era: number): void {
    const shift = (era - this.#era) * ERA;
    this.#era = era;
    this.#last -= shift;
    this.tape.rebase(era);
    if (this.#index < 0) return;
    // What lay too far ahead to be exact is read again; what was drawn stays drawn.
    this.#columns.exchange.set(this.tape.columns(this.#index).exchange);
    const { local } = this.#columns;
    for (let i = 0; i < local.length; i++) local[i] -= shift;
  }

  #load(index: number): void {
    const from = this.tape.columns(index), to = this.#columns;
    this.#index = index;
    const rows = to.rows = from.rows;
    to.exchange.set(from.exchange.subarray(0, rows));
    to.price.set(from.price.subarray(0, rows));
    to.size.set(from.size.subarray(0, rows));
    to.kind.set(from.kind.subarray(0, rows));
    to.side.set(from.side.subarray(0, rows));
    if (from.id.length > 0) to.id.set(from.id.subarray(0, 2 * rows));
    for (let i = 0; i < rows; i++) {
      const flags = from.flags[i];
      to.flags[i] = flags & AT_EXCHANGE ? flags | AT_LOCAL : 0;
      if ((flags & AT_EXCHANGE) === 0) continue;
      if (this.#starts) this.#latency = this.model.latency(from.exchange[i], 0);
      this.#starts = (flags & LAST) !== 0;
      this.#last = to.local[i] = Math.max(this.#last, from.exchange[i] + this.#latency);
    }
  }
}
