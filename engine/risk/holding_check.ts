import { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
import { type OrderTable, REDUCE_ONLY } from "../oms/order_table.ts";
import type { CheckContext } from "./check_context.ts";
import { Exposure } from "./exposure.ts";
import {
  CONCENTRATION,
  GROSS_EXPOSURE,
  LEVERAGE,
  type LimitTable,
  NET_EXPOSURE,
  OVERDRAFT,
  POSITION,
  REDUCE,
  SHORT_SELLING,
  WIDE_SCOPES,
} from "./limit_table.ts";
import type { OpenOrders } from "./open_orders.ts";
import type { Refusals } from "./refusals.ts";
import type { RiskView } from "./risk_view.ts";
import type { Worth } from "./worth.ts";

const GROSS = 1 << GROSS_EXPOSURE | 1 << CONCENTRATION | 1 << LEVERAGE;
const EXPOSURES = GROSS | 1 << NET_EXPOSURE;
/** The limits that are judged here, and that of reduce-only orders: those for which lots must be known. */
export const HOLDINGS = 1 << POSITION | 1 << SHORT_SELLING | 1 << REDUCE | EXPOSURES | 1 << OVERDRAFT;

/** Checks of what the position may come to, of the exposure that it is part of, and of what pays for it. */
export class HoldingCheck {
  readonly #exposure: Exposure;
  readonly #orders: OrderTable;
  readonly #view: RiskView;
  readonly #instruments: readonly Instrument[];
  readonly #currencyOf: Int32Array;
  readonly #limits: LimitTable;
  readonly #open: OpenOrders;
  readonly #worth: Worth;
  readonly #refusals: Refusals;

  constructor({ orders, view, valuation, limits, open, worth, refusals }: CheckContext) {
    this.#exposure = new Exposure(valuation, worth, open, view);
    this.#orders = orders;
    this.#view = view;
    this.#instruments = valuation.instruments;
    this.#currencyOf = valuation.currencyOf;
    this.#limits = limits;
    this.#open = open;
    this.#worth = worth;
    this.#refusals = refusals;
  }

  /** Judges an order or amend of which `left` lots may still be filled at `price`; `on` are the limits in force. */
  check(i: number, slot: number, price: number, left: number, on: number): Code | 0 {
    const view = this.#view;
    const open = this.#open, side = this.#orders.side[slot], more = left - open.left(slot);
    const reduces = (this.#orders.flags[slot] & REDUCE_ONLY) !== 0;
    let code: Code | 0 = 0;
    if (more > 0) {
      const held = side * view.position(i);
      const lots = open.worst(i, side, held, reduces ? 0 : more, reduces ? more : 0);
      const added = lots - open.worst(i, side, held, 0, 0);
      // A reduce-only order adds where it lets open orders of its side take the position further than they could.
      if (reduces && added === 0) return 0;
      if (side < 0 && on & 1 << SHORT_SELLING) code = this.#refusals.over(Code.SHORT_SELLING, i, SHORT_SELLING, lots);
      if (code) return code;
      // Lots are counted in whole numbers up to 2^53, limit or none.
      if (!(lots <= Number.MAX_SAFE_INTEGER)) {
        return this.#refusals.tell(Code.POSITION, i, "position", "", Number.MAX_SAFE_INTEGER, lots, "lots");
      }
      if (on & 1 << POSITION && (code = this.#refusals.over(Code.POSITION, i, POSITION, lots))) return code;
      if (on & EXPOSURES && (code = this.#exposures(i, side, added, on))) return code;
      code = view.margin === undefined ? 0 : view.margin(i, side * (lots - held));
      if (code) return this.#margin(code, i);
    }
    return on & 1 << OVERDRAFT && !reduces ? this.#cash(i, slot, price, Math.max(left, open.left(slot))) : 0;
  }

  #margin(code: Code, i: number): Code {
    const asked = code === Code.MARGIN ? this.#view.marginRefused?.(i) : undefined;
    if (asked === undefined) return this.#refusals.refuse(code, i, "margin", NaN);
    return this.#refusals.tell(code, i, "margin", "account", asked.have, asked.need, this.#instruments[i].currency);
  }

  #exposures(i: number, side: number, added: number, on: number): Code | 0 {
    const view = this.#view;
    const exposure = this.#exposure, worth = this.#worth, marks2 = view.marks2();
    let code: Code | 0 = 0;
    const grows = on & GROSS && exposure.worst(i, side, added) > exposure.worst(i, side, 0);
    if (grows) exposure.lookGross(i, side, added, marks2);
    const { gross, own } = exposure;
    if (grows && !(gross < Infinity)) return this.#refusals.refuse(Code.NO_PRICE, i, "price", NaN);
    if (grows && on & 1 << GROSS_EXPOSURE) {
      const scope = this.#limits.exceededSum(i, GROSS_EXPOSURE, worth.whole(i, own), worth.whole(i, gross));
      const observed = worth.whole(i, scope < WIDE_SCOPES ? gross : own);
      if (scope >= 0) return this.#refusals.breach(Code.GROSS_EXPOSURE, i, GROSS_EXPOSURE, scope, observed);
    }
    if (on & 1 << NET_EXPOSURE) {
      exposure.lookNet(i, side, added, marks2);
      const { net } = exposure;
      if (!(Math.abs(net) < Infinity)) return this.#refusals.refuse(Code.NO_PRICE, i, "price", NaN);
      code = this.#refusals.over(Code.NET_EXPOSURE, i, NET_EXPOSURE, worth.whole(i, net));
      if (code) return code;
    }
    if (!grows || !(on & (1 << CONCENTRATION | 1 << LEVERAGE))) return 0;
    if (view.account === undefined) return this.#refusals.refuse(Code.NO_ACCOUNT, i, "account", NaN);
    const equity = view.account.equity(this.#currencyOf[i], marks2);
    const all = worth.whole(i, gross), base = equity > all ? equity : all;
    if (on & 1 << CONCENTRATION && base > 0) {
      code = this.#refusals.over(Code.CONCENTRATION, i, CONCENTRATION, worth.whole(i, own) / base);
      if (code) return code;
    }
    if (!(on & 1 << LEVERAGE)) return 0;
    return this.#refusals.over(Code.LEVERAGE, i, LEVERAGE, equity > 0 ? all / equity : Infinity);
  }

  /** Whether the cash covers an order of which `left` lots may still be filled at `price`. */
  #cash(i: number, slot: number, price: number, left: number): Code | 0 {
    const view = this.#view;
    const open = this.#open, currency = this.#currencyOf[i];
    const before = open.money(slot);
    open.lookEach(slot, price);
    const money = left * open.each;
    if (money <= before) return 0;
    if (view.account === undefined) return this.#refusals.refuse(Code.NO_ACCOUNT, i, "account", NaN);
    if (!(money < Infinity)) return this.#refusals.refuse(Code.NO_PRICE, i, "price", NaN);
    const short = open.paid(currency) - before + money - view.account.cashUnits(currency);
    return short <= 0 ? 0 : this.#refusals.over(Code.CASH, i, OVERDRAFT, this.#worth.whole(i, short));
  }
}
