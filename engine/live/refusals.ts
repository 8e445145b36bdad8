import type { Code } from "../core/codes.ts";

/** What an exchange's refusal is to us. */
export interface Refusal {
  readonly code: Code;
  /** The exchange's own number and words. */
  readonly reason: string;
}

/** A row of the table: an exchange's number or name of a refusal, where it means several things with words that tell them apart. */
export interface RefusalRow {
  readonly at: number | string;
  readonly words?: RegExp;
  readonly code: Code;
}

/**
 * What an exchange's refusals mean, as a table; a code's range says whether to try again, to change the order or to give up. The
 * first row that fits holds. What no row knows is `otherwise`, with the exchange's words.
 *
 * @example
 * ```ts
 * import { Code } from "../core/codes.ts";
 * import { Refusals } from "./refusals.ts";
 * const table = new Refusals([{ at: -2010, words: /insufficient balance/, code: Code.CASH }], Code.VENUE_REFUSED);
 * if (table.read(-2010, "Account has insufficient balance.").code !== Code.CASH) throw new Error("unexpected");
 * if (table.read(-9999, "New words.").reason !== "-9999: New words.") throw new Error("unexpected");
 * ```
 */
export class Refusals {
  constructor(private readonly rows: readonly RefusalRow[], private readonly otherwise: Code) {}

  /** Reads a refusal as the exchange sent it. */
  read(at: number | string, words: string): Refusal {
    const row = this.rows.find((row) => row.at === at && (row.words?.test(words) ?? true));
    return { code: row?.code ?? this.otherwise, reason: words === "" ? String(at) : `${at}: ${words}` };
  }
}

/** An exchange refused a question, or keys: as `code` says. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";

  constructor(message: string, readonly code: Code) {
    super(message);
  }
}
