/** Memory does not grow with the length of a tape or of a source; measured at the peak of processes of their own. */
import { assert, assertEquals } from "@std/assert";
import { DiskFile } from "../engine/run/disk_file.ts";
import { FIXTURES } from "../fixtures/mod.ts";
import { child } from "./bench/child.ts";

const ignore = Deno.build.os !== "linux";
const because = ignore ? " (ignored: only Linux tells a process its peak)" : "";

/** A loose bound, since collectors take their time: ten times the input would be far more, were it kept. */
const MEGABYTES_MORE = 60;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: `backtest: 5M rows stream in the memory of 500k${because}`,
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const market = FIXTURES.find(({ name }) => name === "market_l2")!;
      const peaks: number[] = [];
      for (const rows of [500_000, 5_000_000]) {
        const path = `${folder}/market.arrow`;
        using file = new DiskFile(path);
        const [meta] = market.make({ seed: market.seed, rows }, [file]);
        const { events, trades, megabytes } = await child<Record<string, number>>("stream_child.ts", [path]);
        assertEquals(events, meta.rows);
        assert(trades > rows / 100, `${trades} trades`);
        peaks.push(megabytes);
      }
      assert(peaks[1] < 300, `${peaks[1]} MB`);
      assert(peaks[1] - peaks[0] < MEGABYTES_MORE, `${peaks[0]} MB, and ${peaks[1]} MB for ten times the rows`);
    }),
});

Deno.test({
  name: `convert: 60 MB of text take the memory of 6 MB${because}`,
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const peaks: number[] = [];
      for (const trades of [150_000, 1_500_000]) {
        const source = `${folder}/trades.csv`;
        writeTrades(source, trades);
        const args = [source, "trades", `${folder}/trades.arrow`, "1", "0.1", "0.001"];
        const { rows, megabytes } = await child<Record<string, number>>("convert_child.ts", args);
        assertEquals(rows, trades);
        peaks.push(megabytes);
      }
      assert(peaks[1] - peaks[0] < MEGABYTES_MORE, `${peaks[0]} MB, and ${peaks[1]} MB for ten times the text`);
    }),
});

/** Trades a millisecond apart, about 40 bytes each. */
function writeTrades(path: string, count: number): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  let text = "timestamp,price,size,side\n";
  for (let i = 0; i < count; i++) {
    const price = 600_000 + (i * 7919) % 1000, size = 1 + (i * 31) % 999;
    text += `${1_735_689_600_000 + i}000000,${price / 10},0.${`${size}`.padStart(3, "0")},${i % 2 ? "buy" : "sell"}\n`;
    if (text.length < 1 << 20 && i + 1 < count) continue;
    const bytes = encoder.encode(text);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    text = "";
  }
}
