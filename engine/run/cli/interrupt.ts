import { EXIT } from "./exit_codes.ts";

/**
 * Hears Ctrl-C (and a polite request to end) while it lives: `stopped` is true from then on, and `signal` aborts. A second
 * one ends the program at once.
 */
export class Interrupt implements Disposable {
  readonly #abort = new AbortController();
  readonly #hear = (): void => {
    if (this.stopped) Deno.exit(EXIT.INTERRUPTED);
    this.#abort.abort();
  };

  constructor() {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#hear);
  }

  get stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#hear);
  }
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
