/** A feed's two cursors read one tape, however many windows lie between them. */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { BUY, SELL } from "../engine/core/event.ts";
import type { Feed } from "../engine/core/feed.ts";
import { instrument } from "../engine/core/instrument.ts";
import { makeFeed } from "../engine/core/line.ts";
import { WINDOW } from "../engine/feed/window_cache.ts";
import { OrderTable } from "../engine/oms/order_table.ts";
import { openTape } from "../engine/run/open_tape.ts";
import { queueModel } from "../engine/venue/queue_model.ts";

const { reader } = openTape(fileURLToPath(new URL("../fixtures/data/market_l2.arrow", import.meta.url)));
const ERA = Math.floor(Number(BigInt(reader.meta.span!.exchangeFirst)) / 2 ** 52);

function feed(): Feed {
  return makeFeed({
    index: 0,
    instrument: instrument(reader.meta.instrument),
    tape: reader,
    era: ERA,
    orders: new OrderTable(),
    venue: { fills: "partial", impact: "frozen", selfTrade: "allow" },
    queue: queueModel("risk", 1),
    answers: { answer: () => {}, wake: () => {} },
  });
}

/** What we see: the touch, the last price, ten levels either way. */
function seen({ view }: Feed): number[] {
  const { book } = view, prices = new Float64Array(10), sizes = new Float64Array(10);
  const levels = [BUY, SELL].flatMap((side) => {
    const found = book.top(side, 10, prices, sizes);
    return [...prices.subarray(0, found), ...sizes.subarray(0, found)];
  });
  return [view.lastPrice, ...levels];
}

/** What we see at each of `times`, to which the venue's cursor goes first. */
function walk(times: readonly number[]): number[][] {
  const one = feed();
  return times.map((time) => {
    one.applyExchange(time);
    one.applyLocal(time);
    return seen(one);
  });
}

const { start, end, rows } = (() => {
  const all = feed();
  const start = all.exchangeTime;
  all.applyExchange(Infinity);
  return { start, end: all.lastExchange, rows: all.rowsPassed };
})();

Deno.test("Feed: we see the same however many windows the venue's cursor goes ahead at a time", () => {
  const times = Array.from({ length: 240 }, (_, i) => start + Math.round((i + 1) / 240 * (end - start)));
  const close = walk(times);
  for (const stride of [24, 40, 60, 80, 120]) {
    const every = (_: unknown, i: number) => (i + 1) % stride === 0;
    assertEquals(walk(times.filter(every)), close.filter(every), `every ${stride * rows / 240} rows`);
  }
});

Deno.test("Feed: the venue's cursor stays where it is while ours catches up over many windows", () => {
  assertEquals(rows > 8 * WINDOW, true);
  for (const part of [0.3, 0.6, 0.9]) {
    const one = feed();
    one.applyExchange(start + part * (end - start));
    const next = one.exchangeTime;
    one.applyLocal(next);
    assertEquals(one.exchangeTime, next);
    one.applyExchange(Infinity);
    assertEquals([one.rowsPassed, one.lastExchange], [rows, end]);
  }
});
