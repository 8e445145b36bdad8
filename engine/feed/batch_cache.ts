import { ERA } from "../core/clock.ts";
import type { Columns } from "./columns.ts";
import { type TapeBatch, TapeBuffer } from "./tape_reader.ts";

/** What a session reads events from: a {@linkcode TapeReader}, or anything that gives batches alike. */
export interface BatchSource {
  readonly batches: number;
  /** Batch `index`; with `buffer` it is good until the next call with the same one. */
  batch(index: number, buffer?: TapeBuffer): TapeBatch;
}

const WORD = 4294967296;
/** High words of an era: 2^52 = 2^20 × 2^32. */
const ERA_HIGH = ERA / WORD;
const SLOTS = 3;

/**
 * The batches of one tape that its two cursors are in, decoded to {@linkcode Columns}.
 *
 * The venue's cursor runs ahead of ours by the feed's latency, so that most often both are in one batch, which is then
 * decoded once. A third slot covers the step from one to the next; a cursor that is further behind decodes again.
 *
 * | call | cost |
 * |---|---|
 * | `columns` of a batch at hand | O(1) |
 * | `columns` of another | one pass over its rows |
 * | memory | three batches, raw and decoded |
 */
export class BatchCache {
  readonly #slots: Slot[] = [];
  #uses = 0;
  #eraHigh: number;

  constructor(readonly source: BatchSource, era: number) {
    this.#eraHigh = era * ERA_HIGH;
  }

  /** Batch `index`, decoded; good until two other batches have been asked for. */
  columns(index: number): Columns {
    let oldest = this.#slots[0];
    for (const slot of this.#slots) {
      if (slot.index === index) {
        slot.used = ++this.#uses;
        return slot;
      }
      if (slot.used < oldest.used) oldest = slot;
    }
    if (this.#slots.length < SLOTS) this.#slots.push(oldest = new Slot());
    oldest.load(this.source, index, this.#eraHigh);
    oldest.used = ++this.#uses;
    return oldest;
  }

  /** Counts times from another era: what was decoded is decoded again when next asked for. */
  rebase(era: number): void {
    this.#eraHigh = era * ERA_HIGH;
    for (const slot of this.#slots) slot.index = -1;
  }
}

class Slot implements Columns {
  index = -1;
  used = 0;
  rows = 0;
  exchange = new Float64Array(0);
  local = new Float64Array(0);
  price = new Float64Array(0);
  size = new Float64Array(0);
  kind: Uint8Array = new Uint8Array(0);
  side: Int8Array = new Int8Array(0);
  flags: Uint8Array = new Uint8Array(0);
  id: Int32Array = new Int32Array(0);
  readonly #buffer = new TapeBuffer();

  load(source: BatchSource, index: number, eraHigh: number): void {
    const batch = source.batch(index, this.#buffer);
    const { rows } = batch;
    if (this.exchange.length < rows) {
      this.exchange = new Float64Array(rows);
      this.local = new Float64Array(rows);
      this.price = new Float64Array(rows);
      this.size = new Float64Array(rows);
    }
    this.index = index;
    this.rows = rows;
    this.kind = batch.kind;
    this.side = batch.side;
    this.flags = batch.flags;
    this.id = batch.order ?? this.id;
    decodeTimes(batch.exchange, this.exchange, rows, eraHigh);
    decodeTimes(batch.local, this.local, rows, eraHigh);
    decodeIntegers(batch.price, this.price, rows);
    decodeIntegers(batch.size, this.size, rows);
  }
}

/** Reads int64 nanoseconds as times of an era; what is 2^53 and more ahead of it becomes Infinity. */
export function decodeTimes(from: Int32Array, to: Float64Array, rows: number, eraHigh: number): void {
  for (let i = 0; i < rows; i++) {
    const high = from[2 * i + 1] - eraHigh;
    to[i] = high < 2 * ERA_HIGH ? high * WORD + (from[2 * i] >>> 0) : Infinity;
  }
}

/** Reads int64 values below 2^53 in magnitude. */
export function decodeIntegers(from: Int32Array, to: Float64Array, rows: number): void {
  for (let i = 0; i < rows; i++) to[i] = from[2 * i + 1] * WORD + (from[2 * i] >>> 0);
}
