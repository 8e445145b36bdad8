import { assertEquals } from "@std/assert";
import { wallClock } from "./wall_clock.ts";

Deno.test("wallClock: goes on finely, and follows the system's clock where that steps", () => {
  let steady = 100, system = 1_700_000_000_000;
  const wall = wallClock({ steadyMs: () => steady, systemMs: () => Math.floor(system) });
  assertEquals(wall(), 1_700_000_000_000_000_000n);
  steady += 0.25;
  system += 0.25;
  assertEquals(wall(), 1_700_000_000_000_250_000n);
  system += 1000;
  assertEquals(wall(), 1_700_000_001_000_000_000n);
});
