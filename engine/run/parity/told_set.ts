import { ERA } from "../../core/clock.ts";
import { ORDER_STATE, type Recorder } from "../../core/recorder.ts";
import { PENDING_NEW } from "../../oms/order_life.ts";
import { BUY, SELL } from "../../core/event.ts";
import type { ToldOrder, ToldOrders } from "../../venue/told_orders.ts";
import type { Happened } from "./happened.ts";
import { terms } from "./order_pairs.ts";

/**
 * Orders of a session that happened, for one that is run again: what was said of some of them is said to those that are the same.
 *
 * - An order is the same that is sent at the same moment on the same terms; of several alike the first is the first.
 * - Records of the session that runs must come to `output`: they say which of its orders are which.
 */
export class ToldSet implements ToldOrders, Recorder {
  readonly #told = new Map<string, ToldOrder>();
  readonly #alike = new Map<string, number>();
  readonly #byId = new Map<number, ToldOrder>();

  /** Of the orders of `happened`, those whose ids are in `told`. */
  constructor(happened: Happened, told: ReadonlySet<number>, readonly endless: boolean) {
    const alike = new Map<string, number>();
    for (const order of happened.trail.orders) {
      const key = numbered(alike, `${order.sent} ${terms(order)}`);
      if (!told.has(order.id)) continue;
      this.#told.set(key, { answers: happened.answersTo(order.id), asked: order.requests.map(({ at }) => at) });
    }
  }

  find(order: number): ToldOrder | undefined {
    return this.#byId.get(order);
  }

  output(tag: number, era: number, ns: number, id: number, x: number, y: number, z: number): void {
    if ((tag & 15) !== ORDER_STATE || x % 16 !== PENDING_NEW || this.#byId.has(id)) return;
    const order = { instrument: Math.floor(x / 65536), side: z < 0 ? SELL : BUY, price: y, lots: Math.abs(z) };
    const sent = BigInt(era) * BigInt(ERA) + BigInt(ns);
    const told = this.#told.get(numbered(this.#alike, `${sent} ${terms(order)}`));
    if (told) this.#byId.set(id, told);
  }
}

/** A key, with how many like it there were before. */
function numbered(alike: Map<string, number>, key: string): string {
  const before = alike.get(key) ?? 0;
  alike.set(key, before + 1);
  return `${key} ${before}`;
}
