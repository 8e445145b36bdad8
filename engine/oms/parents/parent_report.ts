import type { Core } from "../../core/core.ts";
import type { Parent } from "./parent.ts";
import type { ParentView, Slippage } from "./parent_view.ts";

/** A copy of a parent as it stands; `names` are the instruments', which tell venues apart. */
export function viewOf(parent: Parent, core: Core, names: readonly string[]): ParentView {
  const { filled, instrument, limit, marketLots } = parent;
  const nowSec = core.clock.toEpochSeconds(core.now);
  const ended = parent.endedSec === parent.endedSec;
  const same = core.marks.growth[instrument] === parent.growth;
  const { view } = core.feeds[instrument];
  const last = view.lastPrice === view.lastPrice ? view.lastPrice : view.mark2 / 2;
  return {
    id: parent.id,
    algo: parent.name,
    instrument,
    symbol: names[instrument],
    side: parent.side,
    size: parent.size,
    filled,
    open: parent.outstanding(core.orders),
    state: parent.state,
    code: parent.code,
    limit: limit === limit ? limit : null,
    averagePrice: filled > 0 ? parent.value / filled : null,
    children: parent.children,
    fills: parent.fills,
    startedSec: parent.startedSec,
    endedSec: ended ? parent.endedSec : null,
    // Seconds since 1970 in a float are good to a microsecond.
    durationSec: Math.round(((ended ? parent.endedSec : nowSec) - parent.startedSec) * 1e6) / 1e6,
    marketLots,
    participation: marketLots > 0 ? filled / marketLots : null,
    slippage: {
      arrival: slippage(parent, core, parent.arrival2 / 2),
      vwap: slippage(parent, core, parent.marketValue / marketLots),
      close: slippage(parent, core, same ? last : NaN),
    },
    notes: [...parent.notes],
  };
}

function slippage({ filled, side, value, inverse, instrument }: Parent, core: Core, price: number): Slippage | null {
  if (filled === 0 || !(Math.abs(price) < Infinity)) return null;
  const { kind, tickSize, lotSize, contract } = core.account.valuation.instruments[instrument];
  const ticks = side * (value / filled - price);
  // An inverse contract is worth lots ÷ price, in the base currency.
  const money = kind === "inverse"
    ? side * (filled / price - inverse) * (lotSize * contract / tickSize)
    : side * (value - price * filled) * (tickSize * lotSize * contract);
  return { price, ticks, money, bps: price === 0 ? null : ticks / Math.abs(price) * 1e4 };
}
