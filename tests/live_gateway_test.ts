/**
 * A live session trades on a gateway as it would on the exchange: market data, orders and reports go over the network, in Binance's
 * dialect, and both sides end with the same books.
 */
import { assert, assertEquals } from "@std/assert";
import { fullName } from "../engine/core/instrument_names.ts";
import { exchange } from "../engine/live/exchanges.ts";
import { Keys } from "../engine/live/keys.ts";
import type { LiveEvent } from "../engine/live/live_event.ts";
import { OrderBooks } from "../engine/live/order_books.ts";
import { OrderLog } from "../engine/live/order_log.ts";
import { pause } from "../engine/live/pause.ts";
import { systemTimers } from "../engine/live/timers.ts";
import { BUY, SELL, strategy } from "../mod.ts";
import { LiveSession } from "../engine/run/live.ts";
import { machineNetwork } from "../engine/run/network.ts";
import { SinceSnapshot } from "../engine/run/since_snapshot.ts";
import { wallClock } from "../engine/run/wall_clock.ts";
import { gatewayWorld } from "../transport/gateway/_gateway_world.ts";

const SYMBOL = "ZEROUSD";

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
  await gatewayWorld(async ({ gateway: { url, key } }) => {
    const wall = wallClock(), events: LiveEvent[] = [], logged: string[] = [];
    const tell = (event: LiveEvent) => void events.push(event);
    const tools = { network: machineNetwork({ wall }), timers: systemTimers, wall, random: Math.random, tell };
    const sockets = url.replace("http", "ws"), endpoints = { rest: url, market: sockets, orders: sockets };
    const spot = exchange("binance-spot"), instruments = await spot.instruments([SYMBOL], endpoints, tools);
    const [instrument] = instruments, keys = new Keys("hmac", key.key, key.secret);
    const entry = spot.orders!({ endpoints, keys, instruments }, tools);
    const live = await LiveSession.open({
      ...{ instruments, entry, tools },
      log: new OrderLog({ line: (text) => void logged.push(text) }),
      books: OrderBooks.read(""),
    });
    live.begin({ strategy: steps, feeds: [{ instrument }], wall });
    const sink = new SinceSnapshot(live.session.feeds.get(fullName(instrument))!);
    const feed = spot.market({ endpoints, into: new Map([[SYMBOL, { instrument, sink }]]) }, tools);
    try {
      await feed.open();
      const open = async () => (await entry.openOrders(SYMBOL)).map(({ size, filled }) => `${size} ${filled}`);
      while (`${await open()}` !== "1 0" || live.desk.working.size !== 1) {
        live.session.advance();
        await pause(systemTimers, 20);
      }
      assertEquals((await entry.account()).balances.ZERO, "2");
      assertEquals(await live.quiet("the test is over"), []);
      assertEquals(await open(), []);
      assertEquals(live.session.run.session.core.position(0), 2);
      assertEquals(live.halted, undefined);
      const bad = events.filter(({ name }) => !["CONNECTED", "MARKET_WHOLE"].includes(name));
      assertEquals(bad.map(({ name, message }) => `${name} ${message}`), []);
      assert(logged.some((line) => line.includes('"fill"')));
    } finally {
      feed.close();
      await live.close();
    }
  }, { gateway: { quiet: false }, host: { pace: "real", speed: 1 } });
});
