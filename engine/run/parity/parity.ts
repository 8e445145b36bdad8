import { join } from "node:path";
import type { JournalHeader } from "../../core/journal_format.ts";
import { instrument } from "../../core/instrument.ts";
import { JournalReader, OUTPUT } from "../../core/journal_reader.ts";
import { ORDER_STATE, REFUSAL } from "../../core/recorder.ts";
import { PENDING_CANCEL, PENDING_NEW, PENDING_REPLACE } from "../../oms/order_life.ts";
import type { RunResult } from "../../stats/result.ts";
import type { BacktestOptions } from "../backtest.ts";
import { type FindOptions, findRun, type FoundRun } from "../find_run.ts";
import { isUnfinished, type JournalScan, scanJournal } from "../journal_scan.ts";
import { JournalSource } from "../journal_source.ts";
import { loadStrategy } from "../load_strategy.ts";
import type { Shares } from "../order_difference.ts";
import { openingPositions } from "../opening.ts";
import { prepare } from "../prepare.ts";
import type { PlainRun } from "../rule_changes.ts";
import { inputsUntil, notAgain, stopOf } from "../run_again.ts";
import { optionsOf } from "../run_journal.ts";
import { sha256 } from "../sha256.ts";
import { verify, type VerifyReport } from "../verify.ts";
import { VERSION } from "../version.ts";
import { CAUSES } from "./causes.ts";
import { Happened } from "./happened.ts";
import { type CurrencyAmounts, isNothing, less, pnlOf, sum } from "./money.ts";
import { type OrderPairs, pairOrders, sharedFills } from "./order_pairs.ts";
import type { TrailOrder } from "./order_trail.ts";
import type { CauseRow, DecisionsCompared, ParityReport, SwitchStep } from "./parity_report.ts";
import { sessionAgain, type SessionParts } from "./session_again.ts";
import { staleTimes } from "./stale_times.ts";
import { type Chain, type Explained, fillsOf, liveChain, paperChain } from "./switches.ts";
import { ToldSet } from "./told_set.ts";
import { worstOrders } from "./worst_orders.ts";

/** What {@linkcode parity} can be told. */
export interface ParityOptions extends FindOptions {
  /** Hears of tape rows read, of each re-run. */
  readonly onProgress?: (rows: number, total: number) => void;
  /** Asked now and then; true ends it with StoppedError. */
  readonly stopped?: () => boolean;
}

/**
 * Holds a paper or live session against a backtest of it: does its journal, replayed, make the same decisions; what would the
 * backtest have done on the recorded tape; and where the two differ, why.
 *
 * The session is run again and again on its recording, each time with one thing more of what happened: from the plain backtest, with the
 * models that the run names, to the session itself. What a switch changes in P&L is its cause's; so the causes and what is left
 * (`unexplained`) add up to the whole difference, to the last digit. The switches, in their order:
 *
 * 1. late knowledge (paper): venues know of the market when we do, see `LateFeed`.
 * 2. feed latency (live): the recorded one, in place of the one that the run names (`latency` has "feed=…").
 * 3. order latency: what round trips were measured to take. Journals do not say when a request reached the exchange: what a round trip
 *    took beyond the modelled way back counts as the way there.
 * 4. operator command: what somebody outside commanded, at its time; also the pause with which a live session is stopped.
 * 5. clock, rate limit, venue reject, data gap, again order latency, queue position, impact, partial fill: for each in this order, what
 *    the exchange said of the orders that it is the cause of (see `causesOf`) takes the place of what the simulation says. What comes
 *    up by that is gone through again, four times at most.
 * 6. unexplained: the exchange's answers as inputs in their places, as the journal has them.
 * 7. fee, then funding: what the exchange charged and paid, in place of the fee model, and of no funding; what stands on the tape is
 *    paid in all re-runs.
 *
 * What can be disputed:
 *
 * - A switch changes what the strategy does next, too. All that follows from it is its cause's, so the order of the switches matters.
 * - The exchange's answers explain themselves: of an order that rested all that is known is that it was filled otherwise than simulated,
 *   and that is called its queue position, whatever else it may have been.
 * - An order has one cause. One that rested, was refused a cancel and then filled counts as refused.
 * - The exchange's answers hold for an order that is sent at the very moment, and on the terms, at which it was sent. Others are
 *   simulated.
 * - Messages that were lost are on the recording as a gap, and refused orders come of it in all re-runs: a data gap is what the exchange
 *   did to open orders meanwhile. A paper session has none.
 * - Fills of orders that we do not know, booked because the exchange says so, stay unexplained.
 * - Our own impact on the market is in the recording already, and no switch takes it out: impact is what taking cost beyond the book.
 * - Of a strategy that decides otherwise when it is fed the same, in the same file and the same Lockstep, each re-run is another: the whole difference is its
 *   non-determinism, and no other cause can be told.
 * - Where its file, or Lockstep, has changed since, that is not known: then the whole difference is unexplained.
 *
 * A session that goes on, or was killed, is certified as if it had been stopped where its journal and its recording both go to, a
 * second or two ago (`until`).
 *
 * Costs: one run for each switch, and three more; memory for the orders of three of them.
 *
 * Throws RangeError where nothing can be tried: it was a backtest, its journal is damaged, files of it are gone; and for
 * what `verify` throws.
 */
export async function parity(folder: string, options: ParityOptions = {}): Promise<ParityReport> {
  const { kind, unfinished } = certifiable(folder), { tapes: _, strategy: __, ...watch } = options;
  const verified = await verify(folder, options);
  // Of a session that goes on no less than what was verified.
  using source = new JournalSource(folder, "certify");
  const { journal: { header, where, closing }, inputs: all } = scanJournal(source);
  using found = findRun({ folder, header, where, closing, unfinished }, options);
  const inputs = inputsUntil(all, verified.unfinished?.until), stopAfter = stopOfRun(verified);
  const openings = openingsOf(header);
  const parts: SessionParts = {
    strategy: await loadStrategy(found.strategy),
    tapes: found.tapes.map(({ reader }) => reader),
    openings,
    ...watch,
  };
  const soFar = unfinished ? new Happened(openings) : undefined;
  try {
    const { orders, ...plain } = withIds({ ...optionsOf(header), inputs }, parts);
    const away = orders ? { orders } : {};
    const was = await sessionAgain(parts, { ...plain, ...away, inputs, stopAfter, recorder: soFar });
    soFar?.end();
    const happened = soFar ?? Happened.read(new JournalReader(source, sha256), openings);
    const { lastMove } = was, { lastInput } = happened;
    const until = closing?.incomplete === null ? undefined : lastMove > lastInput ? lastMove : lastInput;
    const session: Explained = { parts, plain, happened, inputs, was, stopAfter, until };
    const decisions = decisionsOf(verified, new JournalReader(source, sha256));
    const same = verified.difference === undefined && (unfinished || verified.digest === closing?.digest);
    if (!same && unfinished) {
      throw new RangeError(
        `Cannot certify ${folder}: its decisions do not come again, and it has no result yet; see verify`,
      );
    }
    const chain = !same
      ? await otherwise(session, kind, folder, found, header)
      : kind === "live"
      ? await liveChain(session, staleTimes(parts.tapes))
      : await paperChain(session);
    return reportOf({ folder, kind, header, verified, decisions, same, session, chain });
  } catch (error) {
    throw notAgain(folder, error);
  }
}

/** What kind of session it was, and whether it has an end. Throws RangeError where its journal says too little. */
function certifiable(folder: string): { readonly kind: ParityReport["kind"]; readonly unfinished: boolean } {
  using source = new JournalSource(folder, "certify");
  const scan = scanJournal(source), unfinished = isUnfinished(scan);
  checkSound(folder, scan, unfinished);
  return { kind: kindOf(folder, scan.journal.header), unfinished };
}

/** Throws RangeError for a journal that is not whole, but for the end of one that goes on. */
function checkSound(folder: string, { journal }: JournalScan, unfinished: boolean): void {
  const { closing, damage, from } = journal, whole = damage === undefined && closing !== undefined;
  if ((whole || unfinished) && !(from && from.outside > 0)) return;
  const why = damage && !unfinished
    ? `its journal is damaged: ${damage.what}; see verify`
    : "inputs were in files that are gone; keep more files";
  throw new RangeError(`Cannot certify ${folder}: ${why}`);
}

/** How the session is stopped again. */
function stopOfRun({ closing, unfinished }: VerifyReport): BacktestOptions["stopAfter"] {
  return unfinished ? { steps: unfinished.moves, reason: "the session has no end yet" } : stopOf(closing);
}

function kindOf(folder: string, { options }: JournalHeader): ParityReport["kind"] {
  if (options.orders === "away") return "live";
  if (options.lateKnowledge !== undefined) return "paper";
  throw new RangeError(
    `Cannot certify ${folder}: it was a backtest, and nothing happened beside it; use verify, or certify a paper or live run`,
  );
}

/** With how many positions a session began. */
function openingsOf(header: JournalHeader): number {
  const { positions = {} } = optionsOf(header), instruments = header.tapes.map((tape) => instrument(tape.instrument));
  return openingPositions(positions, instruments).filter((each) => each !== undefined).length;
}

/** The run's options with all its commands as the session knows them: each has an id. */
function withIds(options: ReturnType<typeof optionsOf>, { strategy, tapes }: SessionParts): PlainRun {
  const { session } = prepare({ ...options, strategy, tape: tapes }, tapes), { inputs: _, ...plain } = options;
  return { ...plain, commands: session.commands.scheduled };
}

/** What a decision is: an order, a cancel, an amend that was sent, or one that was refused before. */
function decisionsOf(verified: VerifyReport, journal: JournalReader): DecisionsCompared {
  const { compared, difference, unfinished } = verified;
  // What came after the last move that both have, or while it was looked, nobody has compared.
  const records = unfinished && !difference ? compared : verified.records;
  const decided = new Map<number, number>();
  let made = 0, same = 0, at = 0;
  for (let kind = journal.next(); kind !== 0 && at < records; kind = journal.next()) {
    if (kind !== OUTPUT) continue;
    at++;
    const { tag, order, x } = journal;
    if (!isDecision(tag, order, x, decided)) continue;
    made++;
    if (at <= compared) same++;
  }
  return { made, same, records, recordsSame: compared, ...(difference ? { first: difference } : {}) };
}

function isDecision(tag: number, order: number, x: number, states: Map<number, number>): boolean {
  if ((tag & 15) === REFUSAL) return true;
  if ((tag & 15) !== ORDER_STATE) return false;
  const state = x % 16, before = states.get(order);
  states.set(order, state);
  return state !== before && (state === PENDING_NEW || state === PENDING_CANCEL || state === PENDING_REPLACE);
}

/** Decisions differ: the whole difference is one cause's. */
async function otherwise(
  session: Explained,
  kind: ParityReport["kind"],
  folder: string,
  { unchanged }: FoundRun,
  { lockstep }: JournalHeader,
): Promise<Chain> {
  const { parts, plain, happened, until } = session, { lateKnowledge: _, ...known } = plain;
  const told = new ToldSet(happened, new Set(), until !== undefined);
  const backtest = await sessionAgain(parts, { ...known, until, told });
  const pnl = pnlOf(JSON.parse(readResult(folder)) as RunResult);
  const pairs = pairOrders(backtest.trail.orders, happened.trail.orders), fills = fillsOf(happened);
  const random = unchanged && lockstep === VERSION;
  const step: SwitchStep = {
    cause: random ? "strategy non-determinism" : "unexplained",
    switched: `what the ${kind} session decided`,
    cases: 1,
    orders: pairs.onlyWas.length + pairs.onlyNow.length,
    fills: fillsOf(backtest) + fills - 2 * sharedFills(pairs),
    money: less(pnl, backtest.pnl),
    pnl,
  };
  return { backtest, steps: [step], causes: { became: new Map(), vanished: new Map() }, warnings: [] };
}

function readResult(folder: string): string {
  try {
    return Deno.readTextFileSync(join(folder, "result.json"));
  } catch (error) {
    throw new RangeError(
      `Cannot certify ${folder}: its decisions do not come again, and its result.json is missing; see verify`,
      { cause: error },
    );
  }
}

interface Certified {
  readonly folder: string;
  readonly kind: ParityReport["kind"];
  readonly header: JournalHeader;
  readonly verified: VerifyReport;
  readonly decisions: DecisionsCompared;
  readonly same: boolean;
  readonly session: Explained;
  readonly chain: Chain;
}

function reportOf({ folder, kind, header, verified, decisions, same, session, chain }: Certified): ParityReport {
  const { happened: { trail }, was } = session, { backtest, steps } = chain;
  const instruments = header.tapes.map((tape) => instrument(tape.instrument));
  const pairs = pairOrders(backtest.trail.orders, trail.orders), pnl = steps.at(-1)?.pnl ?? backtest.pnl;
  const before = backtest.trail.orders, fills = [fillsOf(backtest), fillsOf({ trail })];
  const causes = causeRows(steps), left = causes.find(({ cause }) => cause === "unexplained")!;
  return {
    run: folder,
    kind,
    header,
    ...(verified.unfinished ? { until: verified.unfinished.until } : {}),
    decisions,
    simulated: { orders: before.length, fills: fills[0], pnl: backtest.pnl },
    happened: { orders: trail.orders.length, fills: fills[1], pnl },
    difference: less(pnl, backtest.pnl),
    intents: shares(intentsOf(before), intentsOf(trail.orders), sharedIntents(pairs)),
    orders: shares(before.length, trail.orders.length, pairs.pairs.length),
    fills: shares(fills[0], fills[1], sharedFills(pairs)),
    causes,
    steps,
    worst: worstOrders(pairs, { instruments, marks2: was.marks2, causes: chain.causes }),
    warnings: [
      ...verified.warnings,
      ...chain.warnings,
      ...verified.contradictions.map(({ file, what }) => `${file}: ${what}`),
    ],
    ok: same && isNothing(left.money) && left.orders === 0 && left.fills === 0,
  };
}

/** One row for each cause, and none is left out. */
function causeRows(steps: readonly SwitchStep[]): CauseRow[] {
  const nothing: CurrencyAmounts = Object.fromEntries(Object.keys(steps[0]?.money ?? {}).map((name) => [name, "0"]));
  return CAUSES.map((cause) =>
    steps.filter((step) => step.cause === cause).reduce<CauseRow>((row, step) => ({
      cause,
      cases: row.cases + step.cases,
      orders: row.orders + step.orders,
      fills: row.fills + step.fills,
      money: sum(row.money, step.money),
    }), { cause, cases: 0, orders: 0, fills: 0, money: nothing })
  );
}

function intentsOf(orders: readonly TrailOrder[]): number {
  return orders.reduce((count, { requests }) => count + 1 + requests.length, 0);
}

/** Orders that both have, and of each the requests that both made about it, in their order. */
function sharedIntents({ pairs }: OrderPairs): number {
  return pairs.reduce((count, [{ requests: a }, { requests: b }]) => {
    let same = 0;
    while (same < a.length && same < b.length && a[same].what === b[same].what) same++;
    return count + 1 + same;
  }, 0);
}

function shares(was: number, now: number, both: number): Shares {
  return { both, onlyWas: was - both, onlyNow: now - both };
}
