import type { ParamValue } from "./params.ts";
import { loadKeeper, saveKeeper } from "./plain_state.ts";
import { StateReader } from "./state_reader.ts";
import { StateWriter } from "./state_writer.ts";
import type { Strategy } from "./strategy.ts";

/** Makes the session's strategy again, with some parameters changed. Throws RangeError for one that is none. */
export type Remake = (changed: Readonly<Record<string, ParamValue>>) => Strategy;

/** One that does nothing. */
const NOBODY: Strategy = {};

/**
 * A session's strategy while it runs: it can be stopped and started, and be made anew with other parameters, of which it takes
 * over what the old one knew, as a snapshot would keep it.
 */
export class RunningStrategy {
  /** What the old one knew is taken over by this one, once it is called. */
  #made: Strategy;
  #stopped = false;
  #changed: Readonly<Record<string, ParamValue>> = {};

  /** `use` is told whom to call from now on. */
  constructor(
    made: Strategy,
    private readonly remake: Remake | undefined,
    private readonly use: (it: Strategy) => void,
  ) {
    this.#made = made;
  }

  /** Whether it is stopped: none of its callbacks is called. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Stops it; false where it is stopped. */
  stop(): boolean {
    if (this.#stopped) return false;
    this.#stopped = true;
    this.use(NOBODY);
    return true;
  }

  /** Starts it again, where it left off; false where it is not stopped. */
  start(): boolean {
    if (!this.#stopped) return false;
    this.#stopped = false;
    this.use(this.#made);
    return true;
  }

  /** Changes a parameter. Throws as {@linkcode check}. */
  set(name: string, value: ParamValue): void {
    this.#made = this.#madeWith(name, value);
    this.#changed = { ...this.#changed, [name]: value };
    if (!this.#stopped) this.use(this.#made);
  }

  /** Throws RangeError where a parameter cannot be changed so: it is none, or nobody sees what the strategy knows. */
  check(name: string, value: ParamValue): void {
    this.#madeWith(name, value);
  }

  #madeWith(name: string, value: ParamValue): Strategy {
    if (this.remake === undefined) {
      throw new RangeError(`Cannot set parameter ${name}: the strategy was given made, without its parameters`);
    }
    const next = this.remake({ ...this.#changed, [name]: value }), kept = new StateWriter();
    saveKeeper(kept, this.#made, "the strategy");
    loadKeeper(new StateReader(kept.bytes()), next, "the strategy");
    return next;
  }

  save(to: StateWriter): void {
    to.section("strategy", 1, () => {
      to.flag(this.#stopped);
      to.text(JSON.stringify(this.#changed));
      saveKeeper(to, this.#made, "the strategy");
    });
  }

  load(from: StateReader): void {
    from.section("strategy", 1, () => {
      this.#stopped = from.flag();
      this.#changed = JSON.parse(from.text());
      if (Object.keys(this.#changed).length > 0) this.#made = this.remake!(this.#changed);
      loadKeeper(from, this.#made, "the strategy");
    });
    this.use(this.#stopped ? NOBODY : this.#made);
  }
}
