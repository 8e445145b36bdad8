import { ERA, type FarTime, REACH } from "../core/clock.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { Column, StateWriter } from "../core/state_writer.ts";
import { loadValue, saveValue } from "../core/plain_state.ts";
import { wider } from "../core/wider.ts";

/** What an order can be. */
export const MARKET = 0;
export const LIMIT = 1;
/** Becomes a market order when its trigger price is reached from the better side. */
export const STOP = 2;
/** Becomes a limit order then. */
export const STOP_LIMIT = 3;
/** Becomes a market order when the market comes to its trigger price: a take-profit. */
export const MARKET_IF_TOUCHED = 4;
/** A stop that follows the best price seen at a distance. */
export const TRAILING_STOP = 5;
/** A limit order that shows `display` lots at a time. */
export const ICEBERG = 6;

/** Names of the types by their number, as strategies, commands and files have them. */
export const TYPE_NAMES: readonly string[] = [
  "market",
  "limit",
  "stop",
  "stop_limit",
  "market_if_touched",
  "trailing_stop",
  "iceberg",
];

/** How long an order works. */
export const GTC = 0;
export const IOC = 1;
export const FOK = 2;
/** Until `expires`. */
export const GTD = 3;
/** Until the instrument's trading day ends. */
export const DAY = 4;

/** Names of the times in force, likewise. */
export const TIF_NAMES: readonly string[] = ["gtc", "ioc", "fok", "gtd", "day"];

/** Flags of an order. */
export const POST_ONLY = 1;
export const REDUCE_ONLY = 2;
/** Sent by the session, not by the strategy: liquidation, the end of the tape. */
export const BY_SESSION = 4;
/** Filled by the session when the tape has ended, at a price that is past: it was never sent, and costs no fee. */
export const IN_HINDSIGHT = 8;
/** Sent by a command from outside: no business of the strategy's. */
export const BY_COMMAND = 16;

const INITIAL = 256;
const PAGE = 4096;

/** The slots of some ids, -1 where an id's order is gone, and how many are not. */
interface Page {
  readonly slots: Int32Array<ArrayBuffer>;
  live: number;
}

/**
 * Orders as columns, one slot each; a slot is used again once its order is done and nothing on its way names it.
 *
 * | operation | cost |
 * |---|---|
 * | `open`, `slotOf`, `retain`, `release` | O(1) |
 * | memory | about 110 bytes a live slot (doubled as needed), 4 bytes an id in pages that hold a live order |
 */
export class OrderTable {
  /** Sequential from 1 in the order of submission. */
  id: Float64Array = new Float64Array(INITIAL);
  instrument: Int32Array = new Int32Array(INITIAL);
  side: Int8Array = new Int8Array(INITIAL);
  type: Uint8Array = new Uint8Array(INITIAL);
  tif: Uint8Array = new Uint8Array(INITIAL);
  flags: Uint8Array = new Uint8Array(INITIAL);
  state: Uint8Array = new Uint8Array(INITIAL);
  /** The state beneath a request on its way. */
  beneath: Uint8Array = new Uint8Array(INITIAL);
  /** Limit price in ticks; NaN for a market order. */
  price: Float64Array = new Float64Array(INITIAL);
  /** Lots in all; amended in place once the venue has answered. */
  size: Float64Array = new Float64Array(INITIAL);
  /** Lots filled, as far as we know. */
  filled: Float64Array = new Float64Array(INITIAL);
  /** Trigger price of stops in ticks; the distance in ticks for a trailing stop. */
  trigger: Float64Array = new Float64Array(INITIAL);
  /** Lots shown of an iceberg. */
  display: Float64Array = new Float64Array(INITIAL);
  /** Money to spend at the fill price beside `size`, in value units of the instrument (ticks × lots). */
  quote: Float64Array = new Float64Array(INITIAL);
  /** Session time at which a GTD or day order ends, Infinity while that is out of the clock's reach; and for the others. */
  expires: Float64Array = new Float64Array(INITIAL);
  /** Session time of submission, and what has been taken off the clock's times since. */
  submitted: Float64Array = new Float64Array(INITIAL);
  shifted: Float64Array = new Float64Array(INITIAL);
  /** Id of the parent order that it is a child of; 0 where it has none. */
  parent: Float64Array = new Float64Array(INITIAL);

  #holds = new Int32Array(INITIAL);
  /** Slots in use up to #live, free ones behind; #place is where each stands. */
  #slots = Int32Array.from({ length: INITIAL }, (_, i) => i);
  #place = Int32Array.from({ length: INITIAL }, (_, i) => i);
  #live = 0;
  #nextId = 1;
  /** By slot: when orders end that end out of the clock's reach. */
  readonly #far = new Map<number, FarTime>();
  /** The page that new ids go to: it stays even with no live order, because it fills again at once. */
  #newest = { slots: new Int32Array(PAGE).fill(-1), live: 0 };
  #newestNumber = 0;
  readonly #pages = new Map<number, Page>([[0, this.#newest]]);
  #page: Page = { slots: new Int32Array(0), live: 0 };
  #pageNumber = -1;
  /** The last page that emptied, every entry -1 again: the next is made of it, and a long session makes no garbage. */
  #spare: Int32Array<ArrayBuffer> | undefined;

  /** Orders that hold a slot. */
  get live(): number {
    return this.#live;
  }

  /** Slots there are, used and free: the length of every column. */
  get capacity(): number {
    return this.id.length;
  }

  /** Takes a slot for a new order, with the next id, held once by its owner. Its other columns are for the caller to fill. */
  open(): number {
    if (this.#live === this.id.length) this.#grow();
    const slot = this.#slots[this.#live++];
    const id = this.#nextId++;
    this.id[slot] = id;
    this.filled[slot] = 0;
    this.#holds[slot] = 1;
    this.state[slot] = this.beneath[slot] = 0;
    this.shifted[slot] = 0;
    this.parent[slot] = 0;
    const number = Math.floor(id / PAGE), place = id - number * PAGE;
    if (place === 0) this.#turnPage(number);
    this.#newest.slots[place] = slot;
    this.#newest.live++;
    return slot;
  }

  /** The slot of a live order's id, or -1. */
  slotOf(id: number): number {
    const number = Math.floor(id / PAGE);
    if (number !== this.#pageNumber) {
      const page = this.#pages.get(number);
      if (!page) return -1;
      this.#page = page;
      this.#pageNumber = number;
    }
    return this.#page.slots[id - number * PAGE] ?? -1;
  }

  /** Slots in use, in no order that means anything: sort by id where it matters. Valid until the next `open` or `release`. */
  liveSlots(): Int32Array {
    return this.#slots.subarray(0, this.#live);
  }

  /** Slot `index` of those in use, below `live`: as in {@linkcode liveSlots}, without a view for each look. */
  liveSlot(index: number): number {
    return this.#slots[index];
  }

  /** The order ends at a time that may be out of the clock's reach. */
  expireAt(slot: number, time: FarTime): void {
    const near = time.eras * ERA + time.ns;
    this.expires[slot] = near < REACH ? near : Infinity;
    if (near >= REACH) this.#far.set(slot, time);
  }

  /** Someone more needs the slot: a message on its way. */
  retain(slot: number): void {
    this.#holds[slot]++;
  }

  /** Someone needs the slot no more; with the last one gone it is free. */
  release(slot: number): void {
    if (--this.#holds[slot] > 0) return;
    if (this.#far.size > 0) this.#far.delete(slot);
    const id = this.id[slot];
    const number = Math.floor(id / PAGE);
    const page = number === this.#newestNumber ? this.#newest : this.#pages.get(number)!;
    page.slots[id - number * PAGE] = -1;
    if (--page.live === 0 && page !== this.#newest) this.#dropPage(number, page.slots);
    const last = this.#slots[--this.#live], place = this.#place[slot];
    this.#slots[place] = last;
    this.#place[last] = place;
    this.#slots[this.#live] = slot;
    this.#place[slot] = this.#live;
  }

  /** Takes `shift` off every time, when the clock moves to another era. */
  rebase(shift: number): void {
    for (let i = 0; i < this.id.length; i++) {
      this.expires[i] -= shift;
      this.shifted[i] += shift;
    }
    for (const [slot, { eras, ns }] of [...this.#far]) {
      this.#far.delete(slot);
      this.expireAt(slot, { eras: eras - shift / ERA, ns });
    }
  }

  // Which slot an order has is known all over: they stay. Pages follow from the ids in them. Columns are those there are.
  save(to: StateWriter): void {
    to.section("orders", 1, () => {
      to.numbers(this.#live, this.#nextId);
      for (const [name, column] of Object.entries(this)) {
        if (!ArrayBuffer.isView(column)) continue;
        to.text(name);
        to.column(column as Column);
      }
      for (const column of [this.#holds, this.#slots, this.#place]) to.column(column);
      saveValue(to, new Map(Array.from(this.#far, ([slot, time]) => [slot, { ...time }])), "orders' ends");
    });
  }

  load(from: StateReader): void {
    from.section("orders", 1, () => {
      this.#live = from.number();
      this.#nextId = from.number();
      const columns = this as unknown as Record<string, unknown>;
      for (const [name, column] of Object.entries(this)) {
        if (!ArrayBuffer.isView(column)) continue;
        const found = from.text();
        if (found !== name) throw from.refuse(`here stands column ${found}, and not ${name}`);
        columns[name] = from.column(column as Column);
      }
      this.#holds = from.column(this.#holds);
      this.#slots = from.column(this.#slots);
      this.#place = from.column(this.#place);
      this.#far.clear();
      for (const [slot, time] of loadValue(from) as Map<number, FarTime>) this.#far.set(slot, time);
    });
    this.#pages.clear();
    this.#pageNumber = -1;
    this.#spare = undefined;
    this.#newest = this.#pageOf(this.#nextId - 1);
    this.#newestNumber = Math.floor((this.#nextId - 1) / PAGE);
    for (let i = 0; i < this.#live; i++) {
      const slot = this.#slots[i], id = this.id[slot], page = this.#pageOf(id);
      page.slots[id % PAGE] = slot;
      page.live++;
    }
  }

  #pageOf(id: number): Page {
    const number = Math.floor(id / PAGE);
    const page = this.#pages.get(number) ?? { slots: new Int32Array(PAGE).fill(-1), live: 0 };
    this.#pages.set(number, page);
    return page;
  }

  #turnPage(number: number): void {
    if (this.#newest.live === 0) this.#dropPage(number - 1, this.#newest.slots);
    this.#newest = { slots: this.#spare ?? new Int32Array(PAGE).fill(-1), live: 0 };
    this.#spare = undefined;
    this.#newestNumber = number;
    this.#pages.set(number, this.#newest);
  }

  #dropPage(number: number, slots: Int32Array<ArrayBuffer>): void {
    this.#pages.delete(number);
    if (number === this.#pageNumber) this.#pageNumber = -1;
    this.#spare = slots;
  }

  #grow(): void {
    const length = this.id.length * 2;
    this.id = wider(this.id, length);
    this.instrument = wider(this.instrument, length);
    this.side = wider(this.side, length);
    this.type = wider(this.type, length);
    this.tif = wider(this.tif, length);
    this.flags = wider(this.flags, length);
    this.state = wider(this.state, length);
    this.beneath = wider(this.beneath, length);
    this.price = wider(this.price, length);
    this.size = wider(this.size, length);
    this.filled = wider(this.filled, length);
    this.trigger = wider(this.trigger, length);
    this.display = wider(this.display, length);
    this.quote = wider(this.quote, length);
    this.expires = wider(this.expires, length);
    this.submitted = wider(this.submitted, length);
    this.shifted = wider(this.shifted, length);
    this.parent = wider(this.parent, length);
    this.#holds = wider(this.#holds, length);
    this.#slots = wider(this.#slots, length);
    this.#place = wider(this.#place, length);
    for (let i = length / 2; i < length; i++) this.#slots[i] = this.#place[i] = i;
  }
}
