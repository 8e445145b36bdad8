import { Insistence } from "../insistence.ts";
import { EXIT } from "./exit_codes.ts";

/**
 * Hears Ctrl-C (and a polite request to end) while it lives: `stopped` is true from then on, and `signal` aborts. A second
 * one ends the program at once; an echo of the first does not (see {@linkcode Insistence}).
 *
 * `watched` is for work that may never come back and so never hear it, as a strategy's: call `beat` again and again. Where
 * that stops and Ctrl-C comes, a watchdog in a thread of its own says so and kills the program (exit code 137).
 */
export class Interrupt implements Disposable {
  readonly #abort = new AbortController();
  readonly #watchdog: { readonly worker: Worker; readonly beats: Int32Array } | undefined;

  readonly #leaving: (() => void) | undefined;
  readonly #presses = new Insistence();

  /** `leaving` is called by the second one, before the program ends. */
  constructor(options: { readonly watched?: boolean; readonly leaving?: () => void } = {}) {
    this.#leaving = options.leaving;
    if (options.watched) {
      // Before the work begins: the first call of a strategy may be the one that never comes back.
      this.#watchdog = { worker: startWatchdog(), beats: new Int32Array(new SharedArrayBuffer(4)) };
      this.#watchdog.worker.postMessage(this.#watchdog.beats);
    }
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#hear);
  }

  get stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Says that the work has come back for a moment; whether it is to stop. */
  beat(): boolean {
    if (this.#watchdog) this.#watchdog.beats[0]++;
    return this.stopped;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#hear);
    this.#watchdog?.worker.terminate();
  }

  readonly #hear = (): void => {
    const press = this.#presses.hear();
    if (press === "echo") return;
    if (press === "again") {
      this.#leaving?.();
      Deno.exit(EXIT.INTERRUPTED);
    }
    // Whoever hears this has come back; writing what was computed may take as long as it needs.
    this.#watchdog?.worker.terminate();
    this.#abort.abort();
  };
}

/** What asks a program to end. */
export const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

function startWatchdog(): Worker {
  return new Worker(new URL("./watchdog_worker.ts", import.meta.url), { type: "module" });
}
