import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { VolumeCurve } from "./volume_curve.ts";

Deno.test("VolumeCurve: a bin is known once it was heard from its beginning to its end, and as the mean of its times", () => {
  // A period of 40 in bins of 10; the first is heard from its middle only.
  const curve = new VolumeCurve(40, 10, 105, 5);
  const trades: [at: number, lots: number][] = [[106, 99], [112, 4], [119, 2], [125, 8], [131, 1]];
  for (const [at, lots] of trades) curve.add(at, lots);
  assertEquals(curve.between(150, 160), 6);
  assertEquals(curve.between(155, 170), 3 + 8);
  assertEquals(curve.between(140, 150), NaN); // heard from its middle
  assertEquals(curve.between(130, 140), NaN); // not over
  curve.add(152, 10);
  assertEquals(curve.between(170, 180), 1);
  assertEquals(curve.between(180, 190), 0); // heard, and nothing traded
  curve.add(165, 0);
  assertEquals(curve.between(190, 200), (6 + 10) / 2);
  assertEquals(curve.between(190, 190), 0);
});

Deno.test("VolumeCurve: as a list of all trades by bins, over pauses of many periods and shifts of the clock", () => {
  const gap = fc.oneof(fc.nat(30), fc.nat(3000));
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 6 }),
    fc.nat(59),
    fc.array(fc.tuple(gap, fc.nat(9)), { maxLength: 40 }),
    (bins, start, moves) => {
      const length = 10, period = bins * length;
      const curve = new VolumeCurve(period, length, start, start % period);
      const lots = new Map<number, number>();
      let now = start, shift = 0;
      for (const [wait, size] of moves) {
        now += wait;
        if (wait % 7 === 3) {
          shift += 4096;
          curve.rebase(4096);
        }
        curve.add(now - shift, size);
        const bin = Math.floor(now / length);
        lots.set(bin, (lots.get(bin) ?? 0) + size);
      }
      const first = Math.ceil(start / length), last = Math.floor(now / length) - 1;
      for (let b = 0; b < bins; b++) {
        let sum = 0, times = 0;
        for (let bin = first; bin <= last; bin++) {
          if (bin % bins !== b) continue;
          sum += lots.get(bin) ?? 0;
          times++;
        }
        const ahead = (Math.floor(now / period) + 3) * period + b * length - shift;
        const mean = curve.between(ahead, ahead + length);
        if (times === 0) assert(mean !== mean, `${mean}`);
        else assertAlmostEquals(mean, sum / times, 1e-9);
      }
    },
  ));
});
