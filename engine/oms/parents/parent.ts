import type { OrderTable } from "../order_table.ts";
import type { Algo } from "./algo.ts";
import type { AlgoName, ParentRequest, RestPolicy } from "./parent_request.ts";
import type { ParentState } from "./parent_view.ts";

/** Most children of one parent that may be open or on their way at once. */
export const CHILDREN_MAX = 32;
const NOTES_MAX = 8;

/**
 * One parent order: what was asked for, what its children have done, and what the market did meanwhile.
 *
 * Its lots are counted here and nowhere else: {@linkcode room} is what a new child may have at most, so that filled, open and
 * in flight are never more than `size`.
 *
 * | operation | cost |
 * |---|---|
 * | `outstanding`, `room` | children open, 32 at most |
 * | all others | constant |
 */
export class Parent {
  state: ParentState = "Working";
  /** Why it ended or was last refused a child, a code of core/codes.ts; 0 where there is nothing to say. */
  code = 0;
  readonly instrument: number;
  readonly side: number;
  /** Lots in all, in force; above `wanted` only while children of an amend downwards are not yet cancelled. */
  size: number;
  /** Lots in all as last asked for. */
  wanted: number;
  /** Worst price in ticks; NaN where there is none. */
  limit: number;
  /** As it was asked for. */
  readonly name: AlgoName;
  /** In force: a conditional parent becomes what stands in its `then`. */
  request: ParentRequest;
  rest: RestPolicy;
  /** Children that risk refused as too large or too small teach what fits. */
  most: number;
  least = 1;

  filled = 0;
  fills = 0;
  /** Σ price × lots and Σ lots ÷ price of the fills, for averages. */
  value = 0;
  inverse = 0;
  /** Orders sent. */
  children = 0;
  /** Ids of those that have not ended. */
  readonly open: number[] = [];
  /** Children are to go: 1 those that rest, as they are placed anew or its time is over; 2 all, as it is paused or cancelled. */
  clearing: 0 | 1 | 2 = 0;
  /** It has something to place once its resting children are gone, or a price is there. */
  placing = false;
  /** Lots that must be filled or at work by now, and those of them that must not wait any more. */
  target = 0;
  overdue = 0;

  /** How long it works in all, in ns of its own time; Infinity where it has no end. */
  over: number;
  /** Its own time stands at `spent` since session time `since`; it stands still while that is NaN. */
  spent = 0;
  since = NaN;
  /** Its timer's number, 0 where it has none, and for which of its own times it is. */
  timer = 0;
  timerAt = Infinity;
  /** Session time before which no child is sent: one was refused by the venue just now. */
  notBefore = -Infinity;
  algo!: Algo;

  /** Unix seconds; the end is NaN before it. */
  startedSec = NaN;
  endedSec = NaN;
  /** Twice the middle of our book at the start, in ticks; NaN until there is one. */
  arrival2 = NaN;
  /** Lots that one of before its start has become by splits. */
  growth = 1;
  /** Lots the market traded since the start, and Σ price × lots of them. */
  marketLots = 0;
  marketValue = 0;
  /** How it ends, once that is settled: its children may still be open then. */
  ending: "Cancelled" | "Expired" | "Refused" | undefined;
  /** Lots filled before what is left was last sent, and lots sent then; NaN before its time is over. */
  filledBefore = NaN;
  restSent = 0;
  readonly notes: string[] = [];
  /** A change of state that the strategy was not told yet. */
  untold = false;

  constructor(readonly id: number, asked: ParentRequest, instrument: number, over: number) {
    this.name = asked.algo;
    this.request = asked;
    this.instrument = instrument;
    this.side = asked.side;
    this.size = this.wanted = asked.size;
    this.limit = asked.limit ?? NaN;
    this.rest = asked.rest ?? "cancel";
    this.most = asked.maxSize ?? Number.MAX_SAFE_INTEGER;
    this.over = over;
  }

  /** Whether it is over, with no child open. */
  get done(): boolean {
    const { state } = this;
    return state !== "Waiting" && state !== "Working" && state !== "Paused" && state !== "Ending";
  }

  /** Its own time at session time `now`, in ns: it stands still in a pause. */
  time(now: number): number {
    return this.since === this.since ? this.spent + now - this.since : this.spent;
  }

  /** Lots of children that are open or on their way, as far as we know. */
  outstanding(orders: OrderTable): number {
    let lots = 0;
    for (const id of this.open) {
      const slot = orders.slotOf(id);
      lots += orders.size[slot] - orders.filled[slot];
    }
    return lots;
  }

  /** Lots a new child may have at most. */
  room(orders: OrderTable): number {
    return Math.max(0, this.size - this.filled - this.outstanding(orders));
  }

  /** A child ended, or size was amended: the size in force is the one asked for, or what cannot be taken back. */
  settle(orders: OrderTable): void {
    this.size = Math.max(this.wanted, this.filled + this.outstanding(orders));
  }

  /** A child was filled. */
  fill(price: number, lots: number): void {
    this.filled += lots;
    this.fills++;
    this.value += price * lots;
    this.inverse += lots / price;
  }

  /** Says something once that a reader of its report should know. */
  note(text: string): void {
    if (this.notes.length < NOTES_MAX && !this.notes.includes(text)) this.notes.push(text);
  }
}
