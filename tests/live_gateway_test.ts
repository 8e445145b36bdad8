/**
 * A live session trades on a gateway as it would on the exchange: market data, orders and reports go over the network, in Binance's
 * dialect, and both sides end with the same books.
 */
import { assert, assertEquals } from "@std/assert";
import { BUY, SELL, strategy } from "../mod.ts";
import { LiveOnGateway, SYMBOL } from "./live_on_gateway.ts";
import { gatewayWorld } from "../transport/gateway/_gateway_world.ts";

/** Buys three, sells one of them, and lets one more rest, at another price in the end. */
const steps = strategy({
  name: "steps",
  about: "One step at a time, each when the one before is known to be done.",
  create: () => {
    let resting = 0, amended = false;
    return {
      onStart: (ctx) => void ctx.every("50ms"),
      onTimer(ctx) {
        const { bestBid, bestAsk } = ctx.book(), open = ctx.openOrders();
        if (open.some(({ id }) => id !== resting) || bestBid <= 0) return;
        if (ctx.position() === 0) ctx.submit({ side: BUY, size: 3, price: bestAsk + 40 });
        else if (ctx.position() === 3) ctx.submit({ side: SELL, size: 1, price: bestBid - 40 });
        else if (resting === 0) resting = ctx.submit({ side: SELL, size: 2, price: bestAsk + 200, postOnly: true });
        else if (!amended && open.length === 1) amended = ctx.amend(resting, { price: bestAsk + 220, size: 1 });
      },
    };
  },
});

Deno.test("LiveSession: trades on a gateway over the network, and both sides have the same books", async () => {
  await gatewayWorld(async ({ gateway }) => {
    const log: string[] = [];
    await using run = await LiveOnGateway.begin(gateway, steps, log);
    const { live, entry } = run;
    const open = async () => (await entry.openOrders(SYMBOL)).map(({ size, filled }) => `${size} ${filled}`);
    await run.until(async () => `${await open()}` === "1 0" && live.desk.working.size === 1);
    assertEquals((await entry.account()).balances.ZERO, "2");
    assertEquals(await live.quiet("the test is over"), []);
    assertEquals(await open(), []);
    assertEquals(live.session.run.session.core.position(0), 2);
    assertEquals([live.halted, run.faults], [undefined, []]);
    assert(log.some((line) => line.includes('"fill"')));
  }, { gateway: { quiet: false }, host: { pace: "real", speed: 1 } });
});
