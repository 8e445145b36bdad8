import type { Instrument } from "../core/instrument.ts";
import { JournalWriter } from "../core/journal.ts";
import { type ParamValue, paramValues } from "../core/params.ts";
import type { Recorder } from "../core/recorder.ts";
import { Rng } from "../core/rng.ts";
import { Session, StrategyError } from "../core/session.ts";
import type { Finish, StrategyDefinition } from "../core/strategy.ts";
import type { TapeReader } from "../feed/tape_reader.ts";
import { instrument as makeInstrument } from "../core/instrument.ts";
import { type Limits, limits as completeLimits } from "../risk/limits.ts";
import type { RunResult } from "../stats/result.ts";
import { type FeeModel, feeModel, type FeeSpec, parseFees } from "../venue/fees.ts";
import { type QueueModel, queueModel } from "../venue/queue_model.ts";
import type { SelfTradePolicy } from "../venue/sim_venue.ts";
import { latencies, type LatencyOptions } from "./latencies.ts";
import { openTape } from "./open_tape.ts";
import { type RunJournal, startJournal } from "./run_journal.ts";
import { resultOf, ResultRecorder } from "./run_result.ts";
import { SessionLoop } from "./session_loop.ts";

/** What a backtest is made of; all but strategy and tape have defaults, which the result states. */
export interface BacktestOptions {
  readonly strategy: StrategyDefinition;
  /** A path, or an open tape; several for several instruments. */
  readonly tape: string | TapeReader | readonly (string | TapeReader)[];
  /** Values of the strategy's parameters. */
  readonly set?: Readonly<Record<string, ParamValue>>;
  /** 1 unless said. */
  readonly seed?: number;
  /** How resting orders stand in the queue of an L2 level: "risk" (unless said), "power1" … "power9", "log", or a function. */
  readonly queue?: string | ((instrument: Instrument) => QueueModel);
  /** "10ms" for order, cancel and answer alike, or each on its own; 0 unless said. */
  readonly latency?: string | LatencyOptions;
  /** "maker=0.0002,taker=0.0007" or a model of your own; none unless said. */
  readonly fees?: string | FeeSpec | FeeModel;
  /** "partial" unless said. */
  readonly fills?: "whole" | "partial";
  /** "frozen" unless said. */
  readonly impact?: "frozen" | "insert";
  /** "allow" unless said. */
  readonly selfTrade?: SelfTradePolicy;
  /** Limits of every instrument; `unlimited` where absent. */
  readonly limits?: Partial<Limits>;
  /** Limits by symbol, over those of every instrument. */
  readonly limitsOf?: Readonly<Record<string, Partial<Limits>>>;
  /** Cash at the start by currency; the strategy's own, else 0, where absent. */
  readonly cash?: Readonly<Record<string, string>>;
  /** What becomes of a position that is open at the end; the strategy's own, else "mark". */
  readonly finish?: Finish;
  /** Hears of tape rows read, and how many there are in all. */
  readonly onProgress?: (rows: number, total: number) => void;
  /** More recorders: journals, lists of orders and fills. */
  readonly recorders?: readonly Recorder[];
  /** Takes the run's journal; none is written where absent. */
  readonly journal?: RunJournal;
  /** Asked now and then; true ends the run as it stands, marked incomplete. */
  readonly stopped?: () => boolean;
}

/** A run that ended early: what was computed so far stands in `result`, marked incomplete. */
export class RunError extends Error {
  constructor(readonly result: RunResult, override readonly cause: Error) {
    super(cause.message, { cause });
    this.name = "RunError";
  }
}

/** A run that was told to stop. */
export class StoppedError extends Error {
  constructor() {
    super("Stopped before the tape ended");
    this.name = "StoppedError";
  }
}

/** A run whose journal cannot be written any more. */
export class JournalError extends Error {
  constructor(override readonly cause: Error) {
    super(`Cannot write the journal: ${cause.message}; free some space, or run without one`, { cause });
    this.name = "JournalError";
  }
}

/**
 * Runs a strategy over recorded tapes and returns the result.
 *
 * Throws RangeError or TypeError for options that do not fit, and {@linkcode RunError}, which holds the result so far, when
 * the strategy throws or a tape ends in damage.
 *
 * @example
 * ```ts
 * import { backtest, BUY, strategy } from "../../mod.ts";
 * const patient = strategy({
 *   name: "patient",
 *   about: "Buys one lot and holds it.",
 *   params: {},
 *   create: () => ({ onStart: (ctx) => void ctx.submit({ side: BUY, size: 1 }) }),
 * });
 * const result = backtest({ strategy: patient, tape: "fixtures/data/market_l2.arrow" });
 * if (result.trades !== 1) throw new Error("unexpected");
 * ```
 */
export function backtest(options: BacktestOptions): RunResult {
  const run = prepare(options);
  const started = performance.now();
  while (run.loop.advance(4096)) stopIfAsked(run, options);
  return ended(run, options, started);
}

/** How long a run goes on before the program may breathe, and after how many steps it looks at the time. */
const BREATH_MS = 50;
const BREATH_STEPS = 32;

/**
 * {@linkcode backtest}, which lets the rest of the program breathe twenty times a second: signals and timers are heard, and
 * `stopped` is asked then. The result is the same.
 *
 * @example
 * ```ts
 * import { backtestAsync } from "./backtest.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const result = await backtestAsync({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" });
 * if (result.trades === 0) throw new Error("unexpected");
 * ```
 */
export async function backtestAsync(options: BacktestOptions): Promise<RunResult> {
  const run = prepare(options);
  const started = performance.now();
  let breath = started;
  while (run.loop.advance(BREATH_STEPS)) {
    if (performance.now() - breath < BREATH_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    breath = performance.now();
    stopIfAsked(run, options);
  }
  return ended(run, options, started);
}

function stopIfAsked({ loop, journal }: Prepared, options: BacktestOptions): void {
  if (options.stopped?.()) loop.stop(new StoppedError());
  else if (journal?.failure) loop.stop(new JournalError(journal.failure));
}

function ended(run: Prepared, options: BacktestOptions, started: number): RunResult {
  const { loop, journal } = run;
  const { steps, finished } = loop;
  journal?.close({ steps, finished, incomplete: loop.incomplete?.message ?? null });
  const failed = journal?.failure && new JournalError(journal.failure);
  const incomplete = loop.incomplete ?? failed;
  const result = resultOf(run, options, (performance.now() - started) / 1000, incomplete?.message);
  for (const tape of run.opened) tape.close();
  if (incomplete) throw new RunError(result, incomplete);
  return result;
}

/** A session ready to run, and what its result is made of. */
export interface Prepared {
  readonly session: Session;
  readonly loop: SessionLoop;
  /** Begun with its header, where one was asked for; to be closed when the loop has ended. */
  readonly journal: JournalWriter | undefined;
  readonly recorder: ResultRecorder;
  readonly tapes: readonly TapeReader[];
  readonly opened: readonly { close(): void }[];
  readonly parameters: Readonly<Record<string, ParamValue>>;
  readonly limits: readonly Limits[];
  readonly names: { readonly queue: string; readonly latency: string; readonly fees: string };
  readonly notes: readonly string[];
}

/** Opens the tapes and builds the session; nothing has happened in it yet. */
export function prepare(options: BacktestOptions): Prepared {
  const { strategy } = options;
  const parameters = paramValues(strategy.params, options.set ?? {});
  const given = Array.isArray(options.tape) ? options.tape : [options.tape];
  const opened: { close(): void }[] = [];
  const tapes = given.map((tape) => {
    if (typeof tape !== "string") return tape as TapeReader;
    const file = openTape(tape);
    opened.push(file);
    return file.reader;
  });
  checkTapes(tapes);
  const seed = new Rng(options.seed ?? 1);
  const instruments = tapes.map(({ meta }) => makeInstrument(meta.instrument));
  const settings = settingsOf(options, instruments);
  const { queue, fees, fills, impact, selfTrade, cash, finish } = settings;
  const latency = latencies(settings.latency, seed);
  const queues = instruments.map((each) => typeof queue === "function" ? queue(each) : queueModel(queue, each.lotSize));
  const limits = instruments.map(({ symbol }) => completeLimits({ ...options.limits, ...options.limitsOf?.[symbol] }));
  const journal = options.journal && new JournalWriter(options.journal);
  const recorders = [...(journal ? [journal] : []), ...(options.recorders ?? [])];
  const recorder = new ResultRecorder({ ...options, recorders }, totalRows(tapes));
  const spec = typeof fees === "string" ? parseFees(fees) : fees;
  const session = new Session({
    feeds: tapes.map((tape, i) => ({ instrument: instruments[i], tape, queue: queues[i], limits: limits[i] })),
    strategy: strategy.create(parameters),
    seed: options.seed ?? 1,
    cash,
    fees: (valuation) => "fee" in spec ? spec : feeModel(spec, valuation),
    latency,
    venue: { fills, impact, selfTrade },
    finish,
    warmup: strategy.warmup,
    sampleNs: sampleInterval(tapes),
    recorder,
    roundTrips: recorder,
  });
  recorder.attach(session.core);
  if (journal) startJournal(journal, options, { session, tapes, parameters, settings });
  const feeName = typeof fees === "string" ? fees : "fee" in fees ? "own model" : JSON.stringify(fees);
  const names = { queue: queues[0]?.name ?? "none", latency: latency.name, fees: feeName };
  const notes = notesOf(options, tapes);
  const loop = new SessionLoop(session);
  return { session, loop, journal, recorder, tapes, opened, parameters, limits, names, notes };
}

/** Options that have defaults, with what holds in this run. */
function settingsOf(options: BacktestOptions, instruments: readonly Instrument[]) {
  const { strategy } = options;
  return {
    queue: options.queue ?? "risk",
    latency: options.latency ?? "0ms",
    fees: options.fees ?? "none",
    fills: options.fills ?? "partial",
    impact: options.impact ?? "frozen",
    selfTrade: options.selfTrade ?? "allow",
    cash: options.cash ?? startingCash(strategy, instruments),
    finish: options.finish ?? strategy.finish ?? "mark",
  };
}

/** Samples of the account over a tape: enough for a curve, few enough to cost nothing. */
const SAMPLES = 2048;
const SAMPLE_MIN_NS = 1e8;

function sampleInterval(tapes: readonly TapeReader[]): number {
  let span = 0;
  for (const { meta } of tapes) {
    if (meta.span) span = Math.max(span, Number(BigInt(meta.span.localLast) - BigInt(meta.span.exchangeFirst)));
  }
  return Math.max(SAMPLE_MIN_NS, Math.ceil(span / SAMPLES / SAMPLE_MIN_NS) * SAMPLE_MIN_NS);
}

function totalRows(tapes: readonly TapeReader[]): number {
  return tapes.reduce((sum, { meta }) => sum + meta.rows, 0);
}

function checkTapes(tapes: readonly TapeReader[]): void {
  if (tapes.length === 0) throw new TypeError("Cannot run a backtest: there is no tape; give at least one");
  const seen = new Set<string>();
  for (const { meta, name } of tapes) {
    const { symbol, venue } = meta.instrument;
    if (seen.has(`${symbol} ${venue}`)) {
      throw new RangeError(`Cannot run on ${name}: ${symbol} of ${venue} has a tape already; join them with convert`);
    }
    seen.add(`${symbol} ${venue}`);
    const { skew } = meta;
    const least = (skew.latency?.min ?? 0) + skew.shiftNs;
    if (least < 0) {
      throw new RangeError(
        `Cannot run on ${name}: latency is ${least} ns at its smallest (NEGATIVE_LATENCY): we would see events before they happen; ` +
          `convert it with --skew shift`,
      );
    }
  }
}

function startingCash(strategy: StrategyDefinition, instruments: readonly Instrument[]): Record<string, string> {
  const cash = strategy.cash;
  return cash === undefined ? {} : Object.fromEntries(instruments.map(({ currency }) => [currency, cash]));
}

function notesOf(options: BacktestOptions, tapes: readonly TapeReader[]): string[] {
  const notes: string[] = [];
  if (options.queue === undefined && tapes.some(({ layout }) => layout === "l2")) {
    notes.push("Queue model: risk, the default");
  }
  if (options.latency === undefined) notes.push("Latency: 0, the default: orders arrive the moment they are sent");
  if (options.fees === undefined) notes.push("Fees: none, the default");
  for (const { meta, name } of tapes) {
    if (meta.skew.shiftNs !== 0) notes.push(`${name}: local times are shifted by ${meta.skew.shiftNs} ns`);
    if (meta.gaps.count > 0) notes.push(`${name}: ${meta.gaps.count} gaps in the source's sequence`);
    if (meta.incomplete) notes.push(`${name}: an incomplete conversion (${meta.incomplete.reason})`);
  }
  return notes;
}

export { StrategyError };
