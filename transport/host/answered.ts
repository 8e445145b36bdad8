/** Keys that are remembered. */
const KEYS_MAX = 1000;

/**
 * The answers to commands by their keys, so that one that is sent again, because its answer was lost with a link, is not carried
 * out again. Those that a session journals it knows by itself; these are the host's own: of the clock, and what makes sessions.
 *
 * | call | cost |
 * |---|---|
 * | `once` | constant |
 * | memory | the last 1000 answers |
 *
 * @example
 * ```ts
 * import { Answered } from "./answered.ts";
 * const answered = new Answered<number>();
 * let count = 0;
 * const step = () => ++count;
 * const answers = [answered.once("ann/1", step), answered.once("ann/1", step), answered.once(undefined, step)];
 * if (answers.join() !== "1,1,2") throw new Error("unexpected");
 * ```
 */
export class Answered<Answer> {
  readonly #answers = new Map<string, Answer>();

  /** The answer to a command: what `work` gives, or what it gave when this key came before. What throws may be tried again. */
  once(key: string | undefined, work: () => Answer): Answer {
    if (key === undefined) return work();
    const before = this.#answers.get(key);
    if (before !== undefined) return before;
    const answer = work();
    this.#answers.set(key, answer);
    if (this.#answers.size > KEYS_MAX) this.#answers.delete(this.#answers.keys().next().value!);
    return answer;
  }
}
