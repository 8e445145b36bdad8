import { Code, codeName } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import type { Feed } from "../core/feed.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import { loadValue, saveValue } from "../core/plain_state.ts";
import type { Service, Services } from "../core/services.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { Arrivals } from "./arrivals.ts";
import { Breakers } from "./breakers.ts";
import type { Breach, GuardDesk, GuardPart } from "./breach.ts";
import { Compliance } from "./compliance.ts";
import { ALL, GATE_STATES, type GateState, HALTED, REDUCING } from "./gate.ts";
import type { BreakerSpecs, GuardSpecs, PostTradeSpecs } from "./guard_specs.ts";
import { type FlattenAlgo, type KillRequest, KillSwitch } from "./kill_switch.ts";
import { PostTrade } from "./post_trade.ts";
import { RefusalGuard } from "./refusal_guard.ts";
import type { GuardState } from "./session_guards.ts";
import { Sweep } from "./sweep.ts";

/** A timer of the kill switch, which is no part. */
const KILL_TIMER = 0;

/**
 * What watches a session beside the checks of single orders, and the commands that go with it. `session.guards`, and what
 * of it a strategy may use as `ctx.guards`; there is nothing of it, and it costs nothing, until somebody asks for it.
 *
 * - {@linkcode KillSwitch}: `kill`, `pause`, `resume`, `reset`.
 * - {@linkcode PostTrade}, {@linkcode Breakers}, {@linkcode Compliance}, {@linkcode RefusalGuard}: where the run asks for them.
 * - A guard that trips raises an alert, and alerts, reduces, halts (through the session's {@linkcode Gate}) or kills. With
 *   reduce and halt it also cancels what rests and would be refused now, unless told not to; reduce-only orders that face
 *   the position stay, and so does the stop of a bracket. A kill takes them, too: whoever kills without flattening holds a
 *   position without a stop.
 * - All of it is heard before the strategy is: a strategy that is told of a fill finds the gate as the fill left it.
 *
 * | call | cost |
 * |---|---|
 * | each callback | that of the parts there are |
 *
 * @example
 * ```ts
 * import { backtest, BUY, strategy } from "../../mod.ts";
 * const careless = strategy({
 *   name: "careless",
 *   about: "Buys, and calls it a day.",
 *   create: () => ({
 *     onStart: (ctx) => void ctx.after("10s"),
 *     onTimer: (ctx) => {
 *       ctx.submit({ side: BUY, size: 1 });
 *       ctx.guards.kill("enough", { flatten: "market" });
 *       if (ctx.submit({ side: BUY, size: 1 }) > 0) throw new Error("unexpected");
 *     },
 *   }),
 * });
 * const { kill, position } = backtest({ strategy: careless, tape: "fixtures/data/market_l2.arrow" });
 * if (kill?.cause !== "enough" || position !== 0) throw new Error("unexpected");
 * ```
 */
export class Guards implements Service, GuardDesk {
  readonly name = "guards";
  readonly killSwitch: KillSwitch;
  /** Called for each message, where breakers or bars need it. */
  message: ((feed: Feed) => void) | undefined;
  readonly #core: Core;
  readonly #services: Services;
  readonly #sweep: Sweep;
  /** What a kill by a guard does with positions. */
  #flatten = "none";
  #parts: GuardPart[] = [];
  #breakers: Breakers | undefined;
  #postTrade: PostTrade | undefined;
  #arrivals: Arrivals | undefined;
  /** Whose a timer is: the part's place, and its own number of it; -1 for the kill switch. */
  #timers = new Map<number, readonly [part: number, number: number]>();
  readonly #names: readonly string[];

  constructor(core: Core, services: Services) {
    this.#core = core;
    this.#services = services;
    this.#sweep = new Sweep(core);
    this.#names = instrumentNames(core.account.valuation.instruments);
    this.killSwitch = new KillSwitch(core, this.#sweep, (ns) => {
      this.#timers.set(services.after(this, ns), [-1, KILL_TIMER]);
    });
    services.add(this);
  }

  /** Sets up what a run asks for, before it starts. Throws RangeError for what does not fit the session. */
  arm(specs: GuardSpecs): void {
    const core = this.#core, { feeds } = core;
    const none: PostTradeSpecs = { every: 1e9 };
    const names = this.#names;
    const own = feeds.map(({ instrument: { symbol } }, i) => {
      const of = specs.instruments[symbol], at = names[i] === symbol ? undefined : specs.instruments[names[i]];
      return { postTrade: { ...of?.postTrade, ...at?.postTrade }, breakers: { ...of?.breakers, ...at?.breakers } };
    });
    const onBars = feeds.every(({ view }) => view.pending.bar !== undefined);
    this.#arrivals = new Arrivals(core);
    if (specs.postTrade || own.some(({ postTrade }) => Object.keys(postTrade).length > 1)) {
      const ofSession = specs.postTrade ?? none;
      const ofInstruments = own.map(({ postTrade }) => ({ ...ofSession, ...postTrade }));
      this.#postTrade = new PostTrade(core, this, this.#arrivals, { ofSession, ofInstruments, onBars });
      this.#parts.push(this.#postTrade);
    }
    if (specs.breakers || own.some(({ breakers }) => Object.keys(breakers).length > 0)) {
      const all = own.map(({ breakers }): BreakerSpecs => ({ ...specs.breakers, ...breakers }));
      this.#breakers = new Breakers(core, this, all);
      this.#parts.push(this.#breakers);
    }
    if (specs.compliance) this.#parts.push(new Compliance(core, this, this.#arrivals, specs.compliance));
    if (specs.refusals) {
      const guard = new RefusalGuard(core, this, specs.refusals);
      this.#parts.push(guard);
      core.flow.overruled = () => guard.refused();
    }
    if (this.#parts.length > 0) core.flow.sent = (slot) => this.#arrivals!.sent(slot);
    if (this.#breakers || (this.#postTrade && onBars)) {
      this.message = (feed) => {
        this.#breakers?.message(feed);
        if (onBars) this.#postTrade?.look();
      };
    }
    this.#services.listen();
    this.#flatten = specs.kill.flatten;
    this.killSwitch.algo(this.#flatten);
    if (specs.kill.state) this.killSwitch.restore(specs.kill.state);
  }

  get algos(): Map<string, FlattenAlgo> {
    return this.killSwitch.algos;
  }

  kill(cause: string, request: Omit<KillRequest, "pause"> = {}): void {
    this.killSwitch.kill(cause, request);
  }

  pause(cause: string, request: Omit<KillRequest, "pause"> = {}): void {
    this.killSwitch.kill(cause, request && { ...request, pause: true });
  }

  resume(): boolean {
    return this.killSwitch.resume();
  }

  reset(): boolean {
    return this.killSwitch.reset();
  }

  set(state: GateState, instrument: number = ALL): void {
    const { gate } = this.#core;
    if (state === "open") gate.release(instrument, Code.HELD);
    else gate.hold(instrument, GATE_STATES.indexOf(state), Code.HELD, true);
  }

  release(code: string, instrument: number = ALL): boolean {
    const found = this.#core.gate.causes().find((cause) => cause.code === code && cause.instrument === instrument);
    const known = GUARD_CODES.find((each) => codeName(each) === code);
    if (!found || known === undefined) return false;
    this.#core.gate.release(instrument, known);
    this.#sweep.end(instrument, known);
    for (const part of this.#parts) part.released(instrument, known);
    this.#core.alerts.raise({
      instrument,
      severity: "info",
      code: known,
      text: this.#of(instrument, "ended by command"),
    });
    return true;
  }

  state(): GuardState {
    return { kill: this.killSwitch.state, causes: this.#core.gate.causes() };
  }

  trip({ instrument, code, action, words, limit, observed, evidence }: Breach): void {
    const { alerts, gate } = this.#core, { then, cancel, back } = action;
    const severity = then === "alert" || then === "reduce" ? "warning" : "critical";
    const state = then === "reduce" ? REDUCING : HALTED, holds = then === "reduce" || then === "halt";
    // Before anybody is told: what a strategy sends from `onAlert` would leave otherwise.
    if (then === "kill") gate.hold(ALL, HALTED, Code.KILLED, true);
    else if (holds) gate.hold(instrument, state, code, back === "manual");
    const text = instrument === ALL ? words : this.#of(instrument, words);
    alerts.raise({ instrument, severity, code, text, limit, observed, evidence });
    if (then === "kill") this.killSwitch.kill(`${codeName(code)}: ${text}`, { flatten: this.#flatten });
    // Whoever was told may have ended it.
    else if (holds && cancel && gate.holds(instrument, code)) this.#sweep.begin(instrument, state, code);
  }

  clear(instrument: number, code: Code): void {
    if (!this.#core.gate.release(instrument, code)) return;
    this.#sweep.end(instrument, code);
    this.#core.alerts.raise({ instrument, severity: "info", code, text: this.#of(instrument, "it is over") });
  }

  wake(part: GuardPart, ns: number, number: number): void {
    this.#timers.set(this.#services.after(this, ns), [this.#parts.indexOf(part), number]);
  }

  #of(instrument: number, words: string): string {
    return `${this.#names[instrument] ?? "the session"}: ${words}`;
  }

  started(): void {
    this.killSwitch.started();
    for (const part of this.#parts) part.started?.();
  }

  order(slot: number, event: number): void {
    if (this.#sweep.active) this.#sweep.order(slot, event);
    this.killSwitch.order(slot);
    for (let i = 0; i < this.#parts.length; i++) this.#parts[i].order?.(slot, event);
  }

  fill(slot: number, price: number, lots: number, liquidity: number): void {
    this.killSwitch.fill();
    for (let i = 0; i < this.#parts.length; i++) this.#parts[i].fill?.(slot, price, lots, liquidity);
  }

  timer(timer: number): void {
    const [part, number] = this.#timers.get(timer)!;
    this.#timers.delete(timer);
    if (part < 0) this.killSwitch.timer();
    else this.#parts[part].timer!(number);
  }

  rebase(shift: number): void {
    this.killSwitch.rebase(shift);
    for (const part of this.#parts) part.rebase?.(shift);
  }

  save(to: StateWriter): void {
    to.section("guards", 1, () => {
      saveValue(to, [...this.#timers].map(([timer, [part, number]]) => [timer, part, number]), "timers of guards");
      for (const [i, known] of this.#known().entries()) saveValue(to, known, `guards[${i}]`);
      this.#sweep.wanted.save(to);
    });
  }

  load(from: StateReader): void {
    from.section("guards", 1, () => {
      const timers = loadValue(from) as [number, number, number][];
      this.#timers = new Map(timers.map(([timer, part, number]) => [timer, [part, number]]));
      for (const known of this.#known()) loadValue(from, known);
      this.#sweep.wanted.load(from);
    });
  }

  #known(): object[] {
    const parts = this.#parts.map(({ known }) => known);
    return [this.killSwitch.known, ...parts, ...(this.#arrivals ? [this.#arrivals.known] : [])];
  }
}

/** Codes of causes that a command can end. */
const GUARD_CODES: readonly Code[] = [
  Code.HELD,
  Code.BANDS,
  Code.PRICE_JUMP,
  Code.WIDE_SPREAD,
  Code.FEED_SILENT,
  Code.FEED_GAP,
  Code.CROSSED_BOOK,
  Code.DAILY_LOSS,
  Code.POSITION_AGE,
  Code.DRAWDOWN,
  Code.LOSS_STREAK,
  Code.PNL_JUMP,
  Code.SLIPPAGE,
  Code.WASH_TRADE,
  Code.LAYERING,
  Code.MOMENTUM_IGNITION,
  Code.REFUSALS,
];

/** Their names. */
export const GUARD_NAMES: readonly string[] = GUARD_CODES.map(codeName);
