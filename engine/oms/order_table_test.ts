import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { Rng } from "../core/rng.ts";
import { ERA } from "../core/clock.ts";
import { OrderTable } from "./order_table.ts";

const steps = fc.array(
  fc.record({
    does: fc.constantFrom("open", "open", "retain", "release", "release"),
    which: fc.nat(),
  }),
  { minLength: 100, maxLength: 600, size: "max" },
);

Deno.test("OrderTable: slots and ids as a map of the same, whoever holds them", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 4200 }), (given, gone) => {
      generated(given.length);
      const table = new OrderTable(), twin = new Map<number, { slot: number; holds: number }>();
      // Ids that came and went before, so that pages turn in the middle of it.
      for (let i = 0; i < gone; i++) table.release(table.open());
      let last = gone;
      for (const { does, which } of given) {
        const ids = [...twin.keys()], id = ids[which % ids.length], order = twin.get(id);
        if (does === "open") {
          const slot = table.open();
          assertEquals(table.id[slot], ++last);
          assert([...twin.values()].every((other) => other.slot !== slot), "a slot in use is given out");
          twin.set(last, { slot, holds: 1 });
        } else if (order && does === "retain") {
          table.retain(order.slot);
          order.holds++;
        } else if (order) {
          table.release(order.slot);
          if (--order.holds === 0) twin.delete(id);
        }
        assertEquals(table.live, twin.size);
        if (order) assertEquals(table.slotOf(id), twin.has(id) ? order.slot : -1);
      }
      assertEquals([...table.liveSlots()].sort(), [...twin.values()].map(({ slot }) => slot).sort());
      for (let id = 0; id <= last + 1; id += 97) assertEquals(table.slotOf(id), twin.get(id)?.slot ?? -1);
    }),
    { numRuns: fuzzRuns(60) },
  );
});

Deno.test("OrderTable: ids that never were have no slot", () => {
  const table = new OrderTable();
  table.open();
  assertEquals([0, 2, -1, 0.5, 1e12, NaN, Infinity].map((id) => table.slotOf(id)), [-1, -1, -1, -1, -1, -1, -1]);
  assertEquals(table.slotOf(1), 0);
});

Deno.test("OrderTable: grows with what stands in its columns, and takes shifts of the clock", () => {
  const table = new OrderTable();
  for (let i = 0; i < 1000; i++) {
    const slot = table.open();
    table.price[slot] = i;
    table.expires[slot] = i % 2 === 0 ? Infinity : 5000 + i;
    table.submitted[slot] = i;
    assertEquals([table.filled[slot], table.state[slot]], [0, 0]);
  }
  assertEquals(table.capacity, 1024);
  table.rebase(1000);
  for (let i = 0; i < 1000; i++) {
    const slot = table.slotOf(i + 1);
    assertEquals(
      [table.price[slot], table.expires[slot], table.submitted[slot], table.shifted[slot]],
      [i, i % 2 === 0 ? Infinity : 4000 + i, i, 1000],
    );
  }
});

Deno.test("OrderTable: memory does not grow with the orders that came and went", () => {
  const table = new OrderTable();
  for (let i = 0; i < 100_000; i++) table.release(table.open());
  assertEquals([table.live, table.capacity, table.slotOf(100_000)], [0, 256, -1]);
});

Deno.test("OrderTable: finds orders by id over many pages of ids, as a map does", () => {
  const orders = new OrderTable(), rng = new Rng("orders");
  const slots = new Map<number, number>();
  const live: number[] = [];
  for (let i = 1; i <= 60_000; i++) {
    const slot = orders.open();
    assertEquals(orders.id[slot], i);
    slots.set(i, slot);
    live.push(i);
    // Every thousandth stays for long, so that some pages outlive the ones behind them.
    while (live.length > 3 + rng.int(40)) {
      const at = rng.int(live.length), id = live[at];
      if (id % 1000 === 0 && i - id < 30_000) break;
      orders.release(slots.get(id)!);
      slots.delete(id);
      live.splice(at, 1);
    }
    const past = 1 + rng.int(i);
    assertEquals(orders.slotOf(past), slots.get(past) ?? -1);
  }
  assertEquals(orders.live, live.length);
  for (const id of live) assertEquals(orders.slotOf(id), slots.get(id));
  assertEquals(
    [...orders.liveSlots()].map((slot) => orders.id[slot]).sort((a, b) => a - b),
    live.toSorted((a, b) => a - b),
  );
});

Deno.test("OrderTable: an end out of the clock's reach comes into it to the nanosecond, and goes with its order", () => {
  const table = new OrderTable(), [far, gone] = [table.open(), table.open()];
  for (const slot of [far, gone]) table.expireAt(slot, { eras: 5, ns: 3 });
  assertEquals(table.expires[far], Infinity);
  table.release(gone);
  table.rebase(3 * ERA);
  assertEquals(table.expires[far], Infinity);
  table.rebase(ERA);
  assertEquals(table.expires[far], ERA + 3);
  const next = table.open();
  assertEquals([next, table.shifted[next]], [gone, 0]);
  table.expires[next] = 7;
  table.rebase(ERA);
  assertEquals([table.expires[far], table.expires[next]], [3, 7 - ERA]);
});
