import { Code, codeName } from "../core/codes.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { loadValue, saveValue } from "../core/plain_state.ts";

/** What a gate lets through. */
export const OPEN = 0;
/** Only orders that reduce the position. */
export const REDUCING = 1;
/** Nothing but cancels. */
export const HALTED = 2;

/** Names of the three by number. */
export const GATE_STATES: readonly GateState[] = ["open", "reducing", "halted"];

/** open: everything. reducing: orders and amends that reduce the position. halted: cancels alone. */
export type GateState = "open" | "reducing" | "halted";

/** The scope of a cause that holds for every instrument. */
export const ALL = -1;

/** Why a gate is not open. Plain data. */
export interface GateCause {
  /** Its code's name, "DRAWDOWN". */
  readonly code: string;
  /** What it leaves open. */
  readonly state: Exclude<GateState, "open">;
  /** The instrument's index; -1 (ALL) for every one. */
  readonly instrument: number;
  /** Only a command lifts it. */
  readonly manual: boolean;
}

/** What a gate needs to know to judge an order while only reducing ones pass. */
export interface GateView {
  position(instrument: number): number;
  /** Lots of our open orders of one side, those on their way included. */
  openLots(instrument: number, side: number): number;
}

interface Cause {
  readonly instrument: number;
  readonly code: Code;
  readonly state: number;
  readonly manual: boolean;
}

/**
 * The one place that says whether orders may leave: for the session and by instrument, with every cause there is.
 *
 * - Causes stack: the state is that of the strictest that holds, of the session or of the instrument. One is known by its
 *   scope and code; held again it is replaced.
 * - While halted, orders and amends are refused with a cause's code: of the strictest causes the one that lasts longest
 *   (give up before try again), the session's before the instrument's, the newest first.
 * - While reducing, an order passes if it and all open orders of its side fill to no more than the position, and so does an
 *   amend; the others are refused with NOT_REDUCING_POSITION. An order of money has no size to judge by, and is refused.
 * - Cancels always pass; so do the session's own closing orders: both are not asked about.
 *
 * | call | cost |
 * |---|---|
 * | `admits` | constant, nothing allocated |
 * | `hold`, `release` | the number of causes and of instruments |
 *
 * @example
 * ```ts
 * import { Code } from "../core/codes.ts";
 * import { ALL, Gate, HALTED } from "./gate.ts";
 * const gate = new Gate(1, { position: () => 0, openLots: () => 0 });
 * gate.hold(ALL, HALTED, Code.WARMING_UP);
 * if (gate.admits(0, 1, 5) !== Code.WARMING_UP) throw new Error("unexpected");
 * gate.release(ALL, Code.WARMING_UP);
 * if (gate.admits(0, 1, 5) !== 0) throw new Error("unexpected");
 * ```
 */
export class Gate {
  /** By instrument, and behind the last one what holds for those that are none: state and code in force. */
  readonly #states: Uint8Array;
  readonly #codes: Uint16Array;
  readonly #count: number;
  readonly #view: GateView;
  /** In the order in which they came. */
  #causes: Cause[] = [];

  constructor(instruments: number, view: GateView) {
    this.#count = instruments;
    this.#view = view;
    this.#states = new Uint8Array(instruments + 1);
    this.#codes = new Uint16Array(instruments + 1);
  }

  /** Holds an instrument, or ALL, REDUCING or HALTED until the cause is released. */
  hold(instrument: number, state: number, code: Code, manual = false): void {
    if (!(instrument >= ALL && instrument < this.#count && Number.isInteger(instrument))) {
      throw new RangeError(`Cannot hold instrument ${instrument}: the session has ${this.#count}, and ALL is ${ALL}`);
    }
    if (state !== REDUCING && state !== HALTED) {
      throw new RangeError(`Cannot hold a gate in state ${state}: it is held in REDUCING (1) or HALTED (2)`);
    }
    this.#causes = this.#causes.filter((cause) => cause.instrument !== instrument || cause.code !== code);
    this.#causes.push({ instrument, code, state, manual });
    this.#settle();
  }

  /** Ends a cause; false where it did not hold. */
  release(instrument: number, code: Code): boolean {
    const before = this.#causes.length;
    this.#causes = this.#causes.filter((cause) => cause.instrument !== instrument || cause.code !== code);
    if (this.#causes.length === before) return false;
    this.#settle();
    return true;
  }

  /** Whether a cause holds in this very scope. */
  holds(instrument: number, code: Code): boolean {
    return this.#causes.some((cause) => cause.instrument === instrument && cause.code === code);
  }

  /** Whether any cause holds, whatever it holds. */
  get any(): boolean {
    return this.#causes.length > 0;
  }

  /** OPEN, REDUCING or HALTED: of an instrument; of the session alone where none is named. */
  state(instrument: number = ALL): number {
    return this.#states[instrument >= 0 && instrument < this.#count ? instrument : this.#count];
  }

  /** The code of the cause in force, 0 where the gate is open. */
  code(instrument: number = ALL): Code | 0 {
    return this.#codes[instrument >= 0 && instrument < this.#count ? instrument : this.#count] as Code | 0;
  }

  /**
   * Whether `lots` more of a side may leave: 0, or the code of the refusal. Of an amend they are those it adds, below 0 where
   * it takes some off; of an order of money they are Infinity.
   */
  admits(instrument: number, side: number, lots: number): Code | 0 {
    const at = instrument >= 0 && instrument < this.#count ? instrument : this.#count;
    const state = this.#states[at];
    if (state === OPEN) return 0;
    if (state === HALTED) return this.#codes[at] as Code;
    // An unknown instrument is refused as that, by the checks behind the gate.
    if (at === this.#count) return 0;
    const held = -side * this.#view.position(at);
    return held > 0 && this.#view.openLots(at, side) + lots <= held ? 0 : Code.NOT_REDUCING_POSITION;
  }

  /** All causes, oldest first: a copy. */
  causes(): GateCause[] {
    return this.#causes.map(({ instrument, code, state, manual }) => ({
      instrument,
      code: codeName(code),
      state: GATE_STATES[state] as GateCause["state"],
      manual,
    }));
  }

  save(to: StateWriter): void {
    to.section("gate", 1, () => saveValue(to, this.#causes.map((cause) => ({ ...cause })), "the gate"));
  }

  load(from: StateReader): void {
    from.section("gate", 1, () => this.#causes = loadValue(from) as Cause[]);
    this.#settle();
  }

  /** Works out what holds for each instrument. */
  #settle(): void {
    for (let i = 0; i <= this.#count; i++) {
      let chosen: Cause | undefined;
      for (const cause of this.#causes) {
        const concerned = cause.instrument === ALL || cause.instrument === i;
        if (concerned && (chosen === undefined || !before(chosen, cause))) chosen = cause;
      }
      this.#states[i] = chosen?.state ?? OPEN;
      this.#codes[i] = chosen?.code ?? 0;
    }
  }
}

/** Whether `a`, which came first, is the one to name all the same. */
function before(a: Cause, b: Cause): boolean {
  if (a.state !== b.state) return a.state > b.state;
  if (lasting(a.code) !== lasting(b.code)) return lasting(a.code) > lasting(b.code);
  return a.instrument === ALL && b.instrument !== ALL;
}

/** 0 to try again later, 1 to change the order, 2 to give up: the hundreds of its code. */
function lasting(code: Code): number {
  return Math.floor(code / 100) % 10;
}
