import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import { Rng } from "../core/rng.ts";
import { type MadeRow, madeTape } from "./_made_tape.ts";
import { BatchCache } from "./batch_cache.ts";
import { seekTime } from "./columns.ts";
import { WINDOW } from "./window_cache.ts";

const BASE = 380n * BigInt(ERA);

/** Rows in order on each clock that they are for, many for one clock only; times on the other mean nothing there. */
function rowsOf(rng: Rng, count: number, step: number): MadeRow[] {
  let exchange = BASE, local = BASE;
  return Array.from({ length: count }, (_, i) => {
    const clocks = [AT_EXCHANGE, AT_LOCAL, AT_EXCHANGE | AT_LOCAL, AT_EXCHANGE | AT_LOCAL, 0][rng.int(5)];
    if (clocks & AT_EXCHANGE) exchange += BigInt(rng.int(step));
    if (clocks & AT_LOCAL) local += BigInt(rng.int(step));
    const early = (clocks & AT_EXCHANGE) === 0 ? -BigInt(rng.int(1000)) : 0n;
    const price = rng.int(2) === 0 ? i : -(2 ** 52) + i;
    return {
      exchange: exchange + early,
      local,
      kind: 1 + i % 2,
      side: 1,
      price,
      size: 2 ** 53 - 1 - i,
      flags: clocks | LAST,
    };
  });
}

const caseOf = fc.record({
  seed: fc.nat(),
  count: fc.oneof(fc.nat(200), fc.constantFrom(WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW + 5)),
  batch: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(31, 32, 33, WINDOW, WINDOW + 1, 100_000)),
  step: fc.constantFrom(1, 2, 50, 1e9),
});

Deno.test("BatchCache: windows show the rows of the tape, whatever its batches and the order in which they are asked for", () => {
  fc.assert(
    fc.property(caseOf, ({ seed, count, batch, step }) => {
      const rng = new Rng(seed), rows = rowsOf(rng, count, step);
      const cache = new BatchCache(madeTape(rows, { batch }), 380);
      const lengths = Array.from({ length: cache.windows }, () => 0), order = lengths.map((_, i) => i);
      for (let i = order.length; i > 1; i--) order.push(...order.splice(rng.int(i), 1));
      for (const index of order) lengths[index] = cache.columns(index).rows;
      for (const index of order) {
        const columns = cache.columns(index), row = rng.int(columns.rows);
        const made = rows[lengths.slice(0, index).reduce((sum, n) => sum + n, row)];
        assertEquals([columns.price[row], columns.size[row], columns.kind[row]], [made.price, made.size, made.kind]);
        assertEquals([columns.side[row], columns.flags[row]], [made.side, made.flags]);
        assertEquals(columns.timeOf(AT_EXCHANGE, row), Number(BigInt(made.exchange) - BASE));
        assertEquals(columns.local[row], Number(BigInt(made.local!) - BASE));
      }
      assertEquals(lengths.reduce((sum, n) => sum + n, 0), count);
    }),
    { numRuns: 150 },
  );
});

Deno.test("BatchCache: seek is a scan from row to row, on either clock", () => {
  fc.assert(
    fc.property(caseOf, fc.array(fc.nat(), { minLength: 20, maxLength: 60 }), ({ seed, count, batch, step }, draws) => {
      fc.pre(count > 0);
      const rows = rowsOf(new Rng(seed), count, step);
      const cache = new BatchCache(madeTape(rows, { batch }), 380);
      for (const draw of draws) {
        const columns = cache.columns(draw % cache.windows), from = draw % (columns.rows + 1);
        const clock = draw % 2 === 0 ? AT_EXCHANGE : AT_LOCAL;
        const times = clock === AT_EXCHANGE ? columns.exchange : columns.local;
        const near = times[(draw * 7) % columns.rows];
        for (const limit of [near - 1, near, near + 1, -Infinity, Infinity, times[0], times[columns.rows - 1] + 1]) {
          assertEquals(columns.seek(clock, from, limit), seekTime(columns, clock, from, limit), `${from} ${limit}`);
        }
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("BatchCache: times are exact in reach of the era, and infinitely far beyond", () => {
  const days = [0n, 51n, 53n, 104n, 105n, 3000n], ns = days.map((day) => BASE + day * 86_400_000_000_000n + 7n);
  const flags = AT_EXCHANGE | AT_LOCAL | LAST;
  const cache = new BatchCache(madeTape(ns.map((exchange) => ({ exchange, flags }))), 380);
  for (const era of [380, 381, 382, 437, 438, 380]) {
    cache.rebase(era);
    const columns = cache.columns(0), from = BigInt(era) * BigInt(ERA);
    for (let row = 0; row < ns.length; row++) {
      const time = ns[row] - from, expected = time < 2n ** 53n ? Number(time) : Infinity;
      assertEquals(
        [columns.timeOf(AT_EXCHANGE, row), columns.exchange[row], columns.local[row]],
        Array(3).fill(expected),
      );
      assertEquals(cache.eraAt(0, row), Number(ns[row] / BigInt(ERA)));
      const reached = ns.filter((at) => at - from < 2n ** 53n).length;
      assertEquals(columns.seek(AT_LOCAL, 0, Infinity), reached);
    }
  }
});
