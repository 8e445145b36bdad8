import { codeName } from "../../engine/core/codes.ts";
import { fullName, instrumentNames } from "../../engine/core/instrument_names.ts";
import { isFinal } from "../../engine/oms/order_life.ts";
import { endRun, openTapes, stopIfAsked } from "../../engine/run/backtest.ts";
import { type BacktestOptions, prepare, type Prepared } from "../../engine/run/prepare.ts";
import { figures } from "../../engine/stats/figures.ts";
import type { RunResult } from "../../engine/stats/result.ts";
import { type Connection, Hub, type HubLimits, type HubMetrics, type OwnersRequest } from "../hub/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { DeadMan } from "./dead_man.ts";
import { Driver, type Pace } from "./driver.ts";
import { Publisher } from "./publisher.ts";
import { carryOut, checkScope, CLOCK_COMMANDS, type CommandedSession, type SentCommand } from "./session_commands.ts";
import { MACHINE, type Timing } from "./timing.ts";
import { Turns } from "./turns.ts";

/** How a session is served. */
export interface HostOptions {
  /** Names it; scopes and clients' hellos go by it. */
  readonly id: string;
  /** free unless said. */
  readonly pace?: Pace;
  /** Simulated seconds a second at pace real; 1 unless said. */
  readonly speed?: number;
  /** Waits for `clock_resume` before the first move. */
  readonly paused?: boolean;
  /** Nothing is merged on any channel: for digests of what clients saw. */
  readonly lossless?: boolean;
  readonly limits?: Partial<HubLimits>;
  readonly metrics?: HubMetrics;
  readonly timing?: Timing;
  /** Verifies a newer token of a connection's principal; tokens cannot be changed where absent. */
  readonly refresh?: (connection: Connection, token: string) => Promise<Connection["principal"]>;
  /** Hears of each command, and what came of it. */
  readonly onCommand?: (connection: Connection, sent: SentCommand, outcome: { code: number } | ProtocolError) => void;
}

/** Requests that carry out what a remote strategy and a careful client ask of their host rather than of the session. */
const HOST_COMMANDS = ["drive", "dead_man"] as const;

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
  readonly #options: BacktestOptions;
  readonly #host: HostOptions;
  readonly #close: () => void;
  readonly #turns: Turns | undefined;
  readonly #deadMan: DeadMan;
  readonly #publisher: Publisher;
  /** Who drives it, and the step that it was asked about. */
  #pilot: Connection | undefined;
  #asked = -1;

  /** Throws as `backtest` for options that do not fit; nothing has happened in the session yet. */
  constructor(options: BacktestOptions, host: HostOptions) {
    const { tapes, close } = openTapes(options), timing = host.timing ?? MACHINE;
    this.id = host.id;
    this.#host = host;
    this.#close = close;
    this.#turns = host.pace === "lockstep" ? new Turns() : undefined;
    const rows = tapes.reduce((sum, { meta }) => sum + meta.rows, 0);
    const publisher = this.#publisher = new Publisher({
      sink: { publish: (channel, symbol, data, time) => void this.hub.publish(channel, symbol, data, time) },
      rows,
      figures: () => figuresOf(this.#run),
    });
    this.#options = {
      ...options,
      strategy: this.#turns?.around(options.strategy) ?? options.strategy,
      everyMessage: true,
      recorders: [...(options.recorders ?? []), publisher],
    };
    try {
      this.#run = prepare(this.#options, tapes);
    } catch (error) {
      close();
      throw error;
    }
    const { session } = this.#run, { instruments } = session.context;
    this.symbols = instrumentNames(instruments);
    this.kinds = new Set(session.commands.kinds.keys());
    this.#deadMan = new DeadMan(timing, (order) => this.driver.over || this.driver.command(order));
    this.hub = new Hub({
      session: host.id,
      mode: "backtest",
      live: false,
      instruments: instruments.map((each, i) => ({
        symbol: this.symbols[i],
        venue: each.venue,
        kind: each.kind,
        tick: each.spec.tick,
        lot: each.spec.lot,
        multiplier: each.spec.multiplier ?? "1",
        currency: each.currency,
      })),
      commands: [...this.kinds, ...CLOCK_COMMANDS, "dead_man", ...(this.#turns ? ["drive"] : [])],
      snapshot: (channel, symbol) => channel === "clock" ? this.driver.clock : publisher.snapshot(channel, symbol),
      onRequest: (connection, message) => void this.#request(connection, message),
      onLeave: (connection) => this.#left(connection),
      limits: host.limits,
      lossless: host.lossless,
      metrics: host.metrics,
    });
    this.driver = new Driver(this.#run, {
      pace: host.pace,
      speed: host.speed,
      paused: host.paused || this.#turns !== undefined,
      timing,
      look: () => stopIfAsked(this.#run, this.#options),
      onClock: (clock) => void this.hub.publish("clock", "", clock, clock.time),
      ...(this.#turns ? { waits: () => this.#turn() } : {}),
    });
  }

  /** Moves it to its end; returns its result, or throws RunError as `backtest` does. */
  async run(): Promise<RunResult> {
    const started = performance.now();
    try {
      await this.driver.run();
      this.#publisher.ended();
      return endRun(this.#run, this.#options, () => (performance.now() - started) / 1000);
    } finally {
      this.#deadMan.stop();
      this.#close();
      this.hub.flush();
    }
  }

  /** Ends it where it stands. */
  stop(reason: Error): void {
    this.driver.stop(reason);
  }

  symbolOf(order: number): string | undefined {
    const { orders } = this.#run.session.core, slot = orders.slotOf(order);
    return slot < 0 ? undefined : this.symbols[orders.instrument[slot]];
  }

  refusal(code: number): string {
    const { last } = this.#run.session.core.risk;
    return last.code === code ? last.text : codeName(code);
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

  async #request(connection: Connection, message: OwnersRequest): Promise<void> {
    const { id } = message;
    try {
      if (message.type === "done") this.#done(connection, message.data.step);
      else if (message.type === "token") await this.#token(connection, id, message.data.token);
      else this.#command(connection, id, message.data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (message.type === "command") this.#host.onCommand?.(connection, message.data, error);
      connection.refuse(id, error.data.name, error.message, error.data.retryMs);
    }
  }

  #command(connection: Connection, id: string | undefined, sent: SentCommand): void {
    const own = (HOST_COMMANDS as readonly string[]).includes(sent.command.kind);
    const answer = own
      ? this.#ownCommand(connection, sent)
      : carryOut(this, connection.principal, sent, performance.timeOrigin + performance.now());
    this.#host.onCommand?.(connection, sent, answer);
    // What the command did is published before it is answered: who acts on the answer finds it so.
    this.hub.flush();
    connection.answer(id, "commanded", answer);
  }

  #ownCommand(connection: Connection, { command }: SentCommand) {
    checkScope(this, connection.principal, command);
    const done = { code: 0, reason: "", order: 0 };
    if (command.kind === "dead_man") {
      this.#deadMan.set(connection, command);
      return done;
    }
    if (this.#turns === undefined) {
      throw new ProtocolError("MODE_UNSUPPORTED", "Cannot drive: this session's pace is not lockstep");
    }
    if (this.#pilot && this.#pilot !== connection && !this.#pilot.over) {
      throw new ProtocolError("CONNECTIONS_EXCEEDED", "Cannot drive: another client drives this session");
    }
    const { hears = "" } = command;
    if (typeof hears !== "string") throw new ProtocolError("COMMAND_MALFORMED", `Cannot drive: hears is ${hears}`);
    try {
      this.#turns.hear(hears.split(",").map((each) => each.trim()).filter((each) => each !== ""));
    } catch (error) {
      throw new ProtocolError("COMMAND_MALFORMED", (error as Error).message);
    }
    this.#pilot = connection;
    if (this.driver.clock.state === "paused") this.driver.resume();
    if (this.#asked >= 0) this.#ask();
    return done;
  }

  /** After a move: whether somebody is to be asked before the next. */
  #turn(): boolean {
    if (!this.#turns!.waiting) return false;
    this.#asked = this.#run.loop.steps;
    this.#calls = this.#turns!.take();
    if (this.#calls.length === 0) {
      this.#asked = -1;
      return false;
    }
    this.#ask();
    return true;
  }

  #calls: ReturnType<Turns["take"]> = [];

  #ask(): void {
    const calls = this.#calls, markets = this.#turns!.markets();
    this.#pilot?.send({ type: "turn", data: { step: this.#asked, time: this.driver.clock.time, calls, markets } });
  }

  #done(connection: Connection, step: number): void {
    if (connection !== this.#pilot) {
      throw new ProtocolError("HELLO_FIRST", "Cannot take done: send the command drive first");
    }
    // Of a turn that was asked twice, because the pilot came back, the second answer is one too many.
    if (step !== this.#asked) return;
    this.#asked = -1;
    this.driver.turn();
  }

  async #token(connection: Connection, id: string | undefined, token: string): Promise<void> {
    const { refresh } = this.#host;
    if (!refresh) throw new ProtocolError("MODE_UNSUPPORTED", "Cannot take a token: this server needs none");
    const principal = await refresh(connection, token);
    connection.renew(principal);
    connection.answer(id, "token", { expires: principal.expires ?? null });
  }

  #left(connection: Connection): void {
    this.#deadMan.left(connection);
    if (this.#pilot === connection) this.#pilot = undefined;
  }
}

/** The figures of a run so far, as the channel `metrics` has them. */
function figuresOf({ recorder }: Prepared) {
  const { sharpe, sortino, maxDrawdownPercent, winRatePercent, exposurePercent, roundTrips } = figures(
    recorder.samplesTaken.curve,
    recorder.trips,
  );
  const share = (percent: number | null) => percent === null ? null : percent / 100;
  return {
    sharpe,
    sortino,
    drawdown: share(maxDrawdownPercent),
    winRate: share(winRatePercent),
    exposure: share(exposurePercent),
    trades: roundTrips,
  };
}
