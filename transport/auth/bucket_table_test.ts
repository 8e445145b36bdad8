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
