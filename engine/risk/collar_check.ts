import { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import type { CheckContext } from "./check_context.ts";
import { COLLAR_LAST, COLLAR_REFERENCE, type LimitTable, PRICE_BAND } from "./limit_table.ts";
import type { Refusals } from "./refusals.ts";
import type { RiskView } from "./risk_view.ts";

/** The limits that are judged here. */
export const COLLARS = 1 << PRICE_BAND | 1 << COLLAR_LAST | 1 << COLLAR_REFERENCE;

/** Checks of how far a limit price lies from the middle, the last price and the reference price. */
export class CollarCheck {
  /** By instrument: reference price in ticks, and the trading day it is of. */
  readonly #references: Float64Array;
  readonly #days: Float64Array;
  readonly #view: RiskView;
  readonly #instruments: readonly Instrument[];
  readonly #limits: LimitTable;
  readonly #refusals: Refusals;

  constructor({ view, valuation, limits, refusals }: CheckContext) {
    const { instruments } = valuation;
    this.#references = new Float64Array(instruments.length).fill(NaN);
    this.#days = new Float64Array(instruments.length).fill(NaN);
    this.#view = view;
    this.#instruments = instruments;
    this.#limits = limits;
    this.#refusals = refusals;
  }

  /** Judges a limit price; `on` are the limits in force, and `mid2` is twice the middle. */
  check(i: number, on: number, price: number, mid2: number): Code | 0 {
    let code: Code | 0 = 0;
    if (on & 1 << PRICE_BAND) code = this.#collar(Code.PRICE_BAND, i, PRICE_BAND, price, mid2);
    if (code === 0 && on & 1 << COLLAR_LAST) {
      code = this.#collar(Code.COLLAR_LAST, i, COLLAR_LAST, price, 2 * this.#view.last(i));
    }
    if (code === 0 && on & 1 << COLLAR_REFERENCE) {
      code = this.#collar(Code.COLLAR_REFERENCE, i, COLLAR_REFERENCE, price, 2 * this.#reference(i));
    }
    return code;
  }

  #collar(code: Code, i: number, limit: number, price: number, from2: number): Code | 0 {
    if (!(Math.abs(from2) < Infinity)) return this.#refusals.refuse(Code.NO_PRICE, i, "price", NaN);
    const distance = Math.abs(2 * price - from2), whole = Math.abs(from2);
    // Not by the quotient, which is rounded: a price at the very edge passes.
    const scope = this.#limits.apart(i, limit, distance, whole);
    return scope < 0 ? 0 : this.#refusals.breach(code, i, limit, scope, distance / whole);
  }

  /** The reference price in ticks, NaN where there is none yet. */
  #reference(i: number): number {
    const set = this.#limits.referencePrices[i];
    if (set === set) {
      const ticks = set / this.#instruments[i].tickSize, whole = Math.round(ticks);
      return Math.abs(ticks - whole) < 1e-6 ? whole : ticks;
    }
    const day = this.#view.tradingDay(i), last = this.#view.last(i);
    if (day !== this.#days[i] && last === last) {
      this.#days[i] = day;
      this.#references[i] = last;
    }
    return this.#references[i];
  }

  save(to: StateWriter): void {
    to.column(this.#references);
    to.column(this.#days);
  }

  load(from: StateReader): void {
    from.into(this.#references);
    from.into(this.#days);
  }
}
