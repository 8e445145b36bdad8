/**
 * A queue of sequence numbers that tells each its place: the count of all before it since the beginning, in 32 bits that
 * wrap around.
 *
 * | call | cost |
 * |---|---|
 * | `push`, `head`, `pop` | O(1) |
 * | memory | 4 bytes an entry, as many as there were at once |
 */
export class SeqQueue {
  #entries = new Int32Array(1024);
  #start = 0;
  #end = 0;

  /** Entries that wait. */
  get size(): number {
    return (this.#end - this.#start) | 0;
  }

  /** The place of the first entry. */
  get headPlace(): number {
    return this.#start;
  }

  /** The first entry; there must be one. */
  head(): number {
    return this.#entries[this.#start & (this.#entries.length - 1)];
  }

  /** Adds an entry and returns its place. */
  push(sequence: number): number {
    if (this.size === this.#entries.length) this.#grow();
    const place = this.#end;
    this.#entries[place & (this.#entries.length - 1)] = sequence;
    this.#end = (place + 1) | 0;
    return place;
  }

  /** Drops the first entry. */
  pop(): void {
    this.#start = (this.#start + 1) | 0;
  }

  #grow(): void {
    const old = this.#entries;
    const grown = new Int32Array(2 * old.length);
    for (let place = this.#start; place !== this.#end; place = (place + 1) | 0) {
      grown[place & (grown.length - 1)] = old[place & (old.length - 1)];
    }
    this.#entries = grown;
  }
}
