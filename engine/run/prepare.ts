import { marginModel } from "../account/margin.ts";
import { parseMargin } from "../account/margin_text.ts";
import { closest } from "../core/closest.ts";
import type { Instrument, InstrumentSpec } from "../core/instrument.ts";
import { fullName, instrumentNames } from "../core/instrument_names.ts";
import type { JournalWriter } from "../core/journal.ts";
import { checkInstruments, type ParamValue, paramValues } from "../core/params.ts";
import { Rng } from "../core/rng.ts";
import type { Remake } from "../core/running_strategy.ts";
import { Session } from "../core/session.ts";
import type { SessionOptions } from "../core/session_options.ts";
import { checkedStrategy, type Finish, type Strategy, type StrategyDefinition } from "../core/strategy.ts";
import { tapeLatency } from "../feed/tape_latency.ts";
import type { Tape } from "../core/line.ts";
import type { TapeMeta } from "../feed/tape_schema.ts";
import { tapeWarnings } from "../feed/tape_warnings.ts";
import { instrument as makeInstrument } from "../core/instrument.ts";
import type { Limit } from "../risk/limits.ts";
import { feeModel, parseFees } from "../venue/fees.ts";
import { NOWHERE } from "../venue/away_venue.ts";
import { queueModel } from "../venue/queue_model.ts";
import { parseDuration } from "../venue/latency.ts";
import { ToldFees } from "../venue/told_fees.ts";
import type { VenueOptions } from "../venue/venue_options.ts";
import type { ModelNames } from "../stats/result.ts";
import type { BacktestOptions, LateKnowledge } from "./backtest_options.ts";
import { runGuards } from "./guards.ts";
import { latencies } from "./latencies.ts";
import { openingPositions } from "./opening.ts";
import { makeJournal, startJournal } from "./run_journal.ts";
import { runLimits } from "./run_limits.ts";
import { ResultRecorder } from "./run_result.ts";
import { SessionLoop } from "./session_loop.ts";
import { beginSnapshots, type SnapshotTaker } from "./snapshot.ts";

export type { BacktestOptions };

/** A tape that a session can run on: one that was opened, or that grows. */
export interface RunTape extends Tape {
  readonly meta: TapeMeta;
}

/** A session ready to run, and what its result is made of. */
export interface Prepared {
  readonly session: Session;
  readonly loop: SessionLoop;
  /** Begun with its header, where one was asked for; to be closed when the loop has ended. */
  readonly journal: JournalWriter | undefined;
  readonly recorder: ResultRecorder;
  /** Where snapshots are taken. */
  readonly snapshots: SnapshotTaker | undefined;
  readonly tapes: readonly RunTape[];
  readonly parameters: Readonly<Record<string, ParamValue>>;
  /** What the result says of limits. */
  readonly limits: Readonly<Record<string, Limit>>;
  readonly names: ModelNames;
  readonly notes: readonly string[];
}

/**
 * Builds the session over open tapes (`options.tape` says only what they were called); nothing has happened in it yet.
 *
 * It needs no files and no clock, and so runs in a browser as it does anywhere.
 */
export function prepare(options: BacktestOptions, tapes: readonly RunTape[]): Prepared {
  const { strategy } = options;
  const parameters = paramValues(strategy.params ?? {}, options.set ?? {});
  checkTapes(tapes);
  checkNeeds(strategy, tapes);
  const specs = tapes.map(({ meta }) => meta.instrument);
  checkInstruments(strategy.params ?? {}, parameters, instrumentNames(specs), specs.map(fullName));
  const seed = new Rng(options.seed ?? 1);
  const instruments = tapes.map(({ meta }) => makeInstrument(meta.instrument));
  const settings = settingsOf(options, instruments);
  const { queue, fees, fills, impact, selfTrade, like, cash, finish, gaps } = settings;
  const margin = parseMargin(settings.margin);
  checkGaps(gaps);
  checkLike(settings, tapes);
  // Orders to an exchange leave at once: what latency says is what a simulated venue would have assumed.
  const latency = latencies(options.orders === "away" ? "0ms" : settings.latency, seed);
  const queues = instruments.map((each) => typeof queue === "function" ? queue(each) : queueModel(queue, each.lotSize));
  const limits = runLimits(options, instruments);
  const openings = openingPositions(options.positions ?? {}, instruments);
  const guards = runGuards(options.guards, instruments);
  const [journal, ...heard] = options.journal ? makeJournal(options.journal) : [];
  const recorders = [...heard, ...(options.recorders ?? [])];
  const recorder = new ResultRecorder({ ...options, recorders }, totalRows(tapes));
  const made = checkedStrategy(strategy.name, strategy.create(parameters));
  const session = new Session({
    feeds: tapes.map((tape, i) => ({
      instrument: instruments[i],
      tape,
      queue: queues[i],
      limits: limits.instruments[i],
      opening: openings[i],
    })),
    risk: limits.scopes,
    guards: guards.specs,
    strategy: made,
    remake: remaking(strategy, parameters, specs),
    seed: options.seed ?? 1,
    cash,
    fees: feesOf(options, fees),
    // Absent rather than a model of none, so that nothing is asked where there is nothing to ask.
    margin: margin === "none" ? undefined : (valuation) => marginModel(margin, valuation),
    latency,
    venue: { fills, impact, selfTrade, like, asLevels: options.asLevels },
    gaps,
    finish,
    warmup: strategy.warmup,
    everyMessage: options.everyMessage,
    sampleNs: options.lateKnowledge || options.orders ? LATE_SAMPLE_NS : sampleInterval(tapes),
    late: lateOf(options.lateKnowledge),
    away: options.orders === "away" ? options.sendTo ?? NOWHERE : undefined,
    told: options.told,
    recorder,
    roundTrips: recorder,
  });
  session.commands.schedule(options.commands ?? []);
  const facts = { session, tapes, parameters, settings };
  const snapshots = beginSnapshots(options, facts, recorder);
  if (journal) startJournal(journal, options, facts);
  const names = modelNames(options, settings, {
    // On single orders the place in the queue is exact, and on bars there is none.
    queue: queues[tapes.findIndex(({ layout }) => asksQueue(layout, options))]?.name ?? "",
    latency: latency.name,
    guards: guards.words,
  });
  const notes = [...limits.notes, ...notesOf(options, tapes), ...silence(made, tapes)];
  const loop = new SessionLoop(session, options);
  if (options.from) loop.resume();
  if (snapshots) loop.after = () => snapshots.look();
  return { session, loop, journal, recorder, snapshots, tapes, parameters, limits: limits.shown, names, notes };
}

/** What fills cost: as a model says, or the exchange where orders go to one. */
function feesOf({ orders }: BacktestOptions, fees: NonNullable<BacktestOptions["fees"]>): SessionOptions["fees"] {
  const spec = typeof fees === "string" ? parseFees(fees) : fees;
  return (valuation) => {
    const model = "fee" in spec ? spec : feeModel(spec, valuation);
    return orders === "away" ? new ToldFees(model, valuation) : model;
  };
}

/** What a result calls the models that were in force: where orders went to an exchange, none that is of a simulated venue. */
function modelNames(
  { asLevels, lateKnowledge, orders }: BacktestOptions,
  { fees, fills, impact, like, margin }: ReturnType<typeof settingsOf>,
  { queue, latency, guards }: Pick<ModelNames, "queue" | "latency" | "guards">,
): ModelNames {
  const feeName = typeof fees === "string" ? fees : "fee" in fees ? "own model" : JSON.stringify(fees);
  const around = { ...(margin === "none" ? {} : { margin }), ...(guards === undefined ? {} : { guards }) };
  if (orders === "away") {
    const unsaid = feeName === "none" ? "" : `${feeName} where the exchange said nothing`;
    return { queue: "", latency: "", fees: unsaid, fills: "", impact: "", ...around };
  }
  return {
    queue,
    latency,
    fees: feeName,
    fills,
    impact,
    ...(like === undefined ? {} : { like }),
    ...(asLevels ? { asLevels: true as const } : {}),
    ...(lateKnowledge === undefined ? {} : { knowledge: knowledgeOf(lateKnowledge) }),
    ...around,
  };
}

function knowledgeOf({ silence }: LateKnowledge): string {
  return silence === undefined ? "as it arrives" : `as it arrives, or after ${silence} of silence`;
}

/** Makes the strategy again with some of its parameters changed. */
function remaking(
  strategy: StrategyDefinition,
  parameters: Prepared["parameters"],
  specs: readonly InstrumentSpec[],
): Remake {
  return (changed) => {
    const params = strategy.params ?? {}, values = paramValues(params, { ...parameters, ...changed });
    checkInstruments(params, values, instrumentNames(specs), specs.map(fullName));
    return checkedStrategy(strategy.name, strategy.create(values));
  };
}

/** Whether the place in the queue is for the model to say. */
export function asksQueue(layout: RunTape["layout"], { asLevels }: BacktestOptions): boolean {
  return layout === "l2" || (layout === "l3" && asLevels === true);
}

/** Says which callbacks of a strategy its tapes will never call. */
function silence(made: Strategy, tapes: readonly RunTape[]): string[] {
  const bars = tapes.filter(({ layout }) => layout === "bars").length;
  if (bars === tapes.length) {
    return made.onBook || made.onTrade ? ["Only bars: onBook and onTrade are never called"] : [];
  }
  return bars === 0 && made.onBar ? ["No bars: onBar is never called"] : [];
}

/** Throws RangeError for a strategy that can do nothing with its tapes. */
function checkNeeds({ name, needs }: StrategyDefinition, tapes: readonly RunTape[]): void {
  const odd = tapes.find(({ layout }) => needs !== undefined && (layout === "bars") !== (needs === "bars"));
  if (odd === undefined) return;
  const [wants, holds] = needs === "bars" ? ["bars", "events of a book"] : ["a book", "bars"];
  throw new RangeError(
    `Cannot run ${name} on ${odd.name}: it needs ${wants}, and the tape holds ${holds}; give another tape`,
  );
}

/** Options that have defaults, with what holds in this run. */
function settingsOf(options: BacktestOptions, instruments: readonly Instrument[]) {
  const { strategy } = options;
  return {
    queue: options.queue ?? "risk",
    latency: options.latency ?? "0ms",
    fees: options.fees ?? "none",
    fills: options.fills ?? (options.like === undefined ? "partial" : "whole"),
    impact: options.impact ?? "frozen",
    selfTrade: options.selfTrade ?? "allow",
    like: options.like,
    cash: options.cash ?? startingCash(strategy, instruments),
    margin: options.margin ?? "none",
    gaps: options.gaps ?? "stale",
    finish: options.finish ?? strategy.finish ?? "mark",
  };
}

/** Samples of the account over a tape: enough for a curve, few enough to cost nothing. */
const SAMPLES = 2048;
const SAMPLE_MIN_NS = 1e8;
/** How long a session lasts that runs on rows as they arrive, nobody knows. */
const LATE_SAMPLE_NS = 1e9;

function lateOf(given: LateKnowledge | undefined): SessionOptions["late"] {
  if (given === undefined) return undefined;
  return { silenceNs: given.silence === undefined ? Infinity : parseDuration(given.silence) };
}

function sampleInterval(tapes: readonly RunTape[]): number {
  let first = Infinity, last = -Infinity;
  for (const tape of tapes) {
    const [begins, ends] = spanOf(tape);
    first = Math.min(first, begins);
    last = Math.max(last, ends);
  }
  const span = Math.max(0, last - first);
  return Math.max(SAMPLE_MIN_NS, Math.ceil(span / SAMPLES / SAMPLE_MIN_NS) * SAMPLE_MIN_NS);
}

/** First exchange and last local time of a tape in ns, about; Infinity and -Infinity where it has no rows. */
function spanOf(tape: RunTape): [first: number, last: number] {
  const { span } = tape.meta;
  if (span) return [Number(span.exchangeFirst), Number(span.localLast)];
  const filled = Array.from({ length: tape.batches }, (_, i) => i).filter((i) => tape.rowsIn(i) > 0);
  if (filled.length === 0) return [Infinity, -Infinity];
  const batch = (index: number) => tape.layout === "bars" ? tape.bars(index) : tape.batch(index);
  const { exchange } = batch(filled[0]), { local, rows } = batch(filled[filled.length - 1]);
  return [exchange[1] * 2 ** 32, local[2 * rows - 1] * 2 ** 32];
}

function totalRows(tapes: readonly RunTape[]): number {
  return tapes.reduce((sum, { meta }) => sum + meta.rows, 0);
}

function checkTapes(tapes: readonly RunTape[]): void {
  if (tapes.length === 0) throw new TypeError("Cannot run a backtest: there is no tape; give at least one");
  const seen = new Set<string>();
  for (const tape of tapes) {
    const { meta, name } = tape;
    const { symbol, venue } = meta.instrument;
    if (seen.has(`${symbol} ${venue}`)) {
      throw new RangeError(`Cannot run on ${name}: ${symbol} of ${venue} has a tape already; join them with convert`);
    }
    seen.add(`${symbol} ${venue}`);
    const least = leastLatency(tape);
    if (least < 0) {
      throw new RangeError(
        `Cannot run on ${name}: latency is ${least} ns at its smallest (NEGATIVE_LATENCY): we would see events before they happen; ` +
          `convert it with --skew shift`,
      );
    }
  }
}

/** The smallest latency of a tape, in ns: as its metadata state it, or as its rows have it where someone else wrote them. */
function leastLatency(tape: RunTape): number {
  const { skew, sha256 } = tape.meta;
  if (skew.latency !== undefined && sha256 !== "") return skew.latency.min + skew.shiftNs;
  return tapeLatency(tape)?.min ?? 0;
}

function checkGaps(gaps: string): void {
  if (gaps === "stop" || gaps === "stale") return;
  throw new RangeError(`Cannot treat gaps as ${gaps}: there is no such policy; ${closest(gaps, ["stop", "stale"])}`);
}

/** Throws RangeError where a run cannot be like hftbacktest: it has none of the other models, and no other tapes. */
function checkLike({ like, fills, impact, selfTrade }: VenueOptions, tapes: readonly RunTape[]): void {
  if (like === undefined) return;
  if (like !== "hftbacktest") {
    throw new RangeError(`Cannot be like ${like}: there is no such outcome; ${closest(`${like}`, ["hftbacktest"])}`);
  }
  const has = { fills: "whole", impact: "frozen", selfTrade: "allow" }, asked = { fills, impact, selfTrade };
  for (const name of ["fills", "impact", "selfTrade"] as const) {
    if (asked[name] === has[name]) continue;
    throw new RangeError(
      `Cannot be like hftbacktest: ${name} is ${asked[name]}, and there it is ${has[name]}; leave one of the two out`,
    );
  }
  const other = tapes.find(({ layout }) => layout !== "l2");
  if (other) {
    throw new RangeError(
      `Cannot be like hftbacktest on ${other.name}: it holds ${other.layout}, and only on levels (l2) do the two differ; ` +
        `leave it out`,
    );
  }
}

function startingCash(strategy: StrategyDefinition, instruments: readonly Instrument[]): Record<string, string> {
  const cash = strategy.cash;
  return cash === undefined ? {} : Object.fromEntries(instruments.map(({ currency }) => [currency, cash]));
}

const FINISHES: Readonly<Record<Finish, string>> = {
  mark: "valued at the last mark",
  open: "closed at the last bar's open, in hindsight",
  close: "closed at the last bar's close, in hindsight",
};

function notesOf(options: BacktestOptions, tapes: readonly RunTape[]): string[] {
  if (options.orders === "away") return [AWAY_NOTE, ...tapeNotes(tapes)];
  const notes: string[] = [];
  if (options.queue === undefined && tapes.some(({ layout }) => asksQueue(layout, options))) {
    notes.push("Queue model: risk, the default");
  }
  if (options.queue !== undefined && !tapes.some(({ layout }) => asksQueue(layout, options))) {
    notes.push("Queue model: not asked: on single orders the place in the queue is exact, and bars have none");
  }
  if (options.latency === undefined) notes.push("Latency: 0, the default: orders arrive the moment they are sent");
  if (options.fees === undefined) notes.push("Fees: none, the default");
  if (options.margin === undefined) notes.push("Margin: none, the default: positions are carried whatever they lose");
  if (options.like !== undefined) notes.push("Like hftbacktest 2.4.4: fills whole, impact frozen, self-trades allowed");
  const finish = options.finish ?? options.strategy.finish ?? "mark";
  notes.push(`Finish: ${finish}: a position open at the end is ${FINISHES[finish]}`);
  return [...notes, ...tapeNotes(tapes)];
}

/** What a result says of models where there was none. */
const AWAY_NOTE = "Orders went to the exchange: queue, latency, fees and fills are what it made of them";

function tapeNotes(tapes: readonly RunTape[]): string[] {
  const notes: string[] = [];
  for (const { meta, name } of tapes) {
    if (meta.skew.shiftNs !== 0) notes.push(`${name}: local times are shifted by ${meta.skew.shiftNs} ns`);
    if (meta.gaps.count > 0) notes.push(`${name}: gaps in the source's sequence: ${meta.gaps.count}`);
    // How many unknown orders a run met is known when it has ended.
    notes.push(...tapeWarnings({ ...meta, unknownOrders: undefined }).map((warning) => `${name}: ${warning}`));
    if (meta.incomplete) notes.push(`${name}: an incomplete conversion (${meta.incomplete.reason})`);
  }
  return notes;
}
