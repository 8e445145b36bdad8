import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import type { RowWindow } from "./clock_order.ts";
import { RowOrder, type RowTaker } from "./row_order.ts";
import { WORD } from "./row_record.ts";

/** A row that goes in: its times in ns after a second, its flags; `id` tells it. */
interface In {
  id: number;
  exchange: number;
  local: number;
  flags: number;
}

const BOTH = AT_EXCHANGE | AT_LOCAL;

function collector(): RowTaker & { rows: In[] } {
  const rows: In[] = [];
  return {
    rows,
    take(records, at, flags) {
      const time = (word: number) =>
        Number(BigInt(records[at + word + 1]) * 2n ** 32n + BigInt(records[at + word] >>> 0) - 1_000_000_000_000n);
      rows.push({ id: records[at + WORD.ID], exchange: time(WORD.EXCHANGE), local: time(WORD.LOCAL), flags });
    },
  };
}

function run(rows: readonly In[], window?: RowWindow): In[] {
  const out = collector();
  const order = new RowOrder(out, window);
  for (const row of rows) add(order, row);
  order.end();
  return out.rows;
}

function add(order: RowOrder, from: In): void {
  const { row } = order;
  row.exchangeSec = 1000 + Math.floor(from.exchange / 1e9);
  row.exchangeNs = from.exchange - Math.floor(from.exchange / 1e9) * 1e9;
  row.localSec = 1000 + Math.floor(from.local / 1e9);
  row.localNs = from.local - Math.floor(from.local / 1e9) * 1e9;
  row.idLow = from.id;
  row.flags = from.flags;
  order.add();
}

/** The obvious twin: what one clock must see, by a stable sort, with LAST on the last row of each message. */
function seenBy(clock: "exchange" | "local", rows: readonly In[]): In[] {
  const flag = clock === "exchange" ? AT_EXCHANGE : AT_LOCAL;
  const seen: In[] = [];
  let message: In[] = [];
  const close = () => {
    const latest = message.reduce<In | undefined>((a, b) => a === undefined || b[clock] >= a[clock] ? b : a, undefined);
    seen.push(...message.map((row) => ({ ...row, flags: flag | (row === latest ? LAST : 0) })));
    message = [];
  };
  for (const row of rows) {
    if (!(row.flags & flag)) continue;
    message.push(row);
    if (row.flags & LAST) close();
  }
  close();
  return seen.sort((a, b) => a[clock] - b[clock]);
}

function of(clock: "exchange" | "local", rows: readonly In[]): In[] {
  const flag = clock === "exchange" ? AT_EXCHANGE : AT_LOCAL;
  return rows.filter(({ flags }) => flags & flag).map((row) => ({ ...row, flags: flag | (row.flags & LAST) }));
}

/** Table rows: exchange time, local time, flags. */
function table(...rows: [number, number, number][]): In[] {
  return rows.map(([exchange, local, flags], id) => ({ id, exchange, local, flags }));
}

function shape(rows: readonly In[]): string {
  return rows.map(({ id, flags }) => `${id}${["", "e", "l", ""][flags & 3]}${flags & LAST ? "." : ""}`).join(" ");
}

Deno.test("RowOrder: rows in order on both clocks stay whole", () => {
  assertEquals(shape(run(table([10, 20, 3], [10, 20, 7], [11, 21, 7], [12, 21, 7]))), "0 1. 2. 3.");
});

Deno.test("RowOrder: of rows in each other's way, the fewer are split", () => {
  // A trade that reached us after a depth message of three levels that happened after it: the trade is split.
  const late = table([20, 30, 3], [20, 30, 3], [20, 30, 7], [10, 31, 7]);
  assertEquals(shape(run(late)), "3e. 0 1 2. 3l.");
  // The message reached us late: again the trade is split.
  const early = table([20, 30, 7], [10, 31, 3], [10, 31, 3], [10, 31, 7]);
  assertEquals(shape(run(early)), "0l. 1 2 3. 0e.");
});

Deno.test("RowOrder: rows of one clock stay so, and each clock's part of a message ends with LAST", () => {
  assertEquals(shape(run(table([10, 20, 1], [10, 20, 5], [11, 20, 6], [12, 21, 7]))), "0e 1e. 2l. 3.");
  // The message's last row at the exchange is not its last for us: both parts end.
  assertEquals(shape(run(table([10, 20, 3], [9, 21, 7], [12, 22, 7]))), "1e 0e. 0l 1l. 2.");
  // A source that ends in the middle of a message.
  assertEquals(shape(run(table([10, 20, 7], [10, 20, 3], [11, 21, 3]))), "0. 1 2.");
});

Deno.test("RowOrder: every row once on each of its clocks, in the order of a stable sort, whatever the window", () => {
  const row = fc.record({
    step: fc.integer({ min: 0, max: 6 }),
    lag: fc.integer({ min: -9, max: 25 }),
    late: fc.integer({ min: 0, max: 12 }),
    flags: fc.constantFrom(BOTH, BOTH, BOTH | LAST, BOTH | LAST, AT_EXCHANGE, AT_LOCAL | LAST, AT_EXCHANGE | LAST),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 400 }), fc.constantFrom(40, 1000, 30e9), (drawn, ns) => {
      let now = 0;
      const rows = drawn.map(({ step, lag, late, flags }, id) => {
        now += step;
        return { id, exchange: now - late, local: now + lag, flags };
      });
      // Few rows are tried many times over, so that the ring wraps and rows are released in between.
      const many = [0, 1, 2, 3, 4, 5].flatMap((turn) =>
        rows.map((each) => ({
          ...each,
          id: each.id + turn * rows.length,
          exchange: each.exchange + turn * (now + 60),
          local: each.local + turn * (now + 60),
        }))
      );
      const out = run(many, { ns, rows: 1 << 20 });
      assertEquals(of("exchange", out), seenBy("exchange", many));
      assertEquals(of("local", out), seenBy("local", many));
    }),
    { numRuns: 150 },
  );
});

Deno.test("RowOrder: a full window gives out its earlier half, and what comes before that is refused", () => {
  const rows = table(...Array.from({ length: 5000 }, (_, i): [number, number, number] => [i - (i % 7), i, 7]));
  const out = run(rows, { ns: 30e9, rows: 64 });
  assertEquals(of("exchange", out), seenBy("exchange", rows));
  assertEquals(of("local", out), seenBy("local", rows));
  assertThrows(
    () => run([...rows, { id: 5000, exchange: 4000, local: 5000, flags: 7 }], { ns: 30e9, rows: 64 }),
    RangeError,
    "row 5001: its exchange time is 998 ns before the latest one so far, with more than 32 rows between them",
  );
});

Deno.test("RowOrder: refuses a row behind the window, times and numbers that are none, with the row's number", () => {
  const rows = table([40e9, 40e9, 7], [40e9, 9e9, 7]);
  assertThrows(
    () => run(rows),
    RangeError,
    "row 2: its local time is 31 s before the latest one so far, and rows may come 30 s out of order; sort the source",
  );
  const order = new RowOrder(collector());
  order.row.flags = 7;
  order.row.size = NaN;
  assertThrows(() => order.add(), RangeError, "row 1: price is 0 and size NaN");
  order.row.size = 2 ** 53;
  assertThrows(() => order.add(), RangeError, "size 9007199254740992");
  order.row.size = 1;
  order.row.localSec = 1e10;
  assertThrows(() => order.add(), RangeError, "times must lie between 1677 and 2262");
});

Deno.test("RowOrder: gives latencies as they came, negative ones too", () => {
  const order = new RowOrder(collector());
  for (const row of table([10, 5, 7], [20, 40, 7], [30, 41, 7])) add(order, row);
  assertEquals(order.latency.summary(), { min: -5, median: 11, max: 20 });
});

Deno.test("RowOrder: where a clock of the source goes back is counted, with the first place and the widest step", () => {
  const order = new RowOrder(collector());
  const times: [exchange: number, local: number, flags: number][] = [
    [0, 10, BOTH],
    [5, 20, BOTH],
    [3, 30, BOTH], // exchange by 2
    [3, 25, BOTH], // local by 5
    [9, 26, AT_LOCAL], // not for the exchange
    [2, 26, AT_EXCHANGE], // exchange by 1
    [50, 19, BOTH], // local by 7
  ];
  times.forEach(([exchange, local, flags], id) => {
    Object.assign(order.row, { file: 1, place: id + 1, unit: "record" });
    add(order, { id, exchange, local, flags: flags | LAST });
  });
  const first = { file: 1, unit: "record" };
  assertEquals(order.exchangeSteps.found(), { count: 2, mostNs: 2, first: { ...first, place: 3, ns: 2 } });
  assertEquals(order.localSteps.found(), { count: 2, mostNs: 7, first: { ...first, place: 4, ns: 5 } });
  const plain = new RowOrder(collector());
  for (const local of [1, 1, 0]) add(plain, { id: 0, exchange: 0, local, flags: BOTH | LAST });
  assertEquals(plain.exchangeSteps.found(), undefined);
  assertEquals(plain.localSteps.found()?.first, { file: 0, place: 3, unit: "row", ns: 1 });
});
