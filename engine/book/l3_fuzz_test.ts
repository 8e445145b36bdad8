import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { BUY, NONE, SELL } from "../core/event.ts";
import { generator } from "./_generator.ts";
import type { OrderBook } from "./book.ts";
import { L3Book } from "./l3.ts";
import { NaiveL3Book } from "./naive_l3.ts";

const price = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 617_000, max: 617_008 }) },
  { weight: 3, arbitrary: fc.integer({ min: 600_000, max: 640_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 6_170_495, max: 6_170_500 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 52, -(2 ** 52), 2 ** 53 - 1, 1 - 2 ** 53, 0, -1) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, 0.5, 2 ** 53) },
);
const size = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, NaN, 0.5, Infinity, 2 ** 53) },
);
const idLow = fc.oneof(fc.integer({ min: 1, max: 24 }), fc.constantFrom(0, -1, 0xffffffff, 64, 128, 0x10000));
const idHigh = fc.constantFrom(0, 0, 0, 1, -1);
const sides = fc.constantFrom(BUY, SELL);
const of = (verb: string, weight: number, side: fc.Arbitrary<number>) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(verb), side, price, size, idLow, idHigh }),
});
const step = fc.oneof(
  of("add", 40, fc.oneof({ weight: 40, arbitrary: sides }, { weight: 1, arbitrary: fc.constantFrom(NONE, 2, NaN) })),
  of("modify", 15, sides),
  of("cancel", 10, sides),
  of("execute", 10, sides),
  of("clearThrough", 1, sides),
  of("clear", 1, fc.constantFrom(BUY, SELL, NONE)),
);
type Step = { do: string; side: number; price: number; size: number; idLow: number; idHigh: number };

function apply(book: OrderBook, s: Step): number {
  switch (s.do) {
    case "add":
      return book.add(s.idLow, s.idHigh, s.side, s.price, s.size);
    case "modify":
      return book.modify(s.idLow, s.idHigh, s.price, s.size);
    case "cancel":
      return book.cancel(s.idLow, s.idHigh, s.size);
    case "execute":
      return book.execute(s.idLow, s.idHigh, s.size);
    case "clear":
      book.clear(s.side);
      return -1;
    default:
      book.clearThrough(s.side, s.price);
      return -1;
  }
}

/** All that a book tells of itself: levels, and every order's place in its queue. */
function view(book: OrderBook): unknown[] {
  const prices = new Float64Array(64), sizes = new Float64Array(64), counts = new Int32Array(64), rows: unknown[] = [];
  for (const side of [BUY, SELL]) {
    const n = book.top(side, 64, prices, sizes, counts);
    rows.push(n, book.levelCount(side));
    for (let k = 0; k < n; k++) {
      rows.push([prices[k], sizes[k], counts[k], book.levelSize(side, prices[k]), book.levelOrders(side, prices[k])]);
      rows.push(book.next(side, prices[k]));
      book.eachOrder(side, prices[k], (low, high, left) => {
        rows.push([low, high, left, book.orderSize(low, high), book.orderPrice(low, high), book.orderSide(low, high)]);
        rows.push([book.lotsAhead(low, high), book.ordersAhead(low, high)]);
      });
    }
  }
  rows.push([book.bestBid, book.bestBidSize, book.bestAsk, book.bestAskSize, book.crossed]);
  rows.push([book.count, book.unknownOrders]);
  return rows;
}

Deno.test("L3Book: after every step it equals its slow twin, with queue positions, bad rows and prices far apart", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
      generated(steps.length);
      const fast = new L3Book(), naive = new NaiveL3Book();
      for (const s of steps) {
        assertEquals(apply(fast, s), apply(naive, s));
        assertEquals(fast.has(s.idLow, s.idHigh), naive.has(s.idLow, s.idHigh));
        assertEquals(fast.lotsAhead(s.idLow, s.idHigh), naive.lotsAhead(s.idLow, s.idHigh));
        assertEquals(view(fast), view(naive));
      }
    }),
    { numRuns: fuzzRuns(150) },
  );
});

Deno.test("L3Book: it equals its slow twin while the touch walks and jumps through many windows", () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(2, 900, 10_000), (seed, stride) => {
      const fast = new L3Book(), naive = new NaiveL3Book(), draw = generator(seed);
      generated(6_000);
      let mid = 617_000;
      for (let i = 0; i < 6_000; i++) {
        mid += draw(2 * stride + 1) - stride;
        if (draw(1_500) === 0) mid += (draw(9) - 4) * 50_000;
        const side = draw(2) === 0 ? BUY : SELL, verb = ["add", "add", "modify", "cancel", "execute"][draw(5)];
        const id = i - draw(120), price = mid - side * draw(30), size = 1 + draw(4);
        const s = { do: verb, side, price, size, idLow: verb === "add" ? i : id, idHigh: 0 };
        assertEquals(apply(fast, s), apply(naive, s));
        assertEquals([fast.bestBid, fast.bestAsk, fast.count], [naive.bestBid, naive.bestAsk, naive.count]);
        if (i > 100) fast.cancel(i - 100, 0, Math.max(1, fast.orderSize(i - 100, 0)));
        if (i > 100) naive.cancel(i - 100, 0, Math.max(1, naive.orderSize(i - 100, 0)));
        if (i % 200 === 0) assertEquals(view(fast), view(naive));
      }
    }),
    { numRuns: fuzzRuns(9) },
  );
});
