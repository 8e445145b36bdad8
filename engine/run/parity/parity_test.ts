import { assert, assertEquals, assertRejects } from "@std/assert";
import imbalance from "../../../strategies/imbalance.ts";
import marketMaker from "../../../strategies/market_maker.ts";
import touchMaker from "../../../strategies/touch_maker.ts";
import { Code } from "../../core/codes.ts";
import { Rng } from "../../core/rng.ts";
import { backtest } from "../backtest.ts";
import { inFolder, project, TAPE } from "../cli/_lockstep.ts";
import { journalFile } from "../journal_file.ts";
import type { ArrivingSession } from "../arriving_session.ts";
import { loadStrategy } from "../load_strategy.ts";
import { AS_ASSUMED, LATENCY, play, type WorldOptions } from "./_parity_world.ts";
import type { ExchangeWays } from "./_simulated_exchange.ts";
import { type Cause, CAUSES } from "./causes.ts";
import { sum } from "./money.ts";
import { parity } from "./parity.ts";
import type { ParityReport } from "./parity_report.ts";

const MAKES: WorldOptions = { strategy: touchMaker, file: "strategies/touch_maker.ts" };

/** Plays a session and certifies it; what holds of every certificate is held against it. */
async function certified(options: Partial<WorldOptions> = {}, ways?: ExchangeWays): Promise<ParityReport> {
  let report: ParityReport | undefined;
  await inFolder(async (folder) => {
    play(folder, { ...MAKES, ...options }, ways);
    report = await parity(folder);
  });
  const { causes, difference, simulated, happened, orders, fills } = report!;
  const total = causes.map(({ money }) => money).reduce(sum);
  assertEquals(total, difference);
  assertEquals(sum(simulated.pnl, difference), happened.pnl);
  assertEquals([orders.both + orders.onlyWas, orders.both + orders.onlyNow], [simulated.orders, happened.orders]);
  assertEquals([fills.both + fills.onlyWas, fills.both + fills.onlyNow], [simulated.fills, happened.fills]);
  return report!;
}

/** Causes to which anything was put down: money, orders or fills. */
function named({ causes }: ParityReport): Cause[] {
  return causes.filter(({ orders, fills, money }) =>
    orders + fills > 0 || Object.values(money).some((each) => each !== "0")
  )
    .map(({ cause }) => cause);
}

/** All decisions match, and nothing is unexplained. */
function assertSound({ ok, decisions: { made, same, first }, warnings }: ParityReport, least: number): void {
  assertEquals([ok, made, first], [true, same, undefined]);
  assertEquals(warnings, []);
  assert(made >= least, `${made}`);
}

const TAKES: Partial<WorldOptions> = {
  strategy: imbalance,
  file: "strategies/imbalance.ts",
  set: { hold: "1s", cooldown: "1s" },
};

for (const [what, options] of [["makes", {}], ["takes", TAKES]] as const) {
  Deno.test(`parity: a paper session that ${what} makes all its decisions again, and nothing is unexplained`, async () => {
    const report = await certified(options);
    assertSound(report, 30);
    assertEquals([report.kind, report.steps.map(({ cause }) => cause)], ["paper", ["late knowledge", "unexplained"]]);
  });

  Deno.test(`parity: a live session that ${what}, at an exchange as assumed, is its backtest`, async () => {
    const report = await certified(options, AS_ASSUMED);
    assertSound(report, 30);
    assertEquals([report.kind, named(report), report.intents.onlyWas, report.worst], ["live", [], 0, []]);
  });
}

for (const [kind, ways] of [["paper", undefined], ["live", AS_ASSUMED]] as const) {
  Deno.test(`parity: orders and fills of a ${kind} session that begins with a position are those of its result`, () =>
    inFolder(async (folder) => {
      const positions = { ZEROUSD: { size: "5", price: "99" } };
      play(folder, { ...MAKES, positions, result: true }, ways);
      const { orders: sent, trades } = JSON.parse(Deno.readTextFileSync(`${folder}/result.json`));
      // A result alone, without what else a run writes, is warned of.
      Deno.removeSync(`${folder}/result.json`);
      const report = await parity(folder), { happened, simulated, orders, fills } = report;
      assertSound(report, 30);
      assertEquals([happened.orders, happened.fills], [sent, trades]);
      assertEquals([orders.both + orders.onlyWas, fills.both + fills.onlyWas], [simulated.orders, simulated.fills]);
    }));
}

Deno.test("parity: orders of which only the fees differ name the fee", async () => {
  const fee = ALONE.find(({ cause }) => cause === "fee")!,
    { worst } = await certified({}, { ...AS_ASSUMED, ...fee.ways });
  assertEquals([worst.length, new Set(worst.map(({ cause }) => cause))], [10, new Set(["fee"])]);
});

/** One cause each, and nothing else, that makes a session another than its backtest. */
const ALONE: readonly {
  readonly cause: Cause;
  readonly options?: Partial<WorldOptions>;
  readonly ways?: Partial<ExchangeWays>;
}[] = [
  { cause: "late knowledge", options: { ...TAKES, latency: "0ms" } },
  { cause: "feed latency", options: { latency: `${LATENCY},feed=80ms` }, ways: {} },
  { cause: "order latency", ways: { order: 50e6 } },
  { cause: "order latency", ways: { late: ({ event }) => event === "Fill" ? 30_000_011 : 0 } },
  { cause: "queue position", ways: { queue: "power1" } },
  {
    cause: "impact",
    options: TAKES,
    ways: { says: (said) => [said.event === "Fill" ? { ...said, price: said.price! + 1 } : said] },
  },
  {
    cause: "partial fill",
    options: TAKES,
    ways: {
      says: (said) =>
        said.event === "Fill" && said.order % 3 === 0 && said.lots === 2
          ? [{ ...said, lots: 1 }, { order: said.order, event: "Expire", code: Code.NOT_IMMEDIATE }]
          : [said],
    },
  },
  { cause: "fee", ways: { says: (said) => [said.event === "Fill" ? { ...said, fee: "0.01" } : said] } },
  { cause: "venue reject", ways: { refuses: (order) => order % 7 === 0 ? Code.VENUE_REFUSED : 0 } },
  { cause: "venue reject", ways: { keeps: (order) => order % 9 === 0 ? Code.NOT_CONNECTED : 0 } },
  { cause: "rate limit", ways: { refuses: (order) => order % 7 === 0 ? Code.THROTTLED : 0 } },
  { cause: "clock", ways: { refuses: (order) => order % 7 === 0 ? Code.CLOCK_OFF : 0 } },
  { cause: "data gap", options: { lost: 200e9 }, ways: {} },
  {
    cause: "funding",
    options: {
      each: once(({ run: { session } }) =>
        session.report({ order: 0, event: "Funding", instrument: "ZEROUSD@fixture", funding: "-0.25" })
      ),
    },
    ways: {},
  },
  { cause: "operator command", options: { each: buysOnce() } },
  { cause: "operator command", options: { each: buysOnce() }, ways: {} },
];

/** Does something in the midst of a session. */
function once(act: (paper: ArrivingSession) => void): WorldOptions["each"] {
  let done = false;
  return (paper, ns) => {
    if (done || ns < 100e9) return;
    done = true;
    act(paper);
  };
}

/** Somebody buys. */
function buysOnce(): WorldOptions["each"] {
  return once((paper) => assertEquals(paper.command({ kind: "submit", side: "buy", size: 3, type: "market" }).code, 0));
}

Deno.test("parity: each cause is injected alone by a test", () => {
  const others: Cause[] = ["strategy non-determinism", "unexplained"];
  assertEquals(new Set([...ALONE.map(({ cause }) => cause), ...others]), new Set(CAUSES));
});

ALONE.forEach(({ cause, options, ways }, i) => {
  Deno.test(`parity: ${cause}, injected alone, is found and named (${i + 1})`, async () => {
    const report = await certified(options, ways && { ...AS_ASSUMED, ...ways });
    assertSound(report, 30);
    assertEquals(named(report), [cause]);
  });
});

Deno.test("parity: a live session of amends, at an exchange that does all otherwise, leaves nothing unexplained", async () => {
  const random = new Rng(7);
  for (const [strategy, file] of [[marketMaker, "market_maker"], [touchMaker, "touch_maker"]] as const) {
    const report = await certified({ strategy, file: `strategies/${file}.ts` }, {
      order: 7e6,
      response: 1_000_007,
      queue: "power1",
      late: () => random.int(20_000_000),
      keeps: (order) => order % 9 === 0 ? Code.VENUE_BUSY : 0,
      refuses: (order) => order % 7 === 0 ? Code.VENUE_REFUSED : 0,
      says: (said) => [said.event === "Fill" ? { ...said, fee: "0.01" } : said],
    });
    assertSound(report, 300);
    for (const cause of ["order latency", "fee", "venue reject"] as const) assert(named(report).includes(cause), cause);
    assertEquals(report.worst.length, 10);
  }
});

/** A strategy that decides by what no seed says. */
const RANDOM = `
import { BUY, strategy } from ${JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)};
export default strategy({
  name: "dice",
  about: "For a test.",
  params: {},
  create: () => ({
    onStart: (ctx) => void ctx.every("1s"),
    onTimer: (ctx) => void (Math.random() < 0.5 && ctx.submit({ side: BUY, size: 1 })),
  }),
});
`;

Deno.test("parity: a strategy that decides otherwise when it is fed the same is found, and all is put down to that", () =>
  inFolder(async (folder) => {
    const file = `${folder}/dice.ts`;
    Deno.writeTextFileSync(file, RANDOM);
    play(folder, { strategy: await loadStrategy(file), file, ns: 60e9, result: true });
    const report = await parity(folder), { decisions: { made, same, first }, causes, difference, ok } = report;
    assert(!ok && same < made && first !== undefined);
    assertEquals(named(report), ["strategy non-determinism"]);
    assertEquals(causes.find(({ cause }) => cause === "strategy non-determinism")!.money, difference);
    // Another file than the one that ran may decide otherwise for good reason.
    Deno.writeTextFileSync(file, `${RANDOM}// Changed.\n`);
    const changed = await parity(folder);
    assertEquals([named(changed), changed.ok], [["unexplained"], false]);
    Deno.removeSync(`${folder}/result.json`);
    await assertRejects(() => parity(folder), RangeError, "its result.json is missing");
  }));

Deno.test("parity: what cannot be certified is refused, with why", () =>
  inFolder(async (folder) => {
    {
      using journal = journalFile(`${folder}/journal`, { strategy: project("strategies/touch_maker.ts") });
      backtest({ strategy: touchMaker, tape: TAPE, journal });
    }
    await assertRejects(
      () => parity(folder),
      RangeError,
      "it was a backtest, and nothing happened beside it; use verify",
    );
    play(folder, MAKES, AS_ASSUMED);
    const journal = Deno.readFileSync(`${folder}/journal`);
    journal[journal.length - 9] ^= 1;
    Deno.writeFileSync(`${folder}/journal`, journal);
    await assertRejects(() => parity(folder), RangeError, "its journal is damaged");
  }));
