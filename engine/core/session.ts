import { ALL, HALTED } from "../risk/gate.ts";
import { Guards } from "../risk/guards.ts";
import { parseDuration } from "../venue/latency.ts";
import { ArrivingFeed } from "./arriving_feed.ts";
import { BarSamples } from "./bar_samples.ts";
import { Caller, StrategyError } from "./caller.ts";
import { ERA, type FarTime } from "./clock.ts";
import { Code } from "./codes.ts";
import type { Command, CommandEntry, CommandResult } from "./command.ts";
import { Commands } from "./commands.ts";
import { SessionContext } from "./context.ts";
import { SAMPLE } from "./actions.ts";
import { Core, OUR_BARS, OUR_MESSAGE, OUR_ROWS, SCHEDULED } from "./core.ts";
import { ANSWER, EXCHANGE_DATA, OUR_DATA, REQUEST, TIMER } from "./event_queue.ts";
import { exchangeRows } from "./exchange_rows.ts";
import type { Feed } from "./feed.ts";
import { GapError } from "./gap_error.ts";
import { Ending } from "./ending.ts";
import { feedsInOrder, firstEra } from "./feed_order.ts";
import { exhausted, firstHeard, firstTime, lastTime, nextMessage } from "./feed_times.ts";
import { LateMoves } from "./late_moves.ts";
import { Reports } from "./reports.ts";
import { Rng } from "./rng.ts";
import { RunningStrategy } from "./running_strategy.ts";
import type { Services } from "./services.ts";
import { sessionCommands } from "./session_commands.ts";
import { makeFeeds } from "./session_feeds.ts";
import type { SessionOptions } from "./session_options.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { reportIn, type VenueReport } from "./venue_report.ts";

/**
 * One run of a core over its tapes: decides which input comes next, and calls the strategy.
 *
 * At one time our market data comes first, then answers to orders, exchange data, orders arriving, timers; then the
 * instruments in order of symbol. Between two such moments whole ranges of rows are applied at once.
 *
 * When the tapes have ended, what is on its way still arrives, at a market that stands as they left it; with the last answer
 * the session ends. Until then timers go on, and up to a thousand requests more may be sent.
 */
export class Session {
  readonly core: Core;
  readonly context: SessionContext;
  /** What can be commanded, and what was. */
  readonly commands: Commands;
  /** Moves made so far: a session made again comes to the same place after as many. */
  steps = 0;
  /** Whether commands are taken: from the start to the end. */
  #open = false;
  readonly #options: SessionOptions;
  /** The strategy hears the market. */
  readonly #hears: boolean;
  /** Every tape is one of bars: the account is sampled at each of them. */
  readonly #onBars: boolean;
  readonly #samples: BarSamples;
  readonly #caller: Caller;
  readonly #running: RunningStrategy;
  readonly #reports: Reports;
  readonly #ending: Ending;
  #guards: Guards | undefined;
  /** Where venues know nothing before we do: what comes next. */
  readonly late: LateMoves | undefined = undefined;

  constructor(options: SessionOptions) {
    // The order of registration must not show anywhere.
    const feeds = feedsInOrder(options.feeds);
    // What arrives comes message by message.
    const arrives = options.late !== undefined || options.away !== undefined;
    this.#options = arrives ? { ...options, everyMessage: true } : options;
    const { strategy } = options;
    const bars = feeds.filter(({ tape }) => tape.layout === "bars");
    this.#onBars = bars.length === feeds.length;
    this.#hears = !!(strategy.onBook || strategy.onTrade || strategy.onBar) || bars.length > 0;
    const instruments = feeds.map((feed) => feed.instrument);
    const core = this.core = new Core({ ...options, instruments, limits: feeds.map((feed) => feed.limits) });
    const first = Math.min(...feeds.map(({ tape }) => firstEra(tape)));
    core.clock.era = first === Infinity ? 0 : first;
    core.feeds = makeFeeds(core, feeds, options, (feed, row, at) => this.#stopAt(feed, row, at));
    if (arrives) this.late = new LateMoves(core, core.feeds.filter((feed) => feed instanceof ArrivingFeed));
    this.#reports = new Reports(core, options.recorder);
    this.context = new SessionContext(core, instruments, new Rng(options.seed).child("strategy"));
    core.listener = this.#caller = new Caller(core, this.context, strategy, options.recorder, this.#onBars);
    this.#ending = new Ending(core, this.#caller, options.finish);
    this.context.attach(this.#caller, () => this.guards);
    if (options.guards) this.guards.arm(options.guards);
    this.#samples = new BarSamples(core, options.recorder);
    this.commands = new Commands(this, options.recorder);
    const caller = this.#caller;
    const running = this.#running = new RunningStrategy(strategy, options.remake, (next) => caller.use(next));
    const kinds = sessionCommands({ core, context: this.context, running, guards: () => this.guards });
    for (const [name, kind] of Object.entries(kinds)) this.commands.handle(name, kind);
  }

  /** What acts beside the strategy. */
  get services(): Services {
    return this.#caller.services;
  }

  /** What watches the session: made when somebody first asks for it. */
  get guards(): Guards {
    return this.#guards ??= new Guards(this.core, this.services);
  }

  /** Guards so far; undefined where nobody asked for them. */
  get guardsMade(): Guards | undefined {
    return this.#guards;
  }

  /** Starts the clock at the first row's exchange time and calls `onStart`. */
  start(): void {
    const { core } = this;
    core.clock.now = firstTime(this.core.feeds);
    feedsInOrder(this.#options.feeds).forEach(({ opening }, i) => {
      if (!opening) return;
      core.flow.open(i, opening);
      core.feeds[i].venue.hold(opening.lots);
    });
    this.commands.begin();
    if (!this.#onBars) {
      // The curve starts with the cash of the start, before anything can be gained or lost.
      this.#options.recorder.sample?.(core.now, this.context.equity());
      core.timer(this.#options.sampleNs, SAMPLE, 0, this.#options.sampleNs);
    }
    if (this.#options.warmup) {
      core.gate.hold(ALL, HALTED, Code.WARMING_UP);
      this.#warming = true;
      this.#warmUntil = core.clock.farFromNow(parseDuration(this.#options.warmup));
    }
    this.#caller.services.started();
    this.#caller.call("onStart");
    this.#caller.tellNews();
    this.#open = true;
    core.moving = false;
  }

  /** Whether it can start: there is a row to start the clock by, or there never will be. */
  get ready(): boolean {
    return this.late?.ready ?? true;
  }

  /** When the clock starts, as ns since 1970-01-01 UTC; before it has started. */
  get startsAt(): bigint {
    return this.core.clock.toEpochNs(firstTime(this.core.feeds));
  }

  /**
   * Carries out a command from outside, between two moves: the only way by which anything but tapes and strategy changes a
   * session. One that has not started, or is over, refuses it as CLOSED.
   *
   * Where the session follows wall time the command comes at that, and not at the last move's; made again, it comes at `at`.
   *
   * Throws TypeError or RangeError for a malformed command, and Error in the midst of a move.
   */
  command(command: Command, at?: bigint): CommandResult {
    if (!this.#open) return { id: command.id ?? "", code: Code.CLOSED, order: 0 };
    return this.#fromOutside(() => this.commands.take(command), at);
  }

  /**
   * Takes what an exchange says of an order, between two moves, as {@linkcode command} takes a command. A session that is over hears
   * nothing more.
   *
   * Throws RangeError for a report that makes no sense, and Error in the midst of a move.
   */
  report(report: VenueReport, at?: bigint): void {
    if (this.#open) this.#fromOutside(() => this.#reports.take(report, this), at);
  }

  /** Takes again what came from outside, as a journal has it. */
  takeAgain({ command, at }: CommandEntry): void {
    const report = reportIn(command);
    if (report) this.report(report, BigInt(at));
    else this.command(command, BigInt(at));
  }

  #fromOutside<Result>(take: () => Result, at: bigint | undefined): Result {
    const { core } = this;
    if (core.moving) throw new Error("Cannot take a command in the midst of a move; wait until it is done");
    core.moving = true;
    try {
      if (this.late) {
        core.clock.now = Math.max(core.now, at === undefined ? this.late.reached : core.clock.fromEpochNs(at));
      }
      const result = take();
      this.#caller.tellNews();
      return result;
    } finally {
      core.moving = false;
    }
  }

  #warming = false;
  #warmUntil: FarTime = { eras: 0, ns: 0 };

  /**
   * Applies what comes next; false once the tape has ended, all that was due by then has happened, and what was on its way
   * has arrived.
   */
  step(): boolean {
    this.core.moving = true;
    const more = this.late === undefined ? this.#move() : this.#lateMove(this.late);
    if (this.#caller.news) this.#caller.tellNews();
    this.core.moving = false;
    if (more) this.steps++;
    return more;
  }

  #move(): boolean {
    const { core } = this;
    const { queue, feeds } = core, listens = this.#listens;
    const caller = listens ? firstHeard(feeds, queue) : -1;
    const time = caller < 0 ? queue.time : feeds[caller].localTime, kind = caller < 0 ? queue.class : OUR_DATA;
    // Rows of the exchange at the same time come before orders that arrive and timers, and after our data and answers.
    if (!exchangeRows(core, Math.min(kind >= EXCHANGE_DATA ? time + 1 : time, ERA))) return true;
    // A request that reaches a venue is nothing we see: our rows can wait, and fewer, longer ranges are faster.
    if (!listens && (kind !== REQUEST || exhausted(feeds))) {
      for (let i = 0; i < feeds.length; i++) core.apply(OUR_ROWS, i, Math.min(time + 1, ERA));
    }
    return this.#make(time, kind, caller);
  }

  /** As {@linkcode #move}, of what is known so far. */
  #lateMove(late: LateMoves): boolean {
    return late.find() && this.#make(late.time, late.kind, late.caller);
  }

  /** Makes the move that comes next, now that the venues have come to it. */
  #make(time: number, kind: number, caller: number): boolean {
    const { core } = this, { queue } = core;
    if (!(time < ERA)) return this.#turn(time);
    if (this.#warming && time >= this.#warmUntil.eras * ERA + this.#warmUntil.ns) {
      this.#warming = false;
      core.gate.release(ALL, Code.WARMING_UP);
    }
    if (this.#ended(time, kind)) return false;
    if (caller >= 0) this.#hear(caller, time);
    else {
      // Answers that are here at one time follow each other, and so do requests: nothing comes between them.
      const many = kind === REQUEST || (kind === ANSWER && !this.#options.everyMessage);
      do {
        core.apply(SCHEDULED, 0, time);
        if (this.#caller.news) this.#caller.tellNews();
      } while (many && queue.class === kind && queue.time === time);
    }
    return true;
  }

  /** Runs to the end. Throws {@linkcode StrategyError} where the strategy threw; what came before stands. */
  run(): void {
    try {
      this.start();
      while (this.step());
      this.finish();
    } catch (error) {
      throw this.explain(error);
    }
  }

  /**
   * About when the next move happens, in session time: the next message or scheduled event. Rows that only a venue sees may
   * make an answer before. Infinity where there is nothing more in this era.
   */
  get due(): number {
    if (this.late) return this.late.due;
    const { queue, feeds } = this.core;
    return this.#listens ? Math.min(queue.time, nextMessage(feeds)) : queue.time;
  }

  /** Whether it stops at each message of the market. */
  get #listens(): boolean {
    return this.#hears || this.#options.everyMessage === true || this.#caller.services.hears;
  }

  #stopAt(feed: Feed, row: number, at: number): never {
    const { clock } = this.core;
    clock.now = Math.max(clock.now, at);
    throw new GapError(feed.instrument.symbol, clock.toEpochNs(at), feed.rowsSeen + row + 1);
  }

  /** What went wrong: an error that came out of a callback says which and when. */
  explain(error: unknown): Error {
    if (this.#caller.inside !== "") return new StrategyError(this.#caller.inside, this.context.now, error);
    return error instanceof Error ? error : new Error(String(error));
  }

  /** Ends the session: calls `onStop`, closes what is to be closed, records the orders that stand open. */
  finish(): void {
    while (this.close());
  }

  /** Makes the next part of its end (see {@linkcode Ending}); false once it is over. */
  close(): boolean {
    if (this.#ending.next()) return true;
    this.abandon();
    this.core.ledger.check();
    return false;
  }

  /** Parts of its end that were made: 0 while it goes on. */
  get ending(): number {
    return this.#ending.parts;
  }

  /** Records what stands, without another call of the strategy: a last sample, and the orders that are open. */
  abandon(): void {
    const { core } = this;
    this.#open = false;
    core.listener.sample();
    for (const order of this.context.openOrders(undefined, true)) {
      this.#options.recorder.order?.(core.orders, core.orders.slotOf(order.id), core.now, 0);
    }
    core.moving = false;
  }

  /** Keeps all of a session that has started and not ended, between two moves. */
  save(to: StateWriter): void {
    to.section("session", 1, () => {
      to.numbers(this.steps, this.#warmUntil.eras, this.#warmUntil.ns);
      to.flag(this.#warming);
      this.services.saveNames(to);
      this.core.save(to);
      this.context.save(to);
      this.commands.save(to);
      this.services.save(to);
      this.#running.save(to);
    });
  }

  /** Instead of `start`: goes on from where a session of the same options and tapes was saved. */
  load(from: StateReader): void {
    from.section("session", 1, () => {
      this.steps = from.number();
      this.#warmUntil = { eras: from.number(), ns: from.number() };
      this.#warming = from.flag();
      const makers = { guards: () => this.guards, ...this.context.makers };
      this.services.loadNames(from, (name) => void makers[name as keyof typeof makers]?.());
      this.core.load(from);
      this.context.load(from);
      this.commands.load(from);
      this.services.load(from, [this.commands]);
      this.#running.load(from);
    });
    this.#open = true;
    this.core.moving = false;
  }

  /**
   * What reaches us from a feed: a message; of bars all up to the next thing scheduled, where no order of ours is at the
   * venue, so that nothing can happen between them.
   */
  #hear(caller: number, time: number): void {
    const { core } = this;
    const { feeds } = core;
    // The first bar goes by itself: it is the first that has a price. So does each at which a position may be liquidated.
    const { venue, view } = feeds[0];
    const alone = this.#onBars && feeds.length === 1 && venue.open === 0 && view.mark2 === view.mark2 &&
      core.liquidation === undefined && !this.#warming && !this.#caller.services.hears && !this.#options.everyMessage;
    if (!alone) return void core.apply(OUR_MESSAGE, caller, time);
    const first = feeds[0].ourRow;
    try {
      // Nothing but the strategy's callback can throw there.
      this.#caller.inside = "onBar";
      core.apply(OUR_BARS, 0, time);
      this.#caller.inside = "";
    } finally {
      this.#samples.take(feeds[0], first);
    }
    this.#options.recorder.progress?.(feeds[0].row);
  }

  /** Whether the tapes have ended, with nothing on its way. Timers of the very moment at which they end are not due any more. */
  #ended(time: number, kind: number): boolean {
    const { core } = this;
    for (const feed of core.feeds) if (!feed.done) return false;
    if (kind !== TIMER && time <= lastTime(this.core.feeds)) return false;
    core.ended = true;
    return core.onTheWay === 0;
  }

  /** Nothing more happens in this era, and `time` is what is scheduled next: goes on to the first in which something does. */
  #turn(time: number): boolean {
    const { core } = this;
    const { clock, feeds, queue } = core;
    if (!this.#listens) {
      for (let i = 0; i < feeds.length; i++) core.apply(OUR_ROWS, i, ERA);
    }
    if (this.#ended(time, TIMER)) return false;
    let eras = Math.min(Math.floor(time / ERA), queue.farEras);
    for (const feed of feeds) eras = Math.min(eras, feed.nextEras(clock.era));
    if (eras === Infinity) return false;
    // A row of which one time is out of the other's reach is come to an era at a time.
    eras = Math.max(eras, 1);
    core.rebase(clock.era + eras);
    this.#warmUntil = { eras: this.#warmUntil.eras - eras, ns: this.#warmUntil.ns };
    this.late?.rebase(eras * ERA);
    return true;
  }
}
