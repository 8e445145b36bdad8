import { assert, assertEquals, assertRejects } from "@std/assert";
import { eventually } from "../link/_eventually.ts";
import { BUY, SELL } from "../../engine/core/event.ts";
import { isoTime } from "../../engine/core/gap_error.ts";
import type { Strategy } from "../../engine/core/strategy.ts";
import { backtest } from "../../engine/run/backtest.ts";
import type { ForkPlace } from "./host_options.ts";
import { servedSession } from "./_served.ts";

/** Buys and sells in turn. */
const trader = (): Strategy => {
  let side = BUY;
  return {
    onStart: (ctx) => void ctx.every("20s"),
    onTimer(ctx) {
      const { bestBid, bestAsk } = ctx.book();
      if (!Number.isFinite(bestBid) || !Number.isFinite(bestAsk)) return;
      ctx.submit({ side, size: 2, tif: "ioc", price: side === BUY ? bestAsk : bestBid });
      side = side === BUY ? SELL : BUY;
    },
  };
};

Deno.test("HostedSession: served and watched, it puts out what it does unserved", async () => {
  const { session, client, options } = servedSession(trader(), { paused: true });
  const watcher = client();
  const { mode, live, instruments, commands } = await watcher.ready();
  assertEquals([mode, live, instruments.length], ["backtest", false, 1]);
  for (const kind of ["submit", "cancel_all", "clock_pause", "kill", "set_limit", "parent_start"]) {
    assert(commands.includes(kind));
  }
  const symbol = instruments[0].symbol;
  const fills: number[] = [], books: number[] = [];
  watcher.listen("fills", symbol, ({ data }) => fills.push(data.price));
  watcher.listen("book", symbol, ({ seq }) => books.push(seq));
  const running = session.run();
  await watcher.command({ kind: "clock_resume" });
  const result = await running;
  const plain = backtest({ ...options, strategy: { ...options.strategy, create: trader } });
  assertEquals([result.digest, result.trades], [plain.digest, plain.trades]);
  await eventually(() => fills.length >= result.trades);
  assertEquals(fills.length, result.trades);
  assert(books.length > 100);
  watcher.close();
  session.hub.close();
});

Deno.test("HostedSession: timers that never end are few, however many are asked for", async () => {
  const { session, client } = servedSession({}, { paused: true });
  const trader = client(), running = session.run(), codes: unknown[] = [];
  await trader.ready();
  for (let i = 0; i < 102; i++) {
    const set = trader.command({ kind: "every", interval: "1h" });
    codes.push(await set.then(({ code }) => code, ({ message }) => message));
  }
  assertEquals(codes.slice(0, 100), new Array(100).fill(0));
  assertEquals(codes.slice(100).map((each) => `${each}`.includes("100 come again and again")), [true, true]);
  const { code } = await trader.command({ kind: "after", delay: "1h" });
  assertEquals(code, 0);
  session.stop(new Error("enough"));
  await assertRejects(() => running);
  trader.close();
  session.hub.close();
});

Deno.test("HostedSession: an order is sent from outside, filled, and told of", async () => {
  const { session, client } = servedSession({}, { paused: true });
  const trader = client();
  const { instruments: [{ symbol }] } = await trader.ready();
  const orders: string[] = [];
  trader.listen("orders", symbol, (update) => {
    if (update.type === "update") orders.push(update.data.state);
  });
  const running = session.run();
  await trader.command({ kind: "clock_step", count: 200 });
  const first = await trader.command({ kind: "submit", side: "buy", size: 3 }, { key: "one" });
  const again = await trader.command({ kind: "submit", side: "buy", size: 3 }, { key: "one" });
  assertEquals([first.code, again.order], [0, first.order]);
  const refused = await trader.command({ kind: "cancel", order: 99 });
  assert(refused.code > 0 && refused.reason.includes("UNKNOWN_ORDER"));
  await trader.command({ kind: "clock_speed", pace: "free" });
  await trader.command({ kind: "clock_resume" });
  const result = await running;
  await eventually(() => orders.at(-1) === "Filled");
  assertEquals(result.trades > 0, true);
  assertEquals([orders[0], orders.at(-1)], ["PendingNew", "Filled"]);
  trader.close();
  session.hub.close();
});

Deno.test("HostedSession: what the token does not allow, and what cannot be, is refused with a code", async () => {
  const { session, client } = servedSession({}, { paused: true });
  const reader = client({}, ["read"], "rob"), trader = client();
  await Promise.all([reader.ready(), trader.ready()]);
  const running = session.run();
  await assertRejects(() => reader.command({ kind: "submit", side: "buy", size: 1 }), Error, "lacks scope trade");
  await assertRejects(() => reader.command({ kind: "clock_pause" }), Error, "lacks scope control");
  await assertRejects(() => trader.command({ kind: "submit", side: "by", size: 1 }), Error, 'side is "by"');
  await assertRejects(() => trader.command({ kind: "submti" }), Error, "hello lists those there are");
  await assertRejects(() => trader.command({ kind: "clock_step", count: -1 }), Error, "count is -1");
  await assertRejects(() => trader.command({ kind: "clock_step", moves: 5 }), Error, "no field moves; it takes count");
  await assertRejects(() => trader.command({ kind: "clock_speed" }), Error, "give speed or pace");
  await assertRejects(() => trader.command({ kind: "dead_man", seconds: 9, onleave: true }), Error, "no field onleave");
  await assertRejects(() => trader.command({ kind: "drive", hears: "onBook" }), Error, "pace is not lockstep");
  await assertRejects(() => trader.command({ kind: "dead_man", seconds: -1 }), Error, "seconds is -1");
  session.stop(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  await assertRejects(() => trader.command({ kind: "clock_pause" }), Error, "has ended");
  reader.close();
  trader.close();
  session.hub.close();
});

Deno.test("HostedSession: a dead-man switch cancels when its client has gone for good, and not before", async () => {
  const { session, client } = servedSession({}, { paused: true, limits: { graceMs: 30 } });
  const trader = client();
  const { instruments: [{ symbol }] } = await trader.ready();
  const running = session.run();
  await trader.command({ kind: "clock_step", count: 200 });
  await trader.command({ kind: "dead_man", onLeave: true });
  const book = trader.book(symbol);
  const { value } = await book.next();
  await trader.command({ kind: "submit", side: "buy", size: 3, price: value!.bids[0][0] - 5 });
  trader.reconnect();
  await trader.ready();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assertEquals(session.openOrders, 1);
  trader.close();
  await eventually(() => session.hub.sizes.connections === 0);
  session.driver.tape!.step(200);
  await eventually(() => session.openOrders === 0);
  session.stop(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  session.hub.close();
});

Deno.test("HostedSession: from when its clock is sought back it takes no more commands, as another takes its place", async () => {
  const places: ForkPlace[] = [], rewind = (place: ForkPlace) => void places.push(place);
  const { session, client } = servedSession({}, { paused: true, rewind });
  const ann = client(), running = session.run().catch(() => {});
  await ann.command({ kind: "clock_seek", time: "+10m" });
  await eventually(() => session.driver.clock.state === "paused");
  await ann.command({ kind: "submit", side: "buy", size: 1 });
  const until = session.driver.clock.time - 60_000_000_000n;
  const { reason } = await ann.command({ kind: "clock_seek", time: isoTime(until) });
  assertEquals([reason, places.length, places[0].until, places[0].inputs], [
    "1 that came after it is dropped",
    1,
    until,
    [],
  ]);
  await assertRejects(() => ann.command({ kind: "submit", side: "buy", size: 1 }), Error, "on its way");
  session.stop(new Error("enough"));
  await running;
  ann.close();
  session.hub.close();
});

Deno.test("HostedSession: who may not undo a kill or a limit cannot do it by going back, and an administrator can", async () => {
  const places: ForkPlace[] = [], rewind = (place: ForkPlace) => void places.push(place);
  const { session, client } = servedSession({}, { paused: true, rewind });
  const ann = client(), bob = client({}, ["control"], "bob"), running = session.run().catch(() => {});
  const paused = () => eventually(() => session.driver.clock.state === "paused");
  await ann.command({ kind: "clock_seek", time: "+10m" });
  await paused();
  await ann.command({ kind: "set_limit", scope: "session", name: "openOrders", value: 1 });
  const before = isoTime(session.driver.clock.time - 60_000_000_000n);
  await assertRejects(() => bob.command({ kind: "clock_seek", time: before }), Error, "would undo set_limit");
  await ann.command({ kind: "clock_seek", time: "+10m" });
  await paused();
  const after = isoTime(session.driver.clock.time - 60_000_000_000n);
  await bob.command({ kind: "kill" });
  await assertRejects(() => bob.command({ kind: "clock_seek", time: after }), Error, "lacks scope admin:test");
  assertEquals(places, []);
  await ann.command({ kind: "clock_seek", time: after });
  assertEquals(places[0].inputs.map(({ command: { kind } }) => kind), ["set_limit"]);
  session.stop(new Error("enough"));
  await running;
  for (const each of [ann, bob]) each.close();
  session.hub.close();
});
