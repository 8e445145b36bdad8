import type { Core } from "../../core/core.ts";
import type { Parent, ParentState } from "./parent.ts";
import type { AlgoName } from "./parent_request.ts";

/** What a parent's fills cost against a price: above 0 they were worse, below 0 better. */
export interface Slippage {
  /** The price they are held against, in ticks. */
  readonly price: number;
  /** On each lot, in ticks. */
  readonly ticks: number;
  /** In all, in the instrument's currency, before fees. */
  readonly money: number;
  /** In hundredths of a percent of the price; null where that is 0. */
  readonly bps: number | null;
}

/**
 * A parent order as it stands, or ended: plain data, which JSON writes and reads without loss. Figures are floats for people.
 *
 * Prices are in ticks, sizes in lots, times in Unix seconds.
 */
export interface ParentView {
  readonly id: number;
  readonly algo: AlgoName;
  /** Index and symbol. */
  readonly instrument: number;
  readonly symbol: string;
  /** BUY (1) or SELL (-1). */
  readonly side: number;
  /** In all; while an amend downwards waits for its cancels, what cannot be taken back counts. */
  readonly size: number;
  readonly filled: number;
  /** Of children that are open or on their way, as far as we know. */
  readonly open: number;
  /** Waiting (for its condition), Working, Paused, Ending; then Filled, Cancelled, Expired or Refused. */
  readonly state: ParentState;
  /** Why it ended, or its last child was refused: a code of core/codes.ts; 0 where there is nothing to say. */
  readonly code: number;
  /** The worst price; null where there is none. */
  readonly limit: number | null;
  /** Of its fills; null before the first. */
  readonly averagePrice: number | null;
  /** Orders sent, and fills of them. */
  readonly children: number;
  readonly fills: number;
  /** Of a conditional one, when its condition held; before, when it was asked for. */
  readonly startedSec: number;
  /** null while it is not over. */
  readonly endedSec: number | null;
  readonly durationSec: number;
  /** What the market traded meanwhile, as it reached us. */
  readonly marketLots: number;
  /** Filled ÷ marketLots; null where the market traded nothing. */
  readonly participation: number | null;
  /**
   * Against the middle of our book at its start; the average price of the market's trades from start to end (of bars, of a
   * third of high + low + close, by volume); and the market's last price, when the session has ended the one at its end.
   * null where there is no such price, or no fill, or a split lies between.
   */
  readonly slippage: {
    readonly arrival: Slippage | null;
    readonly vwap: Slippage | null;
    readonly close: Slippage | null;
  };
  /** What a reader should know, one sentence each. */
  readonly notes: readonly string[];
}

/** A copy of a parent as it stands. */
export function viewOf(parent: Parent, core: Core): ParentView {
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
    symbol: core.account.valuation.instruments[instrument].symbol,
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
    durationSec: (ended ? parent.endedSec : nowSec) - parent.startedSec,
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
