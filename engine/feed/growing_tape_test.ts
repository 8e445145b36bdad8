import { assert, assertEquals, assertThrows } from "@std/assert";
import { digestOf } from "../core/_rig.ts";
import { busy, oddMarket, seenLate } from "../core/_busy.ts";
import { AT_EXCHANGE, AT_LOCAL, DEPTH, LAST } from "../core/event.ts";
import { Rng } from "../core/rng.ts";
import { madeTape } from "./_made_tape.ts";
import { GrowingTape, type GrowingTapeOptions } from "./growing_tape.ts";
import { MemoryFile } from "./memory_file.ts";
import { Row } from "./row.ts";
import { TapeRecorder } from "./tape_recorder.ts";
import { WINDOW } from "./window_cache.ts";

const SEC = 1_700_000_000, START = BigInt(SEC) * 1_000_000_000n;
const WHOLE = AT_EXCHANGE | AT_LOCAL | LAST;

function made(options: Partial<GrowingTapeOptions> = {}): GrowingTape {
  return new GrowingTape({
    instrument: { symbol: "A", venue: "made", tick: "1", lot: "1" },
    begins: START,
    ...options,
  });
}

/** Adds a row of so many ns after the start, by exchange and local time. */
function add(tape: GrowingTape, exchange: number, local: number, flags = WHOLE, price = 0): void {
  Object.assign(tape.row, { kind: DEPTH, side: 1, price, size: 1, flags });
  const part = (ns: number) => [SEC + Math.floor(ns / 1e9), ns - Math.floor(ns / 1e9) * 1e9];
  [tape.row.exchangeSec, tape.row.exchangeNs] = part(exchange);
  [tape.row.localSec, tape.row.localNs] = part(local);
  tape.add();
}

Deno.test("GrowingTape: a session over one that has ended is as over a finished tape, for both cursors", () => {
  const rows = seenLate(new Rng(1), oddMarket(new Rng(2), 3 * WINDOW, START, 40), 900);
  for (const late of [undefined, { silenceNs: 900 }]) {
    const run = (tape: GrowingTape | ReturnType<typeof madeTape>) =>
      digestOf({
        tapes: { A: tape },
        latency: { order: 5, response: 900 },
        strategy: busy({ interval: "101ns" }),
        late,
      });
    const tape = made();
    for (const { exchange, local, kind, side, price, size, flags } of rows) {
      Object.assign(tape.row, { kind, side, price, size, flags, exchangeSec: SEC, localSec: SEC });
      tape.row.exchangeNs = Number(BigInt(exchange) - START);
      tape.row.localNs = Number(BigInt(local!) - START);
      tape.add();
    }
    tape.end();
    assertEquals(run(tape), run(madeTape(rows)));
  }
});

Deno.test("GrowingTape: a message is shown when it is whole, in whatever windows its rows lie", () => {
  const tape = made();
  for (let i = 0; i < WINDOW - 1; i++) add(tape, i, i);
  add(tape, WINDOW, WINDOW, AT_EXCHANGE | AT_LOCAL);
  assertEquals([tape.windows, tape.columns(0).rows], [1, WINDOW - 1]);
  add(tape, WINDOW, WINDOW, AT_EXCHANGE | AT_LOCAL);
  assertEquals([tape.windows, tape.columns(0).rows], [1, WINDOW - 1]);
  add(tape, WINDOW, WINDOW);
  assertEquals([tape.windows, tape.columns(0).rows, tape.columns(1).rows], [2, WINDOW, 2]);
  add(tape, WINDOW, WINDOW, AT_EXCHANGE | AT_LOCAL);
  tape.end();
  assertEquals(tape.columns(1).rows, 3);
});

Deno.test("GrowingTape: windows that both cursors have passed are let go of, and used again", () => {
  const tape = made(), windows = new Set<unknown>();
  for (let i = 0; i < 50 * WINDOW; i++) {
    add(tape, i, i, WHOLE, i);
    const last = tape.windows - 1;
    // The venue's cursor is a window ahead of ours, which asks again for its own.
    if (last > 0) windows.add(tape.columns(last - 1));
    windows.add(tape.columns(last));
    assert(tape.waiting <= 2 * WINDOW, `${tape.waiting}`);
  }
  assert(windows.size <= 4, `${windows.size}`);
  assertEquals([tape.rows, tape.columns(49).price[7]], [50 * WINDOW, 49 * WINDOW + 7]);
});

Deno.test("GrowingTape: times that cannot have been are put right, counted, and recorded so", () => {
  const seen: [number, number][] = [], row = new Row();
  const record = {
    row,
    add: () =>
      void seen.push([(row.exchangeSec - SEC) * 1e9 + row.exchangeNs, (row.localSec - SEC) * 1e9 + row.localNs]),
  };
  const tape = made({ record });
  add(tape, 5, 10); // as it is
  add(tape, 6, 8); // it reaches us before the one before it
  add(tape, 30, 20); // it reaches us before it happened
  tape.settle(START + 100n);
  add(tape, 90, 95); // the time was closed
  add(tape, 25e9, 25e9);
  add(tape, 1, 25e9); // it happened too long before the latest
  add(tape, -3, 26e9); // and before the second that the tape began in
  assertEquals([tape.raised, tape.moved], [2, 3]);
  assertEquals(seen, [[5, 10], [6, 10], [20, 20], [90, 101], [25e9, 25e9], [5e9, 25e9], [5e9, 26e9]]);
  const { exchange, local } = tape.columns(0), begins = exchange[0] - 5;
  assertEquals(seen, seen.map((_, i) => [exchange[i] - begins, local[i] - begins]));
});

Deno.test("GrowingTape: too many rows, no rows, and rows after the end are refused", () => {
  const tape = made({ rowsMax: 3 });
  for (let i = 0; i < 3; i++) add(tape, i, i);
  assertThrows(() => add(tape, 3, 3), RangeError, "3 rows wait to be read; let the session catch up");
  const other = made();
  assertThrows(() => add(other, 1, NaN), RangeError, "local time is NaN s and NaN ns");
  assertThrows(() => add(other, 1, 200 * 86_400e9), RangeError, "within 104 days");
  assertThrows(() => add(other, 1, 1, WHOLE, 2 ** 53), RangeError, "give whole ticks and lots");
  assertEquals([other.rows, other.windows], [0, 0]);
  other.end();
  assertThrows(() => add(other, 1, 1), RangeError, "it has ended");
  assertThrows(() => other.batch(), RangeError, "it still grows");
  assertThrows(() => other.shared.bars(0), RangeError, "it holds events");
});

Deno.test("GrowingTape: one that ends at a time says so by its last row, on its recording too", () => {
  const file = new MemoryFile(), instrument = { symbol: "A", venue: "made", tick: "1", lot: "1" };
  const record = new TapeRecorder({ file, instrument, layout: "l2" });
  const tape = new GrowingTape({ instrument, begins: 1_700_000_000_000_000_000n, record });
  tape.end(1_700_000_020_000_000_007n);
  const { counts, span } = record.finish({ update: () => {}, hex: () => "" });
  assertEquals([tape.rows, tape.open, counts, span?.localLast], [1, false, { end: 1 }, "1700000020000000007"]);
});
