import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { madeTape } from "../feed/_made_tape.ts";
import { busy, oddMarket, seenLate } from "./_busy.ts";
import { digestOf, rig, type RigOptions } from "./_rig.ts";
import { BUY, SELL } from "./event.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";

const START = 1_700_000_000_000_000_000n;

/** Time since the start in ns. */
const since = (ns: bigint) => Number(ns - START);

Deno.test("Session: at one time come our data, answers, exchange data, orders arriving, timers", () => {
  const log: string[] = [];
  const tape = madeTape([
    { exchange: START, side: BUY, price: 10, size: 5 },
    { exchange: START, side: SELL, price: 20, size: 5 },
    { exchange: START + 100n, side: BUY, price: 15, size: 5 },
    { exchange: START + 300n, side: BUY, price: 16, size: 5 },
  ]);
  const session: Session = rig({
    tapes: { X: tape },
    latency: { order: 50, response: 50 },
    strategy: {
      onStart(ctx) {
        ctx.submit({ side: BUY, price: 9, size: 1 }); // arrives at 50, answered at 100
        ctx.after("50ns");
        ctx.after("100ns");
      },
      onTimer(ctx, timer) {
        // Arrives at 100: after the bid of 15, which it would cross.
        if (timer === 1) ctx.submit({ side: SELL, price: 15, size: 1, postOnly: true });
        log.push(`${since(ctx.now)} timer after ${session.core.feeds[0].row} rows`);
      },
      onBook: (ctx) => log.push(`${since(ctx.now)} book after ${session.core.feeds[0].row} rows`),
      onOrder: (ctx, { id, state, code }) =>
        log.push(`${since(ctx.now)} order ${id} ${state} ${code} after ${session.core.feeds[0].row} rows`),
    },
  });
  session.run();
  assertEquals(log, [
    "0 book after 0 rows",
    "0 book after 0 rows",
    "50 timer after 2 rows",
    "100 book after 2 rows",
    "100 order 1 New 0 after 2 rows",
    "100 timer after 3 rows",
    "150 order 2 Expired 2100 after 3 rows",
    "300 book after 3 rows",
  ]);
});

Deno.test("Session: at one time and in one class the instruments come by symbol, then the first submitted", () => {
  for (const symbols of [["A", "B", "C"], ["C", "A", "B"]]) {
    const log: string[] = [];
    const rows = [{ exchange: START, side: BUY, price: 10, size: 5 }, {
      exchange: START + 9n,
      side: BUY,
      price: 11,
      size: 5,
    }];
    const session = rig({
      tapes: Object.fromEntries(symbols.map((symbol) => [symbol, madeTape(rows)])),
      latency: { order: 2, response: 2 },
      strategy: {
        onStart(ctx) {
          for (const symbol of ["C", "B", "A", "B", "C"]) {
            ctx.submit({ instrument: ctx.instrument(symbol), side: BUY, price: 9, size: 1 });
          }
        },
        onBook: (ctx, instrument) => log.push(`${since(ctx.now)} book ${ctx.instruments[instrument].symbol}`),
        onOrder: (ctx, { id, instrument }) => log.push(`${since(ctx.now)} ${ctx.instruments[instrument].symbol} ${id}`),
      },
    });
    session.run();
    assertEquals(log, [
      ...["0 book A", "0 book B", "0 book C"],
      ...["4 A 3", "4 B 2", "4 B 4", "4 C 1", "4 C 5"],
      ...["9 book A", "9 book B", "9 book C"],
    ]);
  }
});

Deno.test("Session: what is sent first arrives first, whatever latency was drawn", () => {
  const drawn = [100, 5, 30, 1], came: string[] = [];
  const strictly = (leg: number[]) => ({ name: "drawn", latency: () => leg.shift()! });
  const session = rig({
    tapes: { X: madeTape([{ exchange: START, side: BUY, price: 10, size: 5 }, { exchange: START + 900n, price: 1 }]) },
    latency: { order: strictly(drawn), response: strictly([50, 0, 0, 200]) },
    strategy: {
      onStart(ctx) {
        for (const after of ["0ns", "10ns", "20ns", "200ns"]) ctx.after(after);
      },
      onTimer: (ctx) => void ctx.submit({ side: BUY, price: 9, size: 1 }),
      onOrder: (ctx, { id }) => came.push(`${id} at ${since(ctx.now)}`),
    },
  });
  session.run();
  // Orders arrive at 100, 100 (not 15), 100 (not 50) and 201; answers take 50, and then wait for that one.
  assertEquals(came, ["1 at 150", "2 at 150", "3 at 150", "4 at 401"]);
});

Deno.test("Session: no latency anywhere, and all of a moment happens in it", () => {
  const log: string[] = [];
  const session = rig({
    tapes: {
      X: madeTape([
        { exchange: START, side: SELL, price: 10, size: 5 },
        { exchange: START + 5n, side: SELL, price: 10, size: 3 },
        { exchange: START + 9n, side: SELL, price: 10, size: 2 },
      ]),
    },
    strategy: {
      onBook(ctx) {
        log.push(`${since(ctx.now)} sees ${ctx.book().bestAskSize}`);
        if (since(ctx.now) === 5) ctx.submit({ side: BUY, price: 10, size: 4 });
      },
      onOrder(ctx, { id, state, filled }) {
        log.push(`${since(ctx.now)} ${id} ${state} ${filled}`);
        if (id === 1 && filled === 3) ctx.cancel(id);
      },
    },
  });
  session.run();
  // The order is sent upon a row that the venue has not come to when we see it, and meets it all the same.
  assertEquals(log, ["0 sees 5", "5 sees 3", "5 1 PartiallyFilled 3", "5 1 Cancelled 3", "9 sees 2"]);
});

Deno.test("Session: the order of registration shows nowhere", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(30), (seed, delay) => {
      const rng = new Rng(seed);
      const tapes = ["A", "B", "C"].map((symbol) => {
        const rows = seenLate(rng, oddMarket(rng, 150, START, 40), delay);
        return [symbol, madeTape(rows, { batch: 1 + rng.int(60) })] as const;
      });
      const latency = { order: rng.int(2) * 7, response: rng.int(2) * 3 };
      const digests = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]].map((order) =>
        digestOf({
          tapes: Object.fromEntries(order.map((i) => tapes[i])),
          latency,
          strategy: busy({ interval: "13ns" }),
        })
      );
      assertEquals(new Set(digests).size, 1);
    }),
    { numRuns: 40 },
  );
});

/** A run told line by line, with its digest. */
function told(options: Omit<RigOptions, "strategy">, interval: string): string[] {
  const lines: string[] = [];
  const session = rig({ ...options, strategy: busy({ interval, hears: (line) => lines.push(line) }) });
  session.run();
  return [...lines, session.core.digest.hex()];
}

Deno.test("Session: time never goes backwards, and a strategy sees no row before its time", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const rng = new Rng(seed);
      const rows = seenLate(rng, oddMarket(rng, 400, START, 30), rng.int(100));
      const draw = (most: number) => ({ name: "any", latency: () => rng.int(most) });
      const latency = {
        order: draw(50),
        cancel: draw(90),
        response: draw(50),
        ...rng.int(2) ? { feed: draw(70) } : {},
      };
      const lines = told({ tapes: { X: madeTape(rows, { batch: 64 }) }, latency }, "17ns");
      const times = lines.slice(0, -1).map((line) => BigInt(line.split(" ")[0]));
      assert(times.every((time, i) => i === 0 || time >= times[i - 1]));
      if ("feed" in latency) return;
      const books = lines.filter((line) => line.includes(" book ")).map((line) => line.split(" ")[0]);
      const ends = rows.filter(({ kind, flags }, i) => {
        for (let k = i; (flags! & 4) && k >= 0 && (k === i || !(rows[k].flags! & 4)); k--) {
          if (rows[k].kind !== 2) return true;
        }
        return kind === -1;
      });
      assertEquals(books, ends.map(({ local }) => `${local}`));
    }),
    { numRuns: 60 },
  );
});
