import { ALL, HALTED } from "../risk/gate.ts";
import type { Caller } from "./caller.ts";
import { Code } from "./codes.ts";
import type { Core } from "./core.ts";
import { lastTime } from "./feed_times.ts";
import type { Finish } from "./strategy.ts";

/**
 * The end of a session, in parts: orders are refused from now on, and `onStop` is called; then, where it is closed in hindsight,
 * each position is, in the order of the instruments, and the strategy hears of it.
 *
 * Between two parts whoever is the strategy from outside can do what one in process does within them; all others make one after
 * the other.
 */
export class Ending {
  /** Parts that were made; 0 while the session goes on. */
  parts = 0;
  readonly #core: Core;
  readonly #caller: Caller;
  readonly #finish: Finish;

  constructor(core: Core, caller: Caller, finish: Finish) {
    this.#core = core;
    this.#caller = caller;
    this.#finish = finish;
  }

  /** Makes the next part; false where there is none. */
  next(): boolean {
    const core = this.#core, last = this.#finish === "mark" ? 1 : 1 + core.feeds.length;
    if (this.parts >= last) return false;
    core.moving = true;
    if (this.parts === 0) this.#stop();
    else this.#close(this.parts - 1);
    this.parts++;
    this.#caller.tellNews();
    core.moving = false;
    return true;
  }

  #stop(): void {
    const core = this.#core;
    core.clock.now = Math.max(core.clock.now, lastTime(core.feeds));
    core.gate.hold(ALL, HALTED, Code.CLOSED);
    this.#caller.call("onStop");
  }

  #close(instrument: number): void {
    const core = this.#core, { view } = core.feeds[instrument];
    const mark2 = core.marks.refresh(core.feeds)[instrument];
    const price = this.#finish === "open" && view.pending.bar ? view.pending.bar.open : Math.round(mark2 / 2);
    if (Number.isSafeInteger(price)) core.flow.closeAt(instrument, price);
  }
}
