import type { InstrumentSpec } from "../core/instrument.ts";
import { fullName } from "../core/instrument_names.ts";
import type { Endpoints, Exchange, MarketFeed } from "../live/exchange.ts";
import type { LiveTools } from "../live/live_tools.ts";
import { Nap } from "../live/nap.ts";
import { NetworkError } from "../live/network.ts";
import type { Recorder } from "../live/recorder.ts";
import { systemTimers } from "../live/timers.ts";
import type { RunResult } from "../stats/result.ts";
import { arrivalsPath } from "./arrived_tape.ts";
import type { BacktestOptions } from "./backtest.ts";
import type { Runner } from "./cli/extension.ts";
import { DiskFile } from "./disk_file.ts";
import { ArrivingSession, type ArrivingSessionOptions } from "./arriving_session.ts";
import { diskRecorder } from "./record.ts";
import { SinceSnapshot } from "./since_snapshot.ts";

/** An exchange's market, as a paper session is fed with it. */
export interface PaperMarket {
  readonly exchange: Exchange;
  readonly endpoints: Endpoints;
  readonly instruments: readonly InstrumentSpec[];
  readonly tools: LiveTools;
  /** Where what arrives is recorded, one tape an instrument; nowhere where absent, and the run cannot be made again then. */
  readonly folder?: string;
  /** The folder of a recording that its frames go to, as `lockstep record` makes it but without tapes; nowhere where absent. */
  readonly record?: string;
  /** How long it goes on from its start, in ms; until it is stopped where absent. */
  readonly forMs?: number;
  /** Orders go to the exchange: with real money, or its test network's. A paper session where absent. */
  readonly live?: "real" | "test";
  /** How its session is made; a paper session where absent, whose orders go to a simulated venue. */
  readonly begin?: (options: ArrivingSessionOptions) => ArrivingSession;
  /** What is to be done before its feeds end: they go on until it is. */
  readonly windDown?: () => Promise<void>;
  /** What stands around the session while it runs, as its kill switch does. */
  readonly around?: (session: ArrivingSession) => Disposable;
}

/** Moves between two looks at the time, and how long they may take before everything else is heard, in ms. */
const MOVES = 64, SLICE_MS = 8;
/** How long a session of a stated time, at least, waits for its books to be whole; then there is none. */
const OPENING_MS = 60_000;
/** The longest wait between two moves, and between two looks at whether it is to end, in ms. */
const WAIT_MS = 250;

/**
 * Runs a paper session on an exchange's market until it is stopped (`options.stopped`), or its time is over: then its feeds end,
 * what had arrived is gone through, and the result is a whole one.
 *
 * It trades from the moment that all books are whole, and knows nothing of the market before. Throws as `backtest`, RunError where
 * the market ended by itself.
 */
export async function runMarketPaper(
  market: PaperMarket,
  options: BacktestOptions,
  runner: Runner = moveOn,
): Promise<RunResult> {
  const { instruments, folder, tools, record } = market;
  const recording = record === undefined ? undefined : diskRecorder(record, instruments, { ...market, tapes: false });
  const files = folder === undefined ? [] : instruments.map(({ symbol }) => new DiskFile(tapePath(folder, symbol)));
  const arrivals = files.map(({ path }) => new DiskFile(arrivalsPath(path)));
  let fed: FedPaper | undefined, around: Disposable | undefined;
  // Ctrl-C does not break it off: it ends its feeds.
  const { stopped = () => false, onProgress: _, tape: __, ...rest } = options;
  const paper = (given: Omit<BacktestOptions, "tape">): ArrivingSession => {
    const feeds = instruments.map((instrument, i) => ({
      instrument,
      file: files[i],
      arrivals: arrivals[i],
      path: pathOf(market, instrument),
    }));
    const made = { ...given, stopped: undefined, feeds, wall: tools.wall };
    const session = market.begin?.(made) ?? new ArrivingSession(made);
    fed = new FedPaper(
      session,
      { ...market, ...recording && { tools: recording.tools } },
      stopped,
      recording?.recorder,
    );
    around = market.around?.(fed.session);
    return fed.session;
  };
  try {
    return await runner({ ...rest, stopped, tape: [] }, { folder, paper, live: market.live });
  } finally {
    around?.[Symbol.dispose]();
    fed?.close();
    for (const file of [...files, ...arrivals]) file.close();
    // What they say stands in the tapes now.
    if (fed?.session.complete !== false) { for (const { path } of arrivals) Deno.removeSync(path); }
    await recording?.recorder.close();
  }
}

/** A paper session with its feed. */
class FedPaper {
  readonly session: ArrivingSession;
  readonly #feed: MarketFeed;
  readonly #market: PaperMarket;
  readonly #stopped: () => boolean;
  #timer: (() => void) | undefined;
  #endsAt = Infinity;
  /** Calls off that it is given up. */
  #giveUp = () => {};
  #over = false;

  constructor(session: ArrivingSession, market: PaperMarket, stopped: () => boolean, record: Recorder | undefined) {
    const { exchange, endpoints, tools, instruments, forMs = Infinity } = market;
    this.session = session;
    this.#market = market;
    this.#stopped = stopped;
    const into = new Map(instruments.map((instrument) => [instrument.symbol, {
      instrument,
      sink: new SinceSnapshot(session.feeds.get(fullName(instrument))!),
    }]));
    const failed = (error: Error) => this.#fail(error);
    this.#feed = exchange.market({ endpoints, into, failed, record }, tools);
    if (record) record.onFailed = failed;
    if (record?.failure) failed(record.failure);
    const patienceMs = Math.max(forMs, OPENING_MS);
    if (forMs < Infinity) this.#giveUp = tools.timers.after(patienceMs, () => failed(notWhole(patienceMs)));
    this.#feed.open().finally(() => this.#giveUp()).then(() => this.#endsAt = tools.timers.now() + forMs, failed);
    this.#look();
  }

  close(): void {
    this.#over = true;
    this.#timer?.();
    this.#giveUp();
    this.#feed.close();
  }

  /** Ends the feeds when it is time. */
  #look(): void {
    const { tools: { timers }, windDown = () => Promise.resolve() } = this.#market;
    if (this.#stopped() || timers.now() >= this.#endsAt) void windDown().finally(() => this.#end());
    else this.#timer = timers.after(Math.min(WAIT_MS, this.#endsAt - timers.now()), () => this.#look());
  }

  #end(): void {
    if (this.#over) return;
    this.close();
    this.session.end();
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.close();
    this.session.stop(error);
    this.session.onArrival?.();
  }
}

/** Moves a paper session on as rows arrive and time goes on, until it has ended. */
const moveOn: Runner = async (options, { paper } = {}) => {
  const session = paper!(options), nap = new Nap(systemTimers), { loop } = session.run;
  session.onArrival = () => nap.wake();
  for (;;) {
    const began = systemTimers.now();
    do {
      if (!session.advance(MOVES)) return session.finish();
    } while (!loop.waits && systemTimers.now() - began < SLICE_MS);
    if (loop.incomplete !== undefined) return session.finish();
    await nap.sleep(Math.min(session.wait, WAIT_MS));
  }
};

function notWhole(ms: number): NetworkError {
  const seconds = Math.round(ms / 1000);
  return new NetworkError(
    `Cannot begin: books were not whole in ${seconds} s; look at what was told above, and try again`,
  );
}

function pathOf({ folder }: PaperMarket, { symbol }: InstrumentSpec): string | undefined {
  return folder === undefined ? undefined : tapePath(folder, symbol);
}

/** A tape's file by its instrument, of letters that file names may hold everywhere. */
function tapePath(folder: string, symbol: string): string {
  return `${folder}/${symbol.replace(/[^A-Za-z0-9_.+-]+/g, "_")}.arrow`;
}
