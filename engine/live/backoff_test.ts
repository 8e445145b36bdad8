import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Backoff } from "./backoff.ts";

Deno.test("Backoff: bounds double from the base to the cap, each drawn evenly below", () => {
  const backoff = new Backoff({ capMs: 5000 }, () => 1 - Number.EPSILON);
  const waits = Array.from({ length: 10 }, () => Math.round(backoff.next()!));
  assertEquals(waits, [1000, 2000, 4000, 5000, 5000, 5000, 5000, 5000, 5000, 5000]);
  assertEquals(backoff.next(), undefined);
  backoff.reset();
  assertEquals(Math.round(backoff.next()!), 1000);
});

Deno.test("Backoff: what the server asks for is the least, above the cap too", () => {
  const backoff = new Backoff({ capMs: 5000 }, () => 0.5);
  assertEquals([backoff.next(100), backoff.next(90_000)], [500, 90_000]);
});

Deno.test("Backoff: never below 0, above its bound or without an end, whatever is set", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempts, chance) => {
      const backoff = new Backoff({ baseMs: 10, capMs: 1e6, attempts: attempts + 1 }, () => chance);
      for (let i = 0; i <= attempts; i++) {
        const wait = backoff.next();
        assert(wait !== undefined && wait >= 0 && wait <= Math.min(1e6, 10 * 2 ** i));
      }
      assertEquals(backoff.next(), undefined);
    }),
  );
});

Deno.test("Backoff: refuses settings that make no sense", () => {
  assertThrows(() => new Backoff({ baseMs: 0 }, Math.random), RangeError, "baseMs is 0");
  assertThrows(() => new Backoff({ attempts: NaN }, Math.random), RangeError, "attempts is NaN");
});
