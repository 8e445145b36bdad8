import { makeBars } from "../../fixtures/bars.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { BarTape } from "../../engine/feed/tape_sinks.ts";
import { strategy, type StrategyDefinition } from "../../engine/core/strategy.ts";
import { BytesSource } from "../../engine/feed/byte_source.ts";
import { MemoryFile } from "../../engine/feed/memory_file.ts";
import { TapeReader } from "../../engine/feed/tape_reader.ts";
import { backtest } from "../../engine/run/backtest.ts";
import smaCross from "../../strategies/sma_cross.ts";

/** What one strategy over the bars came to. */
export interface BarsResult {
  readonly name: string;
  readonly bars: number;
  readonly trades: number;
  readonly digest: string;
  /** Wall time from the first bar to the result, of each run, in seconds. */
  readonly seconds: readonly number[];
  readonly median: number;
  readonly min: number;
}

/** Hears of every bar and does nothing. */
const empty = strategy({
  name: "empty",
  about: "Hears of every bar and does nothing.",
  params: {},
  cash: "10000",
  create: () => ({ onBar() {} }),
});

/** A tape of one-minute bars in memory: a seeded walk of about five ticks a bar around 100.00. */
export function makeBarTape(bars: number): TapeReader {
  const file = new MemoryFile("bars");
  const tape = new BarTape(file);
  makeBars({ seed: 7, bars, barSec: 60, drift: 0, volatility: 0.0005 }, tape);
  tape.finish({
    instrument: { symbol: "WALK", venue: "bench", tick: "0.01", lot: "1" },
    command: "tests/bench/bars.ts",
  }, sha256());
  return new TapeReader(new BytesSource(file.bytes, "bars"));
}

/** Runs a strategy several times over a tape, with risk, account, curve and digest on, after one run that does not count. */
export function benchBars(definition: StrategyDefinition, tape: TapeReader, runs = 5): BarsResult {
  let { digest, events, trades } = backtest({ strategy: definition, tape });
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const result = backtest({ strategy: definition, tape });
    if (result.digest !== digest) {
      throw new Error(`Cannot trust the run: its digest is ${result.digest}, not ${digest}`);
    }
    ({ digest, events, trades } = result);
    seconds.push(result.seconds);
  }
  const sorted = [...seconds].sort((a, b) => a - b);
  const { name } = definition;
  return { name, bars: events, trades, digest, seconds, median: sorted[runs >> 1], min: sorted[0] };
}

if (import.meta.main) {
  const tape = makeBarTape(2_000_000);
  for (const each of [empty, smaCross] as StrategyDefinition[]) {
    const { name, bars, trades, digest, min, median } = benchBars(each, tape);
    const rate = (seconds: number) => `${(bars / seconds / 1e6).toFixed(2)}M/s`;
    console.log(`${name}: ${bars} bars, ${trades} trades, digest ${digest}`);
    console.log(`  in memory, account sampled at every bar: ${rate(min)} best, ${rate(median)} median of 5`);
  }
}
