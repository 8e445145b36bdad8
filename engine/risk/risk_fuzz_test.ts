import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { Valuation } from "../account/valuation.ts";
import { codeName } from "../core/codes.ts";
import { BUY, SELL } from "../core/event.ts";
import { instrument } from "../core/instrument.ts";
import { Rng } from "../core/rng.ts";
import {
  ACKNOWLEDGED,
  CANCEL_DONE,
  CANCEL_REQUESTED,
  FILL,
  isAmendable,
  isCancellable,
  isFinal,
  live,
  PENDING_CANCEL,
  PENDING_NEW,
  PENDING_REPLACE,
  REPLACE_DONE,
  REPLACE_REQUESTED,
  REQUEST_REFUSED,
  SIZED,
} from "../oms/order_life.ts";
import {
  GTC,
  ICEBERG,
  IOC,
  LIMIT,
  MARKET,
  OrderTable,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  STOP_LIMIT,
  TRAILING_STOP,
} from "../oms/order_table.ts";
import { type NaiveOrder, NaiveRisk, type NaiveWorld, type Verdict } from "./_naive_risk.ts";
import { LIMIT_NAMES, type LimitName, LIMITS, type ScopeLimits } from "./limits.ts";
import { Risk } from "./risk.ts";
import type { RiskView } from "./risk_view.ts";

const INSTRUMENTS = [
  instrument({ symbol: "A", venue: "v", tick: "0.5", lot: "0.1", multiplier: "10" }),
  instrument({ symbol: "B", venue: "v", tick: "1", lot: "1", multiplier: "2" }),
  instrument({ symbol: "C", venue: "v", tick: "0.5", lot: "1", multiplier: "100", kind: "inverse", currency: "BTC" }),
];
const VALUATION = new Valuation(INSTRUMENTS);
const TYPES = [LIMIT, LIMIT, LIMIT, LIMIT, MARKET, STOP, STOP_LIMIT, TRAILING_STOP, ICEBERG];

/** Values near which a random order falls now within a limit, and now beyond it. */
const NEAR: Readonly<Record<LimitName, (rng: Rng) => number>> = {
  orderSize: (rng) => 5 + rng.int(6),
  orderSizeMin: (rng) => rng.int(3),
  notional: (rng) => 200 + rng.int(1500),
  notionalMin: (rng) => rng.int(100),
  priceBand: (rng) => rng.int(12) / 100,
  collarLast: (rng) => rng.int(12) / 100,
  collarReference: (rng) => rng.int(12) / 100,
  position: (rng) => 5 + rng.int(30),
  shortSelling: (rng) => rng.int(20),
  reduceOnly: (rng) => rng.int(3),
  selfTrade: (rng) => rng.int(2) * rng.int(10),
  openOrders: (rng) => 2 + rng.int(8),
  haltedOrders: (rng) => rng.int(4),
  dataAgeMs: (rng) => 1000 + rng.int(9000),
  messageRate: (rng) => 1 + rng.int(8),
  orderRate: (rng) => 1 + rng.int(6),
  cancelRate: (rng) => 1 + rng.int(4),
  orderToTrade: (rng) => 1 + rng.int(9),
  grossExposure: (rng) => 500 + rng.int(6000),
  netExposure: (rng) => 200 + rng.int(4000),
  concentration: (rng) => 0.3 + rng.int(7) / 10,
  leverage: (rng) => 0.5 + rng.int(20) / 10,
  overdraft: (rng) => rng.int(3000),
  heartbeatAgeMs: (rng) => 2000 + rng.int(4000),
};
/** Limits that count from when they are set: they stand from the start, or not at all. */
const FIXED: readonly LimitName[] = ["messageRate", "orderRate", "cancelRate", "orderToTrade", "overdraft"];

function drawLimits(rng: Rng, place: "instrument" | "wide", chance: number): ScopeLimits {
  const limits: Record<string, number | "unlimited"> = {};
  for (const name of LIMIT_NAMES) {
    if (LIMITS[name].place !== "any" && LIMITS[name].place !== place) continue;
    if (rng.int(100) < chance) limits[name] = rng.int(8) === 0 ? "unlimited" : NEAR[name](rng);
  }
  return { ...limits, ...(rng.int(2) === 0 ? { orderToTradeFrom: rng.int(20) } : {}) };
}

/** A desk that sends what risk approves to a venue of chance, beside the twin. */
class Pair {
  readonly orders = new OrderTable();
  readonly world: NaiveWorld = {
    now: 0,
    mids2: [400, 200, 2000],
    lasts: [200, 100, 1000],
    stale: [false, false, false],
    halted: [false, false, false],
    heard: [0, 0, 0],
    positions: [0, 0, 0],
    cash: [2e11, 1e8],
    beatAt: 0,
  };
  readonly risk: Risk;
  readonly naive: NaiveRisk;
  readonly #limits: Record<string, unknown>[];
  readonly #scopes: Record<"session" | "account" | "strategy", Record<string, unknown>>;
  /** Slots of open orders, and the twin's own. */
  readonly open = new Map<number, NaiveOrder>();
  readonly verdicts = new Map<string, number>();

  constructor(readonly rng: Rng) {
    const chance = 5 + rng.int(40);
    this.#limits = INSTRUMENTS.map(({ tickSize }, i) => ({
      ...drawLimits(rng, "instrument", chance),
      referencePrice: this.world.lasts[i] * tickSize,
    }));
    const wide = () => drawLimits(rng, "wide", chance / 2);
    this.#scopes = { session: wide(), account: wide(), strategy: wide() };
    const { world } = this;
    const view: RiskView = {
      get now() {
        return world.now;
      },
      mid2: (i) => world.mids2[i],
      last: (i) => world.lasts[i],
      marks2: () => world.mids2,
      stale: (i) => world.stale[i],
      halted: (i) => world.halted[i],
      expired: () => false,
      heard: (i) => world.heard[i],
      tradingDay: () => 0,
      position: (i) => world.positions[i],
      account: { cashUnits: (currency) => world.cash[currency], equity: (currency) => world.cash[currency] / 1e8 },
    };
    const scopes = { ...this.#scopes };
    this.risk = new Risk(
      { valuation: VALUATION, limits: this.#limits.map((each) => ({ ...each })), scopes },
      this.orders,
      view,
    );
    this.naive = new NaiveRisk(INSTRUMENTS, this.#limits, this.#scopes, world);
    this.risk.beat();
  }

  step(): void {
    const { rng, world } = this, i = rng.int(3), draw = rng.int(100);
    world.now += rng.int(8) === 0 ? 6e8 : rng.int(1e8);
    if (draw < 40) this.submit(i);
    else if (draw < 52) this.#amend();
    else if (draw < 58) this.#cancel();
    else if (draw < 80) this.#answer();
    else if (draw < 88) this.#move(i);
    else if (draw < 90) world.halted[i] = rng.int(3) === 0;
    else if (draw < 91) world.stale[i] = rng.int(3) === 0;
    else if (draw < 96) {
      world.beatAt = world.now;
      this.risk.beat();
    } else this.#set(i);
  }

  submit(i: number): void {
    const { rng, orders, world } = this, slot = orders.open();
    const type = TYPES[rng.int(TYPES.length)], priced = type === LIMIT || type === STOP_LIMIT || type === ICEBERG;
    const money = type === MARKET && rng.int(3) === 0, odd = rng.int(40) === 0;
    const middle = world.lasts[i];
    const order: NaiveOrder = {
      instrument: i,
      side: rng.int(2) === 0 ? BUY : SELL,
      type,
      tif: rng.int(5) === 0 ? IOC : GTC,
      trigger: type >= STOP && type <= TRAILING_STOP
        ? (type === TRAILING_STOP ? rng.int(5) : middle + rng.int(9) - 4)
        : NaN,
      quote: money ? middle * (1 + rng.int(6)) : 0,
      postOnly: rng.int(9) === 0,
      reduceOnly: rng.int(6) === 0,
      price: priced ? middle + Math.round(middle / 100) * (rng.int(25) - 12) + (odd ? 0.5 : 0) : NaN,
      size: money ? 0 : 1 + rng.int(12) - (odd ? 3 : 0),
      filled: 0,
      open: false,
    };
    orders.instrument[slot] = i;
    orders.side[slot] = order.side;
    orders.type[slot] = type;
    orders.tif[slot] = order.tif;
    orders.flags[slot] = (order.postOnly ? POST_ONLY : 0) | (order.reduceOnly ? REDUCE_ONLY : 0);
    orders.price[slot] = order.price;
    orders.size[slot] = order.size;
    orders.trigger[slot] = order.trigger;
    orders.display[slot] = type === ICEBERG ? 1 : NaN;
    orders.quote[slot] = order.quote;
    const expected = this.naive.judge(order), says = this.risk.check(slot);
    this.#compare(typeof says === "number" ? says : 0, expected);
    if (typeof says === "number") return orders.release(slot);
    orders.state[slot] = PENDING_NEW;
    this.risk.leaves(slot);
    this.#sent(i, false);
    order.open = true;
    if (money) order.judged = Math.max(0, this.naive.lots(order)) || 0;
    order.each = this.naive.each(order, NaN) || 0;
    this.naive.orders.push(order);
    this.open.set(slot, order);
  }

  #amend(): void {
    const { rng, orders } = this, slot = this.#pick((each) => isAmendable(orders.state[each]));
    if (slot < 0) return;
    const order = this.open.get(slot)!;
    const size = order.filled + rng.int(12), price = order.price + rng.int(7) - 3;
    const expected = this.naive.judge(order, { price, size });
    this.#compare(this.risk.checkAmend(slot, price, size), expected);
    if (expected[0] !== "approved") return;
    live(orders, slot, REPLACE_REQUESTED);
    this.risk.amends(slot, price, size);
    order.next = { price, size };
    this.#sent(order.instrument, false);
  }

  #cancel(): void {
    const { orders } = this, slot = this.#pick((each) => isCancellable(orders.state[each]));
    if (slot < 0) return;
    live(orders, slot, CANCEL_REQUESTED);
    this.#sent(this.open.get(slot)!.instrument, true);
  }

  /** The venue says something that it may say. */
  #answer(): void {
    const { rng, orders } = this, slot = this.#pick(() => true);
    if (slot < 0) return;
    const order = this.open.get(slot)!, state = orders.state[slot], draw = rng.int(4);
    if (order.judged !== undefined && order.size === 0) {
      if (draw === 0) return this.#event(slot, CANCEL_DONE);
      order.size = orders.size[slot] = 1 + rng.int(order.judged + 2);
      order.judged = undefined;
      return this.#event(slot, SIZED);
    }
    if (draw === 0) {
      // A reduce-only order is filled as far as it reduces: its venue sees to that.
      const held = Math.max(0, -order.side * this.world.positions[order.instrument]);
      const left = Math.min(order.size - order.filled, order.reduceOnly ? held : Infinity);
      if (left > 0) this.#fill(slot, order, 1 + rng.int(left));
    } else if (state === PENDING_REPLACE && draw < 3) {
      const done = rng.int(2) === 0 && order.next!.size > order.filled;
      if (done) {
        order.price = orders.price[slot] = order.next!.price;
        order.size = orders.size[slot] = order.next!.size;
      }
      order.next = undefined;
      this.#event(slot, done ? REPLACE_DONE : REQUEST_REFUSED);
    } else if (state === PENDING_CANCEL) this.#event(slot, rng.int(2) === 0 ? CANCEL_DONE : REQUEST_REFUSED);
    else if (state === PENDING_NEW) this.#event(slot, ACKNOWLEDGED);
    else if (draw === 3 && rng.int(4) === 0) this.#event(slot, CANCEL_DONE);
  }

  #fill(slot: number, order: NaiveOrder, lots: number): void {
    const { instrument: i, side } = order, { world } = this;
    order.filled += lots;
    this.orders.filled[slot] += lots;
    world.positions[i] += side * lots;
    if (i < 2) world.cash[0] -= side * lots * world.lasts[i] * (i === 0 ? 5e7 : 2e8);
    this.naive.fills.push(i);
    this.#event(slot, FILL);
  }

  #event(slot: number, event: number): void {
    const { orders } = this, order = this.open.get(slot)!;
    live(orders, slot, event);
    this.risk.stands(slot, event);
    if (!isFinal(orders.state[slot])) return;
    order.open = false;
    this.open.delete(slot);
    orders.release(slot);
  }

  #move(i: number): void {
    const { rng, world } = this;
    world.heard[i] = world.now;
    world.lasts[i] = Math.max(20, world.lasts[i] + rng.int(7) - 3);
    world.mids2[i] = rng.int(30) === 0 ? NaN : 2 * world.lasts[i] + rng.int(5) - 2;
  }

  #set(i: number): void {
    const { rng } = this, name = LIMIT_NAMES[rng.int(LIMIT_NAMES.length)], wide = rng.int(2) === 0;
    const place = LIMITS[name].place, scope = (["session", "account", "strategy"] as const)[rng.int(3)];
    if ((wide && place === "instrument") || (!wide && place === "wide") || FIXED.includes(name)) return;
    const value = rng.int(4) === 0 ? "unlimited" : NEAR[name](rng);
    this.risk.set(wide ? scope : `instruments.${INSTRUMENTS[i].symbol}`, name, value);
    if (wide) this.#scopes[scope][name] = value;
    else this.#limits[i][name] = value;
  }

  #sent(instrument: number, cancel: boolean): void {
    this.risk.sent(instrument, cancel);
    this.naive.requests.push({ at: this.world.now, instrument, cancel });
  }

  #pick(fits: (slot: number) => boolean): number {
    const slots = [...this.open.keys()].filter(fits);
    return slots.length === 0 ? -1 : slots[this.rng.int(slots.length)];
  }

  #compare(code: number, expected: Verdict): void {
    const { last } = this.risk;
    this.verdicts.set(expected[0], (this.verdicts.get(expected[0]) ?? 0) + 1);
    if (code === 0) return assertEquals(["approved"], expected);
    const says = [codeName(code), last.check, last.scope];
    assertEquals(says, expected.slice(0, 3));
    const observed = Number(expected[3]), about = Math.abs(observed) * 1e-9;
    assertAlmostEquals(last.observed, observed, about, `${says.join(" ")}: ${last.observed}, not ${observed}`);
  }
}

function run(seed: number, steps: number): Pair {
  const pair = new Pair(new Rng(seed));
  for (let i = 0; i < steps; i++) pair.step();
  return pair;
}

Deno.test("Risk: says of random orders and amends what its slow twin says, check by check", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 400 }), (seed, steps) => {
      generated(steps);
      run(seed, steps);
    }),
    { numRuns: fuzzRuns(200) },
  );
});

Deno.test("Risk: the random orders meet every limit", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 300; seed++) for (const name of run(seed, 200).verdicts.keys()) seen.add(name);
  const wanted = ["approved", "CASH", "HEARTBEAT", "INSTRUMENT_HALTED", "NO_PRICE", "ORDER_FORM", "OWN_ORDER"];
  const limits = LIMIT_NAMES.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  const others = ["SELF_TRADE", "HALTED_ORDERS", "DATA_AGE_MS", "HEARTBEAT_AGE_MS", "OVERDRAFT"];
  wanted.push("STALE_BOOK", "STALE_DATA", ...limits.filter((name) => !others.includes(name)));
  assertEquals(wanted.filter((name) => !seen.has(name)), []);
});
