import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DEFAULT_RATES, RateLimits, type Rates } from "./rate_limit.ts";

function rig(rates: Rates, entriesMax = 10_000) {
  const clock = { now: 0 };
  return { clock, limits: new RateLimits({ now: () => clock.now, rates, entriesMax }) };
}

/** How often `take` is allowed in a row. */
function allowed(take: () => number, tries: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (take() === 0) count++;
  return count;
}

Deno.test("RateLimits.take: a burst, then the rate, and how long to wait", () => {
  const { clock, limits } = rig({ messages: { connection: { perSecond: 10, burst: 5 } } });
  const take = () => limits.take("messages", { connection: "c" });
  assertEquals(allowed(take, 100), 5);
  assertEquals(take(), 100);
  clock.now += 99;
  assertEquals(take(), 1);
  clock.now += 1;
  assertEquals(take(), 0);
  clock.now += 60_000;
  assertEquals(allowed(take, 100), 5, "a rest fills no more than a burst");
});

Deno.test("RateLimits.take: connection, user and address together, and a refusal takes from none", () => {
  const rate = (burst: number) => ({ perSecond: 1, burst });
  const { limits } = rig({ messages: { connection: rate(2), user: rate(3), address: rate(4) } });
  const take = (connection: string, user: string) => limits.take("messages", { connection, user, address: "1.1.1.1" });
  assertEquals(allowed(() => take("c1", "ann"), 9), 2);
  assertEquals(allowed(() => take("c2", "ann"), 9), 1, "the user's is used up");
  assertEquals(allowed(() => take("c3", "bob"), 9), 1, "the address's is used up, by four and not by all the tries");
});

Deno.test("RateLimits.take: a new connection does not get round its user's and address's limits", () => {
  const { limits } = rig({ messages: { connection: { perSecond: 1, burst: 5 }, user: { perSecond: 1, burst: 20 } } });
  let count = 0;
  for (let i = 0; i < 100; i++) {
    count += allowed(() => limits.take("messages", { connection: `c${i}`, user: "ann" }), 10);
    limits.forget(`c${i}`);
  }
  assertEquals(count, 20);
});

Deno.test("RateLimits.take: one IPv6 network is one address, and so is an IPv4 address in either writing", () => {
  const { limits } = rig({ attempts: { address: { perSecond: 0.1, burst: 10 } } });
  let count = 0;
  for (let i = 0; i < 1000; i++) {
    count += limits.take("attempts", { address: `2001:db8::${i.toString(16)}` }) === 0 ? 1 : 0;
  }
  assertEquals(count, 10);
  assertEquals(allowed(() => limits.take("attempts", { address: "1.2.3.4" }), 20), 10);
  assert(limits.take("attempts", { address: "::ffff:1.2.3.4" }) > 0);
});

Deno.test("RateLimits.take: many addresses fill the table and gain nothing by it", () => {
  const { clock, limits } = rig({ attempts: { address: { perSecond: 0.2, burst: 10 } } }, 100);
  const flood = (i: number) => limits.take("attempts", { address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` });
  assertEquals(allowed(() => limits.take("attempts", { address: "9.9.9.9" }), 20), 10);
  let count = 0;
  for (let i = 0; i < 100_000; i++) if (flood(i) === 0) count++;
  assertEquals(count, 99 + 10, "one for each that still found room, then one burst for all others together");
  assert(limits.take("attempts", { address: "9.9.9.9" }) > 0, "and nobody who is refused is forgotten for it");
  clock.now += 50_000;
  assertEquals(allowed(() => limits.take("attempts", { address: "9.9.9.9" }), 20), 10);
  assertEquals(allowed(() => flood(1_000_000), 20), 10, "those who have rested make room");
});

Deno.test("RateLimits.take: loopback is everybody's here, but for attempts", () => {
  const one = { address: { perSecond: 1, burst: 1 } };
  const { limits } = rig({ messages: one, connections: one, attempts: one });
  for (const kind of ["messages", "connections"] as const) {
    assertEquals(allowed(() => limits.take(kind, { address: "127.0.0.1" }), 100), 100);
    assertEquals(allowed(() => limits.take(kind, { address: "10.0.0.1" }), 100), 1);
  }
  assertEquals(allowed(() => limits.take("attempts", { address: "127.0.0.1" }), 100), 1);
});

Deno.test("RateLimits.take: what costs more than a burst takes a full bucket", () => {
  const { clock, limits } = rig({ bytes: { connection: { perSecond: 100, burst: 1000 } } });
  assertEquals(limits.take("bytes", { connection: "c" }, 5000), 0);
  assertEquals(limits.take("bytes", { connection: "c" }, 5000), 10_000);
  clock.now += 10_000;
  assertEquals(limits.take("bytes", { connection: "c" }, 5000), 0);
});

Deno.test("RateLimits.tighten: under load a quarter is left, and it comes back", () => {
  const { clock, limits } = rig({ messages: { connection: { perSecond: 100, burst: 100 } } });
  const perSecond = () => {
    clock.now += 60_000;
    allowed(() => limits.take("messages", { connection: "c" }), 1000);
    clock.now += 1000;
    return allowed(() => limits.take("messages", { connection: "c" }), 1000);
  };
  for (const [load, rate] of [[0, 100], [0.7, 100], [0.85, 62], [1, 25], [7, 25], [-1, 100], [NaN, 100]] as const) {
    limits.tighten(load);
    assertEquals(perSecond(), rate, `${load}`);
  }
});

Deno.test("RateLimits.tighten: one message always fits in the end", () => {
  const { clock, limits } = rig({ messages: { connection: { perSecond: 1, burst: 1 } } });
  limits.tighten(1);
  assertEquals(limits.take("messages", { connection: "c" }), 0);
  assertEquals(limits.take("messages", { connection: "c" }), 4000);
  clock.now += 4000;
  assertEquals(limits.take("messages", { connection: "c" }), 0);
});

Deno.test("RateLimits: never more than burst and rate allow, whatever the times", () => {
  const steps = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 8 })), {
    maxLength: 200,
  });
  fc.assert(fc.property(steps, (given) => {
    const { clock, limits } = rig({ messages: { connection: { perSecond: 20, burst: 10 } } });
    let taken = 0, most = 0;
    for (const [step, cost] of given) {
      clock.now += step;
      most += step;
      const wait = limits.take("messages", { connection: "c" }, cost);
      if (wait === 0) taken += cost;
      else {
        clock.now += wait;
        most += wait;
        assertEquals(limits.take("messages", { connection: "c" }, cost), 0, "who waits as told is let in");
        taken += cost;
      }
      assert(taken <= 10 + most / 1000 * 20 + 1e-3, `${taken}`);
    }
  }));
});

Deno.test("RateLimits.take: a clock that goes back and forth gives nothing", () => {
  const { clock, limits } = rig({ messages: { connection: { perSecond: 1, burst: 1 } } });
  const take = () => limits.take("messages", { connection: "c" });
  clock.now = 5000;
  assertEquals(take(), 0);
  for (let i = 0; i < 10; i++) {
    clock.now = i % 2 === 0 ? 0 : 5000;
    assert(take() > 0);
  }
});

Deno.test("RateLimits: what is not named is not limited; rates are above 0", () => {
  const { limits } = rig({});
  assertEquals(allowed(() => limits.take("messages", { connection: "c", user: "u", address: "a" }), 1000), 1000);
  for (const rate of [{ perSecond: 0, burst: 1 }, { perSecond: 1, burst: NaN }]) {
    assertThrows(() => rig({ messages: { user: rate } }), RangeError, "both are above 0");
  }
  assertEquals(Object.keys(DEFAULT_RATES), ["messages", "bytes", "histories", "connections", "attempts"]);
});
