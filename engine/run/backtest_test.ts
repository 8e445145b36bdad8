import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL, BUY, DEPTH, LAST, SELL } from "../core/event.ts";
import { param } from "../core/params.ts";
import { type Strategy, strategy } from "../core/strategy.ts";
import { MemoryFile } from "../feed/memory_file.ts";
import { RowOrder } from "../feed/row_order.ts";
import { TapeRows } from "../feed/tape_rows.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import smaCross from "../../strategies/sma_cross.ts";
import { PERPETUAL, scriptedTape } from "../../tests/scripted_tape.ts";
import { backtest, RunError } from "./backtest.ts";
import { sha256 } from "./sha256.ts";

const BOOK = "fixtures/data/market_l2.arrow";
const BARS = "fixtures/data/bars.arrow";

Deno.test("backtest: the curve starts with the cash, so that returns count from it", () => {
  const { figures, pnl } = backtest({
    strategy: touchMaker,
    tape: BOOK,
    cash: { USD: "10000" },
    fees: "maker=0.0002,taker=0.0007",
  });
  assertEquals(figures.equityStart, 10_000);
  assertAlmostEquals(figures.returnPercent!, pnl! / 100, 1e-9);
});

Deno.test("backtest: without cash there is no return, however soon something is gained", () => {
  const { figures } = backtest({ strategy: touchMaker, tape: BOOK });
  assertEquals([figures.equityStart, figures.returnPercent, figures.cagrPercent], [0, null, null]);
});

Deno.test("backtest: a strategy that needs a book, or bars, is not run on the other", () => {
  assertThrows(
    () => backtest({ strategy: touchMaker, tape: BARS }),
    RangeError,
    "it needs a book, and the tape holds bars",
  );
  assertThrows(() => backtest({ strategy: smaCross, tape: BOOK }), RangeError, "it needs bars");
});

Deno.test("backtest: a callback that nothing would call is a slip, with the near name", () => {
  const slip = { onTimr: () => {} } as Strategy;
  const misspelt = strategy({ name: "misspelt", about: "", params: { n: param.int(1, "") }, create: () => slip });
  assertThrows(
    () => backtest({ strategy: misspelt, tape: BOOK }),
    TypeError,
    "nothing would call onTimr; did you mean onTimer?",
  );
});

Deno.test("backtest: a strategy needs no parameters", () => {
  const quiet = strategy({ name: "quiet", about: "Looks on.", create: () => ({ onBar: () => {} }) });
  assertEquals(backtest({ strategy: quiet, tape: BARS }).trades, 0);
});

Deno.test("backtest: a tape on which we see events before they happen is refused, though its metadata do not say so", () => {
  const tape = scriptedTape([{ ms: 2000, kind: DEPTH, side: BUY, price: 1000, size: 1 }], PERPETUAL, -1000);
  assertThrows(
    () => backtest({ strategy: touchMaker, tape }),
    RangeError,
    "-1000000000 ns at its smallest (NEGATIVE_LATENCY)",
  );
});

Deno.test("backtest: a tape that is cut off while it is read ends the run, which keeps what came before", () => {
  const file = new MemoryFile(), tape = new TapeRows(file), order = new RowOrder(tape);
  for (let i = 0; i < 200_000; i++) {
    const time = { exchangeSec: 1_700_000_000 + i, localSec: 1_700_000_000 + i, flags: AT_EXCHANGE | AT_LOCAL | LAST };
    Object.assign(order.row, { ...time, kind: DEPTH, side: i % 2 === 0 ? BUY : SELL, price: 10 + i % 2, size: 5 });
    order.add();
  }
  order.end();
  tape.flush();
  const facts = { source: { format: "made", files: [] }, gaps: { count: 0, first: [] } };
  tape.writer!.finish({ ...facts, instrument: PERPETUAL, skew: { policy: "keep", shiftNs: 0 } }, sha256());
  const path = Deno.makeTempFileSync({ suffix: ".arrow" });
  try {
    Deno.writeFileSync(path, file.bytes);
    const cuts = strategy({
      name: "cuts",
      about: "Buys, and cuts its own tape.",
      create: () => ({
        onStart: (ctx) => void ctx.after("50s"),
        onTimer(ctx) {
          ctx.submit({ side: BUY, size: 1 });
          Deno.truncateSync(path, file.size / 2);
        },
      }),
    });
    const error = assertThrows(() => backtest({ strategy: cuts, tape: path }), RunError, "Cannot read");
    assertEquals([error.result.trades, error.result.position, error.result.incomplete], [1, 1, error.message]);
    assert(error.result.events >= 60_000 && error.result.events < 200_000, `${error.result.events} rows`);
  } finally {
    Deno.removeSync(path);
  }
});
