import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { L2Book } from "../book/l2.ts";
import { parseDecimal } from "../core/decimal.ts";
import { BUY, SELL } from "../core/event.ts";
import { instrument, type InstrumentSpec } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import { naiveEffective, naiveWalk } from "./_naive_consolidated.ts";
import { type BookSource, ConsolidatedBook } from "./consolidated_book.ts";

function source(spec: Partial<InstrumentSpec>, levels: readonly (readonly [number, number, number])[]): BookSource {
  const book = new L2Book();
  for (const [side, price, size] of levels) book.set(side, price, size);
  return { instrument: instrument({ symbol: "X", venue: "a", tick: "1", lot: "1", ...spec }), book };
}

const rates = (rate: string, lot = "0") => ({ rate: parseDecimal(rate), lot: parseDecimal(lot) });

/** What a walk comes to, as "source price×lots". */
function walked(book: ConsolidatedBook, side: number, open?: Uint8Array, limits?: Float64Array): string[] {
  const all: string[] = [];
  for (book.begin(side, open, limits); book.next();) all.push(`${book.source} ${book.price}×${book.lots}`);
  return all;
}

Deno.test("ConsolidatedBook: grids of their own, compared by exact prices", () => {
  const sources = [
    source({ tick: "0.1", lot: "0.001" }, [[SELL, 1001, 5], [SELL, 1002, 6], [BUY, 999, 1]]),
    source({ venue: "b", tick: "0.01" }, [[SELL, 10010, 7], [SELL, 10011, 8], [BUY, 9991, 2]]),
    source({ venue: "c", tick: "0.25", lot: "10" }, [[SELL, 401, 9], [BUY, 399, 3]]),
  ];
  const book = new ConsolidatedBook(sources);
  assertEquals(walked(book, BUY), ["0 1001×5", "1 10010×7", "1 10011×8", "0 1002×6", "2 401×9"]);
  assertEquals(walked(book, SELL), ["1 9991×2", "0 999×1", "2 399×3"]);
  assertEquals([...book.lotUnits, book.sizeDecimals], [1, 1000, 10000, 3]);
  assertEquals(walked(book, BUY, Uint8Array.of(0, 1, 1)), ["1 10010×7", "1 10011×8", "2 401×9"]);
  assertEquals(walked(book, BUY, undefined, Float64Array.of(1001, 10010, 400)), ["0 1001×5", "1 10010×7"]);
  book.rank.set([1, 0, 0]);
  assertEquals(walked(book, BUY)[0], "1 10010×7");
});

Deno.test("ConsolidatedBook: a fee turns the order of venues, exactly where it does", () => {
  const sources = [
    source({ tick: "0.01" }, [[SELL, 10000, 1], [BUY, 9990, 1]]),
    source({ venue: "b", tick: "0.01" }, [[SELL, 10010, 1], [BUY, 9980, 1]]),
  ];
  const book = new ConsolidatedBook(sources);
  const first = (side: number, a: string, b: string, lotA = "0") => {
    book.setRates([rates(a, lotA), rates(b)]);
    return walked(book, side)[0][0];
  };
  assertEquals(first(BUY, "0.001", "0"), "0"); // 100.10 either way: the first source
  assertEquals(first(BUY, "0.001000001", "0"), "1");
  assertEquals(first(BUY, "0.000999999", "0"), "0");
  assertEquals(first(BUY, "0", "-0.001"), "1");
  assertEquals(first(SELL, "0.001", "0"), "0"); // 99.8001 beside 99.80
  assertEquals(first(SELL, "0.001002", "0"), "1");
  assertEquals(first(BUY, "0", "0", "0.1"), "0");
  assertEquals(first(BUY, "0", "0", "0.100000001"), "1");
  assertEquals(first(SELL, "0", "0", "0.100000001"), "1");
});

Deno.test("ConsolidatedBook: prices beyond 2^53 steps of the common grid are told apart", () => {
  const sources = [
    source({ tick: "0.00000001" }, [[SELL, 6_000_000_000_000_001, 1]]),
    source({ venue: "b", tick: "0.00000001" }, [[SELL, 6_000_000_000_000_000, 1]]),
  ];
  const book = new ConsolidatedBook(sources);
  book.setRates([rates("0.000000001"), rates("0.000000001")]);
  assertEquals(walked(book, BUY), ["1 6000000000000000×1", "0 6000000000000001×1"]);
});

Deno.test("ConsolidatedBook: what cannot be compared is refused in words", () => {
  const x = source({}, []);
  const cases: [BookSource[], string][] = [
    [[], "there is none; give one at least"],
    [[x, source({ venue: "b", currency: "EUR" }, [])], "X@b: it settles in EUR, and X@a in USD; leave one out"],
    [[x, source({ venue: "b", kind: "inverse" }, [])], "X@b: it is inverse; only linear instruments have one price"],
    [[x, source({ venue: "b", tick: "0.00000000000000001" }, [])], "their ticks are too far apart"],
    [[x, source({ venue: "b", lot: "0.00000000000000001" }, [])], "their lots are too far apart"],
  ];
  for (const [sources, why] of cases) assertThrows(() => new ConsolidatedBook(sources), RangeError, why);
});

const GRIDS = ["1", "0.1", "0.01", "0.05", "0.25", "0.003", "10"];
const RATES = ["0", "0.001", "-0.0002", "0.0005", "0.000123", "0.02"];
const AMOUNTS = ["0", "0", "0.005", "0.3", "-0.01"];

Deno.test("ConsolidatedBook: walks as its slow twin does, over any grids, fees, sizes and signs", () => {
  const aSource = fc.record({
    tick: fc.constantFrom(...GRIDS),
    lot: fc.constantFrom(...GRIDS),
    multiplier: fc.constantFrom("1", "1", "5", "0.7"),
    rate: fc.constantFrom(...RATES),
    amount: fc.constantFrom(...AMOUNTS),
    middle: fc.constantFrom(100, 100, 0, -100),
    levels: fc.array(
      fc.tuple(fc.constantFrom(BUY, SELL), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 9 })),
      {
        maxLength: 70,
      },
    ),
    open: fc.constantFrom(1, 1, 1, 0),
    rank: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(
      fc.array(aSource, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      (made, limited, again) => {
        generated(made.reduce((sum, { levels }) => sum + levels.length, 0));
        const sources = made.map(({ tick, lot, multiplier, middle, levels }, i) => {
          const at = Math.round(middle / Number(tick));
          const rows = levels.map(([side, away, size]) => [side, at - side * (1 + away), size] as const);
          return source({ venue: `v${i}`, tick, lot, multiplier }, rows);
        });
        const fees = made.map(({ rate, amount }) => rates(rate, amount));
        const open = Uint8Array.from(made, (each) => each.open), rank = made.map((each) => each.rank);
        const book = new ConsolidatedBook(sources);
        if (again) book.setRates(made.map(() => rates("0.1", "7")));
        book.setRates(fees);
        book.rank.set(rank);
        for (const side of [BUY, SELL]) {
          const limits = limited
            ? Float64Array.from(made, ({ tick, middle }) => Math.round(middle / Number(tick)) + side * 20)
            : undefined;
          const naive = naiveWalk(sources, fees, side, { open, limits, rank });
          assertEquals(
            walked(book, side, open, limits),
            naive.map((each) => `${each.source} ${each.price}×${each.lots}`),
          );
        }
      },
    ),
    { numRuns: fuzzRuns(400) },
  );
});

Deno.test("ConsolidatedBook: every effective price is the twin's, times one number for all", () => {
  const sources = [
    source({ tick: "0.25", lot: "3" }, []),
    source({ venue: "b", tick: "0.003", lot: "0.7", multiplier: "5" }, []),
  ];
  const book = new ConsolidatedBook(sources), fees = [rates("0.0003", "0.01"), rates("-0.00025", "0.0007")];
  book.setRates(fees);
  const of = (i: number, side: number, price: number) => {
    const { over, under } = naiveEffective(sources[i], fees[i], side, price);
    const own = book.effective(i, side, price, new Money()).toBigInt();
    return [own * under, over] as const;
  };
  const [one, naiveOne] = of(0, BUY, 400);
  for (const side of [BUY, SELL]) {
    for (const [i, price] of [[0, 401], [1, 33333], [1, -33333], [0, -5], [1, 0]] as const) {
      const [other, naive] = of(i, side, price);
      assertEquals(other * naiveOne, naive * one, `${i} ${side} ${price}`);
    }
  }
});
