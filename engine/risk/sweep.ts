import type { Core } from "../core/core.ts";
import { Code } from "../core/codes.ts";
import { isFinal, REQUEST_REFUSED } from "../oms/order_life.ts";
import { BY_SESSION, REDUCE_ONLY } from "../oms/order_table.ts";
import { ALL, Gate, OPEN, REDUCING } from "./gate.ts";

/**
 * Cancels what rests, again and again until none is left, while somebody wants it so.
 *
 * - HALTED: every order, also one whose acknowledgement is on its way; one that is being amended goes when the answer is here.
 * - REDUCING: those that would not reduce the position, and of those that would, the newest beyond it.
 * - Reduce-only orders that face the position stay, such as the stop and target of a bracket: a position is not made safer
 *   by taking its stop away. Where the kill switch was thrown, they go as well.
 * - The session's own closing orders stay.
 * - A cancel that was refused is tried again when `again` is called, not at once: a venue that refuses at no latency would be
 *   asked without end.
 *
 * | call | cost |
 * |---|---|
 * | `order` | constant; while reducing, the live orders |
 * | `begin`, `again` | the live orders |
 */
export class Sweep {
  /** What is to be cancelled, as a gate has what is to be refused. */
  readonly wanted: Gate;
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
    this.wanted = new Gate(core.account.valuation.instruments.length, { position: () => 0, openLots: () => 0 });
  }

  /** Whether anything is to be cancelled. */
  get active(): boolean {
    return this.wanted.any;
  }

  /** Begins in an instrument, or ALL; `state` is REDUCING or HALTED. */
  begin(instrument: number, state: number, code: Code): void {
    this.wanted.hold(instrument, state, code);
    this.again(instrument);
  }

  /** Ends it for this code. */
  end(instrument: number, code: Code): void {
    this.wanted.release(instrument, code);
  }

  /** An order changed: what is due of it, or of its instrument, is cancelled. */
  order(slot: number, event: number): void {
    const instrument = this.#core.orders.instrument[slot];
    const state = this.wanted.state(instrument);
    if (state === OPEN || event === REQUEST_REFUSED) return;
    if (state === REDUCING) this.again(instrument);
    else if (!this.#protects(slot)) this.#cancel(slot);
  }

  /** Cancels all that is due and can be cancelled now, of an instrument or ALL; returns how many orders that are due are open. */
  again(instrument: number): number {
    const { orders } = this.#core;
    const due = this.#open(instrument);
    let count = 0;
    for (const id of due) {
      const slot = orders.slotOf(id);
      if (this.#protects(slot)) continue;
      if (this.wanted.state(orders.instrument[slot]) === REDUCING && this.#reduces(slot, due)) continue;
      this.#cancel(slot);
      count++;
    }
    return count;
  }

  /** Ids of open orders that may be due, oldest first: slots are in no order that means anything. */
  #open(instrument: number): number[] {
    const { orders } = this.#core;
    const ids: number[] = [];
    for (let i = 0; i < orders.live; i++) {
      const slot = orders.liveSlot(i), of = orders.instrument[slot];
      const open = orders.state[slot] > 0 && !isFinal(orders.state[slot]) && !(orders.flags[slot] & BY_SESSION);
      if (open && (instrument === ALL || of === instrument) && this.wanted.state(of) !== OPEN) {
        ids.push(orders.id[slot]);
      }
    }
    return ids.sort((a, b) => a - b);
  }

  /** Whether an order can do nothing but close the position, and is to stay for it. */
  #protects(slot: number): boolean {
    const { account, orders } = this.#core;
    if (!(orders.flags[slot] & REDUCE_ONLY)) return false;
    const held = -orders.side[slot] * account.position(orders.instrument[slot]);
    return held > 0 && !this.wanted.holds(ALL, Code.KILLED) && !this.wanted.holds(ALL, Code.PAUSED);
  }

  /** Whether an order, with those of its side before it, fills to no more than the position. */
  #reduces(slot: number, ids: readonly number[]): boolean {
    const { account, orders } = this.#core;
    const instrument = orders.instrument[slot], side = orders.side[slot];
    let left = -side * account.position(instrument);
    for (const id of ids) {
      const other = orders.slotOf(id);
      if (orders.instrument[other] === instrument && orders.side[other] === side) {
        left -= orders.size[other] - orders.filled[other];
      }
      if (other === slot) break;
    }
    return left >= 0;
  }

  #cancel(slot: number): void {
    const { flow, orders } = this.#core;
    if (!(orders.flags[slot] & BY_SESSION) && flow.cancellable(slot)) flow.cancel(orders.id[slot]);
  }
}
