/** One call, from its offer on: what the answerer sends of it was asked for. */
interface Call {
  readonly expires: number;
  /** Candidates that wait for the answer; undefined once that has passed. */
  held: string[] | undefined;
  /** Messages that the answerer may still send of it at the caller's expense. */
  allowance: number;
}

/** Calls under way; beyond them the oldest is forgotten, and its candidates pass as they come. */
const CALLS_MAX = 4096;
/** An answer and candidates; nobody has more addresses. */
const ALLOWANCE = 65;
const WAIT_MS = 10_000;

/**
 * Calls that were offered in the last 10 s, for two things:
 *
 * - An answerer's candidates are held back until its answer has passed: a stack throws candidates away that come before the
 *   description they belong to, peerjs reports an error for each, and the answerer's often do.
 * - What an answerer sends of a call is not held against it: else many callers could use its rate up, and have it cut.
 *
 * | operation | cost |
 * |---|---|
 * | each | O(1), and O(held) for an answer |
 */
export class Calls {
  readonly #calls = new Map<string, Call>();

  /** Calls that are remembered. */
  get size(): number {
    return this.#calls.size;
  }

  /** An offer passes, from one peer to another. */
  offer(src: string, dst: string, connectionId: string, now: number): void {
    this.#forget(now);
    const key = keyOf(dst, src, connectionId);
    // One that is offered again is as old as it was: nobody gets another allowance for it.
    if (connectionId === "" || this.#calls.has(key)) return;
    this.#calls.set(key, { expires: now + WAIT_MS, held: [], allowance: ALLOWANCE });
  }

  /** Whether a message is part of an answer, and counts it as one. */
  asked(src: string, dst: string, connectionId: string): boolean {
    const call = this.#calls.get(keyOf(src, dst, connectionId));
    return call !== undefined && call.allowance-- > 0;
  }

  /** A candidate would pass: true where it is kept for its answer, or one too many. */
  holds(src: string, dst: string, connectionId: string, text: string): boolean {
    const held = this.#calls.get(keyOf(src, dst, connectionId))?.held;
    if (!held) return false;
    if (held.length < ALLOWANCE) held.push(text);
    return true;
  }

  /** An answer has passed: the candidates that are to follow it, in order. */
  answer(src: string, dst: string, connectionId: string): readonly string[] {
    const call = this.#calls.get(keyOf(src, dst, connectionId)), held = call?.held ?? [];
    if (call) call.held = undefined;
    return held;
  }

  #forget(now: number): void {
    for (const [key, { expires }] of this.#calls) {
      if (expires > now && this.#calls.size < CALLS_MAX) break;
      this.#calls.delete(key);
    }
  }
}

/** Ids hold no line breaks. */
function keyOf(src: string, dst: string, connectionId: string): string {
  return `${src}\n${dst}\n${connectionId}`;
}
