/**
 * `deno task soak [minutes]`: 50 instruments of Binance at full depth, 5,000 frames a second over loopback, through a live session with
 * orders, journal, tapes and a recording on disk; for an hour unless said.
 *
 * Each minute it prints what was played, and the session's memory after garbage has been collected. It fails where memory grows past
 * a bound that does not hang on how long it goes on, where the recording does not hold each frame that was sent, and where the market was
 * ever broken: a gap, a lost connection, a frame that made no sense. An hour takes some 6 GB of the temporary folder.
 *
 * @module
 */
import { Talk } from "./bench/talk.ts";

const INSTRUMENTS = 50, FRAMES_PER_SECOND = 5000;
/** From the end of the first minute on: by then the rows of 30 s that a tape holds back are there, and all code is compiled. */
const MORE_BYTES_MAX = 24e6;
/** Of the system's memory, with what is native and what lies between: 50 windows of 30 s are most of it. */
const RESIDENT_MAX = 1.2e9;
/** What must not happen on a machine that only speaks to itself. */
const BROKEN = [
  "MARKET_GAP",
  "RECONNECTING",
  "FRAME_REFUSED",
  "JOURNAL_FAILED",
  "UNANSWERED",
  "USER_GAP",
  "UNRECONCILED",
];

interface Memory {
  readonly bytes: number;
  readonly rss: number;
  /** How often things happened beside the data. */
  readonly events: Readonly<Record<string, number>>;
}

const minutes = Number(Deno.args[0] ?? 60);
if (!(minutes >= 2)) throw new RangeError(`Cannot soak for ${Deno.args[0]} minutes: give 2 or more`);
const folder = Deno.makeTempDirSync({ prefix: "lockstep_soak_" });
try {
  const faults = await soak();
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exitCode = 1;
} finally {
  Deno.removeSync(folder, { recursive: true });
}

/** Soaks, and says what was wrong. */
async function soak(): Promise<string[]> {
  await using server = new Talk("../made_spot_server.ts", [String(INSTRUMENTS)]);
  const { port, symbols } = await server.hear<{ port: number; symbols: string[] }>();
  await using session = new Talk("../soak_market_child.ts", [String(port), symbols.join(), folder], {
    v8: "expose-gc",
  });
  await session.hear();
  const sent = new Map<string, number>(), found: Memory[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    const began = performance.now();
    const played = await server.ask<{ sent: Record<string, number> }>({ rate: FRAMES_PER_SECOND, seconds: 60 });
    const seconds = (performance.now() - began) / 1000, frames = sum(Object.values(played.sent));
    for (const [symbol, count] of Object.entries(played.sent)) sent.set(symbol, count + (sent.get(symbol) ?? 0));
    if (minute === 1) await session.ask("opened");
    const memory = await session.ask<Memory>("memory"), { bytes, rss } = memory;
    found.push(memory);
    const rate = (frames / seconds).toFixed(0), megabytes = (bytes / 1e6).toFixed(1);
    console.log(
      `minute ${minute}: ${frames} frames, ${rate} a second; ${megabytes} MB, ${(rss / 1e6).toFixed(0)} MB resident`,
    );
  }
  const { written } = await session.ask<{ written: Record<string, number> }>(sum([...sent.values()]));
  const [first, last] = [found[0], found[found.length - 1]], more = last.bytes - first.bytes;
  const missing = [...sent].filter(([symbol, count]) => written[symbol] !== count);
  const total = sum([...sent.values()]);
  console.log(
    `${total} frames were sent, ${sum(Object.values(written))} are on disk; ${
      (more / 1e6).toFixed(1)
    } MB more after ${minutes} minutes than after one`,
  );
  return [
    ...more > MORE_BYTES_MAX ? [`Memory grew by ${more} bytes: ${(more / total).toFixed(2)} for each frame`] : [],
    ...last.rss > RESIDENT_MAX ? [`${last.rss} bytes are resident: at most ${RESIDENT_MAX} are to be`] : [],
    ...missing.map(([symbol, count]) => `Of ${count} frames of ${symbol} the recording has ${written[symbol] ?? 0}`),
    ...BROKEN.filter((name) => name in last.events).map((name) => `${name} was told ${last.events[name]} times`),
  ];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
