import { assertEquals } from "@std/assert";
import { Candles, candleSpan, isInterval, tradeOf } from "./candles.ts";

const MINUTE = 60_000;

Deno.test("candleSpan: days begin at midnight, weeks on Monday, months on the first", () => {
  const time = Date.UTC(2024, 1, 29, 13, 47, 12);
  const opens = (interval: string) => new Date(candleSpan(interval, time)[0]).toISOString().slice(0, 16);
  assertEquals(["1m", "15m", "4h", "1d", "1w", "1M"].map(opens), [
    "2024-02-29T13:47",
    "2024-02-29T13:45",
    "2024-02-29T12:00",
    "2024-02-29T00:00",
    "2024-02-26T00:00",
    "2024-02-01T00:00",
  ]);
  assertEquals(candleSpan("1M", time)[1], Date.UTC(2024, 2, 1));
  assertEquals([isInterval("3d"), isInterval("7m"), isInterval("toString")], [true, false, false]);
});

Deno.test("Candles: minutes add up to longer ones, and gaps stand at the last close", () => {
  const candles = new Candles();
  const trades = [[0, 100, true], [30_000, 104, false], [2 * MINUTE, 98, true], [7 * MINUTE, 101, true]] as const;
  for (const [time, price, bought] of trades) candles.add(time, tradeOf(price, 2, bought));
  const plain = (interval: string, from: number, to: number, count: number) =>
    candles.read(interval, from, to, count).map(({ opens, open, high, low, close, lots, takerLots, trades }) => [
      opens / MINUTE,
      open,
      high,
      low,
      close,
      lots,
      takerLots,
      trades,
    ]);
  assertEquals(plain("5m", 0, 8 * MINUTE, 10), [[0, 100, 104, 98, 98, 6, 4, 3], [5, 101, 101, 101, 101, 2, 2, 1]]);
  assertEquals(plain("1m", 0, 3 * MINUTE, 10), [
    [0, 100, 104, 100, 104, 4, 2, 2],
    [1, 104, 104, 104, 104, 0, 0, 0],
    [2, 98, 98, 98, 98, 2, 2, 1],
    [3, 98, 98, 98, 98, 0, 0, 0],
  ]);
  assertEquals(plain("1m", 0, 9 * MINUTE, 2), [[8, 101, 101, 101, 101, 0, 0, 0], [9, 101, 101, 101, 101, 0, 0, 0]]);
  assertEquals(candles.since(2 * MINUTE)?.open, 98);
  assertEquals(candles.since(8 * MINUTE), undefined);
});

Deno.test("Candles: a gap of years is as good as its end, and what is kept is bounded", () => {
  const candles = new Candles();
  for (let day = 0; day < 3; day++) candles.add(day * 1000 * 86_400_000, tradeOf(100 + day, 1, true));
  const last = candles.read("1m", 0, 2000 * 86_400_000, 3);
  assertEquals(last.map(({ close, trades }) => [close, trades]), [[101, 0], [101, 0], [102, 1]]);
});
