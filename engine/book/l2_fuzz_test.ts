import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { BUY, NONE, SELL } from "../core/event.ts";
import { generator } from "./_generator.ts";
import type { LevelBook } from "./book.ts";
import { L2Book } from "./l2.ts";
import { NaiveL2Book } from "./naive_l2.ts";

/** A touch at 617,000, a lone ask at ten times that, and the far ends of what a price can be. */
const price = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 617_000, max: 617_012 }) },
  { weight: 4, arbitrary: fc.integer({ min: 600_000, max: 800_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 6_170_490, max: 6_170_500 }) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map((p) => Math.trunc(p / 2)) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 52, -(2 ** 52), 0, 1, -1) },
);
const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.constant(2 ** 53 - 1));
const side = fc.constantFrom(BUY, SELL);
const step = fc.oneof(
  { weight: 30, arbitrary: fc.record({ do: fc.constant("set"), side, price, size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("clear"), side, price, size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear"), side: fc.constant(NONE), price, size }) },
);

function view(book: LevelBook, depth: number): unknown[] {
  const prices = new Float64Array(depth), sizes = new Float64Array(depth), rows: unknown[] = [];
  for (const s of [BUY, SELL]) {
    const n = book.top(s, depth, prices, sizes);
    rows.push(book.count(s), n, [...prices.subarray(0, n)], [...sizes.subarray(0, n)]);
  }
  return [book.bestBid, book.bestBidSize, book.bestAsk, book.bestAskSize, book.crossings, ...rows];
}

Deno.test("L2Book: after every step it equals its slow twin, with prices clustered and far apart", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
      generated(steps.length);
      const fast = new L2Book(), naive = new NaiveL2Book();
      for (const s of steps) {
        if (s.do === "clear") {
          fast.clear(s.side, s.price);
          naive.clear(s.side, s.price);
        } else {
          assertEquals(fast.set(s.side, s.price, s.size), naive.set(s.side, s.price, s.size));
        }
        assertEquals(fast.size(s.side, s.price), naive.size(s.side, s.price));
        assertEquals(fast.next(BUY, s.price), naive.next(BUY, s.price));
        assertEquals(fast.next(SELL, s.price), naive.next(SELL, s.price));
        assertEquals(view(fast, 12), view(naive, 12));
      }
    }),
    { numRuns: fuzzRuns(150) },
  );
});

Deno.test("L2Book: it equals its slow twin while the touch walks and jumps through many windows", () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(3, 2_000, 40_000), (seed, stride) => {
      const fast = new L2Book(), naive = new NaiveL2Book();
      const draw = generator(seed);
      generated(6_000);
      let mid = 617_000;
      for (let i = 0; i < 6_000; i++) {
        mid += draw(2 * stride + 1) - stride;
        if (draw(1_500) === 0) mid += (draw(9) - 4) * 200_000;
        const s = draw(2) === 0 ? BUY : SELL, p = mid + s * (draw(40) - 36), size = draw(3) === 0 ? 0 : 1 + draw(9);
        assertEquals(fast.set(s, p, size), naive.set(s, p, size));
        assertEquals([fast.bestBid, fast.bestAsk, fast.crossings], [naive.bestBid, naive.bestAsk, naive.crossings]);
        if (i % 100 === 99) {
          assertEquals(view(fast, 50), view(naive, 50));
          const bid = mid - 50 + draw(60), ask = mid + 50 - draw(60);
          for (const each of [fast, naive]) {
            each.clear(BUY, bid);
            each.clear(SELL, ask);
          }
        }
        if (naive.count(BUY) + naive.count(SELL) > 300) {
          fast.clear(BUY, mid - 1_000_000);
          naive.clear(BUY, mid - 1_000_000);
          fast.clear(SELL, mid + 1_000_000);
          naive.clear(SELL, mid + 1_000_000);
        }
      }
    }),
    { numRuns: fuzzRuns(12) },
  );
});

for (const Book of [L2Book, NaiveL2Book]) {
  Deno.test(`${Book.name}: a level that crosses pushes the other side's best back over stale levels, which stay`, () => {
    const book = new Book();
    for (let i = 0; i < 4; i++) book.set(SELL, 101 + i, i + 1);
    book.set(BUY, 100, 5);
    book.set(BUY, 102, 7);
    assertEquals([book.bestBid, book.bestAsk, book.crossings, book.count(SELL)], [102, 103, 1, 4]);
    book.set(BUY, 102, 0);
    assertEquals([book.bestBid, book.bestAsk, book.size(SELL, 101)], [100, 103, 1]);
    book.set(SELL, 101, 9);
    assertEquals([book.bestAsk, book.bestAskSize, book.crossings], [101, 9, 1]);
    book.set(SELL, 99, 1);
    assertEquals([book.bestBid, book.bestAsk, book.crossings, book.size(BUY, 100)], [-Infinity, 99, 2, 5]);
  });
}
