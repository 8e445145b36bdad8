import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Clock, ERA } from "./clock.ts";

Deno.test("Clock: the last nanosecond of a day is within it, in seconds too", () => {
  const clock = new Clock();
  const close = 1_092_960_000n * 1_000_000_000n - 1n;
  clock.era = Number(close / BigInt(ERA));
  const ns = clock.fromEpochNs(close);
  assertEquals(clock.toEpochNs(ns), close);
  assertEquals(Math.floor(clock.toEpochSeconds(ns)), 1_092_959_999);
  assertEquals(clock.toEpochSeconds(ns + 1), 1_092_960_000);
});

Deno.test("Clock: seconds are those of the whole time, down to a microsecond (fuzz)", () => {
  const clock = new Clock();
  fc.assert(fc.property(fc.integer({ min: -1800, max: 2000 }), fc.integer({ min: 0, max: 2 ** 53 - 1 }), (era, ns) => {
    clock.era = era;
    const epoch = BigInt(era) * BigInt(ERA) + BigInt(ns);
    const micro = (epoch - ((epoch % 1000n) + 1000n) % 1000n) / 1000n;
    const sec = (micro - ((micro % 1_000_000n) + 1_000_000n) % 1_000_000n) / 1_000_000n;
    const seconds = clock.toEpochSeconds(ns);
    assert(Math.abs(seconds - Number(micro) / 1e6) < 2e-6, `${seconds} and ${micro} µs`);
    assertEquals(Math.floor(seconds), Number(sec));
    const into = new Float64Array(3);
    clock.allToEpochSeconds(Float64Array.of(0, ns), into, 1, 2, 2);
    assertEquals([...into], [0, 0, seconds]);
  }));
});

Deno.test("Clock: another era takes the same number off every time", () => {
  const clock = new Clock();
  clock.now = ERA + 5;
  assertEquals(clock.rebase(1), ERA);
  assertEquals([clock.now, clock.era, clock.eraOf(clock.now), clock.nsInEra(clock.now)], [5, 1, 1, 5]);
  assertEquals(clock.fromEpochNs(BigInt(ERA) * 4n), Infinity);
});

Deno.test("Clock: times however far away are exact as eras and nanoseconds", () => {
  const era = BigInt(ERA), clock = new Clock();
  const eras = fc.integer({ min: -1800, max: 2000 }), ahead = fc.bigInt({ min: 0n, max: 1n << 62n });
  fc.assert(fc.property(eras, fc.nat({ max: ERA - 1 }), ahead, (standing, now, more) => {
    clock.era = standing;
    clock.now = now;
    const epoch = clock.toEpochNs(now), delay = Number(more);
    const far = clock.farFromEpochNs(epoch + more), later = clock.farFromNow(delay);
    assertEquals((BigInt(standing) + BigInt(far.eras)) * era + BigInt(far.ns), epoch + more);
    assertEquals((BigInt(standing) + BigInt(later.eras)) * era + BigInt(later.ns), epoch + BigInt(delay));
    for (const { ns } of [far, later]) assert(ns >= 0 && ns < ERA);
  }));
});
