import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { almgrenChriss, kappa } from "./almgren_chriss.ts";
import { lotsDone } from "./slices.ts";

Deno.test("almgrenChriss: three steps worked out by hand", () => {
  // λσ²/η = 1 and τ = 1, so cosh κ = 1 + 1/2 = 3/2 and sinh κ = √(9/4 − 1) = √5/2. With the sums of angles
  // sinh 2κ = 2 · √5/2 · 3/2 = 3√5/2 and sinh 3κ = 3√5/2 · 3/2 + (2 · 9/4 − 1) · √5/2 = 4√5.
  // What is left after one step is (3√5/2) ÷ 4√5 = 3/8, after two (√5/2) ÷ 4√5 = 1/8: of 80 lots 50, 20 and 10.
  const model = { riskAversion: 0.25, volatility: 4, impact: 4 };
  assertAlmostEquals(kappa(model, 1), Math.log((3 + Math.sqrt(5)) / 2), 1e-15);
  const done = almgrenChriss(model, 3, 1);
  for (const [i, share] of [0, 5 / 8, 7 / 8, 1].entries()) assertAlmostEquals(done[i], share, 1e-15);
  assertEquals([...lotsDone(done.subarray(1), 80)], [50, 70, 80]);
});

Deno.test("almgrenChriss: permanent impact takes off half a step's worth of the temporary", () => {
  // η̃ = 5 − 1 · 2 ÷ 2 = 4, as above but for the length of a step: κ̃² τ² ÷ 2 = 1/4 · 16 ÷ 4 · 4 ÷ 2 = 2.
  const step = kappa({ riskAversion: 0.25, volatility: 4, impact: 5, permanentImpact: 1 }, 2) * 2;
  assertAlmostEquals(Math.cosh(step), 3, 1e-14);
  assertThrows(
    () => kappa({ riskAversion: 1, volatility: 1, impact: 1, permanentImpact: 1 }, 2),
    RangeError,
    "impact must be above it",
  );
});

Deno.test("almgrenChriss: runs from 0 to 1, a TWAP as λ goes to 0, and sooner the larger it is, without end", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.double({ min: 1, max: 600, noNaN: true }),
    fc.double({ min: -30, max: 12, noNaN: true }),
    (steps, stepSec, power) => {
      const at = (riskAversion: number) => almgrenChriss({ riskAversion, volatility: 3, impact: 2 }, steps, stepSec);
      const λ = 10 ** power, flat = at(0), done = at(λ), sooner = at(2 * λ);
      assertEquals([done[0], done[steps]], [0, 1]);
      for (let i = 1; i <= steps; i++) {
        assert(done[i] >= done[i - 1] && done[i] <= 1);
        assertAlmostEquals(flat[i], i / steps, 1e-15);
        assert(sooner[i] >= done[i] - 1e-12 && done[i] >= flat[i] - 1e-12);
        if (λ < 1e-14) assertAlmostEquals(done[i], flat[i], 1e-4);
        // The same by the platform's own functions, where they do not overflow.
        const κT = kappa({ riskAversion: λ, volatility: 3, impact: 2 }, stepSec) * stepSec * steps;
        if (κT > 1e-6 && κT < 700) {
          assertAlmostEquals(1 - done[i], Math.sinh(κT * (1 - i / steps)) / Math.sinh(κT), 1e-9);
        }
      }
    },
  ));
});
