import { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
import {
  FOK,
  ICEBERG,
  IOC,
  LIMIT,
  MARKET,
  type OrderTable,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  STOP_LIMIT,
  TRAILING_STOP,
} from "../oms/order_table.ts";
import type { CheckContext } from "./check_context.ts";
import type { Refusals } from "./refusals.ts";
import type { RiskView } from "./risk_view.ts";

/** Checks of an order by itself: whether its fields are numbers of ticks and lots, and go together. */
export class FormCheck {
  readonly #orders: OrderTable;
  readonly #view: RiskView;
  readonly #instruments: readonly Instrument[];
  readonly #refusals: Refusals;

  constructor({ orders, view, valuation, refusals }: CheckContext) {
    this.#orders = orders;
    this.#view = view;
    this.#instruments = valuation.instruments;
    this.#refusals = refusals;
  }

  /** Judges one of the session's own: it closes the position, by the market. */
  closes(i: number, slot: number): Code | 0 {
    const { type, flags, side, size } = this.#orders;
    const held = -side[slot] * this.#view.position(i);
    const closes = type[slot] === MARKET && (flags[slot] & REDUCE_ONLY) !== 0 && size[slot] > 0 && size[slot] <= held;
    return closes ? 0 : this.#refusals.refuse(Code.ORDER_FORM, i, "form", NaN);
  }

  /** Judges a new order of anybody else. */
  check(i: number, slot: number): Code | 0 {
    const orders = this.#orders;
    const type = orders.type[slot], price = orders.price[slot], size = orders.size[slot], tif = orders.tif[slot];
    const priced = type === LIMIT || type === STOP_LIMIT || type === ICEBERG;
    if (priced ? !Number.isSafeInteger(price) : !Number.isNaN(price)) {
      return this.#refusals.refuse(Code.PRICE_GRID, i, "priceGrid", price);
    }
    const trigger = orders.trigger[slot], display = orders.display[slot];
    if (type >= STOP && type <= TRAILING_STOP && !Number.isSafeInteger(trigger)) {
      return this.#refusals.refuse(Code.PRICE_GRID, i, "priceGrid", trigger);
    }
    const quote = orders.quote[slot];
    const sized = quote === 0 ? size > 0 : Number.isSafeInteger(quote) && quote > 0;
    if (!(sized && Number.isSafeInteger(size))) {
      return this.#refusals.refuse(Code.SIZE_GRID, i, "sizeGrid", quote === 0 ? size : quote);
    }
    if (type === ICEBERG && !(Number.isSafeInteger(display) && display > 0)) {
      return this.#refusals.refuse(Code.SIZE_GRID, i, "sizeGrid", display);
    }
    const odd = (quote !== 0 && (type !== MARKET || this.#instruments[i].kind === "inverse")) ||
      (type === TRAILING_STOP && trigger <= 0) ||
      ((orders.flags[slot] & POST_ONLY) !== 0 && (!priced || tif === IOC || tif === FOK));
    return odd ? this.#refusals.refuse(Code.ORDER_FORM, i, "form", NaN) : 0;
  }

  /** Judges an amend to `price` and `size`. */
  amend(i: number, slot: number, price: number, size: number): Code | 0 {
    if (!Number.isSafeInteger(size) || size <= 0) return this.#refusals.refuse(Code.SIZE_GRID, i, "sizeGrid", size);
    if (Number.isNaN(this.#orders.price[slot]) ? !Number.isNaN(price) : !Number.isSafeInteger(price)) {
      return this.#refusals.refuse(Code.PRICE_GRID, i, "priceGrid", price);
    }
    return 0;
  }
}
