import { sharedData } from "../shared_data.ts";
import { type BenchOptions, type BenchRow, median, runsOf } from "./bench.ts";
import { CORES, Talk } from "./talk.ts";

/** What both halves may take, in µs. */
const BAR_US = 200;
/** Frames a second that a recorder must keep up with, of so many instruments. */
const FRAMES_BAR = 5000, INSTRUMENTS = 50;
/**
 * Between two requests, in ms: half of them are orders, of which Binance takes ten a second; and so many that the way of one is still in
 * the processor's caches when the next one goes it.
 */
const SPARSE_MS = 50, DENSE_MS = 5;
/** Whether server and session have a core of their own each. */
const APART = CORES > 1;
/** What is played before anything is measured: by its end all code that is used is compiled as it will be. */
const WARM_UP = { rate: 1000, seconds: 8 };

/** What a session of live_child.ts measured, in µs; `left` is when requests left, in ms since 1970-01-01 UTC. */
interface Figures {
  readonly read: readonly number[];
  readonly way: readonly number[];
  readonly bytes: readonly number[];
  readonly left: readonly number[];
}
interface Played {
  readonly sent: Readonly<Record<string, number>>;
  readonly arrived: readonly number[];
}

/**
 * A live session over loopback, with Binance's adapter, journal, order log, tape and recording on disk: the 99th percentile of what a
 * frame takes from when it was read off its socket to the strategy's callback, and of what a request takes from that callback to its
 * bytes being written to the socket. Then what a recorder keeps up with.
 *
 * Server and session are processes of their own, on a core each where the machine lets them. What the kernel and the runtime take before a frame can be read here is none of
 * the first figure; the notes have the whole way, from the other process's write to the callback, and from our write to its read.
 */
export async function* benchLive(options: BenchOptions): AsyncGenerator<BenchRow> {
  const capture = sharedData("binance/spot_btcusdt_20240808.gz");
  if (capture !== undefined) yield* latencies("BTCUSDT as captured", { rate: 0, capture, everyMs: SPARSE_MS }, options);
  for (const everyMs of [SPARSE_MS, DENSE_MS]) {
    yield* latencies("1,000 frames/s", { rate: 1000, everyMs }, options);
    yield await bareWrites(everyMs, options);
  }
  yield* recorded(options);
}

async function* latencies(
  name: string,
  { rate, capture, everyMs }: { readonly rate: number; readonly capture?: string; readonly everyMs: number },
  options: BenchOptions,
): AsyncGenerator<BenchRow> {
  const seconds = options.quick ? 5 : 15, folder = await Deno.makeTempDir({ dir: options.folder });
  await using server = new Talk(
    "../made_spot_server.ts",
    ["1", ...capture === undefined ? [] : [capture]],
    APART ? { core: 0 } : {},
  );
  const { port, symbols } = await server.hear<{ port: number; symbols: string[] }>();
  await using session = new Talk(
    "live_child.ts",
    [String(port), symbols.join(), folder, String(everyMs)],
    APART ? { core: 1 } : {},
  );
  await session.hear();
  await server.ask(WARM_UP);
  await session.ask("opened");
  const found: Figures[] = [], far: number[][] = [];
  for (let run = 0; run < runsOf(options); run++) {
    const { arrived } = await server.ask<Played>({ rate, seconds }), figures = await session.ask<Figures>("figures");
    found.push(figures);
    far.push(figures.left.map((at, i) => (arrived[i] - at) * 1000).filter((us) => us >= 0));
  }
  const of = (what: "read" | "way" | "bytes", share: number) => found.map((each) => percentile(each[what], share));
  const middle = (what: "read" | "way" | "bytes") => `p50 ${median(of(what, 0.5)).toFixed(0)}`;
  const unit = "µs", less = true, bar = BAR_US;
  const frames = median(found.map(({ read }) => read.length)),
    requests = median(found.map(({ bytes }) => bytes.length));
  yield {
    what: `live: frame to callback, p99`,
    values: of("read", 0.99),
    ...{ unit, less, bar },
    note: `${name}${APART ? "" : ", on any core"}: ${(frames / seconds).toFixed(0)} callbacks/s, ${
      middle("read")
    }; from the other process's write p50 ${median(of("way", 0.5)).toFixed(0)}, p99 ${
      median(of("way", 0.99)).toFixed(0)
    }`,
  };
  const landed = (share: number) => median(far.map((each) => percentile(each, share))).toFixed(0);
  yield {
    what: `live: callback to bytes, p99`,
    values: of("bytes", 0.99),
    ...{ unit, less, bar },
    note: `${name}: ${(requests / seconds).toFixed(0)} requests/s, ${middle("bytes")}; to the other process p50 ${
      landed(0.5)
    }, p99 ${landed(0.99)} more`,
  };
}

/** What a write alone takes, as far apart as the requests are: what callback to bytes cannot be less than. */
async function bareWrites(everyMs: number, options: BenchOptions): Promise<BenchRow> {
  await using reader = new Talk("write_child.ts", [], APART ? { core: 0 } : {});
  const { port } = await reader.hear<{ port: number }>();
  await using writer = new Talk("write_child.ts", [String(port), String(everyMs)], APART ? { core: 1 } : {});
  await writer.hear();
  const values: number[] = [];
  for (let run = 0; run < runsOf(options); run++) {
    values.push(percentile(await writer.ask<number[]>(options.quick ? 5 : 15), 0.99));
  }
  return { what: "  a bare write, p99", values, unit: "µs", less: true, note: `of as many bytes, each ${everyMs} ms` };
}

/** As many frames as come, of 50 instruments, to a feed and a recorder with its tapes: how fast, and whether all are there. */
async function* recorded(options: BenchOptions): AsyncGenerator<BenchRow> {
  const frames = options.quick ? 20_000 : 100_000, perSecond: number[] = [], ofOneCore: number[] = [];
  let missing = 0;
  for (let run = 0; run < runsOf(options); run++) {
    const folder = await Deno.makeTempDir({ dir: options.folder });
    await using server = new Talk("../made_spot_server.ts", [String(INSTRUMENTS)]);
    const { port, symbols } = await server.hear<{ port: number; symbols: string[] }>();
    await using recorder = new Talk("record_child.ts", [String(port), symbols.join(), folder]);
    await recorder.hear();
    const first = await server.ask<Played>({ rate: FRAMES_BAR, seconds: 3 });
    await recorder.ask("opened");
    const flood = await server.ask<Played>({ rate: 1e9, frames });
    const { seconds, cpuSeconds, written } = await recorder.ask<RecordedFlood>(count(first) + count(flood));
    perSecond.push(frames / seconds);
    ofOneCore.push(frames / cpuSeconds);
    missing += count(first) + count(flood) - written;
    await Deno.remove(folder, { recursive: true });
  }
  const whole = missing === 0 ? "all of them on disk" : `${missing} are missing`;
  yield {
    what: `record: ${INSTRUMENTS} instruments, at most`,
    values: perSecond,
    unit: "frames/s",
    bar: FRAMES_BAR,
    note: `${frames} frames, ${whole}; ${median(ofOneCore).toFixed(0)} for each second of a core`,
  };
}

/** What record_child.ts tells of what came since it was asked before. */
interface RecordedFlood {
  /** From the first frame to the last. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Frames of streams in all its files, once these are complete. */
  readonly written: number;
}

function count({ sent }: Played): number {
  return Object.values(sent).reduce((sum, each) => sum + each, 0);
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)];
}
