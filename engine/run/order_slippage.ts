import type { Instrument } from "../core/instrument.ts";
import type { OrderStory } from "./order_story.ts";

/** What the fills of an order of `side` cost against the middle that its sender saw: prices in ticks, above 0 is worse. */
export function slippageOf(
  { tickSize, lotSize, contract, kind }: Instrument,
  side: number,
  lots: number,
  averagePrice: number,
  mid: number,
): NonNullable<OrderStory["slippage"]> {
  const ticks = side * (averagePrice - mid), size = lots * lotSize * contract;
  const money = kind === "inverse"
    ? -side * size * (1 / (averagePrice * tickSize) - 1 / (mid * tickSize))
    : ticks * tickSize * size;
  return { mid, ticks, bps: mid === 0 ? 0 : 1e4 * ticks / Math.abs(mid), money };
}
