import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL, DEPTH, LAST } from "../core/event.ts";
import { RowBuffer } from "../feed/row_buffer.ts";
import { type TapeFacts, TapeWriter } from "../feed/tape_writer.ts";
import { DiskFile } from "./disk_file.ts";
import { inspect, renderInspect } from "./inspect.ts";
import { sha256 } from "./sha256.ts";

const FACTS: TapeFacts = {
  instrument: { symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.5", lot: "0.001", currency: "USDT" },
  gaps: { count: 1200, first: [{ file: "x.gz", place: 7, expected: "5", found: "9" }] },
  skew: { policy: "shift", shiftNs: 1500, latency: { min: -1500, median: 4_000_000, max: 2_500_000_000 } },
  source: { format: "binance", files: [{ name: "x.gz", bytes: 1234 }] },
};

/** Runs with a tape of so many rows on disk, one a second. */
function withTape(rows: number, run: (path: string) => void, facts: Partial<TapeFacts> = {}): void {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/x.arrow`;
    using file = new DiskFile(path);
    const writer = new TapeWriter(file, "l2");
    const buffer = new RowBuffer("l2");
    const wide = buffer.int64.map((column) => new BigInt64Array(column.buffer, column.byteOffset, rows));
    for (let i = 0; i < rows; i++) {
      wide[0][i] = wide[1][i] = 1_723_161_255_000_000_000n + BigInt(i) * 1_000_000_000n;
      wide[2][i] = 123_000n + BigInt(i);
      wide[3][i] = 14n;
      buffer.bytes[0][i] = DEPTH;
      buffer.bytes[1][i] = 255;
      buffer.bytes[2][i] = AT_EXCHANGE | AT_LOCAL | LAST;
    }
    buffer.rows = rows;
    writer.write(buffer);
    writer.finish({ ...FACTS, ...facts }, sha256());
    run(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("renderInspect: gaps of a recorded tape are counted, their places are the recording's to say", () => {
  const gaps = { count: 1200, first: [] };
  withTape(2, (path) => assertStringIncludes(renderInspect(inspect(path)), "\ngaps        1,200\n"), { gaps });
});

Deno.test("renderInspect: what a person wants to know of a tape", () => {
  withTape(2, (path) => {
    const text = renderInspect(inspect(path, { checkHash: true }));
    const { sha256 } = inspect(path).meta;
    assertEquals(
      text,
      `tape        x.arrow, L2 events
instrument  BTCUSDT on binance-usdm, tick 0.5, lot 0.001, currency USDT
exchange    2024-08-08T23:54:15Z to 2024-08-08T23:54:16Z
local       2024-08-08T23:54:15.000001500Z to 2024-08-08T23:54:16.000001500Z
rows        2 in 1 batch: depth 2
gaps        1,200, the first at x.gz:7 (expected 5, found 9)
clock skew  local times were shifted by 1,500 ns; latency was smallest -1.5 us, median 4 ms, largest 2.5 s; is smallest 0 ns, median 4.0015 ms, largest 2.5 s
source      binance: x.gz (1,234 bytes)
sha256      ${sha256} (checked)

exchange              local                           kind   side    price   size  clocks
2024-08-08T23:54:15Z  2024-08-08T23:54:15.000001500Z  depth  sell  61500.0  0.014  both, last
2024-08-08T23:54:16Z  2024-08-08T23:54:16.000001500Z  depth  sell  61500.5  0.014  both, last`,
    );
  });
});

Deno.test("renderInspect: hidden prints that were left out are told with the first one's place", () => {
  withTape(2, (path) => {
    const text = renderInspect(inspect(path, { rows: 0 }));
    assertStringIncludes(
      text,
      "left out    1,063 hidden prints off the grid of ticks, the first at x.csv:580 (price 223.795)\n",
    );
  }, { printsOffGrid: { count: 1063, first: { file: "x.csv", place: 580, price: "223.795" } } });
});

Deno.test("inspect: an incomplete tape, negative latency that was kept, and a changed byte are told", () => {
  withTape(5, (path) => {
    const text = renderInspect(inspect(path, { rows: 0 }));
    assertStringIncludes(text, "INCOMPLETE  the disk was full");
    assertStringIncludes(text, "none shifted; latency smallest -5 ns");
    assertStringIncludes(text, "so that no backtest runs on it");
    const file = Deno.openSync(path, { read: true, write: true });
    const bytes = Deno.readFileSync(path);
    // The first price, 123,000 as int64.
    const place = bytes.findIndex((_, i) => new DataView(bytes.buffer, i, 8).getBigInt64(0, true) === 123_000n);
    file.seekSync(place, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array([1]));
    file.close();
    const report = inspect(path, { checkHash: true });
    assertEquals(report.hash?.equal, false);
    assertStringIncludes(renderInspect(report), "BUT THE TAPE SAYS");
  }, {
    incomplete: { reason: "the disk was full" },
    skew: { policy: "keep", shiftNs: 0, latency: { min: -5, median: 0, max: 5 } },
  });
});

Deno.test("renderInspect: a shift that was not enough is told", () => {
  withTape(2, (path) => {
    const text = renderInspect(inspect(path, { rows: 0 }));
    assertStringIncludes(text, "shifted by 1,000 ns; latency was smallest -1.5 us");
    assertStringIncludes(
      text,
      "is smallest -500 ns, median 4.001 ms, largest 2.5 s; NEGATIVE, so that no backtest runs on it",
    );
  }, { skew: { policy: "shift", shiftNs: 1000, latency: { min: -1500, median: 4_000_000, max: 2_500_000_000 } } });
});

Deno.test("renderInspect: latencies that the metadata do not state are found on the tape", () => {
  withTape(3, (path) => {
    const report = inspect(path, { rows: 0 });
    assertEquals(report.latency, { min: 0, median: 0, max: 0 });
    assertStringIncludes(renderInspect(report), "not stated; latency smallest 0 ns, median 0 ns, largest 0 ns\n");
    const late = { ...report, latency: { min: -2500, median: 0, max: 5 } };
    assertStringIncludes(
      renderInspect(late),
      "not stated; latency smallest -2.5 us, median 0 ns, largest 5 ns; NEGATIVE",
    );
  }, { skew: { policy: "keep", shiftNs: 0 } });
});

Deno.test("inspect: a folder, a missing file and a half-written tape are refused by name", () => {
  withTape(5, (path) => {
    assertThrows(() => inspect(path.replace(/\/[^/]*$/, "")), RangeError, "it is a directory");
    assertThrows(() => inspect(`${path}x`), RangeError, "there is no such file");
    Deno.truncateSync(path, 200);
    assertThrows(
      () => inspect(path),
      RangeError,
      "Cannot read tape x.arrow: it is a half-written or truncated Arrow file",
    );
  });
});

/** The Python to ask, and which of the libraries it has. */
const PYTHON = Deno.env.get("LOCKSTEP_PYTHON") ?? "python3";

function python(code: string): string | undefined {
  try {
    const { success, stdout } = new Deno.Command(PYTHON, { args: ["-c", code], stderr: "null" }).outputSync();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}

const READERS = ["pandas", "polars"].map((name) => ({
  name,
  missing: python(name === "pandas" ? "import pandas, pyarrow" : "import polars") === undefined,
}));
const SUM: Readonly<Record<string, string>> = {
  pandas: "import pandas as pd; d = pd.read_feather(P); print(len(d), d.price.sum(), str(d.local_ts[1]), d.side[0])",
  polars: "import polars as pl; d = pl.read_ipc(open(P, 'rb').read());" +
    " print(len(d), d['price'].sum(), d['local_ts'][1].strftime('%Y-%m-%d %H:%M:%S'), d['side'][0])",
};
const REWRITE: Readonly<Record<string, string>> = {
  pandas: "d[3:].reset_index(drop=True).to_feather(P, compression='uncompressed')",
  polars: "d[3:].write_ipc(P, compression='uncompressed')",
};

for (const { name, missing } of READERS) {
  Deno.test({
    name: `TapeReader: ${name} opens a tape, and what it writes again is read` +
      (missing ? ` (ignored: ${PYTHON} has no ${name})` : ""),
    ignore: missing,
    fn: () =>
      withTape(1000, (path) => {
        const code = `P = ${JSON.stringify(path)}; ${SUM[name]}`;
        const line = python(code) ?? "";
        assertStringIncludes(line, "1000 123499500 2024-08-08 23:54:16");
        assertStringIncludes(line, "-1");
        python(`${code}; ${REWRITE[name]}`);
        assertThrows(() => inspect(path), RangeError, "its metadata names no instrument");
        const { meta, first } = inspect(path, { instrument: FACTS.instrument, rows: 1 });
        assertEquals([meta.rows, meta.sha256, first[0].price], [997, "", "61501.5"]);
      }),
  });
}
