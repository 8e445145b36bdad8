/** Parent orders in whole runs over the project's own tapes: the execution strategy by each algo, and risk's say in it. */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { backtest, type BacktestOptions, BUY, codeName, type ParentRequest, strategy, tearsheet } from "../mod.ts";
import execution from "../strategies/execution.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/data/${name}.arrow`, import.meta.url));
const LATE = { latency: "20ms", fees: "maker=0.0002,taker=0.0007" };
const ALGOS = ["twap", "vwap", "pov", "is", "iceberg", "sniper"];

/** Runs the strategy twice, which must come to one digest, and returns its result and its one parent. */
function executed(options: Omit<BacktestOptions, "strategy">) {
  const all = { ...LATE, strategy: execution, ...options };
  const result = backtest(all), { parents = [] } = result;
  assertEquals(backtest(all).digest, result.digest);
  assertEquals(parents.length, 1);
  return { result, parent: parents[0] };
}

for (const tape of ["market_l2", "market_l3"]) {
  Deno.test(`execution: 200 lots by each algo on ${tape}, bought and sold, at once and as a maker`, () => {
    for (const algo of ALGOS) {
      for (const side of ["buy", "sell"]) {
        for (const style of ["take", "post"]) {
          // A sniper waits for its price, and takes no worse one.
          const set = { algo, side, style, reach: algo === "sniper" ? 40 : 1, over: "5m" };
          const { result, parent } = executed({ tape: fixture(tape), set });
          assertEquals(
            [parent.algo, parent.state, parent.filled, parent.open],
            [algo, "Filled", 200, 0],
            `${algo} ${side}`,
          );
          assertEquals([result.position, result.orders, result.trades], [
            200 * parent.side,
            parent.children,
            parent.fills,
          ]);
          assert(parent.children >= 4, `${algo}: ${parent.children} children`);
          // What it says it paid is what the account paid.
          const [instrument] = Object.values(result.instruments);
          assertAlmostEquals(-instrument.balance, parent.side * parent.averagePrice! * 200 * 0.05, 1e-6);
          const { arrival, vwap, close } = parent.slippage;
          assertAlmostEquals(arrival!.ticks, parent.side * (parent.averagePrice! - arrival!.price), 1e-9);
          assertAlmostEquals(arrival!.money, arrival!.ticks * 200 * 0.05, 1e-6);
          assert(Math.abs(vwap!.bps!) < 100 && Math.abs(close!.bps!) < 200, JSON.stringify(parent.slippage));
        }
      }
    }
  });
}

Deno.test("execution: a patient order pays less than one taken at once, where the book comes back", () => {
  const cost = (over: string) =>
    executed({ tape: fixture("market_l2"), set: { over, size: 600 } }).parent.slippage.arrival!;
  const [atOnce, patient] = [cost("0ns"), cost("20m")];
  assert(atOnce.ticks > 2 && atOnce.ticks > patient.ticks, `${atOnce.ticks} and ${patient.ticks}`);
});

Deno.test("execution: on bars, with a curve that the run had no time to learn, and says so", () => {
  const { result, parent } = executed({ tape: fixture("bars"), set: { algo: "vwap", over: "30d" } });
  assertEquals([parent.state, parent.filled], ["Filled", 200]);
  assert(result.notes.some((note) => note.startsWith("Parent 1, vwap: The volume curve is flat")));
  const pov = executed({ tape: fixture("bars"), set: { algo: "pov", over: "30d", size: 5000, rate: 0.05 } }).parent;
  assertEquals([pov.state, pov.filled], ["Filled", 5000]);
  assertAlmostEquals(pov.participation!, 0.05, 0.02);
});

Deno.test("execution: a vwap learns a short period within a run, and follows its volume", () => {
  const flat = "The volume curve is flat: the run had not yet heard all of the period it is for";
  const run = (algo: string, learn: string) =>
    executed({ tape: fixture("market_l2"), set: { algo, learn, after: "11m", over: "8m" } });
  const twap = run("twap", ""), day = run("vwap", ""), minutes = run("vwap", "10m/1m");
  assertEquals([day.parent.notes, minutes.parent.notes], [[flat], []]);
  assertEquals(day.parent.averagePrice, twap.parent.averagePrice);
  assert(minutes.parent.averagePrice !== twap.parent.averagePrice);
  assertThrows(() => run("vwap", "10m/3m"), Error, "bin is 3m; it must divide the period, 10m");
});

Deno.test("execution: the tearsheet says under the parents' table why a vwap was flat, and says it once", () => {
  const { result } = executed({ tape: fixture("market_l2"), set: { algo: "vwap" } });
  const parent = result.parents![0];
  const told = (parents: typeof result.parents) => {
    const notes = parents!.flatMap(({ id, algo, notes }) => notes.map((note) => `Parent ${id}, ${algo}: ${note}`));
    const lines = tearsheet({ ...result, parents, notes }).split("\n");
    return lines.slice(lines.findIndex((line) => line.startsWith("Parent order")) + 1 + Math.min(3, parents!.length));
  };
  const lines = told([parent]);
  assertEquals(lines.slice(0, 3), [
    "· The volume curve is flat: the run had not yet heard all of the period it is",
    "  for",
    "",
  ]);
  assertEquals(lines.slice(3).filter((line) => line.includes("curve is flat")), []);
  const others = ["a", "b", "c", "d"].map((note, i) => ({ ...parent, id: 2 + i, notes: [note, "all"] }));
  assertEquals(told(others).slice(1, 5), [
    "· Parent 2: a",
    "· all",
    "· Parent 3: b",
    "· … and 2 more notes of parents",
  ]);
});

Deno.test("execution: the tearsheet has a table of what it cost, in at most forty lines", () => {
  const { result } = executed({ tape: fixture("market_l2"), set: { algo: "pov" } });
  const lines = tearsheet(result).split("\n"), head = lines.findIndex((line) => line.startsWith("Parent order"));
  assertStringIncludes(lines[head], "Filled  Arrival bps  VWAP bps  Close bps");
  assert(lines[head + 1].startsWith("pov buy ZEROUSD"), lines[head + 1]);
  assert(lines.length <= 40);
  for (const width of [40, 60, 120]) {
    assert(tearsheet(result, { width }).split("\n").every((line) => line.length <= width));
  }
  const none = backtest({ strategy: execution, tape: fixture("market_l2"), set: { size: 5, over: "0ns" } });
  assertEquals(none.parents?.length, 1);
});

Deno.test("execution: a parameter that makes no sense is named, with a remedy", () => {
  const run = (set: Record<string, string>) => () => backtest({ strategy: execution, tape: fixture("market_l2"), set });
  assertThrows(run({ algo: "twop" }), Error, "algo is twop; did you mean twap?");
  assertThrows(run({ rest: "markt" }), Error, "rest is markt; did you mean market?");
  assertThrows(run({ side: "long" }), Error, "side is long; it is buy or sell");
});

/** One parent, started at the first price, under limits. */
function limited(request: Omit<ParentRequest, "side">, limits: BacktestOptions["limits"], risk?: object) {
  const definition = strategy({
    name: "limited",
    about: "Buys.",
    create: () => ({
      onBook: (ctx) => void (ctx.parents.list().length > 0 || ctx.parents.start({ side: BUY, ...request })),
    }),
  });
  const result = backtest({
    ...LATE,
    strategy: definition,
    tape: fixture("market_l2"),
    limits,
    ...risk ? { risk } : {},
  });
  return { result, parent: result.parents![0] };
}

Deno.test("parents: children keep to the instrument's limits of size and value", () => {
  const twap = { algo: "twap", size: 200, over: "5m", slice: "30s" } as const;
  const none = (limits: BacktestOptions["limits"]) => {
    const { result, parent } = limited(twap, limits);
    assertEquals([parent.state, parent.filled, result.refusals], ["Filled", 200, {}], JSON.stringify(limits));
    return parent.children;
  };
  assertEquals(none({}), 10);
  assertEquals(none({ orderSize: 3 }), 70); // slices of 20 are six of 3 and one of 2
  assertEquals(none({ notional: 1000 }), 20); // twice ten lots, at about 99.60
  assertEquals(none({ orderSizeMin: 35 }), 5);
  assertEquals(none({ notionalMin: 6000 }), 2); // 61 lots: 80, and the 120 that are left, as 40 of them were too few
});

Deno.test("parents: what risk refuses otherwise is learnt from, waited for, or final", () => {
  const twap = { algo: "twap", size: 200, over: "5m", slice: "30s" } as const;
  // A limit of the session: slices of 20 are halved to 10, to 5 and to 2, once and for all.
  const wide = limited(twap, {}, { session: { notional: 300 } });
  assertEquals([wide.parent.state, wide.result.refusals], ["Filled", { NOTIONAL: 3 }]);
  assertEquals(wide.parent.children, 100);
  // A position of 50 is reached after two slices: the third is refused, and so is each that follows.
  const full = limited(twap, { position: 50 });
  assertEquals([full.parent.state, full.parent.filled, full.result.position], ["Expired", 40, 40]);
  assertEquals(full.result.refusals, { POSITION: 8 });
  // Where orders are given up, so is the parent.
  const restricted = limited(twap, { restricted: true });
  assertEquals([restricted.parent.state, codeName(restricted.parent.code)], ["Refused", "RESTRICTED"]);
});
