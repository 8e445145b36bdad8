import { assertEquals, assertRejects } from "@std/assert";
import { NO_NETWORK } from "../live/_desk_world.ts";
import { FakeTimers } from "../live/_fake_timers.ts";
import type { MarketFeed } from "../live/exchange.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { RunError } from "./backtest.ts";
import { runMarketPaper } from "./market_paper.ts";

Deno.test("runMarketPaper: a session of a stated time ends, too, where its books never become whole", async () => {
  const timers = new FakeTimers(), endpoints = { rest: "", market: "", orders: "" };
  const figures = { whole: 0, instruments: 1, gaps: 0, weightUsed: 0, weightPerMinute: 1, clockOffsetMs: undefined };
  let closed = false;
  const feed: MarketFeed = { open: () => new Promise(() => {}), close: () => void (closed = true), figures };
  const running = runMarketPaper({
    exchange: {
      name: "made",
      endpoints,
      format: "binance",
      instruments: () => Promise.resolve([]),
      market: () => feed,
    },
    endpoints,
    instruments: [{ symbol: "A", venue: "made", tick: "1", lot: "1" }],
    tools: { network: NO_NETWORK, timers, wall: () => BigInt(timers.now()) * 1_000_000n, random: () => 0, tell() {} },
    forMs: 1000,
  }, { strategy: touchMaker, tape: [] });
  await timers.advance(59_000);
  assertEquals(closed, false);
  await timers.advance(2000);
  await assertRejects(() => running, RunError, "books were not whole in 60 s");
  assertEquals(closed, true);
});
