import { BUY } from "../core/event.ts";
import { wider } from "../core/wider.ts";
import { MARKET_IF_TOUCHED, type OrderTable, STOP, STOP_LIMIT, TRAILING_STOP } from "../oms/order_table.ts";

/** What stops, touches and trailing stops wait for. */
export class Triggers {
  /** By slot: the best price that a trailing stop has seen; ±Infinity before the first. */
  extreme = new Float64Array(256);

  constructor(private readonly orders: OrderTable) {}

  /** An order begins to wait. */
  begin(slot: number): void {
    this.extreme[slot] = this.orders.side[slot] === BUY ? Infinity : -Infinity;
  }

  /** A trailing stop sees a price; ±Infinity is none. */
  trail(slot: number, price: number): void {
    if (Math.abs(price) === Infinity) return;
    const side = this.orders.side[slot];
    if (side * price < side * this.extreme[slot]) this.extreme[slot] = price;
  }

  /** Whether a price triggers an order; ±Infinity triggers none. */
  reached(slot: number, price: number): boolean {
    if (Math.abs(price) === Infinity) return false;
    const { side, type, trigger } = this.orders;
    switch (type[slot]) {
      case STOP:
      case STOP_LIMIT:
        return side[slot] * price >= side[slot] * trigger[slot];
      case MARKET_IF_TOUCHED:
        return side[slot] * price <= side[slot] * trigger[slot];
      case TRAILING_STOP:
        return side[slot] * price >= side[slot] * this.extreme[slot] + trigger[slot];
      default:
        return false;
    }
  }

  /** There are `length` slots from now on. */
  widen(length: number): void {
    this.extreme = wider(this.extreme, length);
  }
}
