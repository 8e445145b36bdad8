import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { BUY, DEPTH } from "../core/event.ts";
import { param } from "../core/params.ts";
import { type Strategy, strategy } from "../core/strategy.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import smaCross from "../../strategies/sma_cross.ts";
import { PERPETUAL, scriptedTape } from "../../tests/scripted_tape.ts";
import { backtest } from "./backtest.ts";

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
