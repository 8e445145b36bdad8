/** A terminal whose keys are heard as they are pressed, as Deno.stdin is. */
export interface KeyTerminal {
  readonly readable: ReadableStream<Uint8Array>;
  setRaw(mode: boolean, options?: { readonly cbreak: boolean }): void;
}

/** The key, as a terminal sends it: large, so that it is not hit by accident. */
const KEY = "K".charCodeAt(0);

/**
 * The kill switch on the terminal of a running session: the key K, with Shift and without Enter. All other keys do nothing, and Ctrl-C is
 * what it was. The terminal is as it was before once this is disposed of.
 */
export class KillKey implements Disposable {
  readonly #terminal: KeyTerminal;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(terminal: KeyTerminal, kill: () => void, tell: (line: string) => void) {
    this.#terminal = terminal;
    this.#reader = terminal.readable.getReader();
    terminal.setRaw(true, { cbreak: true });
    tell("Press K (Shift+K) to kill: no orders leave, all that rest are cancelled");
    this.#listen(kill).catch(() => tell("The terminal is gone: its kill key is heard no more"));
  }

  [Symbol.dispose](): void {
    this.#terminal.setRaw(false);
    this.#reader.cancel().catch(() => {});
  }

  async #listen(kill: () => void): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      if (value.includes(KEY)) kill();
    }
  }
}
