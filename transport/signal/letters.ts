/** A message that waits for a peer. */
export interface Letter {
  readonly src: string;
  readonly dst: string;
  readonly text: string;
  /** When it is given up, ms. */
  readonly expires: number;
}

/** Bounds of what waits. */
export interface LetterLimits {
  /** 5000 ms. */
  readonly waitMs: number;
  /** For one peer, and from one peer. */
  readonly countMax: number;
  readonly bytesMax: number;
  /** Of all together. */
  readonly totalBytesMax: number;
}

/**
 * Messages for peers that are not there yet, each for a few seconds, bounded by count and bytes for each receiver, each sender
 * and all together.
 *
 * | operation | cost |
 * |---|---|
 * | add | O(1) |
 * | take | O(letters of the peer) |
 * | expired | O(expired), as all wait equally long |
 */
export class Letters {
  readonly #limits: LetterLimits;
  /** In order of arrival, and so of expiry. */
  readonly #all = new Set<Letter>();
  readonly #byDst = new Map<string, Set<Letter>>();
  readonly #load = new Map<string, { count: number; bytes: number }>();
  #bytes = 0;

  constructor(limits: LetterLimits) {
    this.#limits = limits;
  }

  /** How many wait. */
  get size(): number {
    return this.#all.size;
  }

  /** Characters of all that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a message until `now` plus the wait; false where a bound is reached and it is not kept. */
  add(src: string, dst: string, text: string, now: number): boolean {
    const { countMax, bytesMax, totalBytesMax, waitMs } = this.#limits;
    const keys = [`from ${src}`, `to ${dst}`];
    for (const key of keys) {
      const load = this.#load.get(key);
      if ((load?.count ?? 0) >= countMax || (load?.bytes ?? 0) + text.length > bytesMax) return false;
    }
    if (this.#bytes + text.length > totalBytesMax) return false;
    const letter = { src, dst, text, expires: now + waitMs };
    this.#all.add(letter);
    const forDst = this.#byDst.get(dst);
    if (forDst) forDst.add(letter);
    else this.#byDst.set(dst, new Set([letter]));
    for (const key of keys) {
      const load = this.#load.get(key) ?? { count: 0, bytes: 0 };
      load.count++;
      load.bytes += text.length;
      this.#load.set(key, load);
    }
    this.#bytes += text.length;
    return true;
  }

  /** Takes out what waits for a peer, in order. */
  take(dst: string): Letter[] {
    const letters = [...this.#byDst.get(dst) ?? []];
    for (const letter of letters) this.#remove(letter);
    return letters;
  }

  /** Takes out what has waited long enough, in order. */
  expired(now: number): Letter[] {
    const letters: Letter[] = [];
    for (const letter of this.#all) {
      if (letter.expires > now) break;
      letters.push(letter);
    }
    for (const letter of letters) this.#remove(letter);
    return letters;
  }

  #remove(letter: Letter): void {
    const { src, dst, text } = letter;
    this.#all.delete(letter);
    const forDst = this.#byDst.get(dst);
    forDst?.delete(letter);
    if (forDst?.size === 0) this.#byDst.delete(dst);
    for (const key of [`from ${src}`, `to ${dst}`]) {
      const load = this.#load.get(key);
      if (!load) continue;
      load.count--;
      load.bytes -= text.length;
      if (load.count === 0) this.#load.delete(key);
    }
    this.#bytes -= text.length;
  }
}
