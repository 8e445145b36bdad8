import { BUY } from "../core/event.ts";
import type { Session } from "../core/session.ts";
import { priceText, sizeText } from "../live/grid_text.ts";

/** What a session has open, in decimals. */
export interface StillOpen {
  /** Orders that rest, or are on their way; the oldest first. */
  readonly orders: readonly {
    readonly order: number;
    readonly symbol: string;
    readonly side: "buy" | "sell";
    /** What is not filled of it. */
    readonly left: string;
    /** null of orders without a limit. */
    readonly price: string | null;
  }[];
  /** By symbol, signed; those that are flat are absent. */
  readonly positions: Readonly<Record<string, string>>;
}

/** What a session has open, as far as it knows. */
export function stillOpen({ core, context: { instruments } }: Session): StillOpen {
  const { orders } = core, slots = [...orders.liveSlots()].sort((one, other) => orders.id[one] - orders.id[other]);
  return {
    orders: slots.map((slot) => {
      const instrument = instruments[orders.instrument[slot]], price = orders.price[slot];
      return {
        order: orders.id[slot],
        symbol: instrument.symbol,
        side: orders.side[slot] === BUY ? "buy" : "sell",
        left: sizeText(instrument, orders.size[slot] - orders.filled[slot]),
        price: Number.isNaN(price) ? null : priceText(instrument, price),
      };
    }),
    positions: Object.fromEntries(
      instruments.flatMap((each, i) => {
        const lots = core.position(i);
        return lots === 0 ? [] : [[each.symbol, sizeText(each, lots)]];
      }),
    ),
  };
}
