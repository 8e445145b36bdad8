import { AT_EXCHANGE, BUY } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import type { Rng } from "../core/rng.ts";
import type { SessionVenue } from "../core/session_venue.ts";
import type { Columns } from "../feed/columns.ts";
import { type MadeRow, madeTape } from "../feed/_made_tape.ts";
import {
  ACKNOWLEDGED,
  CANCEL_DONE,
  EXPIRE,
  FILL,
  REINSTATE,
  REJECT,
  REPLACE_DONE,
  REQUEST_REFUSED,
  SIZED,
  SUSPEND,
  TRIGGER,
} from "./order_life.ts";
import { MARKET } from "./order_table.ts";

const START = 1_700_000_000_000_000_000n;
/** What a venue says of an order that ends by itself. */
const ENDS = [Code.NOT_IMMEDIATE, Code.NO_LIQUIDITY, Code.WOULD_CROSS] as const;

/** An order as the venue has it. */
interface Truth {
  size: number;
  filled: number;
}

/** A tape for a {@linkcode WildVenue}: `wild` rows 10 ns apart, then `tame` ones a second apart. */
export function wildTape(wild: number, tame: number) {
  const rows: MadeRow[] = [];
  for (let i = 0; i < wild + tame; i++) {
    const seconds = BigInt(Math.max(0, i - wild + 1)) * 1_000_000_000n;
    rows.push({ exchange: START + BigInt(10 * i) + seconds, side: BUY, price: 100, size: 1 + (i % 2) });
  }
  return madeTape(rows);
}

/**
 * A venue that fills, rejects, refuses, ends, suspends and repeats itself as the dice say, at each row of its tape and at
 * each request; it keeps to the order in which things happened to an order, as any venue does, but tells of executions late
 * and twice. After `wild` rows it is tame, and fills whole what is there.
 *
 * It does not hold reduce-only orders to anything.
 */
export class WildVenue implements SessionVenue {
  now = 0;
  answered = false;
  readonly expired = false;
  readonly unknownOrders = 0;
  /** Steps it took: answers, and rows. */
  steps = 0;
  /** By id: lots of every execution, told once or more. */
  readonly executed = new Map<number, number>();
  /** Net lots of all executions. */
  position = 0;
  readonly #live = new Map<number, Truth>();
  #rows = 0;
  #execution = 0;

  constructor(private readonly core: Core, private readonly dice: Rng, private readonly wild: number) {}

  /** Puts it in the place of the core's first venue. */
  static into(core: Core, dice: Rng, wild: number): WildVenue {
    const feed: { venue: SessionVenue } = core.feeds[0], venue = new WildVenue(core, dice, wild);
    feed.venue = venue;
    return venue;
  }

  hold(lots: number): void {
    this.position += lots;
  }

  get open(): number {
    return this.#live.size;
  }

  advance(columns: Columns, from: number, limit: number): number {
    this.answered = false;
    for (let row = from; row < columns.rows; row++) {
      if (!(columns.timeOf(AT_EXCHANGE, row) < limit)) return row;
      this.now = columns.timeOf(AT_EXCHANGE, row);
      this.#rows++;
      this.steps++;
      this.#act();
      if (this.answered) return row + 1;
    }
    return columns.rows;
  }

  next(columns: Columns, row: number): number {
    return columns.timeOf(AT_EXCHANGE, row);
  }

  arrive(slot: number): void {
    const { orders } = this.core, market = orders.type[slot] === MARKET;
    if (this.#happens(8)) return this.#say(REJECT, slot, ENDS[this.dice.int(3)]);
    this.#live.set(slot, { size: orders.size[slot], filled: 0 });
    if (!market || this.#happens(3)) this.#say(ACKNOWLEDGED, slot);
    if (market || this.#happens(5)) this.#fill(slot, !this.#happens(3));
    if (market && this.#live.has(slot)) this.#end(slot, EXPIRE, Code.NO_LIQUIDITY);
  }

  cancel(slot: number): void {
    if (!this.#live.has(slot)) return this.#say(REQUEST_REFUSED, slot, Code.TOO_LATE);
    if (this.#happens(6)) return this.#say(REQUEST_REFUSED, slot, Code.HALTED);
    this.#end(slot, CANCEL_DONE, 0);
  }

  amend(slot: number, price: number, size: number): void {
    const truth = this.#live.get(slot);
    if (!truth) return this.#say(REQUEST_REFUSED, slot, Code.TOO_LATE);
    if (size <= truth.filled) return this.#end(slot, CANCEL_DONE, 0);
    if (this.#happens(6)) return this.#say(REQUEST_REFUSED, slot, Code.HALTED);
    truth.size = size;
    this.core.answer(0, REPLACE_DONE, slot, price, size, 0, 0);
  }

  timeUp(): void {}

  cancelAll(): void {}

  rebase(shift: number): void {
    this.now -= shift;
  }

  save(): void {}

  load(): void {}

  #happens(one: number): boolean {
    return this.#rows <= this.wild && this.dice.int(one) === 0;
  }

  /** Something happens to an order, or nothing. */
  #act(): void {
    const slots = [...this.#live.keys()];
    if (slots.length === 0) return;
    const slot = slots[this.dice.int(slots.length)];
    if (this.#rows > this.wild) return this.#fill(slot, true);
    const draw = this.dice.int(20);
    if (draw < 7) this.#fill(slot, draw < 2);
    else if (draw === 7) this.#end(slot, EXPIRE, ENDS[this.dice.int(3)]);
    else if (draw === 8) this.#say(ACKNOWLEDGED, slot);
    else if (draw === 9) this.#say(TRIGGER, slot);
    else if (draw === 10) this.#say(SUSPEND, slot);
    else if (draw === 11) this.#say(REINSTATE, slot);
    else if (draw === 12) this.#less(slot);
  }

  #fill(slot: number, whole: boolean): void {
    const truth = this.#live.get(slot)!, left = truth.size - truth.filled;
    const lots = whole ? left : 1 + this.dice.int(left), id = ++this.#execution;
    truth.filled += lots;
    if (truth.filled >= truth.size) this.#live.delete(slot);
    this.executed.set(id, lots);
    this.position += this.core.orders.side[slot] * lots;
    for (let told = this.#happens(5) ? 2 : 1; told > 0; told--) this.#tell(slot, lots, id);
  }

  #tell(slot: number, lots: number, execution: number): void {
    this.steps++;
    this.answered = true;
    this.core.answer(0, FILL, slot, 100, lots, this.dice.int(2), execution);
  }

  /** A self-trade takes lots off. */
  #less(slot: number): void {
    const truth = this.#live.get(slot)!;
    if (truth.size - truth.filled < 2) return;
    this.steps++;
    this.answered = true;
    this.core.answer(0, SIZED, slot, 0, --truth.size, 0, Code.SELF_TRADE);
  }

  /** An order ends; an execution from before may be told of after it, and the end itself twice. */
  #end(slot: number, event: number, code: number): void {
    const truth = this.#live.get(slot)!, left = truth.size - truth.filled;
    this.#live.delete(slot);
    this.#say(event, slot, code);
    if (this.#happens(6)) {
      const lots = 1 + this.dice.int(left), id = ++this.#execution;
      this.executed.set(id, lots);
      this.position += this.core.orders.side[slot] * lots;
      this.#tell(slot, lots, id);
    }
    if (this.#happens(8)) this.#say(event, slot, code);
  }

  #say(event: number, slot: number, code = 0): void {
    this.steps++;
    this.answered = true;
    this.core.answer(0, event, slot, 0, 0, 0, code);
  }
}
