import type { Code } from "../core/codes.ts";
import type { OrderRequest } from "../core/strategy.ts";
import { type Child, type Group, type Leg, openOf, wanted } from "./link_group.ts";
import { isAmendable, isCancellable } from "./order_life.ts";
import type { OrderTable } from "./order_table.ts";

/** The life of orders, as far as linked orders change it. */
export interface LinkFlow {
  cancel(id: number): boolean;
  amend(id: number, price: number, size: number): boolean;
  /** Why an amend was refused last. */
  readonly refused: Code | 0;
}

/**
 * Brings what a leg has open to what it should have, by as few messages as it takes, and never less cover on the way than
 * there was:
 * - More lots: an order that can be amended gets them, else a new one does at once, so that nobody waits for an answer.
 * - Fewer: the newest orders give first; one whose request is on its way gives when that is answered.
 * - Another trigger: of an exit a new order goes first, and the old one's cancel follows it; of others the old one goes first.
 *
 * | call | cost |
 * |---|---|
 * | `settle` | the leg's live orders: one, but where fills came faster than answers |
 */
export class LinkDesk {
  constructor(
    private readonly orders: OrderTable,
    private readonly flow: LinkFlow,
    private readonly submit: (request: OrderRequest) => number,
  ) {}

  /** Sends a leg's first order whatever its size is, so that risk judges it; returns the code it was refused with, or 0. */
  open(group: Group, leg: Leg): Code | 0 {
    const code = this.#send(group, leg, leg.size);
    // Money is spent once.
    leg.request = { ...leg.request, quote: undefined };
    return code;
  }

  /** Sends what is due; returns the code that a new order was refused with, or 0. */
  settle(group: Group, leg: Leg): Code | 0 {
    const { trigger = NaN } = leg.request;
    const moved = leg.children.filter((child) => !child.leaving && !same(child.trigger, trigger));
    for (const child of moved) child.leaving = true;
    const missing = wanted(group, leg) - openOf(leg);
    let code: Code | 0 = 0;
    if (missing > 0 && !leg.waiting) code = this.#more(group, leg, missing);
    if (missing < 0) this.#less(leg, -missing);
    if (missing > 0 && moved.length > 0 && (code !== 0 || leg.waiting)) {
      // The old orders go only when the new one has gone out; where it cannot, they stay as they were.
      for (const child of moved) child.leaving = false;
      if (code !== 0) this.#giveUpMove(group, leg, moved[0], code);
      code = 0;
    }
    this.#move(group, leg);
    for (const child of leg.children) if (child.leaving && this.#can(child, isCancellable)) this.flow.cancel(child.id);
    return code;
  }

  /** Whoever moved the leg is told in the group's code that it stays where its order is. */
  #giveUpMove(group: Group, leg: Leg, { price, trigger }: Child, code: Code): void {
    group.code = code;
    leg.request = { ...leg.request, price: given(price), trigger: given(trigger) };
  }

  #more(group: Group, leg: Leg, lots: number): Code | 0 {
    for (const child of leg.children) {
      if (child.leaving || !this.#can(child, isAmendable)) continue;
      // What risk refuses in an amend it may let pass as a new order, which is no less cover.
      if (this.#amend(leg, child, child.size + lots)) return 0;
      break;
    }
    return this.#send(group, leg, lots);
  }

  #send(group: Group, leg: Leg, lots: number): Code | 0 {
    const id = this.submit({ ...leg.request, size: lots });
    if (id <= 0) return -id as Code;
    const { price = NaN, trigger = NaN } = leg.request;
    const fresh = { filled: 0, amending: false, leaving: false, stuck: false };
    leg.children.push({ id, size: lots, price, trigger, told: lots, ...fresh });
    group.orders.set(id, group.legs.indexOf(leg));
    return 0;
  }

  #less(leg: Leg, lots: number): void {
    let left = lots;
    for (let i = leg.children.length - 1; i >= 0 && left > 0; i--) {
      const child = leg.children[i], open = child.size - child.filled;
      if (child.leaving || open <= 0) continue;
      if (open <= left) {
        child.leaving = true;
        left -= open;
      } else if (this.#can(child, isAmendable)) {
        child.stuck = !this.#amend(leg, child, child.size - left);
        return;
      } else return;
    }
  }

  /** Takes orders that can be amended to the leg's price. */
  #move(group: Group, leg: Leg): void {
    for (const child of leg.children) {
      if (child.leaving || same(child.price, leg.request.price ?? NaN) || !this.#can(child, isAmendable)) continue;
      if (!this.#amend(leg, child, child.size)) return this.#giveUpMove(group, leg, child, this.flow.refused as Code);
    }
  }

  #amend(leg: Leg, child: Child, size: number): boolean {
    const { price = NaN } = leg.request;
    if (!this.flow.amend(child.id, price, size)) return false;
    child.size = size;
    child.price = price;
    child.amending = true;
    return true;
  }

  #can(child: Child, may: (state: number) => boolean): boolean {
    const slot = this.orders.slotOf(child.id);
    return slot >= 0 && !child.stuck && may(this.orders.state[slot]);
  }
}

/** Prices are the same, or both absent. */
function same(a: number, b: number): boolean {
  return a === b || (a !== a && b !== b);
}

/** A price as a request has it. */
function given(price: number): number | undefined {
  return price === price ? price : undefined;
}
