/** Candidates that one offer's answer must come before. */
interface Pending {
  readonly expires: number;
  readonly held: string[];
}

/** Offers under way; beyond them the oldest is forgotten, and its candidates pass as they come. */
const PENDING_MAX = 4096;
/** Candidates of one answer; nobody has so many addresses. */
const HELD_MAX = 64;
const WAIT_MS = 10_000;

/**
 * Holds an answerer's candidates back until its answer has passed: a stack throws candidates away that come before the
 * description they belong to, peerjs reports an error for each, and the answerer's often do.
 *
 * | operation | cost |
 * |---|---|
 * | each | O(1), and O(held) for an answer |
 */
export class Candidates {
  readonly #pending = new Map<string, Pending>();

  /** Offers under way. */
  get size(): number {
    return this.#pending.size;
  }

  /** An offer passes, from one peer to another. */
  offer(src: string, dst: string, connectionId: string, now: number): void {
    this.#forget(now);
    if (connectionId !== "") this.#pending.set(keyOf(dst, src, connectionId), { expires: now + WAIT_MS, held: [] });
  }

  /** A candidate would pass: true where it is kept for its answer. */
  holds(src: string, dst: string, connectionId: string, text: string): boolean {
    const pending = this.#pending.get(keyOf(src, dst, connectionId));
    if (!pending) return false;
    if (pending.held.length < HELD_MAX) pending.held.push(text);
    return true;
  }

  /** An answer has passed: the candidates that are to follow it, in order. */
  answer(src: string, dst: string, connectionId: string): readonly string[] {
    const key = keyOf(src, dst, connectionId);
    const held = this.#pending.get(key)?.held ?? [];
    this.#pending.delete(key);
    return held;
  }

  #forget(now: number): void {
    for (const [key, { expires }] of this.#pending) {
      if (expires > now && this.#pending.size < PENDING_MAX) break;
      this.#pending.delete(key);
    }
  }
}

/** Ids hold no line breaks. */
function keyOf(src: string, dst: string, connectionId: string): string {
  return `${src}\n${dst}\n${connectionId}`;
}
