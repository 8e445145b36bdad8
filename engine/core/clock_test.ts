import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Clock, ERA } from "./clock.ts";

/** Nanoseconds since 1970 from 1900 to 2200. */
const epochNs = fc.bigInt({ min: -2_208_988_800_000_000_000n, max: 7_258_118_400_000_000_000n });

/** A clock that stands at the era of a time. */
function clockAt(ns: bigint): Clock {
  const clock = new Clock(), era = BigInt(ERA);
  clock.era = Number((ns - ((ns % era) + era) % era) / era);
  return clock;
}

Deno.test("Clock: every nanosecond from 1900 to 2200 goes in and comes out", () => {
  fc.assert(
    fc.property(epochNs, fc.nat(ERA - 1), (ns, more) => {
      const clock = clockAt(ns), time = clock.fromEpochNs(ns);
      assertEquals(clock.toEpochNs(time), ns);
      assertEquals(clock.toEpochNs(time + more), ns + BigInt(more));
      assertEquals(clock.fromEpochNs(ns + BigInt(more)), time + more);
    }),
  );
});

Deno.test("Clock: another era changes the numbers and not the times", () => {
  fc.assert(
    fc.property(epochNs, fc.nat(ERA - 1), (ns, more) => {
      const clock = clockAt(ns);
      clock.now = clock.fromEpochNs(ns);
      const later = clock.now + more, instant = clock.toEpochNs(later);
      const era = clock.eraOf(later), within = clock.nsInEra(later);
      const shift = clock.rebase(clock.era + 1);
      assertEquals(shift, ERA);
      assertEquals([clock.toEpochNs(clock.now), clock.toEpochNs(later - shift)], [ns, instant]);
      assertEquals([clock.eraOf(later - shift), clock.nsInEra(later - shift)], [era, within]);
    }),
  );
});

Deno.test("Clock: seconds are rounded down to a microsecond", () => {
  fc.assert(
    fc.property(epochNs, (ns) => {
      const clock = clockAt(ns);
      const sec = clock.toEpochSeconds(clock.fromEpochNs(ns));
      const micros = (ns - ((ns % 1000n) + 1000n) % 1000n) / 1000n;
      const whole = (micros - ((micros % 1000000n) + 1000000n) % 1000000n) / 1000000n;
      assertEquals(Math.floor(sec), Number(whole));
      assertEquals(Math.round((sec - Number(whole)) * 1e6), Number(micros - whole * 1000000n));
    }),
  );
  const clock = new Clock();
  assertEquals(clock.toEpochSeconds(86_400e9 - 1), 86_399.999999);
  assertEquals(clock.toEpochSeconds(86_400e9), 86_400);
});

Deno.test("Clock: what is too far ahead to be exact is infinitely far", () => {
  const clock = new Clock();
  assertEquals(clock.fromEpochNs(2n ** 53n - 1n), 2 ** 53 - 1);
  assertEquals(clock.fromEpochNs(2n ** 53n), Infinity);
  clock.rebase(1);
  assertEquals(clock.fromEpochNs(2n ** 53n), ERA);
  assertEquals(clock.fromEpochNs(0n), -ERA);
});
