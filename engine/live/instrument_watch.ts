import type { InstrumentSpec } from "../core/instrument.ts";
import type { LiveTools } from "./live_tools.ts";

const EVERY_MS = 300_000;
/** What a session cannot go on with when it changes. */
const FIELDS = ["tick", "lot", "kind", "multiplier", "currency", "expiry"] as const;

/** Asks an exchange now and then what its instruments are, and says when one is another than it was. */
export class InstrumentWatch {
  readonly #known: ReadonlyMap<string, InstrumentSpec>;
  readonly #ask: (symbol: string) => Promise<InstrumentSpec>;
  readonly #changed: (symbol: string, what: string) => void;
  readonly #tools: LiveTools;
  readonly #told = new Set<string>();
  #timer: (() => void) | undefined;
  #stopped = false;

  /** `ask` rejects with RangeError for one that is not traded any more. */
  constructor(
    known: ReadonlyMap<string, InstrumentSpec>,
    options: {
      readonly ask: (symbol: string) => Promise<InstrumentSpec>;
      /** Is told once of each instrument that changed: "tick was 0.1 and is 0.01". */
      readonly changed: (symbol: string, what: string) => void;
    },
    tools: LiveTools,
  ) {
    this.#known = known;
    this.#ask = options.ask;
    this.#changed = options.changed;
    this.#tools = tools;
  }

  /** Looks at all of them every five minutes, from then on. */
  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#tools.timers.after(EVERY_MS, async () => {
      for (const symbol of this.#known.keys()) await this.look(symbol);
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
  }

  /** Looks at one now. Never rejects: where no answer comes, nothing is known. */
  async look(symbol: string): Promise<"same" | "changed" | "unknown"> {
    const was = this.#known.get(symbol);
    if (this.#stopped || was === undefined) return "unknown";
    if (this.#told.has(symbol)) return "changed";
    let what: string | undefined;
    try {
      what = difference(was, await this.#ask(symbol));
    } catch (error) {
      if (!(error instanceof RangeError)) return "unknown";
      what = error.message;
    }
    if (this.#stopped) return "unknown";
    if (what === undefined) return "same";
    this.#told.add(symbol);
    this.#changed(symbol, what);
    return "changed";
  }
}

function difference(was: InstrumentSpec, is: InstrumentSpec): string | undefined {
  const field = FIELDS.find((name) => was[name] !== is[name]);
  return field && `${field} was ${was[field] ?? "not there"} and is ${is[field] ?? "not there"}`;
}
