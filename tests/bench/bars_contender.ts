/**
 * An empty strategy or sma_cross over bars in memory, for benches that take turns. It prints a line of JSON when it is ready,
 * and one for each line it reads, such as {"strategy": "sma"}. Arguments: how many bars; then a file to which as many as
 * the last argument says are written, as float64 rows of open, high, low, close and volume, for rivals.
 */
import { strategy, type StrategyDefinition } from "../../engine/core/strategy.ts";
import smaCross from "../../strategies/sma_cross.ts";
import { benchBars, makeBarTape } from "./bars.ts";
import { BufferedLines } from "./lines.ts";

const empty = strategy({
  name: "empty",
  about: "Hears of every bar and does nothing.",
  params: {},
  cash: "10000",
  create: () => ({ onBar() {} }),
});

const [bars, path, few] = Deno.args;
const tape = makeBarTape(Number(bars));
if (path !== undefined) writeBars();
console.log(JSON.stringify({ ready: 1 }));
const lines = new BufferedLines(Deno.stdin.readable);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  const definition: StrategyDefinition = JSON.parse(line).strategy === "sma" ? smaCross as StrategyDefinition : empty;
  const { bars: rows, seconds, trades } = benchBars(definition, tape, 1);
  console.log(JSON.stringify({ rows, seconds: seconds[0], trades }));
}

function writeBars(): void {
  const values = new Float64Array(5 * Number(few));
  for (let batch = 0, at = 0; batch < tape.batches && at < values.length; batch++) {
    const { rows, open, high, low, close, volume } = tape.bars(batch);
    for (let row = 0; row < rows && at < values.length; row++) {
      for (const prices of [open, high, low, close]) values[at++] = prices[2 * row] / 100;
      values[at++] = volume[2 * row];
    }
  }
  Deno.writeFileSync(path, new Uint8Array(values.buffer));
}
