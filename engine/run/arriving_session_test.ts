import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { sharedData } from "../../tests/shared_data.ts";
import imbalance from "../../strategies/imbalance.ts";
import marketMaker from "../../strategies/market_maker.ts";
import smaCross from "../../strategies/sma_cross.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { busy } from "../core/_busy.ts";
import { Rng } from "../core/rng.ts";
import { MemoryFile } from "../feed/memory_file.ts";
import { Row } from "../feed/row.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { backtest, type BacktestOptions } from "./backtest.ts";
import { convert } from "./convert.ts";
import { DiskFile } from "./disk_file.ts";
import { journalFile } from "./journal_file.ts";
import { openTape } from "./open_tape.ts";
import { ArrivingSession } from "./arriving_session.ts";
import { RecordedFrames } from "./recorded_frames.ts";
import { verify } from "./verify.ts";

type Options = Omit<BacktestOptions, "tape">;

/** A paper session that a tape's rows reach as they did, while wall time goes on by leaps of any length. */
function played(tape: TapeReader, options: Options, leaps = new Rng(1), each = (_paper: ArrivingSession) => {}) {
  const { instrument, layout, span } = tape.meta, file = new MemoryFile("again.arrow");
  let now = BigInt(span!.localFirst) - 1n;
  const feed = { instrument, layout: layout as "l2" | "l3", file };
  const paper = new ArrivingSession({ ...options, feeds: [feed], wall: () => now });
  const frames = new RecordedFrames([{ tape, into: [...paper.feeds.values()][0] }]);
  do {
    now += BigInt(leaps.int(leaps.int(8) === 0 ? 400_000_000 : 3_000_000));
    frames.push(now);
    each(paper);
  } while (paper.advance());
  const result = paper.finish();
  return { result, recorded: new TapeReader(file) };
}

const OPEN: readonly { readonly fixture: string; readonly options: Options }[] = [
  { fixture: "market_l2", options: { strategy: touchMaker } },
  { fixture: "market_l2", options: { strategy: marketMaker, queue: "power3" } },
  { fixture: "market_l2", options: { strategy: imbalance, impact: "insert" } },
  { fixture: "market_l2", options: { strategy: touchMaker, like: "hftbacktest" } },
  { fixture: "market_l3", options: { strategy: touchMaker } },
  { fixture: "market_l3", options: { strategy: marketMaker, asLevels: true } },
];

for (const { fixture, options } of OPEN) {
  const named = `${options.strategy.name} on ${fixture}${options.like ? ", like hftbacktest" : ""}`;
  Deno.test(`ArrivingSession: ${named}: where answers take as long as the feed, its digest is the backtest's`, () => {
    const { reader: tape, close } = openTape(`fixtures/data/${fixture}.arrow`);
    const given = { ...options, latency: "order=4ms,response=10ms" };
    const plain = backtest({ ...given, tape });
    const { result, recorded } = played(tape, { ...given, lateKnowledge: { silence: "10ms" } });
    close();
    assert(plain.trades > 10, `${plain.trades}`);
    assertEquals(result.late, { answers: 0, answersNsMax: 0, rows: 0, rowsNsMax: 0 });
    assertEquals(result.digest, plain.digest);
    assertEquals([result.trades, result.exact], [plain.trades, plain.exact]);
    // The recording is the tape.
    assertEquals([recorded.meta.rows, recorded.meta.sha256], [tape.meta.rows, tape.meta.sha256]);
  });

  for (const [latency, silence] of [["0ms", undefined], ["order=2ms,response=3ms", "10ms"]] as const) {
    const until = silence ?? "the next frame";
    Deno.test(`ArrivingSession: ${named}: answers come late, and the recording comes to the same (${latency}, ${until})`, () => {
      const { reader: tape, close } = openTape(`fixtures/data/${fixture}.arrow`);
      const given = { ...options, latency, lateKnowledge: silence === undefined ? {} : { silence } };
      const { result, recorded } = played(tape, given);
      const again = played(tape, given, new Rng(2));
      const replayed = backtest({ ...given, tape: recorded });
      const plain = backtest({ ...given, tape, lateKnowledge: undefined });
      close();
      const { answers, answersNsMax, rows } = result.late!;
      assert(answers > 10 && rows === 0, `${answers} ${rows}`);
      // As late as the feed was, or silent: 9.2 ms at most, 767 ms between two frames.
      assert(answersNsMax <= (silence === undefined ? 776_000_000 : 10_000_000), `${answersNsMax}`);
      assertNotEquals(result.digest, plain.digest);
      for (const other of [again.result, replayed]) {
        assertEquals([other.digest, other.late, other.figures], [result.digest, result.late, result.figures]);
      }
    });
  }
}

/** Captures, the longest that their feed takes to tell, and a strategy that trades on them. */
const CAPTURES: readonly {
  readonly format: string;
  readonly file: string;
  readonly symbol?: string;
  readonly silence: string;
  readonly options: Options;
}[] = [
  {
    format: "binance",
    file: "binance/usdm_btcusdt_20240808.gz",
    silence: "99ms",
    options: { strategy: touchMaker, set: { interval: "300ms" } },
  },
  { format: "binance", file: "binance/usdm_btcusdt_20240808.gz", silence: "99ms", options: { strategy: imbalance } },
  {
    format: "hftbacktest",
    file: "hftbacktest/usdm_btcusdt_20240808.npz",
    silence: "99ms",
    options: { strategy: touchMaker, like: "hftbacktest" },
  },
  {
    format: "databento",
    file: "databento/ARL_20250717_mbo.csv.gz",
    silence: "5s",
    options: { strategy: touchMaker, set: { interval: "1s" } },
  },
  {
    format: "okx",
    file: "cryptofeed/OKX.ws.1.0.gz",
    symbol: "BTC-USDT",
    silence: "2s",
    options: { strategy: touchMaker },
  },
];

for (const { format, file, symbol, silence, options } of CAPTURES) {
  const source = sharedData(file), ignore = source === undefined;
  Deno.test({
    name:
      `ArrivingSession: ${options.strategy.name} on a capture of ${format}: the backtest's digest, and late its recording's${
        ignore ? " (ignored: no shared data)" : ""
      }`,
    ignore,
    async fn() {
      const folder = Deno.makeTempDirSync(), out = `${folder}/capture.arrow`;
      try {
        await convert({ sources: [source!], format, out, instrument: symbol ? { symbol } : {} });
        const { reader: tape, close } = openTape(out);
        const long = { ...options, latency: `order=4ms,response=${silence}` };
        const plain = backtest({ ...long, tape });
        const { result } = played(tape, { ...long, lateKnowledge: { silence } });
        const short = { ...options, latency: "order=1ms,response=1ms", lateKnowledge: { silence } };
        const late = played(tape, short), again = backtest({ ...short, tape: late.recorded });
        close();
        assert(plain.orders > 5, `${plain.orders}`);
        assertEquals(result.late, { answers: 0, answersNsMax: 0, rows: 0, rowsNsMax: 0 });
        assertEquals([result.digest, result.exact], [plain.digest, plain.exact]);
        assert(late.result.late!.answers > 0);
        assertEquals([again.digest, again.late], [late.result.digest, late.result.late]);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

/** A folder with a paper session's journal and the recording that it names; `each` is called at every leap of time. */
async function journaled(
  options: Options,
  each: (paper: ArrivingSession) => void,
  check: (folder: string, report: Awaited<ReturnType<typeof verify>>, steps: number) => void | Promise<void>,
): Promise<void> {
  const above = Deno.makeTempDirSync(), folder = `${above}/run`;
  Deno.mkdirSync(folder);
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow");
  try {
    let now = BigInt(tape.meta.span!.localFirst) - 50_000_000n, steps = 0;
    {
      using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
      const path = `${folder}/seen.arrow`;
      using file = new DiskFile(path);
      const { instrument } = tape.meta;
      const paper = new ArrivingSession({ ...options, journal, feeds: [{ instrument, file, path }], wall: () => now });
      const frames = new RecordedFrames([{ tape, into: paper.feeds.get("ZEROUSD@fixture")! }]), leaps = new Rng(3);
      do {
        now += BigInt(leaps.int(20_000_000));
        frames.push(now);
        each(paper);
      } while (paper.advance());
      steps = paper.run.loop.steps;
      if (paper.run.loop.incomplete) assertThrows(() => paper.finish(), Error, paper.run.loop.incomplete.message);
      else paper.finish();
    }
    await check(folder, await verify(folder), steps);
  } finally {
    close();
    Deno.removeSync(above, { recursive: true });
  }
}

const SHORT = { strategy: touchMaker, latency: "order=1ms,response=500us", lateKnowledge: { silence: "50ms" } };

Deno.test("ArrivingSession: its journal names the recording, and is verified on it, commands and all", async () => {
  const random = new Rng(9);
  let commands = 0;
  const each = (paper: ArrivingSession) => {
    if (random.int(50) > 0) return;
    const kind = ["cancel_all", "submit"][random.int(2)];
    const more = kind === "submit" ? { side: "buy", size: 1, price: 1 + random.int(3) } : {};
    if (paper.command({ kind, ...more }).code === 0) commands++;
  };
  const given = { ...SHORT, commands: ["+90s cancel_all"] };
  await journaled(given, each, (_folder, report) => {
    assert(commands > 100, `${commands}`);
    assertEquals([report.equal, report.difference, report.closing!.incomplete], [true, undefined, null]);
    assertEquals([report.header.tapes[0].sha256, report.closing!.tapes![0].rows], ["", 60_000]);
    assert(report.compared > 10_000, `${report.compared}`);
  });
});

Deno.test("ArrivingSession: one that was stopped in the midst of its feed is verified up to there", async () => {
  let leaps = 0;
  const each = (paper: ArrivingSession) => {
    if (++leaps === 7001) paper.stop(new Error("enough"));
  };
  await journaled(SHORT, each, (_folder, report, steps) => {
    const { incomplete, tapes } = report.closing!;
    assertEquals([report.equal, report.difference, incomplete, report.closing!.steps], [
      true,
      undefined,
      "enough",
      steps,
    ]);
    assert(tapes![0].rows < 10_000 && tapes![0].rows > 100, `${tapes![0].rows}`);
  });
});

for (const [when, rows] of [["before", 0], ["at", 1]] as const) {
  Deno.test(`ArrivingSession: one that was stopped ${when} its first frame is verified as well`, async () => {
    const each = (paper: ArrivingSession) => {
      const [{ rows: there }] = paper.feeds.values();
      if (there >= rows) paper.stop(new Error("enough"));
    };
    await journaled(SHORT, each, (_folder, { equal, closing, compared }) => {
      assertEquals([equal, closing!.incomplete, closing!.steps, compared], [true, "enough", 0, 0]);
      assertEquals(closing!.tapes![0].rows > 0, rows > 0);
    });
  });
}

Deno.test("ArrivingSession: what its recording is not is refused, by both hashes", async () => {
  await journaled(SHORT, () => {}, async (folder, report) => {
    Deno.copyFileSync("fixtures/data/market_l3.arrow", `${folder}/seen.arrow`);
    const error = await assertRejects(() => verify(folder), RangeError, "Cannot find tape seen.arrow");
    assert(error.message.includes(report.closing!.tapes![0].sha256), error.message);
  });
});

const wild = { name: "wild", about: "Trades in all there is.", create: () => busy({ interval: "300ms" }) };

Deno.test("ArrivingSession: several feeds play together, each to its own end", () => {
  const { reader: levels, close } = openTape("fixtures/data/market_l2.arrow");
  const { reader: orders, close: closeOrders } = openTape("fixtures/data/market_l3.arrow");
  const other = { ...orders.meta.instrument, symbol: "OTHER" };
  const begins = BigInt(levels.meta.span!.localFirst), leaps = new Rng(5), files = [new MemoryFile(), new MemoryFile()];
  let now = begins;
  const options = {
    strategy: wild,
    latency: "1ms",
    lateKnowledge: { silence: "5ms" },
  };
  const feeds = [
    { instrument: levels.meta.instrument, file: files[0] },
    { instrument: other, layout: "l3" as const, file: files[1] },
  ];
  const paper = new ArrivingSession({ ...options, feeds, wall: () => now });
  const [first, second] = [...paper.feeds.values()];
  const frames = new RecordedFrames([{ tape: levels, into: first }, { tape: orders, into: second }]);
  do {
    now += BigInt(leaps.int(30_000_000));
    frames.push(now);
  } while (paper.advance());
  const result = paper.finish();
  close();
  closeOrders();
  const again = backtest({ ...options, tape: files.map((file) => new TapeReader(file)) });
  assertEquals([again.digest, again.late, again.orders], [result.digest, result.late, result.orders]);
  assert(result.late!.answers > 0 && result.orders > 10);
});

Deno.test("ArrivingSession: it says how long there is nothing to do, and does nothing before", () => {
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow");
  let now = BigInt(tape.meta.span!.localFirst) - 5_000_000n;
  const paper = new ArrivingSession({
    strategy: touchMaker,
    feeds: [{ instrument: tape.meta.instrument }],
    wall: () => now,
  });
  const frames = new RecordedFrames([{ tape, into: [...paper.feeds.values()][0] }]);
  assertEquals([paper.advance(), paper.wait, paper.run.loop.steps], [true, Infinity, 0]);
  now = frames.next!;
  frames.push(now);
  assertEquals(paper.advance(), true);
  const { loop } = paper.run, { steps } = loop;
  assert(steps > 0 && paper.wait > 0 && paper.wait <= 100, `${paper.wait}`);
  assertEquals([paper.advance(), loop.steps], [true, steps]);
  now += BigInt(paper.wait) * 1_000_000n;
  assertEquals([paper.advance(), loop.steps > steps], [true, true]);
  close();
});

Deno.test("ArrivingSession: bars are refused, and say why", () => {
  const { reader: tape, close } = openTape("fixtures/data/bars.arrow");
  const late = () => backtest({ strategy: touchMaker, tape, lateKnowledge: {} });
  assertThrows(late, RangeError, "needs a book");
  assertThrows(() => backtest({ strategy: smaCross, tape, lateKnowledge: {} }), RangeError, "answered a bar late");
  const into = { row: new Row(), add() {}, end() {} };
  assertThrows(() => new RecordedFrames([{ tape, into }]), RangeError, "it holds bars");
  close();
});
