import { BUY } from "../../core/event.ts";
import { codeName } from "../../core/codes.ts";
import type { Instrument } from "../../core/instrument.ts";
import { instrumentNames } from "../../core/instrument_names.ts";
import { Valuation } from "../../account/valuation.ts";
import { STATE_NAMES } from "../../oms/order_life.ts";
import { type OrderPairs, wentAlike } from "./order_pairs.ts";
import type { TrailOrder } from "./order_trail.ts";
import type { OrderBySide, OrderSide } from "./parity_report.ts";
import type { OrderCauses } from "./switches.ts";

/** How many orders are shown side by side. */
const WORST = 10;

/** What it takes to say what orders are worth. */
export interface Worth {
  readonly instruments: readonly Instrument[];
  /** Last marks in half ticks. */
  readonly marks2: readonly number[];
  readonly causes: OrderCauses;
}

/**
 * The orders whose worth differs most between a backtest (`was`) and what happened (`now`): what their fills come to at the last mark,
 * after fees. As floats, for people.
 */
export function worstOrders(pairs: OrderPairs, worth: Worth): OrderBySide[] {
  const valuation = new Valuation(worth.instruments), names = instrumentNames(worth.instruments);
  const bySide = (was: TrailOrder | undefined, now: TrailOrder | undefined): OrderBySide => {
    const order = (now ?? was)!, { tickSize, lotSize, currency } = worth.instruments[order.instrument];
    const side = (each: TrailOrder | undefined) => each ? sideOf(each, worth, valuation.scales[each.instrument]) : null;
    const simulated = side(was), happened = side(now), { became, vanished } = worth.causes;
    // What both filled alike is worth the same before fees.
    const cause = was && now && wentAlike(was, now) ? "fee" : now ? became.get(now.id) : vanished.get(was!.id);
    return {
      instrument: names[order.instrument],
      side: order.side === BUY ? "buy" : "sell",
      price: order.price === 0 ? null : rounded(order.price * tickSize),
      size: rounded(order.lots * lotSize),
      currency,
      simulated,
      happened,
      difference: rounded((happened?.worth ?? 0) - (simulated?.worth ?? 0)),
      ...(cause ? { cause } : {}),
    };
  };
  const all = [
    ...pairs.pairs.map(([was, now]) => bySide(was, now)),
    ...pairs.onlyWas.map((was) => bySide(was, undefined)),
    ...pairs.onlyNow.map((now) => bySide(undefined, now)),
  ];
  return all.filter(({ difference }) => difference !== 0)
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference)).slice(0, WORST);
}

function sideOf(order: TrailOrder, { instruments, marks2 }: Worth, scale: number): OrderSide {
  const { kind, tickSize, lotSize, contract } = instruments[order.instrument];
  const mark = marks2[order.instrument] / 2;
  let lots = 0, value = 0, worth = 0, fees = 0;
  for (const fill of order.fills) {
    lots += fill.lots;
    value += fill.lots * fill.price;
    fees += fill.fee / 10 ** scale;
    const size = order.side * fill.lots * lotSize * contract;
    worth += kind === "inverse"
      ? size * (1 / (fill.price * tickSize) - 1 / (mark * tickSize))
      : size * (mark - fill.price) * tickSize;
  }
  return {
    id: order.id,
    sent: order.sent,
    state: STATE_NAMES[order.end?.state ?? order.state],
    code: order.end?.code ? codeName(order.end.code) : "",
    filledLots: lots,
    averagePrice: lots > 0 ? rounded(value / lots * tickSize) : null,
    filledAt: order.fills[0]?.at ?? null,
    fees: rounded(fees),
    worth: rounded(worth - fees),
  };
}

/** Without what floats make of the last digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
