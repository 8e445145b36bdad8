import { assert, assertEquals, assertRejects } from "@std/assert";
import type { InstrumentSpec } from "../core/instrument.ts";
import { Rng } from "../core/rng.ts";
import { MarketWorld, type ScriptedExchange } from "./_market_world.ts";
import { ScriptedBinance } from "./binance/_scripted_market.ts";
import { binanceSpot } from "./binance/market.ts";

const BTC: InstrumentSpec = {
  symbol: "BTCUSDT",
  venue: "binance-spot",
  tick: "0.1",
  lot: "0.001",
  kind: "linear",
  currency: "USDT",
};

/** A world of one instrument, whose exchange answers requests as `answer` has it. */
function worldOf(answer = (_url: string, text: string) => ({ status: 200, text })): MarketWorld {
  const exchange = (options: ConstructorParameters<typeof ScriptedBinance>[2]): ScriptedExchange => {
    const scripted = new ScriptedBinance("spot", ["BTCUSDT"], options), asked = scripted.request.bind(scripted);
    return Object.assign(scripted, {
      request: (request: Parameters<typeof asked>[0]) => answer(request.url, asked(request).text),
    });
  };
  return new MarketWorld({ dialect: binanceSpot, instruments: [BTC], exchange }, new Rng(1));
}

/** A depth update at a price off the tick. */
const ODD = '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":1,"u":2,' +
  '"b":[["900.05","1.000"]],"a":[]}}';

Deno.test("LiveMarket: a tick that becomes finer is told, and the book stays stale", async () => {
  let tick = "0.10000000";
  const world = worldOf((_, text) => ({
    status: 200,
    text: text.replace('"tickSize":"0.10000000"', `"tickSize":"${tick}"`),
  }));
  await world.opened();
  tick = "0.01000000";
  world.sendAll(ODD);
  assertEquals(world.feed.figures.whole, 0);
  await world.quiet(120_000);
  assertEquals(world.feed.figures.whole, 0);
  const told = world.events.filter(({ name }) => name === "INSTRUMENT_CHANGED").map(({ message }) => message);
  assertEquals(told, ["tick was 0.1 and is 0.01; its book stays stale, start again with what it is now"]);
  world.feed.close();
});

Deno.test("LiveMarket: a change that no price shows is found by asking now and then", async () => {
  let lot = "0.00100000";
  const world = worldOf((_, text) => ({
    status: 200,
    text: text.replace('"stepSize":"0.00100000"', `"stepSize":"${lot}"`),
  }));
  await world.opened();
  lot = "0.01000000";
  await world.quiet(310_000);
  assertEquals([world.feed.figures.whole, world.feed.figures.gaps], [0, 1]);
  assert(world.events.some(({ message }) => message.startsWith("lot was 0.001 and is 0.01")));
  world.feed.close();
});

Deno.test("LiveMarket: an old order between two ticks is left out once the exchange says that the tick is what it was", async () => {
  // It is in each snapshot, as it is in real ones.
  const world = worldOf((_, text) => ({ status: 200, text: text.replace('"bids":[', '"bids":[["900.05","1.000"],') }));
  await world.opened();
  const whole = world.events.findLast(({ name }) => name === "MARKET_WHOLE")!;
  assertEquals(whole.message, "the book is whole but for 1 prices off its tick");
  world.sendAll(ODD);
  await world.quiet(5000);
  assertEquals([world.feed.figures.whole, world.feed.figures.gaps], [1, 0]);
  world.checkAll();
  world.feed.close();
});

Deno.test("LiveMarket: 429 is obeyed and told once, with the weight; what is refused is told", async () => {
  let status = 200, asked = 0;
  const world = worldOf((
    url,
    text,
  ) => (asked += Number(url.includes("/depth")), { status, text: status === 200 ? text : "slow down" }));
  await world.opened();
  status = 429;
  asked = 0;
  world.sendAll(ODD.replace("900.05", "900.1").replace('"U":1,"u":2', '"U":999999,"u":999999'));
  await world.quiet(59_000);
  assertEquals([asked, world.feed.figures.whole], [1, 0]);
  const told = world.events.filter(({ name }) => name === "THROTTLED").map(({ message }) => message);
  assertEquals(told.length, 1);
  assert(/^it answered 429: nothing is asked for 60 s; weight \d+ of 6000 a minute is spent$/.test(told[0]), told[0]);
  assert(world.events.some(({ name, message }) => name === "REQUEST_REFUSED" && message.includes("429")));
  status = 200;
  world.feed.close();
});

Deno.test("LiveMarket: one that is closed while it opens says so, and what to do", async () => {
  const { feed } = worldOf(), opening = feed.open();
  opening.catch(() => {});
  feed.close();
  const why = "Cannot open binance-spot: it was closed before its books were whole; start it again";
  assertEquals((await assertRejects(() => opening, Error)).message, why);
});

Deno.test("LiveMarket: what the exchange refuses to send is an error where it opens", async () => {
  const world = worldOf();
  const opening = world.feed.open();
  opening.catch(() => {});
  await world.timers.advance(30);
  world.sendAll('{"error":{"code":2,"msg":"Invalid request"},"id":1}');
  await assertRejects(() => opening, RangeError, "Cannot subscribe to binance-spot: it says 2 Invalid request");
});

Deno.test("LiveMarket: a time that is decades from ours is told, and ours stands in its place", async () => {
  const world = worldOf();
  await world.opened();
  const { feed } = world;
  for (const T of [4_000_000_000_000, 1_000_000_000_000]) {
    const trade = { e: "trade", E: T, s: "BTCUSDT", t: 10 ** 9 + T, p: "900.1", q: "1.000", T, m: true, M: true };
    world.sendAll(JSON.stringify({ stream: "btcusdt@trade", data: trade }));
  }
  const told = world.events.filter(({ name }) => name === "CLOCK_OFF").map(({ message }) => message);
  assertEquals(told, [
    "a time of the exchange's is 4000000000 s after 1970, far from those before; ours stands in its place",
  ]);
  await world.quiet(60_000);
  assertEquals(feed.figures.whole, 1);
  world.checkAll();
  feed.close();
});
