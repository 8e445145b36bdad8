import { loadValue, saveValue } from "../core/plain_state.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { childOf, type Group, takesBack } from "./link_group.ts";

/** Groups that have ended and are remembered: for their view, and for fills that come late. */
const ENDED_MAX = 256;
/** Groups that live at once. */
const LIVE_MAX = 1000;
/** Orders of one group that are remembered; of more, those go that it sent to trade back, the oldest first. */
const ORDERS_MAX = 256;

/**
 * The groups of linked orders that are known, by number and by order.
 *
 * | call | cost |
 * |---|---|
 * | `get`, `of`, `add` | constant |
 * | `learn`, `forget`, `stands` | the orders of a group |
 */
export class LinkGroups {
  readonly #groups = new Map<number, Group>();
  /** Of every order: its group. */
  readonly #byOrder = new Map<number, Group>();
  /** Numbers of the groups that have ended, the oldest first. */
  readonly #ended = new Set<number>();
  #last = 0;

  /** The number of the next group. */
  get next(): number {
    return this.#last + 1;
  }

  /** As many live as may. */
  get full(): boolean {
    return this.#groups.size - this.#ended.size >= LIVE_MAX;
  }

  /** The group of a number. */
  get(id: number): Group | undefined {
    return this.#groups.get(id);
  }

  /** The group that sent an order. */
  of(order: number): Group | undefined {
    return this.#byOrder.get(order);
  }

  /** Adds the next group. */
  add(group: Group): void {
    this.#last = group.id;
    this.#groups.set(group.id, group);
  }

  /** A group may have sent orders. */
  learn(group: Group): void {
    for (const id of group.orders.keys()) if (!this.#byOrder.has(id)) this.#byOrder.set(id, group);
  }

  /** A group that tries for long to trade back sends an order each time: those that ended are forgotten, the oldest first. */
  forget(group: Group): void {
    if (group.orders.size <= ORDERS_MAX) return;
    for (const [id, place] of group.orders) {
      if (group.orders.size <= ORDERS_MAX) return;
      if (!takesBack(group.legs[place]) || childOf(group.legs[place], id)) continue;
      group.orders.delete(id);
      this.#byOrder.delete(id);
    }
  }

  /** A group has ended (`over`), and is remembered for a while; or it lives. */
  stands(group: Group, over: boolean): void {
    if (!over) return void this.#ended.delete(group.id);
    this.#ended.add(group.id);
    if (this.#ended.size <= ENDED_MAX) return;
    const oldest = this.#ended.values().next().value as number;
    for (const id of this.#groups.get(oldest)!.orders.keys()) this.#byOrder.delete(id);
    this.#groups.delete(oldest);
    this.#ended.delete(oldest);
  }

  save(to: StateWriter): void {
    to.number(this.#last);
    saveValue(to, [...this.#groups.values()], "linked orders");
    saveValue(to, this.#ended, "ended groups");
  }

  load(from: StateReader): void {
    this.#last = from.number();
    for (const group of loadValue(from) as Group[]) {
      this.#groups.set(group.id, group);
      this.learn(group);
    }
    for (const id of loadValue(from) as Set<number>) this.#ended.add(id);
  }
}
