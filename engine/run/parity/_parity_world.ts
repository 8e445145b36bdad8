import { AT_EXCHANGE, AT_LOCAL, GAP, LAST } from "../../core/event.ts";
import type { VenueReport } from "../../core/venue_report.ts";
import type { GrowingTape } from "../../feed/growing_tape.ts";
import { arrivalsPath } from "../arrived_tape.ts";
import { type BacktestOptions, RunError } from "../backtest.ts";
import { project } from "../cli/_lockstep.ts";
import { DiskFile } from "../disk_file.ts";
import { journalFile } from "../journal_file.ts";
import { openTape } from "../open_tape.ts";
import { ArrivingSession } from "../arriving_session.ts";
import { RecordedFrames } from "../recorded_frames.ts";
import { type ExchangeWays, SimulatedExchange } from "./_simulated_exchange.ts";

/** What the simulated venue assumes, unless said: odd, so that no answer comes at the moment of a timer. */
export const LATENCY = "order=2ms,response=1000007ns";
/** An exchange that is as assumed. */
export const AS_ASSUMED: ExchangeWays = { order: 2e6, response: 1_000_007 };

/** What a session of a test is made of. */
export interface WorldOptions extends Omit<BacktestOptions, "tape"> {
  /** The strategy's file, from the root of the project where it is no absolute path. */
  readonly file: string;
  /** How long it goes on, in ns. */
  readonly ns?: number;
  /** Messages are lost from this moment on, in ns behind the first, and none comes any more. */
  readonly lost?: number;
  /** It ends in good order, and is not stopped. */
  readonly ends?: boolean;
  /** It is left as by a program that is killed: nothing has an end. */
  readonly killed?: boolean;
  /** Its result is written, too. */
  readonly result?: boolean;
  /** Called at each leap of time, with ns since the beginning. */
  readonly each?: (paper: ArrivingSession, ns: number) => void;
}

/** The first ten minutes of the tape: some five hundred orders. */
const LONG_NS = 600e9;

/** Plays a session into a folder, with its journal and recording; to an exchange where there is one. */
export function play(folder: string, options: WorldOptions, ways?: ExchangeWays): void {
  const {
    file = "strategies/touch_maker.ts",
    ns: long = LONG_NS,
    lost = Infinity,
    ends: inOrder = false,
    killed = false,
    result = false,
    each = () => {},
    ...given
  } = options;
  const { reader: tape, close } = openTape(project("fixtures/data/market_l2.arrow"));
  const exchange = ways && new SimulatedExchange(tape, ways), path = `${folder}/seen.arrow`;
  const begins = BigInt(tape.meta.span!.localFirst) - 1n, ends = begins + BigInt(long);
  using journal = journalFile(`${folder}/journal`, { strategy: file.startsWith("/") ? file : project(file) });
  using recording = new DiskFile(path);
  using arrivals = new DiskFile(arrivalsPath(path));
  let now = begins;
  const paper = new ArrivingSession({
    latency: LATENCY,
    ...given,
    ...(exchange ? { orders: "away" as const, sendTo: exchange } : {}),
    journal,
    feeds: [{ instrument: tape.meta.instrument, file: recording, arrivals, path }],
    wall: () => now,
  });
  const { session, loop } = paper.run, { clock } = session.core, [into] = [...paper.feeds.values()];
  exchange?.attach(session);
  const frames = new RecordedFrames([{ tape, into }]);
  const report = (said: VenueReport) => {
    session.report(said);
    paper.advance();
  };
  for (let dark = false;;) {
    const due = loop.steps > 0 ? Math.min(session.due, exchange?.due ?? Infinity) : Infinity;
    const next = due < Infinity ? clock.toEpochNs(due) : ends, frame = dark ? ends : frames.next ?? ends;
    now = next < frame ? next : frame;
    if (now >= ends) break;
    if (!dark && now - begins > lost) {
      dark = true;
      addGap(into, now);
    }
    if (!dark) frames.push(now);
    paper.advance();
    if (loop.steps > 0) exchange?.run(clock.fromEpochNs(now), report);
    each(paper, Number(now - begins));
  }
  if (killed) return close();
  if (inOrder) paper.end();
  else paper.stop(new Error("enough"));
  // It is over when time has come to what would be next.
  while (paper.advance()) now += 10_000_000n;
  try {
    paper.finish();
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (result) Deno.writeTextFileSync(`${folder}/result.json`, JSON.stringify(error.result));
  }
  close();
}

/** Messages were lost, as a source says it. */
function addGap(into: GrowingTape, at: bigint): void {
  const { row } = into, sec = Number(at / 1_000_000_000n), ns = Number(at % 1_000_000_000n);
  Object.assign(row, { kind: GAP, side: 0, price: 0, size: 0, flags: AT_EXCHANGE | AT_LOCAL | LAST });
  Object.assign(row, { exchangeSec: sec, exchangeNs: ns, localSec: sec, localNs: ns });
  into.add();
}
