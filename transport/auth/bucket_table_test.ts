import { assert, assertEquals } from "@std/assert";
import { BucketTable } from "./bucket_table.ts";

Deno.test("BucketTable: never more entries than its bound, and asking makes none", () => {
  const clock = { now: 0 };
  const table = new BucketTable({ perSecond: 1, burst: 2, entriesMax: 10, now: () => clock.now });
  for (let i = 0; i < 1000; i++) {
    table.wait(`asked-${i}`, 1);
    if (i % 3 === 0) clock.now += 100;
    if (table.wait(`taken-${i}`, 1) === 0) table.take(`taken-${i}`, 1);
    assert(table.size <= 10);
  }
  table.forget("taken-0");
  clock.now += 10_000;
  assertEquals(table.wait("new", 2), 0);
});

Deno.test("BucketTable: a flood of keys takes no memory, and locks nobody out who was there", () => {
  const clock = { now: 0 };
  const table = new BucketTable({ perSecond: 1, burst: 5, entriesMax: 100, now: () => clock.now });
  assertEquals(table.take("early", 1), 0);
  for (let i = 0; i < 10_000; i++) table.take(`address ${i}`, 1);
  assertEquals(table.size, 100);
  assertEquals([table.take("late", 1) > 0, table.take("early", 1)], [true, 0]);
  clock.now += 10_000;
  assertEquals(table.take("late", 1), 0);
  assert(table.size < 100, "of those that are full again some are forgotten");
});
