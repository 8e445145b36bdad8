import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { BUY } from "../../core/event.ts";
import { NEW } from "../../oms/order_life.ts";
import { pairOrders, sharedFills } from "./order_pairs.ts";
import type { TrailFill, TrailOrder } from "./order_trail.ts";

const SECOND = 1_000_000_000n;

/** Orders of one lot to buy, as [sent in ms, price, fills]. */
function orders(
  ...list: readonly (readonly [ms: number, price: number, fills?: readonly TrailFill[]])[]
): TrailOrder[] {
  return list.map(([ms, price, fills = []], i) => ({
    id: i + 1,
    instrument: 0,
    side: BUY,
    price,
    lots: 1,
    sent: BigInt(ms) * 1_000_000n,
    requests: [],
    fills: [...fills],
    state: NEW,
  }));
}

const fill = (price: number, lots = 1): TrailFill => ({ at: 0n, price, lots, fee: 0 });

function ids({ pairs, onlyWas, onlyNow }: ReturnType<typeof pairOrders>) {
  const id = ({ id }: TrailOrder) => id;
  return { pairs: pairs.map(([was, now]) => [was.id, now.id]), onlyWas: onlyWas.map(id), onlyNow: onlyNow.map(id) };
}

Deno.test("pairOrders: one that is missing shifts none of those behind it", () => {
  const was = orders([0, 5], [100, 5], [200, 5], [300, 5]), now = orders([0, 5], [200, 5], [300, 5]);
  assertEquals(ids(pairOrders(was, now)), { pairs: [[1, 1], [3, 2], [4, 3]], onlyWas: [2], onlyNow: [] });
});

Deno.test("pairOrders: what was sent a little later is the same, other terms and more than a second are not", () => {
  const was = orders([0, 5], [10, 6], [5000, 7]), now = orders([3, 5], [10, 8], [6001, 7]);
  assertEquals(ids(pairOrders(was, now)), { pairs: [[1, 1]], onlyWas: [2, 3], onlyNow: [2, 3] });
});

Deno.test("pairOrders: of several alike at one moment, the first is the first", () => {
  const was = orders([0, 5], [0, 5]), now = orders([0, 5], [0, 5], [0, 5]);
  assertEquals(ids(pairOrders(was, now)), { pairs: [[1, 1], [2, 2]], onlyWas: [], onlyNow: [3] });
});

Deno.test("pairOrders: each order is in one place, and pairs are alike", () => {
  const list = fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 3 })), { maxLength: 40 })
    .map((all) => orders(...all.toSorted(([a], [b]) => a - b)));
  fc.assert(fc.property(list, list, (was, now) => {
    const { pairs, onlyWas, onlyNow } = pairOrders(was, now);
    assertEquals(sorted([...pairs.map(([a]) => a.id), ...onlyWas.map(({ id }) => id)]), was.map(({ id }) => id));
    assertEquals(sorted([...pairs.map(([, b]) => b.id), ...onlyNow.map(({ id }) => id)]), now.map(({ id }) => id));
    for (const [a, b] of pairs) {
      assertEquals(a.price, b.price);
      assertEquals(a.sent - b.sent <= SECOND && b.sent - a.sent <= SECOND, true);
    }
    // What is there unchanged is found, whatever stands around it.
    assertEquals(pairOrders(was, was).pairs.length, was.length);
  }));
});

function sorted(ids: readonly number[]): number[] {
  return ids.toSorted((a, b) => a - b);
}

Deno.test("sharedFills: of orders that both have, by price and lots", () => {
  const was = orders([0, 5, [fill(5), fill(5), fill(5, 2)]], [100, 6, [fill(6)]]);
  const now = orders([0, 5, [fill(5), fill(4), fill(5, 2)]], [9000, 6, [fill(6)]]);
  assertEquals(sharedFills(pairOrders(was, now)), 2);
});
