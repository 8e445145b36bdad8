import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL } from "../core/event.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { sharedData } from "../../tests/shared_data.ts";
import { convert, ConvertError, type ConvertOptions } from "./convert.ts";
import { FileSource } from "./file_source.ts";
import { inspect } from "./inspect.ts";
import { openSource } from "./open_source.ts";

const HEAD = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";

const BAD = "binance-futures,BTCUSDT,1723161255600000,1723161255600500,false,bid,61x,0.1\n";

/** Runs in a folder of its own that is removed afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Tardis lines of depth updates, one a millisecond. */
function tardis(count: number, from = 0): string {
  const start = 1_723_161_255_000_000;
  const line = (i: number) =>
    `binance-futures,BTCUSDT,${start + 1000 * i},${start + 1000 * i + 500},false,bid,${61_000 + (i % 100) / 10},0.${
      1 + i % 9
    }`;
  return Array.from({ length: count }, (_, i) => line(from + i)).join("\n") + "\n";
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("convert: learns the grid, reports progress, and leaves nothing but the tape", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/day.csv`, HEAD + tardis(1000));
    const seen: number[] = [];
    const options = {
      sources: [`${folder}/day.csv`],
      format: "tardis",
      out: `${folder}/day.arrow`,
      onProgress: (bytes: number, total: number) => void seen.push(bytes / total),
    };
    const report = await convert(options);
    assertEquals(seen.at(-1), 1);
    assertEquals([report.meta.rows, report.meta.instrument.tick, report.meta.instrument.lot], [1000, "0.1", "0.1"]);
    assertEquals(report.rawBytes, Deno.statSync(`${folder}/day.csv`).size);
    assertEquals(report.meta.source.files, [{ name: "day.csv", bytes: report.rawBytes }]);
    assertEquals(names(folder), ["day.arrow", "day.csv"]);
    assertEquals((await convert(options)).meta.sha256, report.meta.sha256);
    const fixed = await convert({ ...options, tick: "0.01", instrument: { venue: "x" } });
    assertEquals([fixed.meta.instrument.tick, fixed.meta.instrument.venue], ["0.01", "x"]);
  }));

Deno.test("convert: what came before a bad line is kept and named, without paths in the tape", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/day.csv`, HEAD + tardis(500) + BAD + tardis(10, 500));
    const error = await assertRejects(
      () => convert({ sources: [`${folder}/day.csv`], format: "tardis", out: `${folder}/day.arrow` }),
      ConvertError,
    ) as ConvertError;
    assertStringIncludes(error.message, "Cannot read day.csv, line 502:");
    // The last good row waited to learn whether its message goes on.
    assertStringIncludes(error.message, `The 499 rows before it are kept in ${folder}/day.partial.arrow`);
    assertEquals(names(folder), ["day.csv", "day.partial.arrow"]);
    const { meta, hash } = inspect(error.partial, { checkHash: true });
    assertEquals([meta.rows, hash?.equal], [499, true]);
    assertStringIncludes(meta.incomplete!.reason, "Cannot read day.csv, line 502:");
  }));

Deno.test("convert: a truncated gzip keeps its rows, and its path stays out of the tape", () =>
  inFolder(async (folder) => {
    const gzip = new Blob([HEAD + tardis(20_000)]).stream().pipeThrough(new CompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(gzip).arrayBuffer());
    Deno.writeFileSync(`${folder}/cut.csv.gz`, bytes.subarray(0, bytes.length - 1000));
    const error = await assertRejects(
      () => convert({ sources: [`${folder}/cut.csv.gz`], format: "tardis", out: `${folder}/cut.arrow` }),
      ConvertError,
    ) as ConvertError;
    const { meta } = inspect(error.partial);
    assert(meta.rows > 10_000 && meta.rows < 20_000);
    assertStringIncludes(meta.incomplete!.reason, "cut.csv.gz");
    assertEquals(meta.incomplete!.reason.includes(folder), false);
  }));

Deno.test("convert: an abort keeps what was read", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/day.csv`, HEAD + tardis(400_000));
    const stop = new AbortController();
    const error = await assertRejects(
      () =>
        convert({
          sources: [`${folder}/day.csv`],
          format: "tardis",
          out: `${folder}/day.arrow`,
          onProgress: (bytes) => {
            if (bytes > 0) stop.abort();
          },
          signal: stop.signal,
        }),
      ConvertError,
      "interrupted",
    ) as ConvertError;
    assertEquals(inspect(error.partial).meta.incomplete?.reason.includes("interrupted"), true);
    assertEquals(names(folder), ["day.csv", "day.partial.arrow"]);
  }));

Deno.test("convert: says what is wrong before it writes", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/day.csv`, HEAD + tardis(3));
    Deno.writeTextFileSync(`${folder}/empty.csv`, "");
    const base = { sources: [`${folder}/day.csv`], format: "tardis", out: `${folder}/x.arrow` };
    const cases: [Partial<ConvertOptions>, string][] = [
      [{ sources: [] }, "no source file is given"],
      [{ sources: [`${folder}/day.csv`, `${folder}/dey.csv`] }, "day.csv"],
      [{ sources: [`${folder}/empty.csv`] }, "empty"],
      [{ sources: [folder] }, "folder"],
      [{ format: "tardiss" }, "did you mean tardis?"],
      [{ out: `${folder}/day.csv` }, "it is one of the sources"],
      [{ out: `${folder}/no/x.arrow` }, "there is no folder"],
      [{ skew: "shove" }, 'Cannot use skew "shove"'],
      [{ tick: "0" }, "Cannot use tick 0"],
      [{ tick: "1" }, "off the grid of tick 1"],
    ];
    for (const [options, words] of cases) {
      const error = await assertRejects(() => convert({ ...base, ...options }), Error) as Error;
      assertStringIncludes(error.message, words);
    }
    assertEquals(names(folder), ["day.csv", "empty.csv"]);
  }));

const USDM = sharedData("binance/usdm_btcusdt_20240808.gz");
Deno.test({
  name: "convert: the usdm capture, both clocks in order and the skew as stated" +
    (USDM ? "" : " (ignored: no shared data)"),
  ignore: !USDM,
  fn: () =>
    inFolder(async (folder) => {
      const { meta } = await convert({ sources: [USDM!], format: "binance", out: `${folder}/x.arrow` });
      assertEquals(meta.skew.latency?.min, -1_272_156_851);
      assertEquals(meta.skew.shiftNs, 1_272_156_851);
      assertEquals([meta.instrument.tick, meta.instrument.lot, meta.gaps.count], ["0.1", "0.001", 0]);
      using source = new FileSource(`${folder}/x.arrow`);
      assertInOrder(new TapeReader(source));
    }),
});

function assertInOrder(reader: TapeReader): void {
  let rows = 0;
  let [exchangeLast, localLast] = [-Infinity, -Infinity];
  let latencyMin = Infinity;
  for (let i = 0; i < reader.batches; i++) {
    const { exchange, local, flags, ...batch } = reader.batch(i);
    rows += batch.rows;
    // High words are at most 4e8 here, so that a difference of two is exact after the first is taken off.
    const from = exchange[1];
    const ns = (column: Int32Array, row: number) => (column[2 * row + 1] - from) * 4294967296 + (column[2 * row] >>> 0);
    for (let row = 0; row < batch.rows; row++) {
      const [e, l] = [ns(exchange, row), ns(local, row)];
      latencyMin = Math.min(latencyMin, l - e);
      if (row === 0) continue;
      if (flags[row] & AT_EXCHANGE) assert(e >= exchangeLast || exchangeLast === -Infinity), exchangeLast = e;
      if (flags[row] & AT_LOCAL) assert(l >= localLast || localLast === -Infinity), localLast = l;
    }
    [exchangeLast, localLast] = [-Infinity, -Infinity];
  }
  assertEquals([rows, latencyMin], [reader.meta.rows, 0]);
}

const NPZ = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
Deno.test({
  name: "convert: hftbacktest's npz, every row of each clock in its order" + (NPZ ? "" : " (ignored: no shared data)"),
  ignore: !NPZ,
  fn: () =>
    inFolder(async (folder) => {
      await convert({ sources: [NPZ!], format: "hftbacktest", out: `${folder}/x.arrow` });
      const [atExchange, atLocal] = await npzRows(NPZ!);
      using source = new FileSource(`${folder}/x.arrow`);
      const reader = new TapeReader(source);
      const found: [string[], string[]] = [[], []];
      for (let i = 0; i < reader.batches; i++) {
        const { rows, exchange, local, price, size, kind, flags } = reader.batch(i);
        for (let row = 0; row < rows; row++) {
          const text = `${kind[row]} ${exchange[2 * row]} ${local[2 * row]} ${price[2 * row]} ${size[2 * row]}`;
          if (flags[row] & AT_EXCHANGE) found[0].push(text);
          if (flags[row] & AT_LOCAL) found[1].push(text);
        }
      }
      assertEquals([found[0].length, found[1].length], [466_836, 466_836]);
      assert(found[0].every((text, i) => text === atExchange[i]));
      assert(found[1].every((text, i) => text === atLocal[i]));
    }),
});

/** The array's rows as text, by clock: kind, low words of the times, ticks of 0.1 and lots of 0.001. */
async function npzRows(path: string): Promise<[string[], string[]]> {
  const rows: [string[], string[]] = [[], []];
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of openSource(path)) pieces.push(piece.slice());
  const view = new DataView(await new Blob(pieces).arrayBuffer());
  // The header's length stands in bytes 8 and 9, after the magic and version.
  for (let at = 10 + view.getUint16(8, true); at < view.byteLength; at += 64) {
    const ev = view.getUint32(at, true);
    const time = (offset: number) => view.getInt32(at + offset, true);
    const units = (offset: number, scale: number) => Math.round(view.getFloat64(at + offset, true) * scale);
    const text = `${ev & 255} ${time(8)} ${time(16)} ${units(24, 10)} ${units(32, 1000)}`;
    if (ev & 0x80000000) rows[0].push(text);
    if (ev & 0x40000000) rows[1].push(text);
  }
  return rows;
}
