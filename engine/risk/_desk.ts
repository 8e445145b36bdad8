import { assertEquals } from "@std/assert";
import { Valuation } from "../account/valuation.ts";
import { codeName } from "../core/codes.ts";
import { BUY } from "../core/event.ts";
import { instrument } from "../core/instrument.ts";
import { ACKNOWLEDGED, FILL, live, PENDING_NEW } from "../oms/order_life.ts";
import { GTC, LIMIT, OrderTable } from "../oms/order_table.ts";
import type { RiskScopes, ScopeLimits } from "./limits.ts";
import { Risk } from "./risk.ts";
import type { RiskAccount, RiskView } from "./risk_view.ts";

/** What a test says of an order; all else is a limit order that buys 10 lots of BTC at 1,000 ticks. */
export interface Given {
  readonly instrument?: number;
  readonly type?: number;
  readonly side?: number;
  readonly price?: number;
  readonly size?: number;
  readonly trigger?: number;
  readonly display?: number;
  readonly quote?: number;
  readonly tif?: number;
  readonly flags?: number;
}

/** BTC at 1,000 ticks of 0.5, a lot of it 500 USD; an inverse contract of 100 USD; ETH, whose lot is 100 USD. */
export const INSTRUMENTS = [
  instrument({ symbol: "BTC", venue: "spot", tick: "0.5", lot: "0.1", multiplier: "10" }),
  instrument({
    symbol: "BTCUSD",
    venue: "coin",
    tick: "0.5",
    lot: "1",
    multiplier: "100",
    kind: "inverse",
    currency: "BTC",
  }),
  instrument({ symbol: "ETH", venue: "spot", tick: "1", lot: "1" }),
];
/** Places of the instruments. */
export const BTC = 0, BTCUSD = 1, ETH = 2;

/** What a desk's risk sees; a test changes it. */
export class DeskView implements RiskView {
  now = 0;
  mids2 = [2000, 2000, 200];
  lasts = [1000, 1000, 100];
  positions = [0, 0, 0];
  isStale = false;
  isHalted = false;
  isExpired = false;
  /** Time of the last message. */
  heardAt = 0;
  day = 0;
  /** Cash in whole USD and BTC; equity is the same. */
  cash = [10_000, 1];
  account: RiskAccount | undefined = {
    cashUnits: (currency) => this.cash[currency] * 1e8,
    equity: (currency) => this.cash[currency],
  };

  /** Every instrument's middle, twice, in ticks. */
  set mid(value: number) {
    this.mids2.fill(value);
  }

  /** Every instrument's position. */
  set lots(value: number) {
    this.positions.fill(value);
  }

  mid2(i: number): number {
    return this.mids2[i];
  }

  last(i: number): number {
    return this.lasts[i];
  }

  marks2(): readonly number[] {
    return this.mids2;
  }

  stale(): boolean {
    return this.isStale;
  }

  halted(): boolean {
    return this.isHalted;
  }

  expired(): boolean {
    return this.isExpired;
  }

  heard(): number {
    return this.heardAt;
  }

  tradingDay(): number {
    return this.day;
  }

  position(i: number): number {
    return this.positions[i];
  }
}

/** Risk with an order table and a view of its own. */
export class Desk {
  readonly orders = new OrderTable();
  readonly view = new DeskView();
  readonly risk: Risk;

  /** `limits` are those of every instrument. */
  constructor(limits: ScopeLimits, scopes: RiskScopes = {}) {
    const valuation = new Valuation(INSTRUMENTS);
    this.risk = new Risk({ valuation, limits: INSTRUMENTS.map(() => limits), scopes }, this.orders, this.view);
  }

  /** Fills a slot with an order. */
  order(given: Given): number {
    const { orders } = this, slot = orders.open();
    orders.instrument[slot] = given.instrument ?? BTC;
    orders.type[slot] = given.type ?? LIMIT;
    orders.side[slot] = given.side ?? BUY;
    orders.price[slot] = given.price ?? (given.instrument === ETH ? 100 : 1000);
    orders.size[slot] = given.size ?? 10;
    orders.trigger[slot] = given.trigger ?? NaN;
    orders.display[slot] = given.display ?? NaN;
    orders.quote[slot] = given.quote ?? 0;
    orders.tif[slot] = given.tif ?? GTC;
    orders.flags[slot] = given.flags ?? 0;
    return slot;
  }

  /** An order that has left and was acknowledged. */
  leave(given: Given): number {
    const slot = this.order(given);
    this.orders.state[slot] = PENDING_NEW;
    this.risk.leaves(slot);
    this.event(slot, ACKNOWLEDGED);
    return slot;
  }

  fill(slot: number, lots: number): void {
    this.orders.filled[slot] += lots;
    this.event(slot, FILL);
  }

  /** An event of order_life.ts. */
  event(slot: number, event: number): void {
    live(this.orders, slot, event);
    this.risk.stands(slot, event);
  }

  /** "approved", or the code of the refusal. */
  check(given: Given): string {
    const slot = this.order(given), verdict = this.risk.check(slot);
    if (typeof verdict === "number") return codeName(verdict);
    assertEquals(verdict.slot, slot);
    return "approved";
  }

  /** "approved", or the last refusal: "POSITION instruments.BTC 500 512". */
  says(given: Given): string {
    const verdict = this.check(given);
    if (verdict === "approved") return verdict;
    const { scope, limit, observed } = this.risk.last;
    return `${verdict} ${scope} ${limit} ${Number(observed.toPrecision(9))}`;
  }
}
