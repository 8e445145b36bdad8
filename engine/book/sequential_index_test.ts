import { assertEquals } from "@std/assert";
import { SequentialIndex } from "./sequential_index.ts";

Deno.test("SequentialIndex: a held id has its slot, whatever ids came and went since", () => {
  const index = new SequentialIndex();
  const kept = new Set([1, 1023, 1024, 5_000, 49_999]);
  for (let id = 1; id < 50_000; id++) {
    index.hold(id, id % 100 + 1);
    if (!kept.has(id)) index.release(id);
  }
  for (const id of kept) assertEquals(index.get(id), id % 100 + 1);
  assertEquals(index.pages, 4);
});

Deno.test("SequentialIndex: ids never held, or not ids at all, have no slot", () => {
  const index = new SequentialIndex();
  assertEquals(index.get(0), 0);
  index.hold(5_000, 9);
  for (const id of [0, 1, 4_999, 5_001, 1e6, 2 ** 52, -1, NaN, Infinity]) assertEquals(index.get(id), 0);
});

Deno.test("SequentialIndex: an id held twice stays until it is let go twice", () => {
  const index = new SequentialIndex();
  index.hold(1, 7);
  index.hold(1, 8);
  index.release(1);
  index.hold(10_000, 9);
  assertEquals([index.get(1), index.get(10_000)], [8, 9]);
  index.release(1);
  assertEquals([index.get(1), index.pages], [0, 1]);
});

Deno.test("SequentialIndex: ids of 2^52 and holes of millions work, memory follows what is held", () => {
  const index = new SequentialIndex();
  for (let n = 0; n < 300; n++) {
    const id = 2 ** 52 + n * 1_000_003;
    index.hold(id, n + 1);
    assertEquals(index.get(id), n + 1);
    index.release(id);
  }
  assertEquals(index.pages, 1);
});
