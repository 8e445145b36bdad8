/** Gaps on a tape: stale books whose orders are refused, or the end of the run. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { codeName } from "../engine/core/codes.ts";
import { ADD, BUY, CLEAR, DEPTH, GAP, SELL, SNAPSHOT, TRADE } from "../engine/core/event.ts";
import { GapError } from "../engine/core/gap_error.ts";
import type { Context } from "../engine/core/strategy.ts";
import { MemoryFile } from "../engine/feed/memory_file.ts";
import { JournalReader } from "../engine/core/journal_reader.ts";
import { backtest, RunError } from "../engine/run/backtest.ts";
import { JournalComparison } from "../engine/run/journal_comparison.ts";
import { prepare } from "../engine/run/prepare.ts";
import { sha256 } from "../engine/run/sha256.ts";
import { plan, type ScriptedRow, scriptedTape } from "./scripted_tape.ts";

const LEVELS: readonly ScriptedRow[] = [
  { ms: 0, kind: DEPTH, side: BUY, price: 1000, size: 100, more: true },
  { ms: 0, kind: DEPTH, side: SELL, price: 1002, size: 100 },
  { ms: 500, kind: TRADE, side: BUY, price: 1002, size: 1 },
  { ms: 1000, kind: GAP },
  { ms: 2000, kind: DEPTH, side: BUY, price: 1001, size: 5 },
  { ms: 3000, kind: CLEAR, more: true },
  { ms: 3000, kind: SNAPSHOT, side: BUY, price: 1010, size: 100, more: true },
  { ms: 3000, kind: SNAPSHOT, side: SELL, price: 1012, size: 100 },
  { ms: 9000, kind: DEPTH, side: BUY, price: 1, size: 1 },
];
const ORDERS: readonly ScriptedRow[] = [
  { ms: 0, kind: ADD, side: BUY, price: 1000, size: 100, id: 1, more: true },
  { ms: 0, kind: ADD, side: SELL, price: 1002, size: 100, id: 2 },
  { ms: 1000, kind: GAP },
  { ms: 2000, kind: ADD, side: BUY, price: 1001, size: 5, id: 3 },
  { ms: 3000, kind: CLEAR, more: true },
  { ms: 3000, kind: ADD, side: BUY, price: 1010, size: 100, id: 4, more: true },
  { ms: 3000, kind: ADD, side: SELL, price: 1012, size: 100, id: 5 },
  { ms: 9000, kind: ADD, side: BUY, price: 1, size: 1, id: 6 },
];

for (const [layout, rows, row] of [["L2", LEVELS, 4], ["L3", ORDERS, 3]] as const) {
  for (const onBook of [undefined, () => {}]) {
    const how = onBook ? "heard" : "not heard";
    Deno.test(`gaps: on ${layout}, ${how}, orders and amends are refused until the book is told again; cancels pass`, () => {
      const told: unknown[] = [];
      const submit = (ctx: Context) => {
        const id = ctx.submit({ side: BUY, size: 1, price: 900 });
        told.push(id > 0 ? id : codeName(-id));
      };
      const steps: Parameters<typeof plan>[0] = [
        [100, submit],
        [1500, submit],
        [2500, submit],
        [2600, (ctx) => void told.push(ctx.amend(1, { price: 901 }))],
        [2700, (ctx) => void told.push(ctx.cancel(1))],
        [3500, submit],
      ];
      const result = backtest({ strategy: plan(steps, { onBook }), tape: scriptedTape(rows) });
      assertEquals(told, [1, "STALE_BOOK", "STALE_BOOK", false, true, 4]);
      assertEquals(result.refusals, { STALE_BOOK: 3 });
    });

    Deno.test(`gaps: on ${layout}, ${how}, stop ends the run at the row, with the result so far`, () => {
      const steps: Parameters<typeof plan>[0] = [[100, (ctx) => void ctx.submit({ side: BUY, size: 10 })], [
        4000,
        () => {
          throw new Error("the run went on");
        },
      ]];
      const options = { strategy: plan(steps, { onBook }), tape: scriptedTape(rows), gaps: "stop" } as const;
      const file = new MemoryFile("journal");
      const journal = { sink: { write: (bytes: Uint8Array) => file.append(bytes) }, hasher: sha256 };
      const { result, cause } = assertThrows(() => backtest({ ...options, journal }), RunError);
      assert(cause instanceof GapError);
      assertEquals([cause.row, cause.at], [row, 1_700_000_001_001_000_000n]);
      const message =
        `Cannot go on: messages of BTCUSDT were lost before 2023-11-14T22:13:21.001000000Z, tape row ${row}; ` +
        `allow stale gaps, and orders are refused until the next snapshot`;
      assertEquals([cause.message, result.incomplete], [message, message]);
      assertEquals([result.position, result.exact!.pnl, result.equity.time.at(-1)], [10, "-0.001", 1_700_000_001.001]);
      // The same run again puts out the same, and ends in the same way.
      const comparison = new JournalComparison(new JournalReader(file, sha256));
      const { loop, session } = prepare({ ...options, recorders: [comparison] }, [options.tape]);
      while (loop.advance(64));
      comparison.end();
      assertEquals([comparison.difference, session.core.digest.hex()], [undefined, result.digest]);
    });
  }
}

Deno.test("gaps: a policy that there is not is refused, with the near name", () => {
  const options = { strategy: plan([]), tape: scriptedTape(LEVELS), gaps: "stal" as "stale" };
  assertThrows(() => backtest(options), RangeError, "did you mean stale?");
});
