import { assertEquals } from "@std/assert";
import { AHEAD, BROKEN, DROP, TAKE, TOO_OLD, UpdateChain, WITHIN } from "./update_chain.ts";

Deno.test("UpdateChain: futures follow exactly, spot may overlap, what is known is dropped", () => {
  for (const strict of [true, false]) {
    const chain = new UpdateChain();
    assertEquals(chain.event(0, 4, strict), TAKE);
    assertEquals(chain.event(4, 6, strict), TAKE);
    assertEquals(chain.event(4, 6, strict), DROP);
    assertEquals(chain.event(5, 9, strict), strict ? BROKEN : TAKE);
    assertEquals(chain.event(10, 11, strict), BROKEN);
    assertEquals([chain.last, chain.whole, chain.joined], [11, false, false]);
  }
});

Deno.test("UpdateChain: the first update after a snapshot may reach back, the next must follow", () => {
  for (const strict of [true, false]) {
    const chain = new UpdateChain();
    assertEquals(chain.snapshot(7, -1), AHEAD);
    assertEquals(chain.event(3, 5, strict), DROP);
    assertEquals(chain.event(5, 9, strict), TAKE);
    assertEquals(chain.event(9, 10, strict), TAKE);
    assertEquals(chain.event(12, 13, strict), BROKEN);
    const missed = new UpdateChain();
    missed.snapshot(7, -1);
    assertEquals(missed.event(8, 9, strict), BROKEN);
  }
});

Deno.test("UpdateChain: snapshots within the held updates join, older ones do not", () => {
  const chain = new UpdateChain();
  chain.event(3, 5, true);
  chain.event(5, 9, true);
  assertEquals(chain.snapshot(2, 3), TOO_OLD);
  assertEquals(chain.joined, false);
  assertEquals(chain.snapshot(4, 3), WITHIN);
  assertEquals([chain.joined, chain.last], [true, 9]);
  assertEquals(chain.event(9, 12, true), TAKE);
  assertEquals(chain.snapshot(12, 3), WITHIN);
  assertEquals(chain.snapshot(20, 3), AHEAD);
  assertEquals(chain.snapshot(12, -1), TOO_OLD);
});
