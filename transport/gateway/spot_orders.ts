import type { SpotOrder } from "./spot_order.ts";

/** Orders that are kept, those that have ended among them. */
const ORDERS_MAX = 20_000;

/**
 * The account's orders, by their numbers and by what their owners call them: all that are open, and the last that ended.
 *
 * Memory: 20,000 orders with their fills, or as many as are open.
 */
export class SpotOrders {
  readonly #orders = new Map<number, SpotOrder>();
  readonly #open = new Map<number, SpotOrder>();
  readonly #named = new Map<string, SpotOrder>();

  /** Those that the exchange has and that have not ended, oldest first. */
  get open(): readonly SpotOrder[] {
    return [...this.#open.values()].filter(({ working }) => working);
  }

  /** Those that have not ended, where the exchange has not heard of some. */
  get live(): Iterable<SpotOrder> {
    return this.#open.values();
  }

  /** All that are kept and that the exchange has, or had, oldest first. */
  get all(): readonly SpotOrder[] {
    return [...this.#orders.values()].filter(({ working }) => working);
  }

  /** The order of a number. */
  byId(id: number): SpotOrder | undefined {
    return this.#orders.get(id);
  }

  /** The last order of a symbol that its owner calls so. */
  byName(symbol: string, name: string): SpotOrder | undefined {
    return this.#named.get(`${symbol} ${name}`);
  }

  /** A new order. */
  add(order: SpotOrder): void {
    this.#orders.set(order.id, order);
    this.#open.set(order.id, order);
    this.name(order, order.clientId);
    if (this.#orders.size > ORDERS_MAX) this.#forget();
  }

  /** Its owner calls it so. */
  name(order: SpotOrder, name: string): void {
    const { symbol } = order;
    if (this.byName(symbol.name, order.clientId) === order) this.#named.delete(`${symbol.name} ${order.clientId}`);
    order.clientId = name;
    this.#named.set(`${symbol.name} ${name}`, order);
  }

  /** It has ended. */
  ended(order: SpotOrder): void {
    this.#open.delete(order.id);
  }

  /** The oldest that has ended goes. */
  #forget(): void {
    for (const order of this.#orders.values()) {
      if (this.#open.has(order.id)) continue;
      this.#orders.delete(order.id);
      if (this.byName(order.symbol.name, order.clientId) === order) {
        this.#named.delete(`${order.symbol.name} ${order.clientId}`);
      }
      return;
    }
  }
}
