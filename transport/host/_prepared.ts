import { openTape } from "../../engine/run/open_tape.ts";
import { type BacktestOptions, prepare, type Prepared } from "../../engine/run/prepare.ts";
import { checkedStrategy, type Strategy } from "../../engine/core/strategy.ts";

/** A run over the tape that comes along, with a strategy of a few callbacks; close its tape when it is over. */
export function preparedRun(
  strategy: Strategy,
  options: Partial<BacktestOptions> = {},
): Prepared & { readonly close: () => void; readonly options: BacktestOptions } {
  const tape = openTape("fixtures/data/market_l2.arrow");
  const definition = { name: "made", about: "Made for a test.", create: () => checkedStrategy("made", strategy) };
  const all = { strategy: definition, tape: tape.reader, everyMessage: true, ...options };
  return { ...prepare(all, [tape.reader]), close: () => tape.close(), options: all };
}
