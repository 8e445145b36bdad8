import { BY_SESSION, GTC, MARKET, type OrderTable } from "./order_table.ts";

/** Opens the session's own market order that closes a position, and returns its slot; `flags` are beside BY_SESSION. */
export function closingOrder(
  orders: OrderTable,
  order: { readonly instrument: number; readonly position: number; readonly now: number; readonly flags: number },
): number {
  const { instrument, position, now, flags } = order;
  const slot = orders.open();
  orders.instrument[slot] = instrument;
  orders.side[slot] = position > 0 ? -1 : 1;
  orders.type[slot] = MARKET;
  orders.tif[slot] = GTC;
  orders.flags[slot] = BY_SESSION | flags;
  orders.price[slot] = NaN;
  orders.size[slot] = Math.abs(position);
  orders.trigger[slot] = NaN;
  orders.display[slot] = NaN;
  orders.quote[slot] = 0;
  orders.expires[slot] = Infinity;
  orders.submitted[slot] = now;
  return slot;
}
