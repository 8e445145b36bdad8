import type { Instrument } from "../core/instrument.ts";
import { compare, minus, plus, times } from "./decimals.ts";
import { baseOf, worthOf } from "./fill_report.ts";
import { lotsUp, priceText, sizeText, ticksOf } from "./grid_text.ts";
import type { ExchangeFill } from "./order_entry.ts";
import type { VenueReport } from "../core/venue_report.ts";
import type { WorkingOrder } from "./working_order.ts";

/** What is kept of one instrument. */
interface Kept {
  /** In all, in the base currency. */
  paid: string;
  /** What that was booked as, in the settlement currency, as far as it has not been evened out; below 0 where more is to be booked. */
  worth: string;
  /** Lots that were evened out. */
  evened: number;
  /** At which it was kept last. */
  price: string;
}

/**
 * Fees that an exchange keeps of what is bought, in the base currency, as spot does: there is less to sell than was bought.
 *
 * A session knows nothing of that: it holds what it bought, as in a backtest, and pays fees in money. So an order that sells what is not
 * there leaves with so many lots less, and is told as a whole once these are filled; one of nothing that is there does not leave, and is
 * told as filled at once. What the lots that are missing would have brought, less what the fees were booked as, is then the fee of that
 * fill: cash is again what it is at the exchange.
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { KeptFees } from "./kept_fees.ts";
 * import { WorkingOrder } from "./working_order.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "v", tick: "0.01", lot: "0.001", currency: "USDT" });
 * const kept = new KeptFees([btc]), sell = new WorkingOrder(1, "a", btc, -1, 5, false);
 * kept.take({ fee: "0.0012", feeCurrency: "BTC", price: "100.00" }, btc);
 * sell.short = kept.short(sell, { lots: 5, position: 5 }, []);
 * sell.lots -= sell.short;
 * sell.took("a", 3);
 * const { lots, fee } = kept.evened(sell, { order: 1, event: "Fill", lots: 3, fee: "0" }, "110.00");
 * // Two lots are not there: they would have brought 0.22, and 0.12 were booked.
 * if (sell.short !== 2 || lots !== 5 || fee !== "0.1" || kept.rest(btc) !== "-0.0008") throw new Error(`${lots} ${fee}`);
 * ```
 */
export class KeptFees {
  readonly #kept = new Map<string, Kept>();

  /** `before`: by base currency, what runs before this one have left: fees that are not evened out, below 0 what is left of a lot that is. */
  constructor(
    private readonly instruments: readonly Instrument[],
    private readonly before: Readonly<Record<string, string>> = {},
  ) {}

  /**
   * Notes the fee of an execution, where it is in the base currency; the execution with what that costs. One that is taken out of what
   * is left of a lot that was evened out costs no more: the whole lot has been paid for. One in the base currency of another instrument
   * that is traded, as of BNBUSDT, is kept of that one.
   */
  take<Fill extends Pick<ExchangeFill, "fee" | "feeCurrency" | "price">>(fill: Fill, of: Instrument): Fill {
    const { fee, feeCurrency, price } = fill;
    const whose = this.instruments.find((each) => baseOf(each) === feeCurrency);
    if (whose === undefined || compare(fee, "0") === 0) return fill;
    const kept = this.#of(whose);
    kept.paid = plus(kept.paid, fee);
    if (whose !== of) return fill;
    if (lotsUp(of, kept.paid) <= kept.evened) return { ...fill, fee: "0" };
    kept.worth = plus(kept.worth, worthOf(fee, price));
    kept.price = price;
    return fill;
  }

  /** Lots with which an order of which `lots` are open must not leave, where `position` are held and others work. */
  short(
    order: WorkingOrder,
    { lots, position }: { readonly lots: number; readonly position: number },
    working: Iterable<WorkingOrder>,
  ): number {
    const { side, instrument, isEven } = order;
    if (isEven) return order.short;
    if (side > 0) return 0;
    const { paid, evened } = this.#of(instrument);
    let missing = lotsUp(instrument, paid) - evened, free = position, there = position - missing;
    for (const each of working) {
      if (each === order || each.instrument !== instrument || each.side > 0) continue;
      missing -= each.heldBack;
      free -= each.left;
      there -= each.offered;
    }
    // What is sold beyond the position is of what was there before: nothing of it is missing.
    return Math.max(0, Math.min(missing, lots, free, lots - there));
  }

  /** A fill of an order, as it is told: the last of one that left with fewer lots than it has is one of them all. */
  evened(order: WorkingOrder, report: VenueReport, price: string): VenueReport {
    const { short, instrument, isEven, filled } = order, { lots = 0, fee } = report;
    if (short === 0 || isEven || filled < order.lots) return report;
    const kept = this.#of(instrument), beside = minus(times(sizeText(instrument, short), price), kept.worth);
    order.isEven = true;
    kept.evened += short;
    // A fee that is not known here is the fee model's, and takes nothing besides: that goes with the next lots.
    kept.worth = fee === undefined ? minus("0", beside) : "0";
    return { ...report, lots: lots + short, ...(fee === undefined ? {} : { fee: plus(fee, beside) }) };
  }

  /** The fill of an order of which nothing is there: at its limit (NaN without), or at the price at which fees were kept last, if higher. */
  fillHere(order: WorkingOrder, limit: number): VenueReport {
    const { id, instrument, postOnly } = order, { steps } = ticksOf(instrument, this.#of(instrument).price);
    const price = Math.max(Number.isNaN(limit) ? 1 : limit, steps);
    const report = { order: id, event: "Fill", price, lots: 0, maker: postOnly, fee: "0" };
    return this.evened(order, report, priceText(instrument, price));
  }

  /** Fees by which less is held than the session has; below 0 where it is more, by a part of a lot. */
  rest(of: Instrument): string {
    const { paid, evened } = this.#of(of);
    return minus(paid, sizeText(of, evened));
  }

  #of(instrument: Instrument): Kept {
    const known = this.#kept.get(instrument.symbol);
    if (known !== undefined) return known;
    const kept = { paid: this.before[baseOf(instrument)] ?? "0", worth: "0", evened: 0, price: "0" };
    this.#kept.set(instrument.symbol, kept);
    return kept;
  }
}
