import type { Core } from "../core/core.ts";
import { Code } from "../core/codes.ts";
import { isoTime } from "../core/gap_error.ts";
import { closest } from "../core/closest.ts";
import { closingOrder } from "../oms/closing_order.ts";
import { isFinal, REJECTED } from "../oms/order_life.ts";
import { REDUCE_ONLY } from "../oms/order_table.ts";
import { ALL, HALTED } from "./gate.ts";
import type { KillState } from "./guard_options.ts";
import type { Sweep } from "./sweep.ts";

/** What is left of position and orders is tried again after this long. */
const AGAIN_NS = 1e9;
/** In the place of a closing order: the venue refused the last one. */
const REFUSED = -1;

/** What a flattening algo is asked about, once a second and instrument. */
export interface Flattening {
  /** Its index. */
  readonly instrument: number;
  /** Lots held, signed. */
  readonly position: number;
  /** Lots held when the switch was thrown, signed. */
  readonly from: number;
  /** ns since then. */
  readonly elapsed: number;
}

/** Says how many lots of a position, from 0 to all, go by the market now. */
export type FlattenAlgo = (position: Flattening) => number;

/** How the switch is thrown. */
export interface KillRequest {
  /** "market" closes all positions, "none" leaves them, any other name is one of {@linkcode KillSwitch.algos}. */
  readonly flatten?: string;
  /** To be resumed, rather than reset. */
  readonly pause?: boolean;
}

interface Known {
  state: KillState;
  /** By instrument: the open closing order, 0 or REFUSED where there is none; lots held when the switch was thrown. */
  readonly order: Float64Array;
  readonly from: Float64Array;
  since: number;
  /** A timer is on its way. */
  waiting: boolean;
  /** It was said that nothing is open any more. */
  told: boolean;
}

const NEVER: KillState = { killed: false, paused: false, cause: "", at: null, flatten: "none" };

/**
 * One call that stops new orders at once, cancels what rests until nothing does, and closes positions where told.
 *
 * - New orders and amends are refused as KILLED until `reset`, or as PAUSED until `resume`; cancels pass.
 * - Every resting order is cancelled, also one that is on its way or being amended: as soon as its venue has answered.
 * - Positions are closed by the session's own market orders, reduce-only, so that fills still on their way cannot turn them
 *   over; at most one an instrument is open at a time. What is left, or comes in late, is tried again each second; what a venue
 *   refused also as each order goes that is cancelled, which may have locked it. The algo
 *   says how many lots go: "market" is all of them.
 * - The state is plain JSON: a session that starts from a killed one is killed, until a person resets it.
 *
 * | call | cost |
 * |---|---|
 * | `kill` | the live orders and the instruments |
 * | `order`, while it is thrown | constant |
 */
export class KillSwitch {
  /** By name, how positions are closed: "market" and "none"; more can be added before they are named. */
  readonly algos = new Map<string, FlattenAlgo>([
    ["none", () => 0],
    ["market", ({ position }) => Math.abs(position)],
  ]);
  readonly #core: Core;
  readonly #sweep: Sweep;
  /** Sets a timer that calls {@linkcode timer}. */
  readonly #wake: (ns: number) => void;
  /** All it knows, as plain data that a snapshot keeps. */
  readonly known: Known;

  constructor(core: Core, sweep: Sweep, wake: (ns: number) => void) {
    this.#core = core;
    this.#sweep = sweep;
    this.#wake = wake;
    const count = core.account.valuation.instruments.length;
    this.known = {
      state: { ...NEVER },
      order: new Float64Array(count),
      from: new Float64Array(count),
      since: 0,
      waiting: false,
      told: true,
    };
  }

  /** As it stands: plain JSON. */
  get state(): KillState {
    return this.known.state;
  }

  /** Whether it is thrown: killed or paused. */
  get thrown(): boolean {
    return this.known.state.killed || this.known.state.paused;
  }

  /** The algo of a name. Throws RangeError with the nearest where there is none. */
  algo(name: string): FlattenAlgo {
    const algo = this.algos.get(name);
    if (algo) return algo;
    throw new RangeError(`Cannot flatten by ${name}: there is no such algo; ${closest(name, [...this.algos.keys()])}`);
  }

  /** Takes over the state of an earlier session, before anything happens. */
  restore(state: KillState): void {
    this.algo(state.flatten);
    this.known.state = { ...state };
    if (this.thrown) this.#stop();
  }

  /** The session starts: says so where it starts killed, or paused. */
  started(): void {
    if (!this.thrown) return;
    const { cause, at, killed } = this.known.state;
    const text = `${killed ? "Killed" : "Paused"} from the start: ${cause}${at === null ? "" : `, since ${at}`}`;
    this.#core.alerts.raise({ instrument: ALL, severity: killed ? "critical" : "warning", code: this.#code, text });
    this.#work();
  }

  /**
   * Throws the switch. Killed once more it only adds what is missing: a pause becomes a kill, "none" another way to flatten.
   *
   * Throws RangeError for an algo there is none of, TypeError for a cause that is no text and a request that is none; nothing
   * has changed then.
   */
  kill(cause: string, request: KillRequest = {}): void {
    checkKill(cause, request);
    const { flatten = "none", pause = false } = request;
    this.algo(flatten);
    const { killed, paused } = this.known.state;
    const more = flatten !== "none" && this.known.state.flatten === "none";
    if (killed || (paused && pause)) {
      if (!more) return;
      this.known.state = { ...this.known.state, flatten };
      return this.#work();
    }
    const { clock, now, alerts } = this.#core;
    const at = isoTime(clock.toEpochNs(now));
    this.known.state = {
      killed: !pause,
      paused: pause,
      cause,
      at,
      flatten: more || !paused ? flatten : this.known.state.flatten,
    };
    this.#stop();
    const what = pause ? "Paused" : "Killed";
    const then = flatten === "none" ? "positions stay" : `positions are closed: ${flatten}`;
    alerts.raise({
      instrument: ALL,
      // A pause is somebody's wish, and how a live run ends each time.
      severity: pause ? "warning" : "critical",
      code: this.#code,
      text: `${what}: ${cause}; no orders leave, all that rest are cancelled, ${then}`,
    });
    this.#work();
  }

  /** Ends a pause; false where there is none. */
  resume(): boolean {
    return this.known.state.paused && this.#end("resumed");
  }

  /** Ends a kill; false where there is none. */
  reset(): boolean {
    return this.known.state.killed && this.#end("reset");
  }

  /** An order changed. */
  order(slot: number): void {
    const { orders } = this.#core, instrument = orders.instrument[slot], { order } = this.known;
    if (isFinal(orders.state[slot])) {
      if (order[instrument] === orders.id[slot]) order[instrument] = orders.state[slot] === REJECTED ? REFUSED : 0;
      // What a venue refused may have been in the way of what is cancelled by now.
      else if (order[instrument] === REFUSED && this.thrown) this.#closeIn(instrument);
    }
    if (this.thrown) this.#tell();
  }

  /** Something was filled: a position may have come up that was not there. */
  fill(): void {
    if (this.thrown) this.#later();
  }

  /** The second is over. */
  timer(): void {
    this.known.waiting = false;
    if (this.thrown) this.#work();
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    this.known.since -= shift;
  }

  get #code(): Code {
    return this.known.state.killed ? Code.KILLED : Code.PAUSED;
  }

  #stop(): void {
    const { account, gate, now } = this.#core;
    gate.hold(ALL, HALTED, this.#code, true);
    if (this.known.state.killed) this.#release(Code.PAUSED);
    for (let i = 0; i < this.known.from.length; i++) this.known.from[i] = account.position(i);
    this.known.since = now;
    this.known.told = false;
    this.#sweep.begin(ALL, HALTED, this.#code);
  }

  #release(code: Code): void {
    this.#core.gate.release(ALL, code);
    this.#sweep.end(ALL, code);
  }

  #end(how: string): true {
    const { cause } = this.known.state, code = this.#code;
    this.#release(code);
    this.known.state = { ...NEVER };
    const text = `The kill switch was ${how} (it was thrown by: ${cause})`;
    this.#core.alerts.raise({ instrument: ALL, severity: "info", code, text });
    return true;
  }

  /** Cancels and closes what is due, and looks again in a second while anything is. */
  #work(): void {
    // Whoever was told of it may have ended it.
    if (!this.thrown) return;
    const left = this.#sweep.again(ALL);
    const closing = this.#close();
    if (left > 0 || closing) this.#later();
    this.#tell();
  }

  /** Sends what the algo wants by the market; whether positions are still to be closed. */
  #close(): boolean {
    if (this.known.state.flatten === "none") return false;
    let open = false;
    for (let instrument = 0; instrument < this.known.order.length; instrument++) {
      if (this.#closeIn(instrument)) open = true;
    }
    return open;
  }

  /** The same in one instrument. */
  #closeIn(instrument: number): boolean {
    const { account, flow, now, orders } = this.#core, { order, from, since, state } = this.known;
    const position = account.position(instrument);
    if (position === 0) return false;
    if (order[instrument] > 0) return true;
    const algo = this.algo(state.flatten);
    const wants = algo({ instrument, position, from: from[instrument], elapsed: now - since });
    const lots = Math.min(Math.abs(position), Math.floor(wants));
    if (!(lots > 0)) return true;
    const part = position > 0 ? lots : -lots;
    const slot = closingOrder(orders, { instrument, position: part, now, flags: REDUCE_ONLY });
    order[instrument] = Math.max(0, flow.submit(slot));
    return true;
  }

  #later(): void {
    if (this.known.waiting) return;
    this.known.waiting = true;
    this.#wake(AGAIN_NS);
  }

  /** Says so once nothing is open any more, and positions are closed where they were to be. */
  #tell(): void {
    if (this.known.told) return;
    const { account, alerts, risk } = this.#core;
    for (let i = 0; i < this.known.order.length; i++) {
      if (risk.open(i) > 0 || (this.known.state.flatten !== "none" && account.position(i) !== 0)) return;
    }
    this.known.told = true;
    const text = `No order is open any more${this.known.state.flatten === "none" ? "" : ", and no position"}`;
    alerts.raise({ instrument: ALL, severity: "info", code: this.#code, text });
  }
}

/** The cause goes into alerts and into the state, as text. */
function checkKill(cause: unknown, request: unknown): void {
  if (typeof cause !== "string") throw new TypeError(`Cannot kill: cause is ${shown(cause)}; say why, in words`);
  if (typeof request !== "object" || request === null) {
    throw new TypeError(`Cannot kill: the request is ${shown(request)}; give { flatten: "market" }, or leave it out`);
  }
  const { flatten } = request as KillRequest;
  if (flatten === undefined || typeof flatten === "string") return;
  throw new TypeError(`Cannot kill: flatten is ${shown(flatten)}; give an algo's name, as "market" or "none"`);
}

/** A value of any kind in a message. */
function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
