import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { BUY, NONE, SELL } from "../core/event.ts";
import { HftbacktestBook } from "./hftbacktest_book.ts";

/** The slow, obvious twin: two maps and two marks, searched tick by tick. */
class NaiveBook {
  readonly levels = { [BUY]: new Map<number, number>(), [SELL]: new Map<number, number>() };
  best = { [BUY]: -Infinity, [SELL]: Infinity };
  mark = { [BUY]: Infinity, [SELL]: -Infinity };

  set(side: 1 | -1, price: number, size: number): number {
    const { best, mark, levels } = this, previous = levels[side].get(price) ?? 0;
    levels[side].set(price, size);
    if (size === 0) {
      if (price === best[side]) this.search(side, price);
      return previous;
    }
    if (side * price > side * best[side]) {
      best[side] = price;
      if (best[BUY] >= best[SELL]) best[-side as 1 | -1] = this.behind(-side as 1 | -1, price);
    }
    mark[side] = side === BUY ? Math.min(mark[BUY], price) : Math.max(mark[SELL], price);
    return previous;
  }

  clear(side: number, price: number): void {
    if (side === NONE) {
      this.levels[BUY].clear();
      this.levels[SELL].clear();
      this.best = { [BUY]: -Infinity, [SELL]: Infinity };
      this.mark = { [BUY]: Infinity, [SELL]: -Infinity };
      return;
    }
    const sign = side as 1 | -1;
    for (const level of this.levels[sign].keys()) {
      if (side * level >= side * price && side * level <= side * this.best[sign]) this.levels[sign].set(level, 0);
    }
    this.search(sign, price - side);
  }

  search(side: 1 | -1, from: number): void {
    this.best[side] = this.behind(side, from);
    if (Math.abs(this.best[side]) === Infinity) this.mark[side] = side * Infinity;
  }

  behind(side: 1 | -1, from: number): number {
    for (let price = from - side; side * price >= side * this.mark[side]; price -= side) {
      if ((this.levels[side].get(price) ?? 0) > 0) return price;
    }
    return -side * Infinity;
  }
}

Deno.test("HftbacktestBook: as two maps searched tick by tick, whatever the rows", () => {
  const side = fc.constantFrom<1 | -1>(1, -1), price = fc.integer({ min: 990, max: 1010 });
  const set = fc.record({ side, price, size: fc.constantFrom(0, 0, 1, 5) });
  const clear = fc.record({ cleared: fc.constantFrom(BUY, SELL, BUY, SELL, NONE), price });
  const rows = fc.array(fc.oneof({ arbitrary: set, weight: 9 }, { arbitrary: clear, weight: 1 }), { maxLength: 120 });
  const compare = (
    given: readonly ({ side: 1 | -1; price: number; size: number } | { cleared: number; price: number })[],
  ) => {
    generated(given.length);
    const book = new HftbacktestBook(), twin = new NaiveBook();
    for (const row of given) {
      if ("cleared" in row) {
        book.clear(row.cleared, row.price);
        twin.clear(row.cleared, row.price);
      } else assertEquals(book.set(row.side, row.price, row.size), twin.set(row.side, row.price, row.size));
      assertEquals([book.bestBid, book.bestAsk], [twin.best[BUY], twin.best[SELL]]);
      assertEquals(book.bestBidSize, twin.levels[BUY].get(book.bestBid) ?? 0);
      assertEquals(book.bestAskSize, twin.levels[SELL].get(book.bestAsk) ?? 0);
      for (const each of [BUY, SELL] as const) {
        const stand = [...twin.levels[each]].filter(([, size]) => size > 0).sort(([a], [b]) => each * (b - a));
        assertEquals(book.count(each), stand.length);
        for (const [level, size] of stand) assertEquals(book.size(each, level), size);
        const shown = stand.filter(([level]) => each * level <= each * twin.best[each]);
        const prices = new Float64Array(30), sizes = new Float64Array(30);
        const count = book.top(each, 30, prices, sizes);
        assertEquals(Array.from({ length: count }, (_, i) => [prices[i], sizes[i]]), shown);
      }
    }
  };
  fc.assert(fc.property(rows, compare), { numRuns: fuzzRuns(300) });
});

Deno.test("HftbacktestBook: a crossing counts, and passes levels over that still stand", () => {
  const book = new HftbacktestBook();
  book.set(BUY, 100, 5);
  book.set(BUY, 98, 4);
  book.set(SELL, 99, 3);
  assertEquals([book.crossings, book.bestBid, book.bestAsk, book.size(BUY, 100)], [1, 98, 99, 5]);
});
