import { assertEquals, assertThrows } from "@std/assert";
import { sparkline } from "./sparkline.ts";

Deno.test("sparkline: a rise, a flat line, one point and none", () => {
  const rise = { time: [0, 1, 2, 3], value: [0, 1, 2, 3] };
  assertEquals(sparkline(rise, { width: 2, height: 1 }), ["⣠⠞"]);
  assertEquals(sparkline({ time: [0, 9], value: [5, 5] }, { width: 3, height: 1 }), ["⠤⠤⠤"]);
  assertEquals(sparkline({ time: [4], value: [5] }, { width: 2, height: 1 }), ["⠄⠀"]);
  assertEquals(sparkline({ time: [], value: [] }, { width: 2, height: 1 }), ["⠀⠀"]);
});

Deno.test("sparkline: one spike among many points is seen", () => {
  const time = Array.from({ length: 2000 }, (_, i) => i);
  const value = time.map((i) => i === 777 ? 1 : 0);
  const [top] = sparkline({ time, value }, { width: 20, height: 2 });
  assertEquals(top.replaceAll("⠀", "").length, 1);
});

Deno.test("sparkline: a size of no letters is refused", () => {
  assertThrows(() => sparkline({ time: [], value: [] }, { width: 0, height: 1 }), RangeError, "Cannot draw 0 × 1");
});
