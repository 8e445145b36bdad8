/**
 * A live session trades at an exchange that keeps its commissions of what is bought: a gateway, in Binance's dialect, over the network.
 * It sells all that is there, and its money is the exchange's, to the digit.
 */
import { assert, assertEquals } from "@std/assert";
import type { Context } from "../engine/core/strategy.ts";
import { compare, plain } from "../engine/live/decimals.ts";
import { heldAt } from "../engine/live/holdings.ts";
import { BUY, SELL, strategy } from "../mod.ts";
import { LiveOnGateway, SYMBOL } from "./live_on_gateway.ts";
import { type GatewayWorld, gatewayWorld } from "../transport/gateway/_gateway_world.ts";

/** What a strategy does at one time. */
type Step = (ctx: Context) => void;

const buy = (size: number): Step => (ctx) => void ctx.submit({ side: BUY, size, price: ctx.book().bestAsk + 40 });
const sell = (size: number): Step => (ctx) => void ctx.submit({ side: SELL, size, price: ctx.book().bestBid - 40 });
const rest: Step = (ctx) => void ctx.submit({ side: SELL, size: 1, price: ctx.book().bestAsk + 200 });
const amendToAll: Step = (ctx) =>
  void ctx.amend(ctx.openOrders()[0].id, { price: ctx.book().bestBid - 40, size: ctx.position() });
const close: Step = (ctx) => void ctx.submit({ side: SELL, size: ctx.position(), type: "market", reduceOnly: true });

/** Does one thing after the other, each once no order is on its way; `done` counts them. */
function script(steps: readonly Step[], done: { steps: number }) {
  return strategy({
    name: "script",
    about: "One step at a time.",
    create: () => ({
      onStart: (ctx) => void ctx.every("50ms"),
      onTimer(ctx) {
        const ready = ctx.openOrders().every(({ state }) => state === "New") && ctx.book().bestBid > 0;
        if (ready && done.steps < steps.length) steps[done.steps++](ctx);
      },
    }),
  });
}

/** A live run on a gateway until its strategy is done: what it has at the end, and what the exchange has. */
async function run({ gateway }: GatewayWorld, log: string[], steps: readonly Step[]) {
  const done = { steps: 0 };
  await using run = await LiveOnGateway.begin(gateway, script(steps, done), log);
  const { live, entry } = run, { core } = live.session.run.session;
  await run.until(() => done.steps === steps.length && live.desk.working.size === 0);
  assertEquals(await live.quiet("the test is over"), []);
  const account = await entry.account(), { ZERO: held = "0", USD: money } = account.balances;
  const before = live.reconciled.baseline.ZERO, paid = live.desk.keptFees(core.feeds[0].instrument);
  // What a watch would compare.
  assertEquals(heldAt(account, core.feeds[0].instrument, { before, paid }), String(core.position(0)));
  assertEquals([live.halted, run.faults], [undefined, []]);
  assertEquals(live.reconciled.rows.filter(({ rule }) => rule === "stops"), []);
  const cash = plain(core.account.cash(0).toString(core.account.valuation.currencyScales[0]));
  return { lots: core.position(0), cash, held, money, began: live.reconciled };
}

/** An exchange that keeps so. */
function keeping(work: (world: GatewayWorld) => Promise<void>): Promise<void> {
  return gatewayWorld(work, {
    gateway: { quiet: false, commission: "received" },
    // A fee of it has more decimals than are kept, and its worth more than money has.
    session: { fees: "maker=0.001234567,taker=0.001234567" },
    host: { pace: "real", speed: 1 },
  });
}

/** Ways to buy, sell a part, and be rid of the rest. */
const ROUNDS: Readonly<Record<string, readonly Step[]>> = {
  "at the market": [buy(3), buy(2), sell(1), close],
  "by an order that is amended to all of it": [buy(3), buy(2), sell(1), rest, amendToAll],
  "three times over": [buy(3), close, buy(2), close, buy(4), sell(1), close],
  "in parts, of which nothing is there of the last": [buy(1), buy(1), buy(3), sell(1), sell(3), sell(1)],
};

for (const [how, steps] of Object.entries(ROUNDS)) {
  Deno.test(`LiveSession: where commissions are kept of what is bought, it closes ${how}, and has the exchange's money`, () =>
    keeping(async (world) => {
      const log: string[] = [], { lots, cash, held, money } = await run(world, log, steps);
      assertEquals([lots, cash], [0, money]);
      assert(compare(held, "0") >= 0 && compare(held, "1") < 0, `${held} is a part of a lot`);
      const { lots: none, cash: same, began } = await run(world, log, []);
      assertEquals([none, same, began.settled, began.rows, began.positions], [
        ...[0, money, true, []],
        { [SYMBOL]: { size: "0", cost: "0" } },
      ]);
      const more = await run(world, log, [buy(4), close]);
      assertEquals([more.lots, more.cash], [0, more.money]);
      // What was left of a lot has paid for it.
      assert(compare(more.held, held) < 0 && compare(more.held, "0") >= 0, `${more.held} of ${held}`);
    }));
}

Deno.test("LiveSession: what a run before holds, less what was kept of it, is sold by the next, and money is the exchange's", () =>
  keeping(async (world) => {
    const log: string[] = [], first = await run(world, log, [buy(3), buy(5), sell(1)]);
    assertEquals(first.lots, 7);
    const second = await run(world, log, [buy(2), sell(3), close]);
    assertEquals([second.began.settled, second.began.positions[SYMBOL].size], [true, "6"]);
    assertEquals([second.lots, second.cash], [0, second.money]);
    assert(compare(second.held, "0") >= 0, second.held);
  }));
