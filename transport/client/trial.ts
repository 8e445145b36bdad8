import type { Link } from "../link/link.ts";
import { ANSWER_MS, type Quality } from "../link/quality.ts";
import { isProbed, type Probed } from "../link/quality_watch.ts";
import type { Timers } from "../link/timers.ts";

/** Probes of a trial, and the time between two: with the wait for the last answer 3.5 s, as a server waits 5 s for hello. */
const PROBES = 20, PROBE_MS = 75;

/** How a link is tried. `done` or `failed` is called, once, unless the trial is cancelled before. */
export interface TrialOptions {
  readonly clock: Timers;
  /** The trial is over, and the link the caller's. */
  done(link: Link, quality: Quality): void;
  /** The link could not be had, cannot be probed, or was lost. */
  failed(why: string): void;
}

/**
 * Opens a link and probes it, before anything is said over it: 20 probes in 1.5 s, and then all the time that the last one's answer
 * may take, so that none is taken for answered which is not.
 */
export class Trial {
  readonly #options: TrialOptions;
  #link: Link | undefined;
  #over = false;
  #cancelTimer = () => {};

  constructor(dial: () => Promise<Link>, options: TrialOptions) {
    this.#options = options;
    dial().then((link) => this.#begin(link)).catch((error: unknown) => this.#fail((error as Error).message));
  }

  /** Gives it up without a word. */
  cancel(): void {
    if (this.#end()) this.#link?.terminate();
  }

  #begin(link: Link): void {
    if (this.#over) return link.terminate();
    this.#link = link;
    if (!isProbed(link)) return this.#fail(`a ${link.carrier} cannot be probed`);
    link.onClose = (_code, reason) => this.#fail(reason);
    this.#probe(link, PROBES);
  }

  #probe(link: Link & Probed, left: number): void {
    link.probe();
    const { clock } = this.#options;
    this.#cancelTimer = left > 1
      ? clock.after(PROBE_MS, () => this.#probe(link, left - 1))
      : clock.after(ANSWER_MS, () => this.#judge(link));
  }

  #judge(link: Link & Probed): void {
    const { done } = this.#options;
    link.quality().then(
      (quality) => this.#end() && done(link, quality),
      (error) => this.#fail((error as Error).message),
    );
  }

  #fail(why: string): void {
    if (!this.#end()) return;
    this.#link?.terminate();
    this.#options.failed(why);
  }

  /** Whether it was not over yet. */
  #end(): boolean {
    const first = !this.#over;
    this.#over = true;
    this.#cancelTimer();
    return first;
  }
}
