import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { RoundTrips } from "./round_trips.ts";

Deno.test("RoundTrips: statistics equal those of the whole list", () => {
  const trips = new RoundTrips();
  const pnls: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const pnl = 1e6 + ((i * 7919) % 101 - 60) / 64;
    pnls.push(pnl);
    trips.add(i, i + 1 + i % 5, 1, 1, 100, 101, pnl, pnl / 1e7);
  }
  assertAlmostEquals(trips.meanPnl, mean(pnls), 1e-8);
  assertAlmostEquals(trips.deviationPnl, sampleStandardDeviation(pnls), 1e-8);
  assertEquals([trips.count, trips.wins, trips.losses, trips.maxSec, trips.meanSec], [1000, 1000, 0, 5, 3]);
  assertEquals([trips.best, trips.worst], [Math.max(...pnls) / 1e7, Math.min(...pnls) / 1e7]);
});

Deno.test("RoundTrips: a profit of 0 is neither win nor loss", () => {
  const trips = new RoundTrips();
  trips.add(0, 1, 1, 1, 5, 5, 0, 0);
  trips.add(0, 1, -1, 1, 5, 6, -1, -0.2);
  assertEquals([trips.count, trips.wins, trips.losses, trips.grossProfit, trips.grossLoss], [2, 0, 1, 0, -1]);
});

Deno.test("RoundTrips: the first and last 256 are listed in order", () => {
  for (const count of [0, 1, 256, 257, 512, 513, 1000, 5000]) {
    const trips = new RoundTrips();
    for (let i = 0; i < count; i++) trips.add(i, i + 1, i % 2 ? 1 : -1, 2, 3, 4, 5, 0.01, 1);
    const all = Array.from({ length: count }, (_, i) => i);
    const expected = count <= 512 ? all : [...all.slice(0, 256), ...all.slice(-256)];
    assertEquals(trips.list().map((trip) => trip.entryTime), expected);
  }
});

Deno.test("RoundTrips: a listed round trip has what was added", () => {
  const trips = new RoundTrips();
  trips.add(1, 2, -1, 3, 4, 5, -6, -0.5, 7);
  assertEquals(trips.list(), [{
    entryTime: 1,
    exitTime: 2,
    side: -1,
    lots: 3,
    entryPrice: 4,
    exitPrice: 5,
    pnl: -6,
    returnFraction: -0.5,
    instrument: 7,
  }]);
});

Deno.test("RoundTrips: a profit that is not a number is refused and changes nothing", () => {
  const trips = new RoundTrips();
  assertThrows(() => trips.add(0, 1, 1, 1, 0, 1, 1, Infinity), RangeError, "return Infinity; both must be finite");
  assertEquals([trips.count, trips.list()], [0, []]);
});
