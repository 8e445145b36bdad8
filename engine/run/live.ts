import type { Command, CommandResult } from "../core/command.ts";
import { instrument } from "../core/instrument.ts";
import type { VenueReport } from "../core/venue_report.ts";
import { runName } from "../live/client_names.ts";
import type { LiveTools } from "../live/live_tools.ts";
import type { OrderBooks } from "../live/order_books.ts";
import { OrderDesk } from "../live/order_desk.ts";
import type { OrderEntry, OrderListener } from "../live/order_entry.ts";
import type { OrderLog } from "../live/order_log.ts";
import { OrderWatch } from "../live/order_watch.ts";
import { pause } from "../live/pause.ts";
import { beginRun, reconcile, type Reconciled, type ReconcileRules } from "../live/reconcile.ts";
import type { AwayOrders } from "../venue/away_venue.ts";
import type { RunResult } from "../stats/result.ts";
import { type PaperOptions, PaperSession } from "./paper.ts";

/** What a live session is made of: what a paper session is, and the way to the exchange in place of a simulated venue. */
export interface LiveOptions extends Omit<PaperOptions, "orders" | "sendTo" | "positions" | "lateKnowledge"> {
  readonly entry: OrderEntry;
  readonly tools: LiveTools;
  /** Where orders and executions are written down, for the run after this one. */
  readonly log: OrderLog;
  /** What that log says of the runs before. */
  readonly books: OrderBooks;
  /** What to do with differences that no rule settles: the session is not begun, unless said. */
  readonly rules?: ReconcileRules;
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

/**
 * A session on a live market whose orders go to the exchange: the backtest's core, strategy and risk, with the exchange where the
 * simulated venue stands.
 *
 * - It begins once the exchange's books and ours agree (see {@linkcode reconcile}); positions of runs before are its own.
 * - What the exchange says of its orders is an input, journalled in its place: the journal, run again on the recording, makes the same
 *   decisions.
 * - What cannot be relied on any more (books that differ, a log that cannot be written) kills the session: nothing new leaves, and
 *   what rests is cancelled.
 * - Its own latencies are none: orders leave at once. Those of the options say what a simulated venue would have assumed.
 */
export class LiveSession {
  /** The session on rows as they arrive. */
  readonly arrivals: PaperSession;
  /** The name of this run at the exchange. */
  readonly run: string;
  /** What was found before it began. */
  readonly reconciled: Reconciled;
  readonly desk: OrderDesk;
  readonly #watch: OrderWatch;
  readonly #entry: OrderEntry;
  readonly #tools: LiveTools;
  #busy = false;
  #halted: string | undefined;

  private constructor(options: LiveOptions, run: string, reconciled: Reconciled) {
    const { entry, tools, log, books: _books, rules: _rules, ...rest } = options;
    this.run = run;
    this.reconciled = reconciled;
    this.#entry = entry;
    this.#tools = tools;
    const sendTo: AwayOrders = {
      submit: (slot) => this.desk.submit(slot),
      cancel: (slot) => this.desk.cancel(slot),
      amend: (slot, price, size) => this.desk.amend(slot, price, size),
    };
    const positions = openings(reconciled);
    this.arrivals = new PaperSession({ ...rest, orders: "away", sendTo, ...(positions ? { positions } : {}) });
    const { session } = this.arrivals.run, { core, context: { instruments } } = session;
    const halt = (reason: string) => this.#halt(reason);
    this.desk = new OrderDesk({
      ...{ entry, run, instruments, log, tools, halt },
      orders: core.orders,
      report: (report) => this.#report(report),
      busy: () => this.#busy,
      missed: () => this.#watch.look(),
    });
    this.desk.known(reconciled.heard);
    this.#watch = new OrderWatch({
      ...{ entry, instruments, tools },
      baseline: reconciled.baseline,
      watched: {
        compareOpen: (symbol, open) => this.desk.compareOpen(symbol, open),
        fills: (fills) => this.desk.fills(fills),
        position: (index) => core.position(index),
        paidInBase: (symbol) => this.desk.paidInBase(symbol),
        halt,
      },
    });
  }

  /**
   * Connects, reconciles, and builds the session; nothing has happened in it yet. Rejects with ReconcileError where books do not agree,
   * and with what the entry says where it cannot be connected or asked.
   */
  static async open(options: LiveOptions): Promise<LiveSession> {
    const { entry, tools, log, books, rules, feeds } = options, run = runName(tools.wall(), tools.random);
    let live: LiveSession | undefined;
    const listener: OrderListener = {
      // What is said while nothing of ours is open is found by reconciliation.
      report: (report) => live?.desk.report(report),
      gap: (reason) => live?.desk.gap(reason),
    };
    await entry.open(listener);
    try {
      const instruments = feeds.map((feed) => instrument(feed.instrument));
      const found = await reconcile({ entry, instruments, books, tools, rules });
      if (!found.settled) throw new ReconcileError(found);
      beginRun(log, run, tools.wall(), found);
      if (log.failure) throw log.failure;
      return live = new LiveSession(options, run, found);
    } catch (error) {
      await entry.close();
      throw error;
    }
  }

  /** Why nothing new leaves any more; undefined where it may. */
  get halted(): string | undefined {
    return this.#halted;
  }

  /** Goes on as far as rows and wall time allow, by at most so many moves; false once it has ended. */
  advance(moves = Infinity): boolean {
    const more = this.#alone(() => this.arrivals.advance(moves));
    this.desk.drain();
    return more;
  }

  /** How long it waits now, in ms, unless something arrives before; as of a paper session. */
  get wait(): number {
    return this.arrivals.wait;
  }

  /** Carries out a command at wall time. */
  command(command: Command): CommandResult {
    const result = this.#alone(() => this.arrivals.command(command));
    this.advance();
    return result;
  }

  /**
   * Ends it where it stands: orders that rest are cancelled first. Resolves with the names of those that are still open, which are then
   * the user's to look after.
   */
  async stop(reason: Error): Promise<readonly string[]> {
    const { timers } = this.#tools, until = timers.now() + CANCEL_MS;
    // Nothing new leaves from here on, and what rests is asked to go; what could not be asked then is asked again.
    this.command({ kind: "pause", cause: reason.message });
    for (let looks = 1; this.desk.working.size > 0 && timers.now() < until; looks++) {
      await pause(timers, LOOK_MS);
      if (!this.advance()) break;
      if (looks % LOOKS_UNTIL_ASKED === 0) this.desk.cancelAll();
    }
    this.#alone(() => this.arrivals.stop(reason));
    return [...this.desk.working.values()].map(({ clientId }) => clientId);
  }

  /** Disconnects, and completes recording and journal of a session that has ended; throws RunError as `backtest`. */
  async finish(): Promise<RunResult> {
    this.#watch.close();
    this.desk.close();
    await this.#entry.close();
    return this.arrivals.finish();
  }

  /** What the exchange says, behind all that was due by then; then the session goes on, and what it sends leaves at once. */
  #report(report: VenueReport): void {
    this.#alone(() => {
      this.arrivals.advance();
      this.arrivals.run.session.report(report);
      this.arrivals.advance();
    });
  }

  #halt(reason: string): void {
    if (this.#halted !== undefined) return;
    this.#halted = reason;
    this.#tools.tell({ name: "UNRECONCILED", venue: this.#entry.venue, message: `the session is killed: ${reason}` });
    this.desk.act(() => {
      this.#alone(() => this.arrivals.command({ kind: "kill", cause: reason }));
      this.#alone(() => this.arrivals.advance());
    });
  }

  /** Whatever the exchange says meanwhile waits. */
  #alone<Result>(act: () => Result): Result {
    const before = this.#busy;
    this.#busy = true;
    try {
      return act();
    } finally {
      this.#busy = before;
    }
  }
}

/** What the session begins with; undefined where that is nothing. */
function openings({ positions }: Reconciled): PaperOptions["positions"] {
  const held = Object.entries(positions).filter(([, { size }]) => Number(size) !== 0);
  if (held.length === 0) return undefined;
  return Object.fromEntries(
    held.map(([symbol, { size, cost }]) => [symbol, { size, price: (Number(cost) / Number(size)).toFixed(12) }]),
  );
}
