import type { InstrumentSpec } from "../../engine/core/instrument.ts";
import { Rng } from "../../engine/core/rng.ts";
import type { TapeReader } from "../../engine/feed/tape_reader.ts";
import type { GuardOptions, Then } from "../../engine/risk/guard_options.ts";
import type { Limits, ScopeLimits } from "../../engine/risk/limits.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import { middleOf, randomTape, type TapeKind } from "./tapes.ts";

/** Tapes of one kind that there are. */
const TAPES = 6;

/** A session of chance: all of it follows from the seed. */
export interface Plan {
  readonly seed: number;
  readonly kinds: readonly TapeKind[];
  readonly tapes: readonly TapeReader[];
  /** The first instrument is traded at a venue of chance, which repeats itself and is late. */
  readonly wild: boolean;
  /** Prices around which orders go, by instrument in the session's order. */
  readonly middles: readonly number[];
  /** Orders of money are sent, which come to as many lots as the price allows when they arrive. */
  readonly money: boolean;
  /** Seconds in which orders are not taken yet. */
  readonly warmupSec: number;
  /** Commands from outside, of two thousand moves. */
  readonly commands: number;
  readonly options: Omit<BacktestOptions, "strategy" | "tape">;
}

const GRIDS: readonly Partial<InstrumentSpec>[] = [
  { tick: "1", lot: "1" },
  { tick: "0.5", lot: "0.1", multiplier: "10" },
  { tick: "0.05", lot: "2" },
];
/** In the order of a session: two venues of X, so that orders can be routed. */
const NAMES = [["X", "a"], ["X", "b"], ["Y", "a"]] as const;

/** The session of a seed; `wild`: with a venue of chance. */
export function planOf(seed: number, wild: boolean): Plan {
  const rng = new Rng(`plan ${seed}`), pick = <T>(...of: T[]): T => of[rng.int(of.length)];
  const kinds: TapeKind[] = wild ? pick<TapeKind[]>(["wild"], ["wild", "odd"], ["wild", "levels"]) : Array.from(
    { length: pick(1, 1, 2, 3) },
    () => pick<TapeKind>("odd", "odd", "levels", "orders", "bars"),
  );
  const like = !wild && kinds.every((kind) => kind === "odd" || kind === "levels") && rng.int(8) === 0;
  const tapes = kinds.map((kind, i) => {
    const [symbol, venue] = NAMES[i], spec = { symbol, venue, currency: "USD", ...pick(...GRIDS) };
    return randomTape(kind, rng.int(TAPES), spec as InstrumentSpec);
  });
  const lag = () => pick("0ms", `${rng.int(90)}ms`, `lognormal(${1 + rng.int(60)}ms,0.7)`, "table(1ms,7ms,90ms)");
  return {
    seed,
    kinds,
    tapes,
    wild,
    middles: kinds.map(middleOf),
    money: !wild && rng.int(6) === 0,
    warmupSec: rng.int(8) === 0 ? 1 + rng.int(4) : 0,
    commands: pick(0, 5, 30, 60),
    options: {
      seed,
      latency: `order=${lag()},cancel=${lag()},response=${lag()}${
        rng.int(4) === 0 ? `,feed=lognormal(${1 + rng.int(30)}ms,0.5)` : ""
      }`,
      queue: pick("risk", "power2", "log"),
      fees: pick("none", "maker=0.0002,taker=0.0007", "maker=-0.0001,taker=0.0003", "lot=0.05,minimum=1"),
      ...(like ? { like: "hftbacktest" as const } : {
        fills: pick("partial", "partial", "whole"),
        impact: pick("frozen", "frozen", "insert"),
        selfTrade: pick("allow", "allow", "cancel_oldest", "cancel_newest", "cancel_both", "decrement"),
      }),
      ...(kinds.includes("orders") && rng.int(4) === 0 ? { asLevels: true } : {}),
      ...drawLimits(rng, kinds.length),
      ...(rng.int(2) === 0 ? { guards: drawGuards(rng, wild) } : {}),
      cash: { USD: pick("0", "50000", "1000000") },
      ...(!wild && rng.int(10) === 0 ? { margin: "cross:initial=0.5,maintenance=0.4", cash: { USD: "60000" } } : {}),
    },
  };
}

/** Values near which a random order falls now within a limit, and now beyond it. */
export const NEAR: Readonly<Partial<Record<keyof Limits, (rng: Rng) => number>>> = {
  orderSize: (rng) => 4 + rng.int(6),
  orderSizeMin: (rng) => rng.int(3),
  notional: (rng) => 2000 + rng.int(9000),
  priceBand: (rng) => (1 + rng.int(12)) / 1000,
  collarLast: (rng) => (1 + rng.int(12)) / 1000,
  position: (rng) => 5 + rng.int(30),
  shortSelling: (rng) => rng.int(20),
  reduceOnly: (rng) => rng.int(3),
  selfTrade: (rng) => rng.int(2) * rng.int(10),
  openOrders: (rng) => 2 + rng.int(12),
  haltedOrders: (rng) => rng.int(4),
  dataAgeMs: (rng) => 500 + rng.int(3000),
  messageRate: (rng) => 4 + rng.int(40),
  orderRate: (rng) => 3 + rng.int(30),
  cancelRate: (rng) => 2 + rng.int(10),
  orderToTrade: (rng) => 3 + rng.int(30),
  grossExposure: (rng) => 5000 + rng.int(60_000),
  netExposure: (rng) => 4000 + rng.int(40_000),
  concentration: (rng) => 0.3 + rng.int(7) / 10,
  leverage: (rng) => 0.5 + rng.int(20) / 10,
  overdraft: (rng) => rng.int(100_000),
  heartbeatAgeMs: (rng) => 300 + rng.int(3000),
};
const NAMES_NEAR = Object.keys(NEAR) as (keyof Limits)[];
const WIDE = [
  "notional",
  "priceBand",
  "openOrders",
  "messageRate",
  "orderRate",
  "cancelRate",
  "grossExposure",
] as const;
const WIDE_ALONE = ["netExposure", "concentration", "leverage", "overdraft", "heartbeatAgeMs"] as const;
const SINGLE = NAMES_NEAR.filter((name) =>
  !(WIDE_ALONE as readonly string[]).includes(name) && name !== "grossExposure"
);

/** Names of limits that may stand with a scope. */
export function limitNames(wide: boolean): readonly (keyof Limits)[] {
  return wide ? [...WIDE, ...WIDE_ALONE] : [...SINGLE, "grossExposure"];
}

function drawLimits(rng: Rng, instruments: number): Pick<BacktestOptions, "limits" | "risk" | "limitsOf"> {
  const chance = [0, 8, 15, 30][rng.int(4)];
  const some = (names: readonly (keyof Limits)[]): ScopeLimits =>
    Object.fromEntries(names.filter(() => rng.int(100) < chance).map((name) => [name, NEAR[name]!(rng)]));
  const own = instruments > 1 && rng.int(3) === 0 ? { limitsOf: { X: some(SINGLE) } } : {};
  const risk = { session: some(limitNames(true)), account: some(limitNames(true)), strategy: some(limitNames(true)) };
  return { limits: some(SINGLE), ...own, risk };
}

function drawGuards(rng: Rng, wild: boolean): GuardOptions {
  const then = (): Then => (["alert", "reduce", "halt", "halt", "kill"] as const)[rng.int(5)];
  const some = <T extends object>(all: T): Partial<T> =>
    Object.fromEntries(Object.entries(all).filter(() => rng.int(3) === 0)) as Partial<T>;
  const pause = () => `${1 + rng.int(3000)}ms`, cancel = () => rng.int(3) > 0;
  const postTrade = some({
    dailyLoss: { limit: 100 + rng.int(3000), then: then(), cancel: cancel() },
    drawdown: { limit: 100 + rng.int(3000), then: then(), cancel: cancel() },
    lossStreak: { count: 2 + rng.int(4), pause: pause(), then: then() },
    positionAge: { limit: pause(), then: then() },
    pnlJump: { limit: 50 + rng.int(800), window: "1s", pause: pause(), then: then() },
    slippage: { rate: rng.int(30) / 10_000 + 0.0001, fills: 1 + rng.int(4), of: "all" as const, then: then() },
  });
  // A venue of chance has no market to look at.
  const breakers = wild ? {} : some({
    bands: { band: 0.001 + rng.int(9) / 1000, window: "3s", limitState: "200ms", pause: pause(), then: then() },
    jump: { rate: 0.001 + rng.int(9) / 1000, window: "1s", pause: pause(), then: then() },
    spread: { ticks: 2 + rng.int(9), pause: pause(), then: then() },
    silence: { after: `${100 + rng.int(900)}ms`, then: then() },
    gap: { then: then() },
    crossed: { lasts: `${rng.int(90)}ms`, then: then() },
  });
  const compliance = some({ washTrades: { then: then() }, layering: { then: then() }, momentum: {} });
  const kill = { flatten: rng.int(2) === 0 ? "market" : "none" };
  return { postTrade: { every: "300ms", ...postTrade }, breakers, compliance, kill } as GuardOptions;
}
