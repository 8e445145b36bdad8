import type { ClientState } from "./state.ts";
import type { ClientStats } from "./stats.ts";

/** What is told of an error to who opted in: nothing of the session's data, and no secret. */
export interface ErrorReport {
  readonly code: number;
  readonly name: string;
  readonly category: string;
  readonly message: string;
  readonly state: ClientState;
  readonly carrier: string;
  readonly stats: ClientStats;
  /** The last lines of the debug log. */
  readonly log: readonly string[];
}

const LINES = 200;

/** The last 200 lines of what a client did, each with the time in ms since 1970. Tokens are taken out. */
export class DebugLog {
  readonly #lines: string[] = [];
  readonly #now: () => number;
  readonly #heard: (line: string) => void;

  constructor(now: () => number, heard: (line: string) => void = () => {}) {
    this.#now = now;
    this.#heard = heard;
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }

  note(text: string): void {
    const line = `${this.#now()} ${withoutSecrets(text)}`;
    this.#lines.push(line);
    if (this.#lines.length > LINES) this.#lines.shift();
    this.#heard(line);
  }
}

/** A text without what looks like a token or an address's query. */
export function withoutSecrets(text: string): string {
  return text.replace(/[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, "[token]").replace(/([?#])[^\s"')]*/g, "$1[…]");
}
