import { codeName } from "../../engine/core/codes.ts";
import type { Recorder } from "../../engine/core/recorder.ts";
import { fullName, instrumentNames } from "../../engine/core/instrument_names.ts";
import { isFinal } from "../../engine/oms/order_life.ts";
import { endRun, openTapes, stopIfAsked } from "../../engine/run/backtest.ts";
import type { ArrivingSession } from "../../engine/run/arriving_session.ts";
import { type BacktestOptions, prepare, type Prepared } from "../../engine/run/prepare.ts";
import type { RunResult } from "../../engine/stats/result.ts";
import { type Connection, Hub, type OwnersRequest } from "../hub/mod.ts";
import { systemTimers } from "../link/timers.ts";
import type { Principal } from "../auth/principal.ts";
import type { CommandTrace } from "../ops/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { Answered } from "./answered.ts";
import { DeadMan } from "./dead_man.ts";
import { BacktestDriver } from "./backtest_driver.ts";
import type { ClockData, Driver } from "./driver.ts";
import type { HostOptions } from "./host_options.ts";
import { Inputs } from "./inputs.ts";
import { PaperDriver } from "./paper_driver.ts";
import { checkMode, CLOCK_COMMANDS, commandsIn, HOST_COMMANDS, type Mode } from "./modes.ts";
import { Pilot } from "./pilot.ts";
import { Publisher } from "./publisher.ts";
import {
  carryOut,
  checkHostFields,
  checkScope,
  checkTime,
  checkUndo,
  type Commanded,
  type CommandedSession,
  DONE,
  keyOf,
  type SentCommand,
  timeOf,
  wellFormed,
} from "./session_commands.ts";
import { sessionFigures } from "./session_figures.ts";
import { framesHeard, venueHeard } from "./traced.ts";

/** How near the slowest client may be to being cut, 0 to 1, while the session goes on. */
const PRESSURE_MAX = 0.25;

/**
 * A session with a hub: it moves at its pace, tells its clients what happens, and does what they may ask.
 *
 * It is made of the options of any backtest; what the session puts out is what it would put out unserved, but for what clients
 * command.
 */
export class HostedSession implements CommandedSession {
  readonly id: string;
  readonly hub: Hub;
  readonly driver: Driver;
  readonly kinds: ReadonlySet<string>;
  readonly symbols: readonly string[];
  readonly #run: Prepared;
  readonly #paper: ArrivingSession | undefined;
  readonly #options: BacktestOptions;
  readonly #host: HostOptions;
  readonly #close: () => void;
  /** The seat of whoever drives it, at pace lockstep. */
  readonly #pilot: Pilot | undefined;
  readonly #deadMan: DeadMan;
  readonly #publisher: Publisher;
  readonly #mode: Mode;
  /** What it trades with at an exchange is no real money. */
  readonly #testMoney: boolean;
  /** Kinds of command that hello lists. */
  readonly #commands: readonly string[];
  /** When it starts, ns since 1970. */
  readonly #startsAt: bigint;
  readonly #inputs = new Inputs();
  readonly #answered = new Answered<Commanded>();
  /** Another takes its place. */
  #left = false;
  #timers = 0;

  /** Throws as `backtest` for options that do not fit; nothing has happened in the session yet. */
  constructor(options: BacktestOptions, host: HostOptions) {
    const { tapes, close } = openTapes(host.paper ? { ...options, tape: [] } : options),
      timers = host.timers ?? systemTimers;
    this.id = host.id;
    this.#host = host;
    const mode = this.#mode = host.mode ?? "backtest", { forward, testMoney = false } = host;
    this.#testMoney = testMoney;
    this.#close = close;
    this.#pilot = host.pace === "lockstep" ? new Pilot(() => this.driver) : undefined;
    const rows = tapes.reduce((sum, { meta }) => sum + meta.rows, 0);
    const publisher = this.#publisher = new Publisher({
      sink: { publish: (channel, symbol, data, time) => void this.hub.publish(channel, symbol, data, time) },
      rows,
      figures: () => sessionFigures(this.#run),
    });
    this.#options = {
      ...options,
      strategy: this.#pilot?.around(options.strategy) ?? options.strategy,
      everyMessage: true,
      recorders: [...(options.recorders ?? []), publisher, ...this.#listeners()],
      ...(forward ? { inputs: forward.inputs } : {}),
    };
    try {
      this.#paper = host.paper?.(this.#options);
      this.#run = this.#paper?.run ?? prepare(this.#options, tapes);
    } catch (error) {
      close();
      throw error;
    }
    const { session, loop } = this.#run, { instruments } = session.context;
    loop.patient = this.#pilot !== undefined;
    if (host.guard) loop.guard = host.guard;
    this.#startsAt = session.startsAt;
    this.symbols = instrumentNames(instruments);
    this.kinds = new Set(session.commands.kinds.keys());
    this.#deadMan = new DeadMan(timers, (order) => this.driver.over || this.driver.command(order));
    this.#commands = commandsIn(mode, [...this.kinds, ...CLOCK_COMMANDS, ...HOST_COMMANDS])
      .filter((kind) => (kind !== "drive" || this.#pilot) && (kind !== "clock_fork" || host.fork));
    this.hub = this.#makeHub();
    const common = {
      timers,
      paused: host.paused || this.#pilot !== undefined,
      onClock: (clock: ClockData) => void this.hub.publish("clock", "", clock, clock.time),
      ...(this.#pilot || host.waits ? { waits: () => this.#waits() } : {}),
    };
    // A paper session looks at what may stop it by itself.
    this.driver = this.#paper ? new PaperDriver(this.#paper, common) : new BacktestDriver(this.#run, {
      ...common,
      pace: host.pace,
      speed: host.speed,
      forward,
      arrived: () => this.#pilot?.forget(),
      look: () => stopIfAsked(this.#run, this.#options),
      // A tape can wait for clients that are slow, and does, until the hub has given them up.
      pressed: () => this.hub.pressure > PRESSURE_MAX,
    });
  }

  /** Both are asked: each hears of every move. */
  #waits(): boolean {
    const turn = this.#pilot?.turn() ?? false;
    return this.#host.waits?.(this.#run.session.due) || turn;
  }

  #makeHub(): Hub {
    const { id, limits, lossless, traces, metrics, timers, historyWait } = this.#host;
    const { instruments } = this.#run.session.context;
    return new Hub({
      ...(timers ? { clock: timers } : {}),
      session: id,
      mode: this.#mode,
      live: this.live,
      instruments: instruments.map((each, i) => ({
        symbol: this.symbols[i],
        venue: each.venue,
        kind: each.kind,
        tick: each.spec.tick,
        lot: each.spec.lot,
        multiplier: each.spec.multiplier ?? "1",
        currency: each.currency,
      })),
      commands: this.#commands,
      snapshot: (channel, symbol) =>
        channel === "clock" ? this.driver.clock : this.#publisher.snapshot(channel, symbol),
      onRequest: (connection, message) => void this.#request(connection, message),
      onLeave: (connection) => {
        this.#deadMan.left(connection);
        this.#pilot?.left(connection);
      },
      historyWait,
      limits,
      lossless,
      metrics: traces ? framesHeard(traces, id, metrics) : metrics,
    });
  }

  /** Moves it to its end; returns its result, or throws RunError as `backtest` does. */
  async run(): Promise<RunResult> {
    const started = performance.now();
    try {
      await this.driver.run();
      this.#publisher.ended();
      if (this.#paper) return this.#paper.finish();
      return endRun(this.#run, this.#options, () => (performance.now() - started) / 1000);
    } finally {
      this.#deadMan.stop();
      this.#host.traces?.close(this.id);
      this.#close();
      this.hub.flush();
    }
  }

  /** Ends it where it stands. */
  stop(reason: Error): void {
    this.driver.stop(reason);
  }

  get timers(): number {
    return this.#timers;
  }

  symbolOf(order: number): string | undefined {
    const { orders } = this.#run.session.core, slot = orders.slotOf(order);
    return slot < 0 ? undefined : this.symbols[orders.instrument[slot]];
  }

  refusal(code: number): string {
    const { last } = this.#run.session.core.risk;
    return last.code === code ? last.text : codeName(code);
  }

  /** The digest of what it has put out so far. */
  get digest(): string {
    return this.#run.session.core.digest.hex();
  }

  /** Whose clock it goes by. */
  get mode(): Mode {
    return this.#mode;
  }

  /** Whether its orders are real, and the money: at a test network neither is. */
  get live(): boolean {
    return this.#mode === "live" && !this.#testMoney;
  }

  /** Whether it has made its first move: before that it has no time. */
  get begun(): boolean {
    return this.#run.loop.steps > 0;
  }

  /** Rows of the tapes that it has read, and how many there are. */
  get progress(): { readonly rows: number; readonly total: number } {
    return this.#publisher.readSoFar;
  }

  /** Open orders, for whoever is to be told what is left. */
  get openOrders(): number {
    const { orders } = this.#run.session.core;
    return Array.from(orders.liveSlots()).filter((slot) => orders.state[slot] !== 0 && !isFinal(orders.state[slot]))
      .length;
  }

  /** Full names of the instruments, as commands may use them too. */
  get names(): readonly string[] {
    return this.#run.session.context.instruments.map(fullName);
  }

  /** Who hears what happens beside the publisher: what came in, for those made of it, and what the venue says, for traces. */
  #listeners(): Recorder[] {
    const { traces, fork, rewind, id } = this.#host;
    const heard: Recorder[] = [{ commanded: ({ command: { kind } }) => void (kind === "every" && this.#timers++) }];
    if (fork || rewind) heard.push({ commanded: (entry) => this.#inputs.add(entry) });
    if (traces) heard.push(venueHeard(traces, id));
    return heard;
  }

  async #request(connection: Connection, message: OwnersRequest): Promise<void> {
    const { id } = message;
    try {
      if (message.type === "done") this.#done(connection, message.data.step);
      else if (message.type === "token") await this.#token(connection, id, message.data.token);
      else this.#command(connection, id, message.data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        // A fault of ours harms this request alone, and not whoever else is served.
        this.#host.onFault?.(error);
        return connection.refuse(id, "FAILED", "Cannot answer: the server failed");
      }
      if (message.type === "command") this.#host.onCommand?.(connection, message.data, error);
      connection.refuse(id, error.data.name, error.message, error.data.retryMs);
    }
  }

  #command(connection: Connection, id: string | undefined, sent: SentCommand): void {
    const { command: { kind } } = sent, known = this.#commands.includes(kind);
    const trace = this.#host.traces?.begin(known ? kind : "unknown", this.id);
    let answer;
    try {
      // A strategy may hear of what a command brings up.
      answer = this.#run.loop.guard(() => this.#carryOut(connection, sent, trace));
    } catch (error) {
      trace?.failed(error instanceof ProtocolError ? error.data.name : "FAILED");
      throw error;
    }
    this.#host.onCommand?.(connection, sent, answer);
    // What the command did is published before it is answered: who acts on the answer finds it so.
    this.hub.flush();
    connection.answer(id, "commanded", answer);
    trace?.answered(answer.code, answer.order);
  }

  /**
   * Does what somebody asks who is in this process and no client of the hub, as a gateway for its own: by the way and under the
   * checks of a client's command. Throws ProtocolError as those are refused; what risk refuses is an answer with a code.
   */
  perform(principal: Principal, command: SentCommand["command"]): Commanded {
    const { onCommand } = this.#host, sent = { command };
    try {
      this.#permit(principal, sent);
      const answer = this.#run.loop.guard(() => carryOut(this, principal, sent));
      onCommand?.({ principal }, sent, answer);
      this.hub.flush();
      return answer;
    } catch (error) {
      if (error instanceof ProtocolError) onCommand?.({ principal }, sent, error);
      throw error;
    }
  }

  /** Throws ProtocolError where a principal may not have something done, or not now. */
  #permit(principal: Principal, sent: SentCommand): void {
    const { command, command: { kind } } = sent;
    checkScope(this, principal, command);
    checkMode(this.#mode, kind);
    checkTime(sent, this.#host.timers?.now() ?? Date.now());
    if (!this.driver.tape?.forwarding && !this.#left) return;
    throw new ProtocolError("OVERLOADED", `Cannot ${kind}: the session is on its way to where it begins`, 200);
  }

  /** Does what a client asks, if it may, if this mode can, and if it is not too late or too early. */
  #carryOut(connection: Connection, sent: SentCommand, trace: CommandTrace | undefined): Commanded {
    const { command, key } = sent, { kind } = command, { principal } = connection;
    this.#permit(principal, sent);
    trace?.risk();
    const own = (HOST_COMMANDS as readonly string[]).includes(kind) || kind.startsWith("clock_");
    if (!own) return carryOut(this, principal, sent);
    wellFormed(() => checkHostFields(command));
    const name = key === undefined ? undefined : keyOf(principal, key);
    return this.#answered.once(name, () => {
      if (kind === "clock_fork") return this.#fork(connection, command);
      if (kind === "clock_seek" && this.#host.rewind) return this.#seek(principal, sent, this.#host.rewind);
      return kind.startsWith("clock_") ? carryOut(this, principal, sent) : this.#ownCommand(connection, command);
    });
  }

  /** Has another session made that is this one, up to now or up to a time before. */
  #fork(connection: Connection, { time }: SentCommand["command"]): Commanded {
    const { fork } = this.#host, { clock, over } = this.driver, inputs = this.#inputs;
    if (!fork) throw new ProtocolError("MODE_UNSUPPORTED", "Cannot fork: this server makes no sessions; see serve");
    if (over && time === undefined) {
      throw new ProtocolError("SESSION_OVER", "Cannot fork: the session has ended; name a time before its end");
    }
    const { steps } = this.#run.loop;
    if (time === undefined) return { ...DONE, session: fork({ steps, inputs: inputs.before() }, connection) };
    const until = wellFormed(() => timeOf("fork", time, this.#startsAt));
    if (until > clock.time) {
      throw new ProtocolError("COMMAND_MALFORMED", `Cannot fork at ${time}: the session stands at ${clock.time}`);
    }
    return { ...DONE, session: fork({ steps, until, inputs: inputs.before(until) }, connection) };
  }

  /** Goes to a time; back to one that is past, as the session made again from its start, without what was commanded since. */
  #seek(principal: Principal, sent: SentCommand, rewind: NonNullable<HostOptions["rewind"]>): Commanded {
    const { clock } = this.driver, inputs = this.#inputs;
    const until = wellFormed(() => timeOf("seek", sent.command.time, clock.time));
    if (!this.begun || until >= clock.time) return carryOut(this, principal, sent);
    if (until < this.#startsAt) {
      throw new ProtocolError("COMMAND_MALFORMED", `Cannot seek to ${until}: the session starts at ${this.#startsAt}`);
    }
    const all = inputs.before(), kept = inputs.before(until), dropped = all.length - kept.length;
    checkUndo(this.id, principal, all.slice(kept.length));
    rewind({ steps: this.#run.loop.steps, until, inputs: kept });
    this.#left = true;
    const reason = dropped === 0 ? "" : `${dropped} that came after it ${dropped === 1 ? "is" : "are"} dropped`;
    return { ...DONE, reason, session: this.id };
  }

  #ownCommand(connection: Connection, command: SentCommand["command"]): Commanded {
    if (command.kind === "dead_man") {
      this.#deadMan.set(connection, command);
      return DONE;
    }
    if (!this.#pilot) throw new ProtocolError("MODE_UNSUPPORTED", "Cannot drive: this session's pace is not lockstep");
    this.#pilot.take(connection, command.hears);
    return DONE;
  }

  #done(connection: Connection, step: number): void {
    if (!this.#pilot) throw new ProtocolError("MODE_UNSUPPORTED", "Cannot take done: nobody drives this session");
    this.#pilot.done(connection, step);
  }

  async #token(connection: Connection, id: string | undefined, token: string): Promise<void> {
    const { refresh } = this.#host;
    if (!refresh) throw new ProtocolError("MODE_UNSUPPORTED", "Cannot take a token: this server needs none");
    const principal = await refresh(connection, token);
    connection.renew(principal);
    connection.answer(id, "token", { expires: principal.expires ?? null });
  }
}
