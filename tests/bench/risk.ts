import { Valuation } from "../../engine/account/valuation.ts";
import { BUY, SELL } from "../../engine/core/event.ts";
import { instrument } from "../../engine/core/instrument.ts";
import { GTC, LIMIT, OrderTable } from "../../engine/oms/order_table.ts";
import type { RiskScopes, ScopeLimits } from "../../engine/risk/limits.ts";
import { Risk } from "../../engine/risk/risk.ts";
import type { RiskView } from "../../engine/risk/risk_view.ts";

/** What a run of checks came to. */
export interface RiskResult {
  /** Wall time of each run, in seconds. */
  readonly seconds: readonly number[];
  readonly checks: number;
  /** Bytes by which the heap grew for each of some checks more, rounded: few enough that nothing is collected meanwhile. */
  readonly bytesEach: number;
}

/** Every limit of one instrument and of the session, none of which the orders reach. */
export const ALL_LIMITS: { readonly limits: ScopeLimits; readonly scopes: RiskScopes } = {
  limits: {
    orderSize: 100,
    orderSizeMin: 1,
    notional: 1e9,
    notionalMin: 1,
    priceBand: 0.5,
    collarLast: 0.5,
    collarReference: 0.5,
    position: 1e6,
    shortSelling: 1e6,
    reduceOnly: 0,
    selfTrade: 0,
    openOrders: 1000,
    haltedOrders: 0,
    dataAgeMs: 1e6,
    messageRate: 1000,
    orderRate: 1000,
    cancelRate: 1000,
    orderToTrade: 1000,
  },
  scopes: {
    session: {
      grossExposure: 1e12,
      netExposure: 1e12,
      concentration: 1,
      leverage: 1e6,
      overdraft: 1e12,
      heartbeatAgeMs: 1e6,
      openOrders: 1000,
      messageRate: 1000,
    },
  },
};

/** Orders that are judged in turn, and orders that rest. */
const DRAWN = 64, RESTING = 16;
/** Checks whose memory is measured: at 16 bytes each they stay within what is free before a collection. */
const FEW = 10_000;

/** Judges orders again and again, some times over, after one run that does not count; none of them leaves. */
export function benchRisk(limits: ScopeLimits, scopes: RiskScopes, checks: number, runs: number): RiskResult {
  const orders = new OrderTable(), middle = new Float64Array([20_000]);
  const view: RiskView = {
    now: 0,
    mid2: () => 20_000,
    last: () => 10_000,
    marks2: () => middle,
    stale: () => false,
    halted: () => false,
    expired: () => false,
    heard: () => 0,
    tradingDay: () => 0,
    position: () => 5,
    account: { cashUnits: () => 1e14, equity: () => 1e6 },
  };
  const valuation = new Valuation([instrument({ symbol: "X", venue: "v", tick: "0.01", lot: "1" })]);
  const risk = new Risk({ valuation, limits: [limits], scopes }, orders, view);
  risk.beat();
  const slots = Array.from({ length: DRAWN + RESTING }, (_, i) => order(orders, i));
  for (const slot of slots.slice(DRAWN)) risk.leaves(slot);
  const seconds: number[] = [];
  const judge = (count: number) => {
    let refused = 0;
    for (let i = 0; i < count; i++) if (typeof risk.check(slots[i % DRAWN]) === "number") refused++;
    return refused;
  };
  for (let run = 0; run <= runs; run++) {
    const start = performance.now(), refused = judge(checks), took = (performance.now() - start) / 1000;
    if (refused > 0) throw new Error(`Cannot trust the run: ${refused} orders were refused, ${risk.last.text}`);
    if (run > 0) seconds.push(took);
  }
  const heap = Deno.memoryUsage().heapUsed;
  judge(FEW);
  return { seconds, checks, bytesEach: Math.round((Deno.memoryUsage().heapUsed - heap) / FEW) };
}

function order(orders: OrderTable, i: number): number {
  const slot = orders.open(), side = i % 2 === 0 ? BUY : SELL;
  orders.instrument[slot] = 0;
  orders.side[slot] = side;
  orders.type[slot] = LIMIT;
  orders.tif[slot] = GTC;
  orders.flags[slot] = 0;
  orders.price[slot] = 10_000 - side * (1 + i % 20);
  orders.size[slot] = 1 + i % 5;
  orders.trigger[slot] = orders.display[slot] = NaN;
  orders.quote[slot] = 0;
  return slot;
}

if (import.meta.main) {
  for (const { limits, scopes } of [{ limits: {}, scopes: {} }, ALL_LIMITS]) {
    const { seconds, checks, bytesEach } = benchRisk(limits, scopes, 2_000_000, 5);
    const count = Object.keys(limits).length + Object.keys(scopes.session ?? {}).length;
    console.log(
      `${count} limits: ${(checks / Math.min(...seconds) / 1e6).toFixed(1)}M checks/s, ${bytesEach} bytes each`,
    );
  }
}
