import { sharedData } from "../shared_data.ts";
import { type BenchOptions, type BenchRow, runsOf } from "./bench.ts";
import { child } from "./child.ts";

/** Converting the recorded futures capture, in a fresh process each time, and over and over in one. */
export async function* benchConvert(options: BenchOptions): AsyncGenerator<BenchRow> {
  const source = sharedData("binance/usdm_btcusdt_20240808.gz");
  const unit = "MB/s", bar = 60;
  if (source === undefined) {
    yield { what: "convert, binance", values: [], unit, note: "not run: the capture is not at hand" };
    return;
  }
  const runs = runsOf(options);
  const run = (times: number) =>
    child<{ speeds: number[]; bytes: number }>("convert_child.ts", [
      source,
      "binance",
      `${options.folder}/c.arrow`,
      `${times}`,
    ]);
  const cold: number[] = [];
  let bytes = 0;
  for (let i = 0; i < runs; i++) {
    const report = await run(1);
    cold.push(report.speeds[0]);
    bytes = report.bytes;
  }
  const note = `${(bytes / 1e6).toFixed(1)} MB of text, gzipped; a fresh process each time`;
  yield { what: "convert, binance, cold", values: cold, unit, bar, note };
  const { speeds } = await run(runs + 1);
  yield { what: "convert, binance, warm", values: speeds.slice(1), unit, bar, note: "again and again in one process" };
}
