/** How often a tape's book stands crossed at a message's end, its best bid above its best ask. */
export interface CrossedMeta {
  /** Messages after which it does. */
  readonly messages: number;
  /** Messages that the exchange's clock sees. */
  readonly of: number;
  /** The tape's row, from 1, that ends the first of them. */
  readonly first: { readonly row: number };
  /** The most of them in a row, and the tape's row that ends the first of these. */
  readonly longest: { readonly row: number; readonly messages: number };
}

/**
 * Counts the messages after which a book stands crossed.
 *
 * A book may cross within a message; one that stays so holds orders that are not there any more. Cost: constant.
 *
 * @example
 * ```ts
 * import { CrossedMessages } from "./crossed_messages.ts";
 * const crossed = new CrossedMessages();
 * [false, true, true, false].forEach((stands, i) => crossed.end(i + 1, stands));
 * const { messages, of, first } = crossed.found()!;
 * if (messages !== 2 || of !== 4 || first.row !== 2) throw new Error("unexpected");
 * ```
 */
export class CrossedMessages {
  #of = 0;
  #messages = 0;
  #first = 0;
  #stretch = 0;
  #stretchRow = 0;
  #longest = 0;
  #longestRow = 0;

  /** The tape's row `row`, from 1, ends a message, and leaves the book crossed or not. */
  end(row: number, crossed: boolean): void {
    this.#of++;
    if (!crossed) {
      this.#stretch = 0;
      return;
    }
    if (this.#messages++ === 0) this.#first = row;
    if (this.#stretch++ === 0) this.#stretchRow = row;
    if (this.#stretch > this.#longest) {
      this.#longest = this.#stretch;
      this.#longestRow = this.#stretchRow;
    }
  }

  /** What was found; undefined where the book never stood crossed. */
  found(): CrossedMeta | undefined {
    if (this.#messages === 0) return undefined;
    const longest = { row: this.#longestRow, messages: this.#longest };
    return { messages: this.#messages, of: this.#of, first: { row: this.#first }, longest };
  }
}
