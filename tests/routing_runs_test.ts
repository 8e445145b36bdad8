/** Whole runs over several venues: the router strategy on made tapes and on two real ones, and snapshots in between. */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { DropCopy } from "../engine/core/drop_copy.ts";
import { BUY, SELL } from "../engine/core/event.ts";
import type { InstrumentSpec } from "../engine/core/instrument.ts";
import { StateReader } from "../engine/core/state_reader.ts";
import { StateWriter } from "../engine/core/state_writer.ts";
import type { Context, FillView, Strategy } from "../engine/core/strategy.ts";
import { MemoryFile } from "../engine/feed/memory_file.ts";
import { TapeReader } from "../engine/feed/tape_reader.ts";
import { venuesOf } from "../engine/oms/routing/_venues.ts";
import { FileSink } from "../engine/run/byte_sink.ts";
import { convert } from "../engine/run/convert.ts";
import { FillTable, OrderListTable } from "../engine/run/run_tables.ts";
import { sha256 } from "../engine/run/sha256.ts";
import { StepsFile } from "../engine/run/steps_file.ts";
import { AGENT_INSTRUMENT, AgentMarket } from "../engine/agents/mod.ts";
import { RowTape } from "../engine/feed/tape_sinks.ts";
import { backtest, strategy, type StrategyDefinition } from "../mod.ts";
import router from "../strategies/router.ts";
import { sharedData } from "./shared_data.ts";

/** A tape of the made market at a venue, seed and all. */
function venue(name: string, seed: number, spec: Partial<InstrumentSpec> = {}, startTicks = 2000): TapeReader {
  const file = new MemoryFile(`${name}.arrow`), tape = new RowTape(file, "l2");
  new AgentMarket({ seed: `venue ${seed}`, startTicks }, { l2: tape }).advance(600);
  tape.finish({ instrument: { ...AGENT_INSTRUMENT, venue: name, ...spec }, command: "none" }, sha256());
  return new TapeReader(file);
}

const NORTH = venue("north", 1), SOUTH = venue("south", 2, { tick: "0.02", lot: "0.5" }, 5000);
const TAPES = [NORTH, SOUTH, venue("west", 3)];
const conditions = { latency: "5ms", fees: "maker=0,taker=0.0005; south: maker=0.0001,taker=0.001" };

/** The strategy, with each of its fills told to `hears`. */
function heard(hears: (ctx: Context, fill: FillView) => void): StrategyDefinition {
  const definition: StrategyDefinition = router;
  return { ...definition, create: (params) => ({ ...definition.create(params), onFill: hears }) };
}

Deno.test("parents: a parent is listed with its venue where several trade its symbol", () => {
  const definition = strategy({
    name: "two",
    about: "One parent at each venue.",
    create: () => ({
      onStart(ctx) {
        for (const instrument of [0, 1]) {
          ctx.parents.start({ algo: "twap", instrument, side: BUY, size: 2, over: "1m" });
        }
      },
    }),
  });
  const symbols = (tape: TapeReader[]) => backtest({ strategy: definition, tape }).parents!.map(({ symbol }) => symbol);
  assertEquals(symbols([NORTH, SOUTH]), ["ZEROUSD@north", "ZEROUSD@south"]);
  assertEquals(symbols([NORTH, venue("east", 3, { symbol: "ONEUSD" })]), ["ONEUSD", "ZEROUSD"]);
});

Deno.test("router: tables and reports of a run name the venue where several trade a symbol", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const orders = new OrderListTable(new FileSink(`${folder}/orders.arrow`));
    const fills = new FillTable(new FileSink(`${folder}/fills.arrow`)), copy = new DropCopy();
    const result = backtest({ strategy: router, tape: TAPES, ...conditions, recorders: [orders, fills, copy] });
    for (const table of [orders, fills]) table.close();
    const lots = (rows: Iterable<readonly [name: string, lots: number]>) => {
      const sums: Record<string, number> = {};
      for (const [name, size] of rows) sums[name] = (sums[name] ?? 0) + size;
      return sums;
    };
    const rows = (name: string) => [...tableFromIPC(Deno.readFileSync(`${folder}/${name}.arrow`))];
    const wanted = Object.fromEntries(
      Object.entries(result.instruments).flatMap(([name, { position }]) => position === 0 ? [] : [[name, position]]),
    );
    assert(Object.keys(wanted).length > 1 && "ZEROUSD@south" in wanted);
    assertEquals(lots(rows("fills").map((row) => [row.instrument, Number(row.lots)])), wanted);
    assertEquals(new Set(rows("orders").map((row) => row.instrument)).isSupersetOf(new Set(Object.keys(wanted))), true);
    const told = copy.read(1).reports.filter(({ ExecType }) => ExecType === "Trade");
    assertEquals(new Set(told.map(({ Symbol }) => Symbol)), new Set(Object.keys(wanted)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [policy, more] of [
    ["sweep", {}],
    ["best_price", {}],
    ["pro_rata", {}],
    ["explicit", { weights: "north=2,ZEROUSD@south=1" }],
  ] as const
) {
  Deno.test(`router: buys and sells ten slices over three venues, ${policy}`, () => {
    for (const side of ["buy", "sell"]) {
      const set = { slice: "20", side, policy, ...more };
      let [units, value] = [0, 0];
      const strategy = heard((ctx, { instrument, side, price, size, maker }) => {
        const { tickSize, lotSize, venue } = ctx.instruments[instrument];
        assert(!maker && side === (set.side === "buy" ? BUY : SELL));
        units += size * lotSize;
        value += size * lotSize * price * tickSize * (1 + side * (venue === "south" ? 0.001 : 0.0005));
      });
      const result = backtest({ strategy, tape: TAPES, set, ...conditions });
      assertEquals(backtest({ strategy: router, tape: TAPES.toReversed(), set, ...conditions }).digest, result.digest);
      const said = result.notes.find((note) => note.startsWith(policy))!;
      const [, filled, average] = /: ([\d.]+) units at ([\d.]+),/.exec(said)!.map(Number);
      assertAlmostEquals(filled, units, 1e-9);
      assertAlmostEquals(average, value / units, 1e-4);
      assert(units > 150 && units <= 200, `${units} of 200 units`);
      const names = Object.keys(result.instruments);
      assertEquals(names, ["ZEROUSD@north", "ZEROUSD@south", "ZEROUSD@west"]);
      if (policy === "explicit") assert(!said.includes("west"), said);
      else assertEquals(names.filter((name) => said.includes(name)).length >= 2, true, said);
    }
  });
}

Deno.test("router: steps and alerts of a run name the venue where several trade a symbol", () => {
  const written: Uint8Array[] = [];
  const steps = new StepsFile({ write: (bytes) => void written.push(bytes.slice()), close: () => {} }, {
    byFill: true,
  });
  const names = new Set<string>(), alerts = new Set<string>();
  const strategy = heard((ctx, { instrument }) => names.add(`ZEROUSD@${ctx.instruments[instrument].venue}`));
  const { create } = strategy;
  backtest({
    strategy: {
      ...strategy,
      create: (params) => ({ ...create(params), onAlert: (_, { text }) => void alerts.add(text.split(":")[0]) }),
    },
    tape: TAPES,
    ...conditions,
    recorders: [steps],
    guards: { breakers: { jump: { rate: 0.0001, window: "1s", then: "alert" } } },
  });
  steps.close();
  const rows = written.map((bytes) => new TextDecoder().decode(bytes)).join("").trimEnd().split("\n").slice(1);
  assertEquals(new Set(rows.map((row) => row.split(",")[5])), names);
  assertEquals([...alerts].sort(), ["ZEROUSD@north", "ZEROUSD@south", "ZEROUSD@west"]);
});

Deno.test("router: sweeping over three venues costs less than any one of them", () => {
  const cost = (tape: readonly TapeReader[]) => {
    const { notes } = backtest({
      strategy: router,
      tape,
      set: { slice: "40" },
      ...conditions,
      fees: "maker=0,taker=0.0005",
    });
    return Number(/at ([\d.]+)/.exec(notes.find((note) => note.startsWith("sweep"))!)![1]);
  };
  const all = cost(TAPES), each = TAPES.map((tape) => cost([tape]));
  assert(all < Math.min(...each), `${all} beside ${each}`);
});

Deno.test("router: parameters that make no sense are told", () => {
  const run = (set: Record<string, string>) => () => backtest({ strategy: router, tape: TAPES, set, ...conditions });
  const cases: [Record<string, string>, string][] = [
    [{ side: "by" }, "side is by; it is buy or sell"],
    [{ policy: "swap" }, "policy is swap; did you mean sweep?"],
    [{ policy: "explicit" }, "policy is explicit without weights"],
    [{ policy: "explicit", weights: "north=1,east=1" }, "Cannot route to east: it names 0 of the venues"],
    [{ symbol: "ZEROUS" }, "Cannot route ZEROUS: no instrument of this session has the symbol; did you mean ZEROUSD?"],
  ];
  for (const [set, why] of cases) assertStringIncludes(assertThrows(run(set), Error).message, why);
});

Deno.test("Router: a session goes on from a snapshot as if there had been none, with routes at work, at rest and waiting", () => {
  const make = () => {
    const strategy: Strategy = {
      onStart(ctx) {
        ctx.router.use({ silence: "400ms", watch: "100ms", symbols: { ALL: ["X@a", "X@b", "X@c"] } });
        ctx.every("30ms");
      },
      onTimer(ctx) {
        const { random } = ctx, side = random.int(2) === 0 ? BUY : SELL, rests = random.int(3) === 0;
        const size = 1 + random.int(30), limit = 100 - side * random.int(3);
        if (random.int(5) === 0) ctx.router.cancel(1 + random.int(300));
        ctx.router.route({ symbol: "ALL", side, size, ...rests ? { limit, tif: "gtc" } : {} });
      },
      save: () => null,
    };
    const rows = (seed: number): (readonly [number, string])[] =>
      Array.from({ length: 60 }, (_, i) => {
        const draw = (seed * 7919 + i * 104729) % 11, ms = i * 150 + seed;
        if (draw === 0) return [ms, "halt"];
        if (draw === 1 || draw === 2) return [ms, "open"];
        return [ms, draw < 7 ? `ask ${101 + draw % 3} ${draw}` : `bid ${99 - draw % 3} ${draw}`];
      });
    const book = "101×9 102×20 103×30 | 99×9 98×20 97×30";
    const venues = { a: { book, later: rows(1) }, b: { book, later: rows(2) }, c: { book, later: rows(3) } };
    return venuesOf({ venues, strategy, latency: 7e6 });
  };
  const ending = (session: ReturnType<typeof make>) => {
    while (session.step());
    session.finish();
    return session.core.digest.hex();
  };
  let states = new Set<string>();
  for (const steps of [50, 240, 500, 800]) {
    const whole = make();
    whole.start();
    for (let i = 0; i < steps; i++) assert(whole.step());
    for (let id = 1; id < 300; id++) states = states.add(whole.context.router.view(id)?.state ?? "none");
    const to = new StateWriter(), fresh = make();
    whole.save(to);
    fresh.load(new StateReader(to.bytes()));
    const again = new StateWriter();
    fresh.save(again);
    assertEquals(again.bytes(), to.bytes());
    const views = (session: typeof whole) => Array.from({ length: 400 }, (_, i) => session.context.router.view(i + 1));
    assertEquals(ending(fresh), ending(whole));
    assertEquals(views(fresh), views(whole));
  }
  for (const state of ["working", "resting", "filled", "cancelled"]) assert(states.has(state), [...states].join());
});

const spot = sharedData("binance/spot_btcusdt_20240808.gz"), usdm = sharedData("binance/usdm_btcusdt_20240808.gz");
Deno.test({
  name: `router: sweeps real BTCUSDT books, spot and perpetual as two venues${
    spot ? "" : " (ignored: no ../shared/data)"
  }`,
  ignore: !spot || !usdm,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const tape = await Promise.all(
        [[spot!, "spot", "0.01", "0.000001"], [usdm!, "usdm", "0.1", "0.001"]].map(
          async ([source, venue, tick, lot]) => {
            const out = `${folder}/${venue}.arrow`, instrument = { symbol: "BTCUSDT", venue, currency: "USDT" };
            await convert({ sources: [source], format: "binance", out, tick, lot, instrument });
            return out;
          },
        ),
      );
      const run = (fees: string) => {
        const fills = [0, 0];
        const strategy = heard((
          ctx,
          { instrument, size },
        ) => (fills[instrument] += size * ctx.instruments[instrument].lotSize));
        const set = { slice: "0.5", slices: 40, every: "5s" };
        const result = backtest({ strategy, tape, set, fees, latency: "10ms" });
        assertAlmostEquals(fills[0] + fills[1], 20, 1e-9);
        return { fills, note: result.notes.find((note) => note.startsWith("sweep"))!, digest: result.digest };
      };
      // Without fees most is bought on the perpetual; a thousandth that it alone charges turns that round.
      const [even, dear] = [run("maker=0,taker=0"), run("maker=0,taker=0; usdm: maker=0,taker=0.001")];
      assert(even.fills[1] > even.fills[0] && dear.fills[0] > dear.fills[1], `${even.note}; ${dear.note}`);
      assertEquals(run("maker=0,taker=0").digest, even.digest);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
