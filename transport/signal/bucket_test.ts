import { assertEquals } from "@std/assert";
import { Bucket, Buckets } from "./bucket.ts";

Deno.test("Bucket: a burst, then a steady rate, and never more than the burst", () => {
  const bucket = new Bucket({ burst: 3, perSecond: 2 }, 0);
  const take = (now: number, count = 1) => bucket.take(count, now);
  assertEquals([take(0), take(0), take(0), take(0), take(499), take(500)], [true, true, true, false, false, true]);
  assertEquals([take(100_000, 4), take(100_000, 3), take(100_000)], [false, true, false]);
  assertEquals([bucket.full(101_000), bucket.full(101_500)], [false, true]);
  assertEquals(take(0), false, "a clock that goes back gives nothing");
});

Deno.test("Buckets: a flood of addresses takes no memory, and locks nobody out who was there", () => {
  const buckets = new Buckets({ burst: 5, perSecond: 1 }, 100);
  assertEquals(buckets.take("early", 0), true);
  for (let i = 0; i < 10_000; i++) buckets.take(`address ${i}`, 0);
  assertEquals(buckets.size, 100);
  assertEquals([buckets.take("late", 0), buckets.take("early", 0)], [false, true]);
  assertEquals(buckets.take("late", 10_000), true);
  assertEquals(buckets.size, 1, "those that were full again are forgotten");
});
