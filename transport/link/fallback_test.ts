import { assertEquals } from "@std/assert";
import { Fallback } from "./fallback.ts";
import type { Quality } from "./quality.ts";

const BOUNDS = { rttMs: 100, jitterMs: 50, loss: 0.1, buffered: 1000 };
const OPTIONS = {
  poor: BOUNDS,
  good: { rttMs: 50, jitterMs: 20, loss: 0.01, buffered: 100 },
  poorCount: 3,
  goodCount: 2,
};

/** A sample that is good but for what is said. */
const sample = (but: Partial<Quality> = {}): Quality => ({
  rttMs: 10,
  jitterMs: 1,
  loss: 0,
  buffered: 0,
  candidate: null,
  ...but,
});

Deno.test("Fallback: a lost data channel is left at once, a poor one after so many poor samples in a row", () => {
  assertEquals(new Fallback(OPTIONS).observe("lost", 0), "websocket");
  for (const poor of [{ rttMs: 101 }, { jitterMs: 51 }, { loss: 0.11 }, { buffered: 1001 }]) {
    const fallback = new Fallback(OPTIONS);
    const ways = [poor, poor, {}, poor, poor, poor].map((but, i) => fallback.observe(sample(but), i));
    assertEquals(ways, [...Array(5).fill("datachannel"), "websocket"], JSON.stringify(poor));
  }
});

Deno.test("Fallback: what is neither poor nor good, or is not known, changes nothing", () => {
  const fallback = new Fallback({ ...OPTIONS, holdMs: 0 });
  for (const but of [{ rttMs: 100 }, { rttMs: null }, { loss: 0.05 }, { buffered: 1000 }]) {
    for (let i = 0; i < 5; i++) assertEquals(fallback.observe(sample(but), i), "datachannel");
  }
  fallback.observe("lost", 10);
  for (const but of [{ rttMs: 100 }, { rttMs: null }, { loss: 0.05 }, { buffered: 1000 }]) {
    for (let i = 0; i < 5; i++) assertEquals(fallback.observe(sample(but), 20 + i), "websocket");
  }
});

Deno.test("Fallback: returns once the hold is over and the channel has stayed good", () => {
  const fallback = new Fallback({ ...OPTIONS, holdMs: 100 });
  fallback.observe(sample(), 0);
  // It has not been anywhere before, so the first leave is not in vain.
  fallback.observe("lost", 1000);
  const ways = [1010, 1099, 1100].map((now) => fallback.observe(sample(), now));
  assertEquals(ways, ["websocket", "websocket", "datachannel"]);
});

Deno.test("Fallback: each return in vain doubles the hold, up to its bound, and a settled stay makes it short again", () => {
  const fallback = new Fallback({ ...OPTIONS, holdMs: 100, holdMsMax: 300, settledMs: 1000 });
  /** Loses the channel, then is told good samples each ms; how long it stayed away. */
  const away = (at: number): number => {
    fallback.observe("lost", at);
    for (let now = at + 1;; now++) if (fallback.observe(sample(), now) === "datachannel") return now - at;
  };
  assertEquals(away(0), 100);
  assertEquals(away(200), 200);
  assertEquals(away(500), 300);
  assertEquals(away(900), 300);
  assertEquals(away(5000), 100);
});

Deno.test("Fallback: a trial in vain makes the next later, and whoever came back by itself is there", () => {
  const fallback = new Fallback({ ...OPTIONS, holdMs: 100, holdMsMax: 300 });
  fallback.arrived("websocket", 1000);
  assertEquals([fallback.way, fallback.returnAt], ["websocket", 1100]);
  for (const [now, returnAt] of [[1100, 1300], [1300, 1600], [1600, 1900]]) {
    const way = fallback.tried(now === 1300 ? "lost" : sample({ loss: 0.05 }), now);
    assertEquals([way, fallback.way, fallback.returnAt], ["websocket", "websocket", returnAt]);
  }
  fallback.arrived("websocket", 1700);
  assertEquals(fallback.returnAt, 1900);
  fallback.arrived("datachannel", 1800);
  assertEquals([fallback.way, fallback.returnAt], ["datachannel", -Infinity]);
  fallback.arrived("websocket", 1900);
  assertEquals(fallback.tried(sample(), 2200), "datachannel");
});
