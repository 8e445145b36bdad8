import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { sharedData } from "../../tests/shared_data.ts";
import { backtest, type BacktestOptions, RunError } from "./backtest.ts";
import { EXIT } from "./cli/exit_codes.ts";
import { explain } from "./cli/failure.ts";
import { convert } from "./convert.ts";
import { journalFile } from "./journal_file.ts";
import { loadStrategy } from "./load_strategy.ts";
import type { OrderStory } from "./order_story.ts";
import { newestRun, StoryError, why } from "./why.ts";
import { whyText } from "./why_text.ts";

const root = new URL("../../", import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, root));
const face = new URL("../../mod.ts", import.meta.url).href;

/** Runs a strategy of which `body` is the inner part, and lets a test ask about its orders. */
async function asked(
  body: string,
  options: Partial<BacktestOptions>,
  test: (tell: (order: number) => Promise<OrderStory>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const file = `${folder}/asked.ts`;
    Deno.writeTextFileSync(
      file,
      `import { BUY, SELL, strategy } from ${JSON.stringify(face)};
export default strategy({ name: "asked", about: "For a test.", params: {}, create: () => ({ ${body} }) });
`,
    );
    Deno.mkdirSync(`${folder}/run`);
    {
      using journal = journalFile(`${folder}/run/journal`, { strategy: file });
      const tape = path("fixtures/data/market_l2.arrow");
      const strategy = await loadStrategy(file);
      try {
        backtest({ strategy, tape, latency: "10ms", ...options, journal });
      } catch (error) {
        // A strategy that throws leaves a journal, too.
        if (!(error instanceof RunError)) throw error;
      }
    }
    await test((order) => why(`${folder}/run`, order), `${folder}/run`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Looks after a bid at the touch; it amends it once, and cancels it after a while. */
const QUOTES = `
  onStart: (ctx) => void ctx.every("1s"),
  onTimer(ctx) {
    const [open] = ctx.openOrders();
    if (open === undefined) ctx.submit({ side: BUY, price: ctx.book().bestBid, size: 5, postOnly: true });
    else if (open.size === 5) { ctx.amend(open.id, { size: 3 }); ctx.cancel(open.id); }
    else ctx.cancel(open.id);
  },`;

Deno.test("why: what it saw, the legs of each request, and its place in the queue", () =>
  asked(QUOTES, { fees: "maker=0.0002,taker=0.0007", queue: "power3" }, async (tell) => {
    const story = await tell(1);
    assertEquals([story.from, story.replay.equal, story.queue.model], ["onTimer 1", true, "power3"]);
    assertEquals([story.request.side, story.request.type, story.request.postOnly], ["buy", "limit", true]);
    assertEquals(story.saw.bids[0], [story.saw.bid!, story.saw.bidSize]);
    assertEquals(story.request.price, story.saw.bid);
    assert(story.saw.rows > 0 && story.saw.ageNs! >= 0 && story.saw.position === 0);
    const [entry, amend] = story.legs;
    assertEquals([entry.what, entry.answer, amend?.what ?? "amend"], ["new", "Acknowledged", "amend"]);
    const ms = 1_000_000n;
    assertEquals([entry.arrived! - entry.sent, entry.answered! - entry.arrived!, entry.heard! - entry.answered!], [
      10n * ms,
      0n,
      10n * ms,
    ]);
    // The cancel behind the amend was too early: one request was on its way.
    assertEquals(story.refusedRequests.map(({ what, why }) => `${what}: ${why}`), [
      "cancel: the order was PendingReplace",
    ]);
    const { points, changes } = story.queue;
    assertEquals([points[0].row, points[0].ahead, points.length], [null, points[0].level, changes]);
    assert(points.every(({ ahead, row }, i) => i === 0 || row === null || ahead <= points[i - 1].ahead));
  }));

Deno.test("why: a fill names the row that caused it, with the market before and after", () =>
  asked(QUOTES, { fees: "maker=0.0002,taker=0.0007" }, async (tell) => {
    let order = 1, story = await tell(order);
    while (story.fills.length === 0) story = await tell(++order);
    const [fill] = story.fills;
    assertEquals([fill.liquidity, fill.price], ["maker", story.request.price!]);
    assertEquals(fill.heard! - fill.time, 10_000_000n);
    assert(fill.cause!.row > story.saw.rows && fill.ahead !== null && fill.fee !== null);
    assert(fill.cause!.kind === "trade" ? fill.cause!.price <= fill.price : fill.cause!.kind === "depth");
    assertEquals(story.averagePrice, fill.price);
    assertEquals(story.slippage!.ticks, fill.price - story.saw.mid!);
    const text = whyText(story);
    for (
      const part of ["What it saw", "Risk", "Latency", "Queue, by the queue model risk", "Fills", "caused by  row"]
    ) {
      assertStringIncludes(text, part);
    }
    assertEquals(text.split("\n").filter((line) => line.length > 80), []);
  }));

Deno.test("why: a cause's side says whose it is, the aggressor's or that of what rested", async () => {
  const seen = new Set<string>();
  for (const tape of ["market_l2", "market_l3"].map((name) => path(`fixtures/data/${name}.arrow`))) {
    await asked(QUOTES, { tape, queue: tape.includes("l2") ? "risk" : undefined }, async (tell) => {
      for (let order = 1, found = 0; found < 3; order++) {
        const story = await tell(order), [fill] = story.fills;
        if (!fill?.cause) continue;
        const { kind, side } = fill.cause, whose = { trade: "aggressor ", execute: "resting " }[kind] ?? "";
        seen.add(kind);
        found++;
        assertStringIncludes(whyText(story), `: ${kind} ${whose}${side > 0 ? "buy" : "sell"} `);
      }
    });
  }
  assert(seen.size > 1, [...seen].join());
});

Deno.test("why: the heading names the venue where several trade the symbol", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const source = `${folder}/X_2012-06-21_34200000_57600000_message_1.csv`;
    const rows = [0, 1, 2, 3].map((i) => `${34200 + i},1,${i},9,${1_000_000 + (i % 2) * 10_000},${i % 2 ? -1 : 1}\n`);
    Deno.writeTextFileSync(source, rows.join(""));
    const tape = ["north", "south"].map((venue) => `${folder}/${venue}.arrow`);
    for (const out of tape) {
      const venue = out.includes("north") ? "north" : "south";
      await convert({ sources: [source], format: "lobster", out, instrument: { venue } });
    }
    const body =
      `onBook: (ctx) => void (ctx.openOrders().length > 0 || ctx.submit({ instrument: 1, side: BUY, price: 9900, size: 1 })),`;
    await asked(body, { tape }, async (tell) => {
      const story = await tell(1);
      assertEquals([story.instrument.symbol, story.instrument.name], ["X", "X@south"]);
      assertStringIncludes(whyText(story), "buy 1 X@south limit");
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("why: every limit in force is told with what it came to, in the order of the checks", () =>
  asked(
    `onStart: (ctx) => void ctx.every("10s"),
     onTimer(ctx) {
       const { bestBid } = ctx.book();
       for (let i = 0; i < 3; i++) ctx.submit({ side: BUY, price: bestBid - 5, size: 4 });
     },`,
    {
      limits: { orderSize: 9, notional: 5000, priceBand: 0.2, position: 10, messageRate: 50, openOrders: 7 },
      risk: { session: { openOrders: 6 } },
    },
    async (tell) => {
      const told = (story: OrderStory) =>
        story.checks.filter(({ limit, passed }) => limit !== null || passed === false)
          .map(({ check, scope, limit, observed, passed }) => [check, scope, limit, observed, passed]);
      const [second, third] = [await tell(2), await tell(3)], own = `instruments.${second.instrument.symbol}`;
      const value = 4 * Number(second.instrument.tick) * second.request.price!;
      const apart = Math.abs(second.request.price! - second.saw.mid!) / second.saw.mid!;
      const round = (rows: unknown[][]) =>
        rows.map((row) => row.map((each) => typeof each === "number" ? Number(each.toPrecision(9)) : each));
      assertEquals(
        round(told(second)),
        round([
          ["orderSize", own, 9, 4, true],
          ["notional", own, 5000, value, true],
          ["priceBand", own, 0.2, apart, true],
          ["position", own, 10, 8, true],
          ["openOrders", own, 7, 2, true],
          ["openOrders", "session", 6, 2, true],
          ["messageRate", own, 50, 2, true],
        ]),
      );
      assertEquals(second.checks[0], {
        check: "gate",
        scope: "",
        limit: null,
        observed: null,
        unit: "",
        passed: true,
      });
      // Twelve lots would pass ten: refused there, and what comes behind was never looked at.
      assertEquals(
        round(told(third).slice(3)),
        round([
          ["position", own, 10, 12, false],
          ["openOrders", own, 7, null, null],
          ["openOrders", "session", 6, null, null],
          ["messageRate", own, 50, null, null],
        ]),
      );
      assertEquals([third.refused!.code, third.end.state, third.legs.length], ["POSITION", "Refused", 0]);
      assertStringIncludes(whyText(third), "POSITION: limit 10 lots");
      assert(second.replay.equal && third.replay.equal);
    },
  ));

/** The checks of a story that are limits, or refused: with limit, and whether they passed. */
function judged({ checks }: OrderStory): unknown[] {
  return checks.filter(({ limit, passed }) => limit !== null || passed === false)
    .map(({ check, scope, limit, passed }) => [check, scope, limit, passed]);
}

/** Sends one limit and one market order before anything was traded. */
const EARLY = `
  onStart: (ctx) => void ctx.after("100ms"),
  onTimer(ctx) {
    ctx.submit({ side: BUY, price: ctx.book().bestBid, size: 5 });
    ctx.submit({ side: BUY, size: 5 });
  },`;

Deno.test("why: a limit that has no price to judge by is the one that refused", () =>
  asked(
    EARLY,
    { limits: { orderSize: 9, priceBand: 0.2, collarLast: 0.1, position: 10 }, risk: { session: { openOrders: 3 } } },
    async (tell) => {
      const refused = await tell(1), sent = await tell(2), own = `instruments.${refused.instrument.symbol}`;
      assertEquals([refused.refused!.code, refused.saw.lastPrice, sent.refused], ["NO_PRICE", null, undefined]);
      assertEquals(judged(refused), [
        ["orderSize", own, 9, true],
        ["priceBand", own, 0.2, true],
        ["collarLast", own, 0.1, false],
        ["position", own, 10, null],
        ["openOrders", "session", 3, null],
      ]);
      assertMatch(
        whyText(refused),
        /^ {2}priceBand .* ok\n {2}collarLast +\S+ +0\.10 +REFUSED\n {2}position .* not reached$/m,
      );
      // Collars judge limit prices.
      assert(judged(sent).every((check) => (check as unknown[])[3] === true), `${judged(sent)}`);
    },
  ));

Deno.test("why: what failing closed asks for refuses in its place, before all limits", () =>
  asked(EARLY, { limits: { collarLast: 0.1, position: 10 }, risk: { failClosed: true } }, async (tell) => {
    const { checks, refused, instrument: { symbol } } = await tell(1), own = `instruments.${symbol}`;
    assertEquals(refused!.code, "LIMIT_MISSING");
    assertEquals(checks.slice(0, 6).map(({ check, passed }) => [check, passed]), [
      ["gate", true],
      ["instrument", true],
      ["expiry", true],
      ["restricted", true],
      ["orderSize", false],
      ["priceGrid", null],
    ]);
    assertEquals(checks.filter(({ scope }) => scope === own).map(({ check, passed }) => [check, passed]), [
      ["collarLast", null],
      ["position", null],
    ]);
  }));

Deno.test("why: a taker's fills, by its own arrival", () =>
  asked(
    `onStart: (ctx) => void ctx.after("20s"),
     onTimer: (ctx) => void ctx.submit({ side: SELL, size: 40 }),`,
    { fees: "maker=0,taker=0.001" },
    async (tell) => {
      const { fills, filled, fees, slippage, queue, request, checks } = await tell(1);
      assertEquals([request.type, request.price, filled, queue.points.length], ["market", null, 40, 0]);
      assert(fills.length > 1 && fills.every(({ cause, liquidity }) => cause === null && liquidity === "taker"));
      assertEquals(fills[0].price, fills[0].before!.bid);
      assert(slippage!.ticks > 0 && Number(fees) > 0 && checks.every(({ passed }) => passed));
      assertEquals(fills.reduce((sum, { fee }) => sum + Number(fee), 0).toFixed(8), Number(fees).toFixed(8));
    },
  ));

Deno.test("why: on single orders the place is exact; what the session closes at the end was never sent", () =>
  asked(
    `onStart: (ctx) => void ctx.after("5s"),
     onTimer: (ctx) => void ctx.submit({ side: BUY, price: ctx.book().bestBid, size: 2 }),`,
    { tape: path("fixtures/data/market_l3.arrow"), finish: "close" },
    async (tell) => {
      const story = await tell(1);
      assertEquals(story.queue.model, "exact");
      assert(story.queue.points.every(({ ahead }) => Number.isInteger(ahead)));
      const closing = await tell(2);
      assertEquals([closing.from, closing.request.bySession, closing.fills[0].cause], ["session", true, null]);
      assertEquals([closing.legs.length, closing.end.state], [0, "Filled"]);
      assertStringIncludes(whyText(closing), "closed in hindsight");
    },
  ));

Deno.test("why: an order that somebody outside sent is a command's, and not the strategy's", () =>
  asked("", { commands: ["+10s submit buy 2 id=by-hand", "+20s submit sell 1 1900"] }, async (tell) => {
    const story = await tell(1), [{ from }] = story.legs;
    assertEquals([story.from, from], ["command by-hand", "command by-hand"]);
    const text = whyText(story);
    assertStringIncludes(text, ", by command by-hand\n");
    assert(!text.includes("by asked"), text);
    assertEquals((await tell(2)).from, "command c1");
  }));

Deno.test("why: a slice knows its parent", () =>
  asked(
    `onStart: (ctx) => void ctx.parents.start({ algo: "twap", side: BUY, size: 20, over: "60s", slice: "10s" }),`,
    {},
    async (tell) => {
      const story = await tell(1);
      assertEquals(story.parent, { id: 1, algo: "twap" });
    },
  ));

Deno.test("why: an order of a group of linked orders names the group and its other orders", () =>
  asked(
    `onStart: (ctx) => void ctx.after("20s"),
     onTimer(ctx) {
       const { bestBid, bestAsk } = ctx.book();
       ctx.links.bracket({
         entry: { side: BUY, size: 4, price: bestAsk },
         stop: { trigger: bestBid - 5 },
         target: { price: bestAsk + 5 },
       });
       ctx.submit({ side: BUY, size: 1 });
     },`,
    {},
    async (tell) => {
      const entry = await tell(1), alone = await tell(2), stop = await tell(3);
      assertEquals([entry.link?.id, entry.link?.kind, alone.link], [1, "bracket", undefined]);
      assertStringIncludes(whyText(entry), "links       group 1, a bracket");
      assertEquals(stop.link?.orders.slice(0, 3), [1, 3, 4]);
      assertStringIncludes(whyText(stop), "links       group 1, a bracket, with orders 1, 4");
      assert(stop.replay.equal && !whyText(alone).includes("links"));
    },
  ));

Deno.test("why: an error in the run made again, which its journal does not end with, is told with its cause", () =>
  asked(
    `onStart: (ctx) => void ctx.every("1s"),
     onTimer(ctx) {
       const [open] = ctx.openOrders(), seconds = Number(ctx.now % 3600_000_000_000n) / 1e9;
       if (seconds > 9) throw new Error("out of ink");
       if (seconds > 5 && Reflect.has(globalThis, "whyBreaks")) throw new Error("out of paper");
       if (open === undefined) ctx.submit({ side: BUY, price: ctx.book().bestBid - 50, size: 5 });
     },`,
    {},
    async (tell, folder) => {
      // The journal's run broke off, too: that the run made again does so is as it was.
      const { replay, end } = await tell(1);
      assertEquals([replay.equal, end.state, end.time], [true, "New", null]);
      Reflect.set(globalThis, "whyBreaks", true);
      try {
        const error = await assertRejects(() => tell(1), StoryError);
        assertEquals([error.cause.name, explain(error).code], ["StrategyError", EXIT.STRATEGY]);
        assertMatch(
          error.message.replace(folder, "RUN"),
          /^Cannot explain order 1 of RUN: the run made again broke off, as its journal does not: Cannot go on: the strategy threw in onTimer at \d+ ns: out of paper; look at it with verify$/,
        );
      } finally {
        Reflect.deleteProperty(globalThis, "whyBreaks");
      }
    },
  ));

Deno.test("why: an id that the run has not names those it has, and the nearest", () =>
  asked(QUOTES, {}, async (tell, folder) => {
    const error = await assertRejects(() => tell(1e6), RangeError);
    assert(/its orders are 1 to (\d+); the nearest is \1$/.test(error.message), error.message);
    await assertRejects(() => why(`${folder}x`, 1), RangeError, "did you mean");
    assertEquals(newestRun(`${folder}/..`), `${folder}/../run`.replace(/[^/]+\/\.\.\//, ""));
    assertThrows(() => newestRun(`${folder}/none`), RangeError, "there is none in");
  }));

const npz = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
const missing = npz ? "" : " (ignored: the hftbacktest capture is not beside the project)";

Deno.test({
  name: `why: on a real capture, each of the first filled orders is explained by a row that could fill it${missing}`,
  ignore: !npz,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await convert({ sources: [npz!], format: "hftbacktest", out: `${folder}/btc.arrow` });
      await asked(QUOTES, { tape: `${folder}/btc.arrow`, queue: "log" }, async (tell) => {
        let explained = 0;
        for (let order = 1; explained < 3; order++) {
          const { fills, replay, request } = await tell(order);
          assert(replay.equal);
          for (const { cause, price } of fills) {
            explained++;
            assert(cause!.kind === "trade" ? cause!.price <= price : cause!.side < 0 && cause!.price <= price);
            assertEquals(price, request.price!);
          }
        }
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
