import { Code } from "../core/codes.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import type { CheckContext } from "./check_context.ts";
import {
  CANCEL_RATE,
  type LimitTable,
  MESSAGE_RATE,
  OPEN_ORDERS,
  ORDER_RATE,
  ORDER_TO_TRADE,
  WIDE_SCOPES,
} from "./limit_table.ts";
import type { OpenOrders } from "./open_orders.ts";
import type { Refusals } from "./refusals.ts";
import { ALL_REQUESTS, CANCELS_SENT, ORDERS_SENT, Requests } from "./requests.ts";
import type { RiskView } from "./risk_view.ts";

const RATES = 1 << MESSAGE_RATE | 1 << ORDER_RATE | 1 << CANCEL_RATE | 1 << ORDER_TO_TRADE;
/** The limits that are judged here. */
export const LOADS = 1 << OPEN_ORDERS | RATES;

/** Checks of how much is asked of the venue: orders open, requests a second, orders for each fill. */
export class LoadCheck {
  readonly #requests: Requests;
  /** By scope: orders and amends sent, fills. */
  readonly #sent: Float64Array;
  readonly #fills: Float64Array;
  /** Whether any request has to be counted. */
  #counts = false;
  readonly #view: RiskView;
  readonly #limits: LimitTable;
  readonly #open: OpenOrders;
  readonly #refusals: Refusals;

  constructor({ view, valuation, limits, open, refusals }: CheckContext) {
    const scopes = WIDE_SCOPES + valuation.instruments.length;
    this.#requests = new Requests(scopes);
    this.#sent = new Float64Array(scopes);
    this.#fills = new Float64Array(scopes);
    this.#view = view;
    this.#limits = limits;
    this.#open = open;
    this.#refusals = refusals;
  }

  /** The limits have changed. */
  apply(): void {
    const limits = this.#limits;
    for (let scope = 0; scope < limits.scopes.length; scope++) {
      this.#requests.bound(scope, ALL_REQUESTS, limits.of(scope, MESSAGE_RATE));
      this.#requests.bound(scope, ORDERS_SENT, limits.of(scope, ORDER_RATE));
      this.#requests.bound(scope, CANCELS_SENT, limits.of(scope, CANCEL_RATE));
    }
    this.#counts = limits.any(RATES);
  }

  /** An order of the instrument was filled, in whole or in part. */
  filled(instrument: number): void {
    if (this.#counts) this.#count(this.#fills, instrument);
  }

  /** A request goes out. */
  sent(instrument: number, cancel: boolean): void {
    if (!this.#counts) return;
    const { now } = this.#view;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k < WIDE_SCOPES ? k : WIDE_SCOPES + instrument;
      this.#requests.take(scope, ALL_REQUESTS, now);
      this.#requests.take(scope, cancel ? CANCELS_SENT : ORDERS_SENT, now);
    }
    if (!cancel) this.#count(this.#sent, instrument);
  }

  /** Judges one more order (`fresh`), or amend; `on` are the limits in force. */
  check(i: number, on: number, fresh: boolean): Code | 0 {
    const limits = this.#limits, open = this.#open;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + i : WIDE_SCOPES - k;
      if (fresh && on & 1 << OPEN_ORDERS && open.count(scope) + 1 > limits.of(scope, OPEN_ORDERS)) {
        return this.#refusals.breach(Code.OPEN_ORDERS, i, OPEN_ORDERS, scope, open.count(scope) + 1);
      }
    }
    if (!(on & RATES)) return 0;
    let code: Code | 0 = 0;
    if (on & 1 << MESSAGE_RATE) code = this.#rate(Code.MESSAGE_RATE, i, MESSAGE_RATE, ALL_REQUESTS);
    if (code === 0 && on & 1 << ORDER_RATE) code = this.#rate(Code.ORDER_RATE, i, ORDER_RATE, ORDERS_SENT);
    if (code === 0 && on & 1 << CANCEL_RATE) code = this.#rate(Code.CANCEL_RATE, i, CANCEL_RATE, CANCELS_SENT);
    if (code) return code;
    if (!(on & 1 << ORDER_TO_TRADE)) return 0;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + i : WIDE_SCOPES - k;
      const sent = this.#sent[scope] + 1, ratio = sent / Math.max(1, this.#fills[scope]);
      if (sent > limits.orderToTradeFrom[scope] && ratio > limits.of(scope, ORDER_TO_TRADE)) {
        return this.#refusals.breach(Code.ORDER_TO_TRADE, i, ORDER_TO_TRADE, scope, ratio);
      }
    }
    return 0;
  }

  #rate(code: Code, i: number, limit: number, kind: number): Code | 0 {
    const { now } = this.#view;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + i : WIDE_SCOPES - k, most = this.#limits.of(scope, limit);
      if (most === Infinity || !this.#requests.full(scope, kind, most, now)) continue;
      return this.#refusals.breach(code, i, limit, scope, this.#requests.within(scope, kind, now) + 1);
    }
    return 0;
  }

  #count(by: Float64Array, instrument: number): void {
    for (let scope = 0; scope < WIDE_SCOPES; scope++) by[scope]++;
    by[WIDE_SCOPES + instrument]++;
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    this.#requests.rebase(shift);
  }

  save(to: StateWriter): void {
    this.#requests.save(to);
    to.column(this.#sent);
    to.column(this.#fills);
  }

  /** Takes back what was kept, once the limits are those it was kept under. */
  load(from: StateReader): void {
    this.#requests.load(from);
    from.into(this.#sent);
    from.into(this.#fills);
  }
}
