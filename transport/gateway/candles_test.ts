import { assertEquals } from "@std/assert";
import { Candles, candleSpan, isInterval, tradeOf } from "./candles.ts";

const MINUTE = 60_000;

const trade = (id: number, price: number, lots: number, buyerIsMaker = false) =>
  tradeOf({ id, price, lots, buyerIsMaker });

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
  trades.forEach(([time, price, bought], i) => candles.add(time, trade(i + 1, price, 2, !bought)));
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

Deno.test("Candles: what is asked for from a quiet time on begins with a candle at the last close", () => {
  const candles = new Candles(),
    read = (interval: string, from: number, to: number) =>
      candles.read(interval, from, to, 10).map(({ opens, close, trades }) => [opens / 1000, close, trades]);
  for (const [i, second] of [5, 8, 200].entries()) candles.add(second * 1000, trade(i + 1, 100 + i, 1));
  assertEquals(read("1s", 6000, 6000), [[6, 100, 0]]);
  assertEquals(read("1s", 6000, 9999), [[6, 100, 0], [7, 100, 0], [8, 101, 1], [9, 101, 0]]);
  assertEquals(read("1m", MINUTE, 3 * MINUTE), [[60, 101, 0], [120, 101, 0], [180, 102, 1]]);
  assertEquals(read("1m", 4 * MINUTE, 5 * MINUTE), [[240, 102, 0], [300, 102, 0]]);
  assertEquals([read("1s", 0, 4000), read("1s", 0, 5000)], [[], [[5, 100, 1]]]);
});

Deno.test("Candles: a gap of years is as good as its end, and what is kept is bounded", () => {
  const candles = new Candles();
  for (let day = 0; day < 3; day++) candles.add(day * 1000 * 86_400_000, trade(day + 1, 100 + day, 1));
  const last = candles.read("1m", 0, 2000 * 86_400_000, 3);
  assertEquals(last.map(({ close, trades }) => [close, trades]), [[101, 0], [101, 0], [102, 1]]);
});

Deno.test("Candles: what was traded since a time is told to the second, while all seconds since then are kept", () => {
  const candles = new Candles(), since = (time: number) => candles.since(time)?.trades;
  for (let second = 0; second < 600; second++) candles.add(second * 1000, trade(second + 1, 100, 1));
  assertEquals([since(0), since(299_001), since(300_000)], [600, 300, 300]);
  for (let second = 600; second < 7200; second++) candles.add(second * 1000, trade(second + 1, 100, 1));
  // An hour ago is there to the second; before that there are minutes.
  assertEquals([since(6_500_500), since(90_000)], [699, 7080]);
});

Deno.test("Candles: value is exact beyond what a number holds, and trades are those of the candle", () => {
  const candles = new Candles(), price = 6_183_763, lots = 1_000_000_001;
  for (let id = 1; id <= 20; id++) candles.add(id * 30_000, trade(id, price, lots, id % 2 === 0));
  const [{ value, takerValue }] = candles.read("1d", 0, 600_000, 1);
  assertEquals([value, takerValue], [20n * 6_183_763n * 1_000_000_001n, 10n * 6_183_763n * 1_000_000_001n]);
  const minutes = candles.read("1m", 0, 720_000, 20).map(({ firstId, lastId }) => [firstId, lastId]);
  assertEquals([minutes[0], minutes[1], minutes.at(-1)], [[1, 1], [2, 3], [-1, -1]]);
  const { firstId, lastId } = candles.since(0)!;
  assertEquals([firstId, lastId], [1, 20]);
});
