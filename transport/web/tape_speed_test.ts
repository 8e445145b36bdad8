import { assertEquals } from "@std/assert";
import { tapeSpeed } from "./tape_speed.ts";

const lasting = (seconds: number, from = 1_735_689_600n) => ({
  from: `${from}000000000`,
  to: `${from + BigInt(seconds)}000000000`,
});

Deno.test("tapeSpeed: whatever a tape's length, it passes in a minute or two", () => {
  const speeds = [0, 30, 300, 3600, 86_400, 7 * 365 * 86_400].map((seconds) => tapeSpeed([lasting(seconds)]));
  assertEquals(speeds, [1, 1, 5, 60, 1000, 2_000_000]);
});

Deno.test("tapeSpeed: of several from the first row to the last; those without rows count for nothing", () => {
  const day = lasting(60), later = lasting(60, 1_735_689_600n + 86_400n);
  assertEquals(tapeSpeed([later, day, { from: null, to: null }]), 1000);
  assertEquals(tapeSpeed([{ from: null, to: null }]), 1);
});
