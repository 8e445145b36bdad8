import { FIXTURES } from "../../fixtures/mod.ts";
import { DiskFile } from "../../engine/run/disk_file.ts";
import type { BenchOptions, BenchRow } from "./bench.ts";
import { child } from "./child.ts";

/** The most memory that a backtest takes over a long tape and one a tenth as long, each in a process of its own. */
export async function* benchMemory({ quick, folder }: BenchOptions): AsyncGenerator<BenchRow> {
  const market = FIXTURES.find(({ name }) => name === "market_l2")!;
  for (const rows of quick ? [500_000, 5_000_000] : [5_000_000, 50_000_000]) {
    const path = `${folder}/market_${rows}.arrow`;
    using file = new DiskFile(path);
    market.make({ seed: market.seed, rows }, [file]);
    const { megabytes, events, seconds } = await child<{ megabytes: number | null; events: number; seconds: number }>(
      "stream_child.ts",
      [path],
    );
    Deno.removeSync(path);
    const speed = `${(events / seconds / 1e6).toFixed(1)}M rows/s`;
    yield {
      what: `memory, ${rows / 1e6}M rows`,
      values: megabytes === null ? [] : [megabytes],
      unit: "MB",
      less: true,
      bar: 300,
      note: `most at once; touch_maker, streamed from ${(file.size / 1e6).toFixed(0)} MB at ${speed}`,
    };
  }
}
