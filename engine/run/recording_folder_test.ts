import { assertEquals, assertThrows } from "@std/assert";
import { onSmallDisk, SMALL_DISK } from "../../tests/full_disk.ts";
import { sharedData } from "../../tests/shared_data.ts";
import { parseDecimal } from "../core/decimal.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { Rng } from "../core/rng.ts";
import { binanceDecoder } from "../feed/decode/binance.ts";
import { Grid } from "../feed/grid.ts";
import type { RowSink } from "../feed/row.ts";
import type { TapeReader } from "../feed/tape_reader.ts";
import { FakeTimers } from "../live/_fake_timers.ts";
import type { GapReport } from "../live/gap_report.ts";
import type { LiveEvent } from "../live/live_event.ts";
import { Recorder, type RecorderOptions } from "../live/recorder.ts";
import { backtest } from "./backtest.ts";
import { convert } from "./convert.ts";
import { openSource } from "./open_source.ts";
import { openTape } from "./open_tape.ts";
import { RecordingFolder, type RecordingFolderOptions } from "./recording_folder.ts";
import touchMaker from "../../strategies/touch_maker.ts";

const CAPTURE = sharedData("binance/spot_btcusdt_20240808.gz");
const absent = CAPTURE === undefined ? " (ignored: ../shared/data is not there)" : "";
const INSTRUMENT: InstrumentSpec = {
  symbol: "BTCUSDT",
  venue: "binance",
  kind: "linear",
  currency: "USDT",
  tick: "0.01",
  lot: "0.00000001",
};
const INSTRUMENTS = new Map([["BTCUSDT", INSTRUMENT]]);
const about = { venue: "binance-spot", format: "binance", instruments: INSTRUMENTS };

function open(folder: string, more: Partial<RecordingFolderOptions & RecorderOptions> = {}) {
  const store = new RecordingFolder(folder, { ...about, ...more });
  const timers = new FakeTimers(), events: LiveEvent[] = [];
  const tools = { timers, wall: () => 0n, tell: (event: LiveEvent) => void events.push(event) };
  return { store, timers, events, recorder: new Recorder({ ...about, store, tools, ...more }) };
}

/** A decoder as a live feed has it: each frame is recorded and then decoded. */
function live(recorder: Recorder): (line: string) => void {
  const grid = (name: "tick" | "lot") => new Grid(name, parseDecimal(INSTRUMENT[name]));
  const decoder = binanceDecoder({
    sink: recorder.sink("BTCUSDT"),
    tick: grid("tick"),
    lot: grid("lot"),
    symbol: "BTCUSDT",
    describe: () => {},
    gap: () => {},
  });
  const encoder = new TextEncoder();
  return (line) => {
    recorder.line("BTCUSDT", line);
    decoder.push(encoder.encode(`${line}\n`));
  };
}

async function linesOf(path: string): Promise<string[]> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of openSource(path)) text += decoder.decode(piece, { stream: true });
  return text.trimEnd().split("\n");
}

function rowsOf(reader: TapeReader): string[] {
  const out: string[] = [];
  for (let i = 0; i < reader.batches; i++) {
    const { rows, exchange, local, price, size, kind, side, flags } = reader.batch(i);
    const low = (column: Int32Array, row: number) => `${column[2 * row + 1]}.${column[2 * row]}`;
    for (let row = 0; row < rows; row++) {
      out.push(
        [low(exchange, row), low(local, row), low(price, row), low(size, row), kind[row], side[row], flags[row]].join(),
      );
    }
  }
  return out;
}

Deno.test({
  name:
    `RecordingFolder: a capture that is recorded has the rows that were decoded, those of convert, and plays${absent}`,
  ignore: !CAPTURE,
  async fn() {
    const folder = Deno.makeTempDirSync();
    const { recorder, timers, store } = open(folder, { rotate: { bytes: 3_000_000 } });
    const push = live(recorder), lines = await linesOf(CAPTURE!);
    for (let i = 0; i < lines.length; i++) {
      push(lines[i]);
      if (i % 2000 === 0) timers.pass(1000);
      if (i % 2000 === 0) await store.idle();
    }
    await recorder.close();
    assertEquals(recorder.failure, undefined);

    const frames = [...Deno.readDirSync(`${folder}/frames`)].map(({ name }) => `${folder}/frames/${name}`).sort();
    assertEquals(frames.length > 2, true, "it was parted");
    assertEquals((await Promise.all(frames.map(linesOf))).flat().length, lines.length);
    const { tick, lot, ...instrument } = INSTRUMENT;
    const out = `${folder}/converted.arrow`;
    await convert({ sources: frames, format: "binance", out, tick, lot, instrument });
    const direct = `${folder}/direct.arrow`;
    await convert({ sources: [CAPTURE!], format: "binance", out: direct, tick, lot, instrument });
    const tapes = [`${folder}/BTCUSDT`, out, direct].map(openTape);
    const [recorded, converted, captured] = tapes.map(({ reader }) => rowsOf(reader));
    assertEquals(recorded.length, captured.length);
    assertEquals(recorded.findIndex((row, i) => row !== captured[i]), -1, "the rows that were decoded live");
    assertEquals(converted.findIndex((row, i) => row !== captured[i]), -1, "the rows of its own frames");
    assertEquals(tapes[0].reader.meta.counts, tapes[2].reader.meta.counts);
    tapes.forEach(({ close }) => close());
    const digests = [`${folder}/BTCUSDT`, direct].map((tape) => backtest({ strategy: touchMaker, tape }).digest);
    assertEquals(digests[0], digests[1], "and a run on it is a run on the capture");
    Deno.removeSync(folder, { recursive: true });
  },
});

/** One message of `count` rows. */
function add(sink: RowSink, second: number): void {
  Object.assign(sink.row, {
    kind: 1,
    side: 1,
    price: 5,
    size: second,
    flags: 7,
    exchangeSec: second,
    localSec: second,
  });
  sink.add();
}

Deno.test("RecordingFolder: what a killed recorder left goes on: torn ends are cut off and told, tapes get an end", async () => {
  const folder = Deno.makeTempDirSync();
  const first = open(folder);
  for (let second = 0; second < 100; second++) {
    first.recorder.line("BTCUSDT", `${second} {}`);
    add(first.recorder.sink("BTCUSDT"), second);
    first.timers.pass(1000);
  }
  await first.store.idle();
  // Killed here: nothing is completed, and what was being written is torn.
  const killed = `${folder}/killed`;
  Deno.mkdirSync(`${killed}/frames`, { recursive: true });
  Deno.mkdirSync(`${killed}/BTCUSDT`);
  for (const name of ["recording.json", "frames/BTCUSDT.0001.zst", "BTCUSDT/0001.arrow"]) {
    Deno.copyFileSync(`${folder}/${name}`, `${killed}/${name}`);
  }
  await first.recorder.close();
  const frames = `${killed}/frames/BTCUSDT.0001.zst`;
  Deno.truncateSync(frames, Deno.statSync(frames).size - 3);
  Deno.writeFileSync(`${killed}/BTCUSDT/0001.arrow`, new Uint8Array(70), { append: true });

  const { recorder, store } = open(killed);
  assertEquals(store.first, 2);
  assertEquals(store.resumed!.torn.map(({ file }) => file), ["frames/BTCUSDT.0001.zst", "BTCUSDT/0001.arrow"]);
  assertEquals(store.resumed!.torn[1].bytes, 70);
  recorder.line("BTCUSDT", "100 {}");
  for (let second = 200; second < 210; second++) add(recorder.sink("BTCUSDT"), second);
  await recorder.close();
  assertEquals((await linesOf(frames)).length, 99);
  assertEquals(await linesOf(`${killed}/frames/BTCUSDT.0002.zst`), ["100 {}"]);
  const { reader, close } = openTape(`${killed}/BTCUSDT`);
  const { rows } = store.resumed!.tapes[0];
  assertEquals([rows > 50, reader.meta.rows, reader.meta.counts.gap], [true, rows + 11, 1]);
  close();
  const report = JSON.parse(Deno.readTextFileSync(`${killed}/gaps.0002.json`)) as GapReport;
  assertEquals([report.venue, report.lines, report.torn], ["binance-spot", 1, store.resumed!.torn]);
  assertEquals(report.stops[0].why, "the recorder was killed");
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("RecordingFolder: one program at a time, and one recording a folder", async () => {
  const folder = Deno.makeTempDirSync();
  const { recorder } = open(folder);
  assertThrows(() => new RecordingFolder(folder, about), Error, "Cannot record to");
  await recorder.close();
  const other = new Map([["ETHUSDT", { ...INSTRUMENT, symbol: "ETHUSDT" }]]);
  assertThrows(
    () => new RecordingFolder(folder, { ...about, instruments: other }),
    RangeError,
    "it holds BTCUSDT of binance-spot, not ETHUSDT of binance-spot; give another folder",
  );
  const finer = new Map([["BTCUSDT", { ...INSTRUMENT, tick: "0.1" }]]);
  assertThrows(
    () => new RecordingFolder(folder, { ...about, instruments: finer }),
    RangeError,
    "give another folder",
  );
  assertThrows(() => openTape(folder), RangeError, `it is a directory; give one of its tapes: ${folder}/BTCUSDT`);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("RecordingFolder: 50 instruments at 5,000 frames a second for ten seconds are written whole, with little waiting", async () => {
  const folder = Deno.makeTempDirSync();
  const symbols = Array.from({ length: 50 }, (_, i) => `S${i}`);
  const instruments = new Map(symbols.map((symbol) => [symbol, { ...INSTRUMENT, symbol }]));
  const { recorder, timers, store } = open(folder, { instruments, tapes: false });
  const line = `1723161255030314667 {"stream":"x@depth","data":${JSON.stringify("b".repeat(250))}}`;
  for (let second = 0; second < 10; second++) {
    for (let frame = 0; frame < 5000; frame++) recorder.line(symbols[frame % 50], `${line}${frame}`);
    timers.pass(1000);
    await store.idle();
  }
  await recorder.close();
  assertEquals(recorder.failure, undefined);
  let lines = 0;
  for (const symbol of symbols) lines += (await linesOf(`${folder}/frames/${symbol}.0001.zst`)).length;
  assertEquals(lines, 50_000);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test({
  name: `RecordingFolder: on a full disk it stops and says so, and what was written is whole${
    SMALL_DISK ? "" : " (ignored: no small disk can be made)"
  }`,
  ignore: !SMALL_DISK,
  fn: () =>
    onSmallDisk(1 << 19, async (folder) => {
      const { recorder, events, timers, store } = open(folder);
      const sink = recorder.sink("BTCUSDT"), rng = new Rng(1);
      let second = 0;
      for (; recorder.failure === undefined; second++) {
        recorder.line("BTCUSDT", `${second} ${rng.next()} ${rng.next()} ${rng.next()}`);
        add(sink, second);
        if (second % 200 === 199) timers.pass(1000);
        await store.idle();
      }
      await recorder.close();
      assertEquals(events.map(({ name }) => name), ["JOURNAL_FAILED"]);
      assertEquals(/No space left on device/.test(recorder.failure.message), true, recorder.failure.message);
      const lines = await linesOf(`${folder}/frames/BTCUSDT.0001.zst`);
      assertEquals([lines.length > 1000, lines.every((line, i) => line.startsWith(`${i} `))], [true, true]);
      // With room again it goes on, with nothing torn in its frames.
      for (const { name } of Deno.readDirSync(folder)) {
        if (name.startsWith("gaps")) Deno.removeSync(`${folder}/${name}`);
      }
      Deno.removeSync(`${folder}/frames/BTCUSDT.0001.zst`);
      const next = new RecordingFolder(folder, about);
      assertEquals(next.first, 2);
      await next.close();
      const { reader, close } = openTape(`${folder}/BTCUSDT`);
      assertEquals([reader.meta.rows > 0, reader.meta.rows <= second], [true, true]);
      close();
    }),
});
