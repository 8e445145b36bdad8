import { assert, assertEquals } from "@std/assert";
import { Credit } from "./credit.ts";

Deno.test("Credit: what is sent and not acknowledged stays below the window, but for one frame", () => {
  const credit = new Credit(1000, 4000);
  credit.spend(999, 0);
  assert(credit.open);
  credit.spend(5000, 0);
  assert(!credit.open);
  assert(credit.acknowledge(5000, 100));
  assertEquals(credit.outstanding, 999);
  assert(credit.open);
});

Deno.test("Credit: acknowledging less than before, or what was never sent, gains nothing", () => {
  const credit = new Credit(1000, 4000);
  credit.spend(500, 0);
  assert(credit.acknowledge(400, 1));
  assert(!credit.acknowledge(400, 2));
  assert(!credit.acknowledge(100, 2));
  assert(credit.acknowledge(1_000_000, 3));
  assertEquals(credit.outstanding, 0);
  assert(!credit.acknowledge(2_000_000, 3));
});

Deno.test("Credit: the window follows rate times round trip, between its bounds", () => {
  const credit = new Credit(1000, 4000);
  for (let i = 0; i < 3; i++) {
    credit.spend(900, i * 10);
    credit.acknowledge(credit.sent, i * 10 + 5);
  }
  assertEquals([credit.window, credit.roundTripMs], [1800, 5]);
  credit.spend(100_000, 100);
  credit.acknowledge(credit.sent, 105);
  assertEquals(credit.window, 4000);
  credit.spend(10, 200);
  credit.acknowledge(credit.sent, 300);
  assertEquals(credit.window, 1000);
});
