import type { Guards } from "./guards.ts";
import type { FlattenAlgo, KillRequest } from "./kill_switch.ts";
import type { GuardState, SessionGuards } from "./session_guards.ts";

/** A strategy's own hold of the session's guards, which are made when it first uses them. */
export class OwnGuards implements SessionGuards {
  readonly #guards: () => Guards;

  constructor(guards: () => Guards) {
    this.#guards = guards;
  }

  algo(name: string, algo: FlattenAlgo): void {
    const { algos } = this.#guards();
    if (algos.has(name)) throw new RangeError(`Cannot add the algo ${name}: there is one of that name`);
    algos.set(name, algo);
  }

  kill(cause: string, request: Omit<KillRequest, "pause"> = {}): void {
    this.#guards().kill(cause, request);
  }

  pause(cause: string, request: Omit<KillRequest, "pause"> = {}): void {
    this.#guards().pause(cause, request);
  }

  state(): GuardState {
    return this.#guards().state();
  }
}
