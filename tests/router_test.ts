/** The router over made markets: it never trades through a better price that it could reach, by what it knew. */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "./fuzz_runs.ts";
import { parseDecimal } from "../engine/core/decimal.ts";
import { BUY, SELL, STATUS } from "../engine/core/event.ts";
import { Rng } from "../engine/core/rng.ts";
import type { Context, Strategy } from "../engine/core/strategy.ts";
import type { MadeRow } from "../engine/feed/_made_tape.ts";
import { Row } from "../engine/feed/row.ts";
import { compareFractions, type Fraction, naiveEffective } from "../engine/oms/_naive_consolidated.ts";
import { type MadeVenue, venuesOf } from "../engine/oms/routing/_venues.ts";
import type { RouteView } from "../engine/oms/routing/route.ts";
import type { VenueSettings } from "../engine/oms/routing/route_request.ts";
import { AgentMarket } from "../engine/agents/mod.ts";

/** Around 100, on grids of their own. */
const GRIDS = [
  { tick: "0.05", lot: "1", startTicks: 2000 },
  { tick: "0.1", lot: "2", startTicks: 1000 },
  { tick: "0.02", lot: "0.5", startTicks: 5000 },
  { tick: "0.05", lot: "0.5", multiplier: "3", startTicks: 2000 },
] as const;
const MESSAGES = 250;
const SILENCE = 1.5e9;

/** Rows of made markets by grid and seed, made when they are asked for. */
const made = new Map<string, MadeRow[]>();

function rowsOf(grid: number, seed: number): MadeRow[] {
  const key = `${grid} ${seed}`, known = made.get(key);
  if (known !== undefined) return known;
  const rows: MadeRow[] = [], row = new Row();
  const add = () => {
    const { kind, side, price, size, flags } = row;
    const ns = (sec: number, part: number) => BigInt(sec) * 1_000_000_000n + BigInt(part);
    const exchange = ns(row.exchangeSec, row.exchangeNs), local = ns(row.localSec, row.localNs);
    rows.push({ exchange, local, kind, side, price, size, flags });
  };
  new AgentMarket({ seed: `router ${key}`, startTicks: GRIDS[grid].startTicks, feedMs: 20 }, { l2: { row, add } })
    .advance(
      MESSAGES,
    );
  made.set(key, rows);
  return rows;
}

/** The rows with a few halts put between messages, each of two seconds. */
function halting(rows: readonly MadeRow[], rng: Rng): MadeRow[] {
  const all: MadeRow[] = [];
  let openAt: bigint | undefined;
  const status = (before: MadeRow, size: number) => {
    all.push({ exchange: before.exchange, local: before.local, kind: STATUS, size, flags: 7 });
  };
  for (const row of rows) {
    all.push(row);
    if ((row.flags! & 4) === 0) continue;
    if (openAt === undefined && rng.int(60) === 0) {
      openAt = BigInt(row.exchange) + 2_000_000_000n;
      status(row, 0);
    } else if (openAt !== undefined && BigInt(row.exchange) >= openAt) {
      openAt = undefined;
      status(row, 1);
    }
  }
  return all;
}

interface Plan {
  readonly seed: number;
  readonly venues: readonly {
    readonly grid: number;
    readonly seed: number;
    readonly taker: string;
    readonly minSize: string;
  }[];
  readonly latency: number;
  readonly halts: boolean;
}

const aPlan = (latency: fc.Arbitrary<number>): fc.Arbitrary<Plan> =>
  fc.record({
    seed: fc.nat(1e6),
    venues: fc.array(
      fc.record({
        grid: fc.nat(GRIDS.length - 1),
        seed: fc.nat(3),
        taker: fc.constantFrom("0", "0.0005", "0.001", "0.00123", "-0.0003"),
        minSize: fc.constantFrom("0", "0", "3", "7.5"),
      }),
      { minLength: 2, maxLength: 4 },
    ),
    latency,
    halts: fc.boolean(),
  });

/** What was sent to a level, as the slow twin of SentLevels keeps it. */
interface Sent {
  readonly order: number;
  readonly instrument: number;
  readonly side: number;
  readonly price: number;
  readonly lots: number;
  readonly shown: number;
  ended: bigint | undefined;
}

interface Level {
  readonly instrument: number;
  readonly price: number;
  /** Lots that could be taken; those a decision takes go off. */
  lots: number;
  readonly effective: Fraction;
}

/** Watches a router from outside: at each of its decisions it looks for a better level that could have been taken instead. */
class Watch {
  decisions = 0;
  children = 0;
  fills = 0;
  #sent: Sent[] = [];
  readonly #rounds = new Map<number, number>();

  constructor(
    private readonly plan: Plan,
    private readonly rows: readonly MadeRow[][],
    private readonly names: readonly string[],
  ) {}

  /** An order is over. */
  ended(ctx: Context, order: number): void {
    for (const sent of this.#sent) if (sent.order === order) sent.ended = ctx.now;
  }

  /** Looks at what routes sent since the last time. */
  look(ctx: Context, ids: readonly number[]): void {
    for (const id of ids) {
      const view = ctx.router.view(id)!;
      this.#conserves(ctx, view);
      const seen = this.#rounds.get(id) ?? 0;
      assert(view.rounds <= seen + 1, "one round at a time");
      this.#rounds.set(id, view.rounds);
      if (view.rounds > seen || view.state === "ended") this.#forget(ctx);
      if (view.rounds > seen) this.#decided(ctx, view);
    }
  }

  #decided(ctx: Context, view: RouteView): void {
    const { side } = view, limit = this.limits.get(view.id);
    const sent = view.children.filter(({ round }) => round === view.rounds);
    const levels = this.#reachable(ctx, view).flatMap((i) => this.#levels(ctx, i, side))
      .filter(({ instrument, price }) =>
        limit === undefined || side * this.#priced(instrument, price) <= side * limit + 1e-9
      );
    this.decisions++;
    this.children += sent.length;
    const worst = sent.map(({ instrument, price, size }) => {
      const level = levels.find((each) => each.instrument === instrument && each.price === price);
      if (level === undefined) throw new Error(`${this.names[instrument]} could not be reached at ${price}`);
      assert((level.lots -= size) >= 0, `more than there is at ${this.names[instrument]} ${price}`);
      return { effective: level.effective, units: size * this.#unit(instrument) };
    });
    for (const { effective, units } of worst) {
      for (const level of levels) {
        if (level.lots === 0 || side * compareFractions(level.effective, effective) >= 0) continue;
        // Part of this child could have gone there instead, if it made a whole lot, and a whole order where none went.
        const taken = sent.some(({ instrument, price }) => instrument === level.instrument && price === level.price);
        const lots = Math.min(level.lots, Math.floor(units / this.#unit(level.instrument)));
        const least = taken ? 0 : Number(this.#venue(level.instrument).minSize) / this.#unit(level.instrument);
        assert(
          lots < 1 || lots < least,
          `traded through ${this.names[level.instrument]} ${level.price}, ${level.lots} left`,
        );
      }
    }
    for (const { order, instrument, price, size } of sent) {
      const shown = ctx.book(instrument).size(-side, price);
      this.#sent.push({ order, instrument, side, price, lots: size, shown, ended: undefined });
    }
  }

  /** What went to levels that show another size by now, or to which a second has passed, is told of: at each decision. */
  #forget(ctx: Context): void {
    this.#sent = this.#sent.filter(({ instrument, side, price, shown, ended }) =>
      ended === undefined || this.#heard(ctx, instrument) <= ended ||
      (ctx.book(instrument).size(-side, price) === shown && ctx.now - ended < 1_000_000_000n)
    );
  }

  /** Lots of a venue's levels that are not out for already. */
  #levels(ctx: Context, instrument: number, side: number): Level[] {
    const book = ctx.book(instrument), prices = new Float64Array(500), sizes = new Float64Array(500);
    return Array.from({ length: book.top(-side, 500, prices, sizes) }, (_, k): Level => {
      const price = prices[k];
      const out = this.#sent.filter((sent) =>
        sent.instrument === instrument && sent.side === side && sent.price === price
      );
      const { grid, taker } = this.#venue(instrument);
      const rates = { rate: parseDecimal(taker), lot: parseDecimal("0") };
      const source = { instrument: ctx.instruments[instrument], book };
      assertEquals(GRIDS[grid].tick, source.instrument.spec.tick);
      return {
        instrument,
        price,
        lots: Math.max(0, sizes[k] - out.reduce((sum, sent) => sum + sent.lots, 0)),
        effective: naiveEffective(source, rates, side, price),
      };
    });
  }

  /** Venues that nothing speaks against, by the rows that have reached us. */
  #reachable(ctx: Context, view: RouteView): number[] {
    const states = ctx.router.venues("X");
    return ctx.instruments.map((_, i) => i).filter((i) => {
      const status = this.rows[i].findLast((row) => row.kind === STATUS && BigInt(row.local!) <= ctx.now);
      const rejected = view.children.some(({ instrument, state }) => instrument === i && state === "Rejected");
      const open = status?.size !== 0 && !ctx.book(i).stale && Number(ctx.now - this.#heard(ctx, i)) <= SILENCE;
      // A status that reaches us at this very time may be heard by now, or not.
      const both = this.rows[i].some((row) => row.kind === STATUS && BigInt(row.local!) === ctx.now);
      const said = states[i].state === "open" || states[i].state === "rejecting";
      assert(both || said === open, `${this.names[i]} ${states[i].state}`);
      return (both ? said : open) && !rejected && states[i].state !== "rejecting";
    });
  }

  #heard(ctx: Context, instrument: number): bigint {
    return BigInt(this.rows[instrument].findLast(({ local }) => BigInt(local!) <= ctx.now)?.local ?? 0);
  }

  #conserves(ctx: Context, { children, size, filled, left }: RouteView): void {
    let [done, out] = [0, 0];
    for (const child of children) {
      done += child.filled * this.#unit(child.instrument);
      if (["Filled", "Cancelled", "Rejected", "Expired"].includes(child.state)) continue;
      out += (child.size - child.filled) * this.#unit(child.instrument);
    }
    assert(ctx.now > 0n);
    assertAlmostEquals(done, filled, 1e-9);
    assertAlmostEquals(size - filled, left, 1e-9);
    assert(done + out <= size + 1e-9, `${done} filled and ${out} out of ${size}`);
  }

  /** The limit of each route that has one. */
  readonly limits = new Map<number, number>();

  #venue(instrument: number): Plan["venues"][number] {
    return this.plan.venues[instrument];
  }

  #priced(instrument: number, price: number): number {
    return price * Number(this.#grid(instrument).tick);
  }

  #grid(instrument: number): typeof GRIDS[number] {
    return GRIDS[this.#venue(instrument).grid];
  }

  #unit(instrument: number): number {
    const grid = this.#grid(instrument);
    return Number(grid.lot) * ("multiplier" in grid ? Number(grid.multiplier) : 1);
  }
}

/** Routes at random messages, and lets a watch look at each decision. */
function runPlan(plan: Plan): { watch: Watch; digest: string } {
  const rng = new Rng(plan.seed), names = plan.venues.map((_, i) => `v${i}`);
  const rows = plan.venues.map(({ grid, seed }, i) => {
    // No two venues speak at one time: who was heard first would have to be guessed.
    const late = (time: bigint | number) => BigInt(time) + BigInt(i);
    const all = rowsOf(grid, seed).map((row) => ({ ...row, exchange: late(row.exchange), local: late(row.local!) }));
    return plan.halts ? halting(all, rng.child(`halts ${i}`)) : all;
  });
  const watch = new Watch(plan, rows, names), ids: number[] = [];
  const atWork = (ctx: Context) => ids.filter((id) => ctx.router.view(id)!.state === "working");
  let recent: number[] = [];
  const strategy: Strategy = {
    onStart(ctx) {
      const venues = plan.venues.map((
        { taker, minSize },
        i,
      ): [string, VenueSettings] => [names[i], { taker, minSize }]);
      ctx.router.use({ silence: "1500ms", rounds: 4, venues: Object.fromEntries(venues) });
    },
    onBook(ctx) {
      if (rng.int(12) > 0) return;
      const side = rng.int(2) === 0 ? BUY : SELL, policy = rng.int(4) === 0 ? "best_price" : "sweep";
      const limit = rng.int(2) === 0 ? undefined : Number((100 + side * rng.int(6) / 20).toFixed(2));
      // Halves where some venue deals in them.
      const size = (1 + rng.int(rng.int(3) === 0 ? 400 : 30)) / (plan.venues.some(({ grid }) => grid >= 2) ? 2 : 1);
      const id = ctx.router.route({ symbol: "X", side, policy, size, ...limit === undefined ? {} : { limit } });
      if (limit !== undefined) watch.limits.set(id, limit);
      ids.push(id);
      watch.look(ctx, [id]);
      recent = atWork(ctx);
    },
    onOrder(ctx, { id, state }) {
      if (["Filled", "Cancelled", "Rejected", "Expired"].includes(state)) watch.ended(ctx, id);
      watch.look(ctx, recent);
      recent = atWork(ctx);
    },
    onFill: () => void watch.fills++,
  };
  const venues = Object.fromEntries(plan.venues.map(({ grid, taker }, i): [string, MadeVenue] => {
    const { tick, lot, ...more } = GRIDS[grid];
    const spec = { tick, lot, ..."multiplier" in more ? { multiplier: more.multiplier } : {} };
    return [names[i], { rows: rows[i], spec, fees: ["0", taker] }];
  }));
  const session = venuesOf({ venues, strategy, latency: plan.latency });
  session.run();
  return { watch, digest: session.core.digest.hex() };
}

for (
  const [what, latency, runs] of [
    ["without latency", fc.constant(0), 40],
    ["with latency, by what was known", fc.constantFrom(1e6, 3e7, 4e8), 40],
  ] as const
) {
  Deno.test(`Router: never trades through a better price that it could reach, over 2 to 4 made markets ${what}`, () => {
    let [decisions, children, fills] = [0, 0, 0];
    fc.assert(
      fc.property(aPlan(latency), (plan) => {
        const { watch } = runPlan(plan);
        generated(watch.children + watch.fills);
        decisions += watch.decisions;
        children += watch.children;
        fills += watch.fills;
      }),
      { numRuns: fuzzRuns(runs), seed: 4 },
    );
    assert(
      decisions > 20 * runs && children > 1.5 * decisions && fills > children / 2,
      `${decisions} ${children} ${fills}`,
    );
  });
}

Deno.test("Router: one seed, one digest, and another seed another", () => {
  const venues = [0, 1, 2].map((grid) => ({ grid, seed: 1, taker: "0.0005", minSize: "0" }));
  const digest = (seed: number) => runPlan({ seed, venues, latency: 2e6, halts: true }).digest;
  assertEquals(digest(7), digest(7));
  assertNotEquals(digest(7), digest(8));
});
