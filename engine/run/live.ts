import { type Instrument, instrument, type InstrumentSpec } from "../core/instrument.ts";
import type { VenueReport } from "../core/venue_report.ts";
import { runName } from "../live/client_names.ts";
import { DeadMan } from "../live/dead_man.ts";
import type { HaltCause, LiveEventName } from "../live/live_event.ts";
import { openingPrice } from "../live/holdings.ts";
import type { LiveTools } from "../live/live_tools.ts";
import type { OrderBooks } from "../live/order_books.ts";
import { OrderDesk } from "../live/order_desk.ts";
import type { OrderEntry } from "../live/order_entry.ts";
import type { OrderLog } from "../live/order_log.ts";
import { OrderWatch } from "../live/order_watch.ts";
import { pause } from "../live/pause.ts";
import { beginRun, reconcile, type Reconciled, type ReconcileRules } from "../live/reconcile.ts";
import { AwaySession } from "./away_session.ts";
import type { ArrivingSessionOptions } from "./arriving_session.ts";

/** The way of a live session's orders. */
export interface LiveOptions {
  readonly entry: OrderEntry;
  readonly tools: LiveTools;
  readonly instruments: readonly InstrumentSpec[];
  /** Where orders and executions are written down, for the run after this one. */
  readonly log: OrderLog;
  /** What the log of the run before says. */
  readonly books: OrderBooks;
  /** What to do with differences that no rule settles: the session is not begun, unless said. */
  readonly rules?: ReconcileRules;
}

/** Who hears what the exchange says: nobody, before the session has begun. */
interface Hears {
  desk?: OrderDesk;
}

/** The exchange and our log do not agree, and no rule settles it. */
export class ReconcileError extends Error {
  override readonly name = "ReconcileError";

  constructor(readonly found: Reconciled) {
    const left = found.rows.filter(({ rule }) => rule === "stops");
    super(
      `Cannot start: ${left.length} difference${left.length === 1 ? "" : "s"} between the exchange and the order log ` +
        `${left.length === 1 ? "is" : "are"} not settled`,
    );
  }
}

/** How long orders that are cancelled at the end may take to be gone: of a request without an answer that takes ten seconds. */
const CANCEL_MS = 15_000;
const LOOK_MS = 50;
const LOOKS_UNTIL_ASKED = 20;

/** What ends a session that nobody stopped, by the error's name. */
const BROKEN_BY: Readonly<Record<string, LiveEventName>> = {
  JournalError: "JOURNAL_FAILED",
  WriteError: "JOURNAL_FAILED",
  StrategyError: "STRATEGY_FAILED",
};

/**
 * A session on a live market whose orders go to the exchange: the backtest's core, strategy and risk, with the exchange where the
 * simulated venue stands.
 *
 * - It begins once the exchange's books and ours agree (see {@linkcode reconcile}); positions of runs before are its own.
 * - What the exchange says of its orders is an input, journalled in its place: the journal, run again on the recording, makes the same
 *   decisions.
 * - What cannot be relied on any more (books that differ, a log that cannot be written) kills the session: nothing new leaves, and
 *   what rests is cancelled.
 * - So does a session that is over before it was stopped, as its strategy threw or its journal cannot be written: its orders are
 *   cancelled, and what they still trade is in the order log for the next run.
 * - Its own latencies are none: orders leave at once. Those of the options say what a simulated venue would have assumed.
 */
export class LiveSession {
  /** The name of this run at the exchange. */
  readonly run: string;
  /** What was found before it began. */
  readonly reconciled: Reconciled;
  readonly #options: LiveOptions;
  #session: AwaySession | undefined;
  readonly #hears: Hears;
  #watch: OrderWatch | undefined;
  #deadMan: DeadMan | undefined;
  #halted: string | undefined;
  /** Causes of a halt that were told, by event and instrument. */
  readonly #causes = new Set<string>();

  private constructor(options: LiveOptions, run: string, reconciled: Reconciled, hears: Hears) {
    this.#options = options;
    this.#hears = hears;
    this.run = run;
    this.reconciled = reconciled;
  }

  /**
   * Connects and reconciles; nothing has been sent yet. Rejects with ReconcileError where books do not agree, and with what the entry
   * says where it cannot be connected or asked.
   */
  static async open(options: LiveOptions): Promise<LiveSession> {
    const { entry, tools, log, books, rules, instruments } = options, run = runName(tools.wall(), tools.random);
    const hears: Hears = {};
    await entry.open({
      // What is said before the session has begun is found by reconciliation, or by the watch.
      report: (report) => hears.desk?.report(report),
      gap: () => hears.desk?.gap(),
    });
    try {
      const found = await reconcile({ entry, instruments: instruments.map(instrument), books, tools, rules });
      if (!found.settled) throw new ReconcileError(found);
      beginRun(log, run, tools.wall(), found);
      if (log.failure) throw log.failure;
      return new LiveSession(options, run, found, hears);
    } catch (error) {
      await entry.close();
      throw error;
    }
  }

  /**
   * Builds the session, once, with the cash that the account has unless another is given; nothing has happened in it yet. Throws
   * as `prepare` for options that do not fit.
   */
  begin(options: Omit<ArrivingSessionOptions, "positions">): AwaySession {
    const { entry, tools, log, instruments: specs } = this.#options,
      { run, reconciled } = this,
      positions = openings(reconciled, specs.map(instrument));
    const cash = options.cash ?? reconciled.cash;
    const session = this.#session = new AwaySession({ ...options, cash, ...(positions ? { positions } : {}) });
    const { core, context: { instruments } } = session.run.session, halt = (cause: HaltCause) => this.#halt(cause);
    const desk = this.#hears.desk = session.desk = new OrderDesk({
      ...{ entry, run, instruments, log, tools, halt },
      orders: core.orders,
      keptFees: reconciled.keptFees,
      position: (index) => core.position(index),
      report: (report) => this.#report(session, report),
      busy: () => session.busy,
      missed: () => this.#watch?.look(),
    });
    session.onBroken = (why) => this.#broken(why);
    desk.known(reconciled.heard, reconciled.funded);
    this.#watch = new OrderWatch({
      ...{ entry, instruments, tools },
      baseline: reconciled.baseline,
      watched: {
        compareOpen: (symbol, open) => desk.compareOpen(symbol, open),
        fills: (fills) => desk.fills(fills),
        funding: (payments) => desk.funding(payments),
        position: (index) => core.position(index),
        keptFees: (instrument) => desk.keptFees(instrument),
        halt,
      },
    });
    this.#deadMan = new DeadMan(entry, tools);
    return session;
  }

  /** The session that has begun. Throws Error before. */
  get session(): AwaySession {
    if (this.#session) return this.#session;
    throw new Error("Cannot ask for the session: it has not begun; call begin first");
  }

  /** Where its orders go. Throws Error before it has begun. */
  get desk(): OrderDesk {
    if (this.#hears.desk) return this.#hears.desk;
    throw new Error("Cannot ask for the desk: the session has not begun; call begin first");
  }

  /** Why nothing new leaves any more; undefined where it may. */
  get halted(): string | undefined {
    return this.#halted;
  }

  /**
   * Has nothing new leave, and cancels what rests. Resolves, once that is gone or has had its time, with the names of the orders that
   * are still open: they are then the user's to look after.
   */
  async quiet(cause: string): Promise<readonly string[]> {
    const { timers } = this.#options.tools, until = timers.now() + CANCEL_MS;
    const session = this.#session, { desk } = this.#hears;
    if (session === undefined || desk === undefined) return [];
    // One that is over takes no commands: its orders are asked to go all the same.
    if (session.command({ kind: "pause", cause }).code !== 0) desk.cancelAll();
    for (let looks = 1; desk.working.size > 0 && timers.now() < until; looks++) {
      await pause(timers, LOOK_MS);
      session.advance();
      // What could not be asked to go at first is asked again.
      if (looks % LOOKS_UNTIL_ASKED === 0) desk.cancelAll();
    }
    return [...desk.working.values()].map(({ clientId }) => clientId);
  }

  /** Disconnects: it hears nothing of its orders any more. */
  async close(): Promise<void> {
    this.#watch?.close();
    await this.#deadMan?.close((this.#hears.desk?.working.size ?? 0) > 0);
    this.#hears.desk?.close();
    await this.#options.entry.close();
  }

  /** What the exchange says and what cannot be has changed nothing: from then on the books are not the exchange's. */
  #report(session: AwaySession, report: VenueReport): void {
    try {
      session.report(report);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const { order, event, execution, instrument: symbol } = report,
        of = order === 0 ? symbol ?? "" : `order ${order}`;
      const what = execution === undefined ? event : `${event} ${execution}`;
      this.#halt({ name: "UNRECONCILED", message: `${what} of ${of} is not booked: ${error.message}` });
    }
  }

  /** The session is over, by itself or because it was stopped: whatever rests is cancelled, though nobody is left to be told. */
  #broken(why: Error): void {
    const { name, message } = why, event = BROKEN_BY[name];
    if (event) {
      this.#halted ??= message;
      const { tools, entry: { venue } } = this.#options;
      tools.tell({ name: event, venue, message: `the session is over: ${message}` });
    }
    this.#hears.desk?.cancelAll();
  }

  /** Tells of each cause once; the first kills the session. */
  #halt({ name, symbol, message }: HaltCause): void {
    const { tools, entry: { venue } } = this.#options, cause = `${name} ${symbol ?? ""}`;
    if (this.#causes.has(cause)) return;
    this.#causes.add(cause);
    const first = this.#halted === undefined, reason = symbol === undefined ? message : `${symbol}: ${message}`;
    tools.tell({ name, venue, symbol, message: first ? `${message}; the session is killed` : message });
    if (!first) return;
    this.#halted = reason;
    this.#hears.desk!.act(() => void this.#session!.command({ kind: "kill", cause: reason }));
  }
}

/** What the session begins with; undefined where that is nothing. */
function openings({ positions }: Reconciled, instruments: readonly Instrument[]): ArrivingSessionOptions["positions"] {
  const held = instruments.filter(({ symbol }) => Number(positions[symbol].size) !== 0);
  if (held.length === 0) return undefined;
  return Object.fromEntries(held.map((each) => {
    const position = positions[each.symbol];
    return [each.symbol, { size: position.size, price: openingPrice(position, each) }];
  }));
}
