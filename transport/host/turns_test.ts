import { assert, assertEquals, assertRejects } from "@std/assert";
import { eventually } from "../link/_eventually.ts";
import { BUY, SELL } from "../../engine/core/event.ts";
import type { Strategy } from "../../engine/core/strategy.ts";
import { backtest } from "../../engine/run/backtest.ts";
import { drive, type RemoteStrategy } from "../client/drive.ts";
import { servedSession } from "./_served.ts";

/** Makes a market, takes now and then, and answers what happens: each of its callbacks does something. */
function local(): Strategy {
  let turns = 0, seen = 0;
  const open = new Set<number>();
  return {
    onStart: (ctx) => void ctx.every("30s"),
    onTimer(ctx) {
      const { bestBid, bestAsk } = ctx.book();
      if (!Number.isFinite(bestBid) || !Number.isFinite(bestAsk)) return;
      for (const id of open) ctx.cancel(id);
      for (const [side, price] of [[BUY, bestBid], [SELL, bestAsk]] as const) {
        const id = ctx.submit({ side, size: 1 + (turns % 3), price });
        if (id > 0) open.add(id);
      }
      if (++turns % 5 === 0) ctx.submit({ side: ctx.position() > 0 ? SELL : BUY, size: 2 });
    },
    onTrade(ctx, { price }) {
      if (++seen % 500 === 0) ctx.submit({ side: BUY, size: 1, price: price - 2, tif: "ioc" });
    },
    onOrder: (_ctx, { id, state }) =>
      void (["Filled", "Cancelled", "Rejected", "Expired"].includes(state) && open.delete(id)),
    onFill(ctx, { side, size, price }) {
      if (size > 1) ctx.submit({ side: -side, size: 1, price: price + side });
    },
  };
}

/** The same, as one writes it outside. */
function remote(): RemoteStrategy {
  let turns = 0, seen = 0;
  const open = new Set<number>();
  return {
    onStart: async (ctx) => void await ctx.every("30s"),
    async onTimer(ctx) {
      const { bestBid, bestAsk } = ctx.book();
      if (!Number.isFinite(bestBid) || !Number.isFinite(bestAsk)) return;
      for (const id of open) await ctx.cancel(id);
      for (const [side, price] of [[BUY, bestBid], [SELL, bestAsk]] as const) {
        const id = await ctx.submit({ side, size: 1 + (turns % 3), price });
        if (id > 0) open.add(id);
      }
      if (++turns % 5 === 0) await ctx.submit({ side: ctx.position() > 0 ? SELL : BUY, size: 2 });
    },
    async onTrade(ctx, { price }) {
      if (++seen % 500 === 0) await ctx.submit({ side: BUY, size: 1, price: price - 2, tif: "ioc" });
    },
    onOrder: (_ctx, { order, state }) =>
      void (["Filled", "Cancelled", "Rejected", "Expired"].includes(state) && open.delete(order)),
    async onFill(ctx, { side, size, price }) {
      if (size > 1) await ctx.submit({ side: -side, size: 1, price: price + side });
    },
  };
}

Deno.test("drive: a strategy outside gives the digest of the same strategy in process, with latency and limits", async () => {
  const options = { latency: "3ms", limits: { position: 9 }, fees: "maker=0.0001,taker=0.0002" };
  const plain = backtest({
    strategy: { name: "inside", about: "In process.", create: local },
    tape: "fixtures/data/market_l2.arrow",
    ...options,
  });
  const { session, client } = servedSession({}, { pace: "lockstep" }, options);
  const pilot = client(), running = session.run();
  const driving = drive(pilot, remote());
  const result = await running;
  await driving;
  assert(result.trades > 50, `${result.trades} trades`);
  assertEquals([result.trades, result.digest], [plain.trades, plain.digest]);
  pilot.close();
  session.hub.close();
});

Deno.test("drive: a pilot that loses its link in a turn answers it over the next one", async () => {
  const { session, client } = servedSession({}, { pace: "lockstep" });
  const pilot = client(), running = session.run();
  let turns = 0;
  const driving = drive(pilot, {
    onStart: async (ctx) => void await ctx.every("60s"),
    onTimer() {
      if (++turns % 20 === 0) pilot.reconnect();
    },
  });
  const result = await running;
  await driving;
  const plain = servedSession({}, { pace: "lockstep" }), again = plain.client(), whole = plain.session.run();
  await drive(again, { onStart: async (ctx) => void await ctx.every("60s"), onTimer() {} });
  assertEquals((await whole).digest, result.digest);
  assert(turns > 20);
  for (const each of [pilot, again]) each.close();
  for (const each of [session, plain.session]) each.hub.close();
});

Deno.test("drive: what the strategy throws ends the driving, and the clock waits for another pilot", async () => {
  const { session, client } = servedSession({}, { pace: "lockstep", limits: { graceMs: 20 } });
  const pilot = client(), running = session.run();
  await assertRejects(
    () => drive(pilot, { onTrade: () => Promise.reject(new Error("lost my mind")) }),
    Error,
    "lost my mind",
  );
  pilot.close();
  await eventually(() => session.hub.sizes.connections === 0);
  const other = client();
  await drive(other, {});
  assertEquals((await running).trades, 0);
  other.close();
  session.hub.close();
});

Deno.test("drive: a session that is stopped while its pilot is asked about onStop has ended all the same", async () => {
  const { session, client } = servedSession({}, { pace: "lockstep" });
  const pilot = client(), running = session.run();
  await drive(pilot, { onStop: () => session.stop(new Error("enough")) });
  const { incomplete } = await running;
  assertEquals([incomplete, session.driver.clock.state], [undefined, "ended"]);
  pilot.close();
  session.hub.close();
});
