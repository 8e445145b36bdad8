import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { madeBars, type MadeRow, madeTape } from "../feed/_made_tape.ts";
import { busy, oddMarket, seenLate } from "./_busy.ts";
import { OutputLog, rig, type RigOptions } from "./_rig.ts";
import { BUY, SELL } from "./event.ts";
import { Code } from "./codes.ts";
import { Rng } from "./rng.ts";
import type { Strategy } from "./strategy.ts";

const ERA = 4503599627370496n;
const DAY = 86_400_000_000_000n;
const Y2004 = 1_072_915_200_000_000_007n;
const Y2024 = 1_704_067_200_000_000_011n;

const bid = (exchange: bigint, price = 10, size = 5): MadeRow => ({ exchange, side: BUY, price, size });

Deno.test("Session: rows of two decades are seen at their own nanosecond", () => {
  const rng = new Rng(7), times: bigint[] = [];
  for (let time = Y2004; time < Y2024; time += BigInt(rng.int(9e6)) * 31_557_600n) times.push(time);
  for (const batch of [1, 3, 1000]) {
    const seen: bigint[] = [];
    const log = new OutputLog();
    const session = rig({
      tapes: { X: madeTape(times.map((time) => bid(time)), { batch }) },
      strategy: {
        onBook(ctx) {
          seen.push(ctx.now);
          ctx.submit({ side: BUY, price: 9, size: 1 });
        },
      },
      recorder: log,
      latency: { order: 3, response: 2 },
    });
    session.run();
    assertEquals(seen, times);
    const acknowledged = log.lines.filter((line) => line.startsWith("1 ") && Number(line.split(" ")[3]) % 16 === 2);
    assertEquals(acknowledged.map((line) => BigInt(line.split(" ")[1])), times.map((time) => time + 5n));
  }
});

Deno.test("Session: a gap of ten years is jumped, and timers in it are at their nanosecond", () => {
  const end = Y2004 + 3653n * DAY, timers: bigint[] = [];
  const session = rig({
    tapes: { X: madeTape([bid(Y2004), bid(Y2004 + 1n), bid(end), bid(end + 1n)]) },
    strategy: {
      onStart(ctx) {
        for (const after of ["400d", "1d", "104.25d", "3653d", "20000d"]) ctx.after(after);
        ctx.every("30d");
      },
      onTimer: (ctx, timer) => timers.push(ctx.now, BigInt(timer)),
    },
  });
  session.run();
  const expected: [bigint, bigint][] = [[400n * DAY, 1n], [DAY, 2n], [417n * DAY / 4n, 3n], [3653n * DAY, 4n]];
  for (let days = 30n; days <= 3653n; days += 30n) expected.push([days * DAY, 6n]);
  expected.sort(([a, i], [b, j]) => Number(a - b) || Number(i - j));
  assertEquals(timers, expected.flatMap(([after, timer]) => [Y2004 + after, timer]));
});

Deno.test("Session: timers of one time keep the order in which they were set, near or far", () => {
  const came: number[] = [];
  const session = rig({
    tapes: { X: madeTape([bid(Y2004), bid(Y2004 + 400n * DAY)]) },
    strategy: {
      onStart: (ctx) => ["300d", "200d", "300d", "100d"].forEach((after) => ctx.after(after)),
      onTimer(ctx, timer) {
        came.push(timer);
        if (timer === 2) ctx.after("100d"); // the fifth, at the time of the first and third
      },
    },
  });
  session.run();
  assertEquals(came, [4, 2, 1, 3, 5]);
});

/** What becomes of a bid under the market that is good till `expires`, and when. */
function goodTill(expires: bigint, rows: readonly MadeRow[], response = 0): string[] {
  const ends: string[] = [];
  const session = rig({
    tapes: { X: madeTape(rows) },
    latency: { response },
    strategy: {
      onStart: (ctx) => void ctx.submit({ side: BUY, price: 9, size: 1, tif: "gtd", expires }),
      onOrder: (ctx, { state, code }) => ends.push(`${state} ${code} ${ctx.now}`),
      onStop: (ctx) => ends.push(`${ctx.openOrders().length} open`),
    },
  });
  session.run();
  return ends;
}

Deno.test("Session: an order good till a day years ahead ends at its nanosecond, in a gap or between rows", () => {
  const rows = [bid(Y2004), bid(Y2004 + 2000n * DAY), bid(Y2004 + 4000n * DAY)];
  for (const days of [1n, 52n, 53n, 104n, 105n, 157n, 1999n, 2000n, 2001n, 3999n]) {
    const expires = Y2004 + days * DAY + 13n;
    assertEquals(goodTill(expires, rows, 5), [
      `New 0 ${Y2004 + 5n}`,
      `Expired ${Code.TIME_UP} ${expires + 5n}`,
      "0 open",
    ]);
  }
  assertEquals(goodTill(Y2004 + 4001n * DAY, rows), [`New 0 ${Y2004}`, "1 open"]);
  assertEquals(goodTill(10n ** 30n, rows), [`New 0 ${Y2004}`, "1 open"]);
  assertEquals(goodTill(Y2004, rows), [`Expired ${Code.TIME_UP} ${Y2004}`, "0 open"]);
  assertEquals(goodTill(0n, rows), [`Expired ${Code.TIME_UP} ${Y2004}`, "0 open"]);
  assertEquals(goodTill(-(10n ** 30n), rows), [`Expired ${Code.TIME_UP} ${Y2004}`, "0 open"]);
});

Deno.test("Session: an order that is good till years ahead can be filled, cancelled and amended until then", () => {
  const expires = Y2004 + 3000n * DAY;
  const ends = (act: (rows: MadeRow[]) => MadeRow[], then: "cancel" | "amend" | "") => {
    const states: string[] = [];
    const session = rig({
      tapes: { X: madeTape(act([bid(Y2004), bid(Y2004 + 1000n * DAY), bid(Y2004 + 5000n * DAY)])) },
      strategy: {
        onStart(ctx) {
          ctx.submit({ side: BUY, price: 9, size: 1, tif: "gtd", expires });
          ctx.after("900d");
        },
        onTimer(ctx) {
          if (then === "cancel") ctx.cancel(1);
          if (then === "amend") ctx.amend(1, { price: 8 });
        },
        onOrder: (ctx, { state }) => states.push(`${state} ${(ctx.now - Y2004) / DAY}`),
      },
    });
    session.run();
    return states;
  };
  const through = { exchange: Y2004 + 1500n * DAY, side: SELL, price: 8, size: 9 };
  assertEquals(ends((rows) => rows, ""), ["New 0", "Expired 3000"]);
  assertEquals(ends((rows) => rows, "cancel"), ["New 0", "Cancelled 900"]);
  assertEquals(ends((rows) => rows, "amend"), ["New 0", "Replaced 900", "Expired 3000"]);
  assertEquals(ends(([a, b, c]) => [a, b, through, c], ""), ["New 0", "Filled 1500"]);
});

Deno.test("Session: day orders end at midnight UTC of their day, whatever the year", () => {
  for (const start of [Y2004, Y2024, Y2024 + DAY / 2n, Y2024 + DAY - 12n, -5000n * DAY + 7n]) {
    const ends: bigint[] = [], rows = [bid(start), bid(start + 3n * DAY)];
    const session = rig({
      tapes: { X: madeTape(rows) },
      strategy: {
        onStart: (ctx) => void ctx.submit({ side: BUY, price: 9, size: 1, tif: "day" }),
        onOrder: (ctx, { state }) => void (state === "Expired" && ends.push(ctx.now)),
      },
    });
    session.run();
    const into = ((start % DAY) + DAY) % DAY;
    assertEquals(ends, [start - into + DAY]);
  }
});

Deno.test("Session: a tape of 2004 and one of 2024 in one session, whichever is registered first", () => {
  const old = madeTape([bid(Y2004), bid(Y2004 + 5n)]), young = madeTape([bid(Y2024), bid(Y2024 + 5n)]);
  for (const tapes of [{ A: old, B: young }, { B: young, A: old }, { A: young, B: old }]) {
    const seen: string[] = [];
    const session = rig({
      tapes,
      latency: { order: 1, response: 1 },
      strategy: {
        onBook(ctx, instrument) {
          seen.push(`${ctx.now} ${instrument}`);
          ctx.submit({ instrument, side: BUY, price: 9, size: 1 });
        },
        onOrder: (ctx, { id }) => seen.push(`${ctx.now} order ${id}`),
      },
    });
    session.run();
    const [o, y] = tapes.A === old ? [0, 1] : [1, 0];
    assertEquals(seen, [
      ...[`${Y2004} ${o}`, `${Y2004 + 2n} order 1`, `${Y2004 + 5n} ${o}`, `${Y2004 + 7n} order 2`],
      ...[`${Y2024} ${y}`, `${Y2024 + 2n} order 3`, `${Y2024 + 5n} ${y}`, `${Y2024 + 7n} order 4`],
    ]);
  }
});

Deno.test("Session: an empty tape beside another changes nothing, and a tape without rows ends at once", () => {
  const tape = madeTape([bid(Y2024), bid(Y2024 + 5n)]), times: bigint[] = [];
  for (const empty of [madeTape([]), madeTape([], { batch: [0, 0] }), madeBars([])]) {
    const session = rig({
      tapes: { A: empty, B: tape },
      sampleNs: 1e8,
      strategy: { onStart: (ctx) => times.push(ctx.now), onStop: (ctx) => times.push(ctx.now) },
    });
    session.run();
    assertEquals(times.splice(0), [Y2024, Y2024 + 5n]);
    const alone = rig({ tapes: { A: empty }, strategy: { onStop: (ctx) => times.push(ctx.now) } });
    alone.run();
    assertEquals(times.splice(0), [0n]);
  }
});

Deno.test("Session: empty batches, at the start, between others and at the end, are as if they were not there", () => {
  const rows = [bid(Y2024), bid(Y2024 + 5n), bid(Y2024 + 200n * DAY)];
  const digest = (batch: number | number[]) => {
    const session = rig({ tapes: { X: madeTape(rows, { batch }) }, strategy: busy({ interval: "30d" }) });
    session.run();
    return session.core.digest.hex();
  };
  const digests = [1000, 1, [0, 2, 0, 1], [0, 0, 1, 0, 1, 1, 0, 0], [3, 0]].map(digest);
  assertEquals(new Set(digests).size, 1);
});

Deno.test("Session: nine years of daily bars beside a tape of nanoseconds", () => {
  const bars = Array.from({ length: 3287 }, (_, i) => {
    const opens = Y2004 - 7n + BigInt(i) * DAY;
    return { opens, closes: opens + DAY - 1n, close: 100 + (i * 37) % 29 };
  });
  const middle = Y2004 + 1500n * DAY;
  const ticks = Array.from({ length: 500 }, (_, i) => bid(middle + BigInt(i * 3), 10 + i % 2));
  const closes: bigint[] = [], books: bigint[] = [], fills: string[] = [];
  const session = rig({
    tapes: { BARS: madeBars(bars), TICKS: madeTape(ticks, { batch: 100 }) },
    strategy: {
      onBar(ctx) {
        closes.push(ctx.now);
        if (closes.length % 400 === 0) ctx.submit({ side: BUY, size: 1 });
      },
      onBook: (ctx) => books.push(ctx.now),
      onFill: (ctx, { price }) => fills.push(`${ctx.now} ${price}`),
    },
  });
  session.run();
  assertEquals(closes, bars.map((bar) => bar.closes));
  assertEquals(books, ticks.map((tick) => tick.exchange));
  // Sent at the close of bars 400, 800, …, filled at the open of the next.
  const filled = [400, 800, 1200, 1600, 2000, 2400, 2800, 3200].map((i) => `${bars[i].opens} ${bars[i].close}`);
  assertEquals(fills, filled);
});

Deno.test("Session: bars and ticks reach us late by the feed's latency to the nanosecond, across years", () => {
  const times = [Y2004, Y2004 + 40n * DAY, Y2004 + 60n * DAY, Y2004 + 105n * DAY, Y2004 + 2000n * DAY, Y2024];
  for (const bars of [false, true]) {
    const seen: bigint[] = [], asked: number[] = [];
    const tape = bars
      ? madeBars(times.map((opens) => ({ opens, closes: opens + 1n, close: 5 })))
      : madeTape(times.map((t) => bid(t)));
    const session = rig({
      tapes: { X: tape },
      latency: { feed: { name: "three", latency: (now) => (asked.push(now), 3) } },
      strategy: { onBook: (ctx) => seen.push(ctx.now), onBar: (ctx) => seen.push(ctx.now) },
    });
    session.run();
    assertEquals(seen, times.map((time) => time + (bars ? 4n : 3n)));
    assert(asked.every(Number.isSafeInteger) && asked.length === times.length);
  }
});

Deno.test("Session: warming up for years ends when it was said to", () => {
  const verdicts: [bigint, number][] = [];
  const rows = [0n, 399n * DAY, 400n * DAY - 1n, 400n * DAY, 500n * DAY].map((after) => bid(Y2004 + after));
  const session = rig({
    tapes: { X: madeTape(rows) },
    warmup: "400d",
    strategy: {
      onBook: (ctx) => verdicts.push([ctx.now - Y2004, ctx.submit({ side: BUY, price: 9, size: 1 })]),
    },
  });
  session.run();
  assertEquals(verdicts, [
    ...[0n, 399n * DAY, 400n * DAY - 1n].map((at): [bigint, number] => [at, -Code.WARMING_UP]),
    [400n * DAY, 4],
    [500n * DAY, 5],
  ]);
});

Deno.test("Session: an order knows to the nanosecond when it was submitted, years later", () => {
  const ends = Y2004 + 4000n * DAY;
  const session = rig({
    tapes: { X: madeTape([bid(Y2004), bid(ends)]) },
    strategy: { onStart: (ctx) => void ctx.submit({ side: BUY, price: 9, size: 1 }) },
  });
  session.run();
  const { orders, clock } = session.core, slot = orders.slotOf(1);
  const era = BigInt(clock.era) - BigInt(orders.shifted[slot]) / ERA;
  assertEquals(era * ERA + BigInt(orders.submitted[slot]), Y2004);
});

/** All that a run tells and puts out, with its times counted from `start`; `more` are other callbacks. */
function story(
  options: Omit<RigOptions, "strategy" | "recorder">,
  start: bigint,
  more: (hears: (line: string) => void) => Strategy = () => ({}),
): string[] {
  const lines: string[] = [], log = new OutputLog(), hears = (line: string) => void lines.push(line);
  const session = rig({
    ...options,
    recorder: log,
    strategy: { ...busy({ interval: "1777ns", hears }), ...more(hears) },
  });
  session.run();
  const from = (line: string, at: number) =>
    line.split(" ").map((word, i) => i === at ? `${BigInt(word) - start}` : word).join(" ");
  return [...lines.map((line) => from(line, 0)), ...log.lines.map((line) => from(line, 1))];
}

Deno.test("Session: where eras turn makes no difference, to ticks, orders, timers, times in force", () => {
  fc.assert(
    fc.property(fc.nat(), fc.bigInt(0n, 20_000n), (seed, into) => {
      const make = (start: bigint): string[] => {
        const rng = new Rng(seed);
        const rows = seenLate(rng, oddMarket(rng, 200, start, 200), rng.int(300));
        const latency = { order: rng.int(400), cancel: rng.int(400), response: rng.int(400) };
        const feed = rng.int(2) === 0 ? {} : { feed: { name: "any", latency: () => rng.int(300) } };
        const tapes = { X: madeTape(rows, { batch: 50 }), Y: madeTape(oddMarket(rng, 50, start + 500n, 900)) };
        return story({ tapes, latency: { ...latency, ...feed }, sampleNs: 5000 }, start);
      };
      const plain = make(380n * ERA + 1_000_000n);
      assert(plain.length > 150);
      assertEquals(make(381n * ERA - into), plain);
    }),
    { numRuns: 60 },
  );
});

Deno.test("Session: where eras turn makes no difference to bars", () => {
  fc.assert(
    fc.property(fc.nat(), fc.bigInt(0n, 60_000n), (seed, into) => {
      const make = (start: bigint): string[] => {
        const rng = new Rng(seed);
        let opens = start;
        const bars = Array.from({ length: 60 }, () => {
          const open = 995 + rng.int(11), close = 995 + rng.int(11);
          const high = Math.max(open, close) + rng.int(5), low = Math.min(open, close) - rng.int(5);
          const bar = { opens, closes: opens + 999n, open, high, low, close };
          opens += 1000n + BigInt(rng.int(2) * rng.int(3000));
          return bar;
        });
        const latency = { order: rng.int(500), response: rng.int(500) };
        return story({ tapes: { X: madeBars(bars, { batch: 17 }) }, latency }, start, (hears) => ({
          onBar(ctx, { close }) {
            hears(`${ctx.now} bar ${close}`);
            const side = ctx.random.int(2) === 0 ? BUY : SELL;
            if (ctx.openOrders().length < 5) ctx.submit({ side, size: 1, price: close + ctx.random.int(9) - 4 });
          },
        }));
      };
      assertEquals(make(381n * ERA - into), make(380n * ERA + 1_000_000n));
    }),
    { numRuns: 60 },
  );
});
