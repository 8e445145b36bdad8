const EVENTS = 1 << 10;
const LEVELS = 1 << 16;

/** Takes one held event: its exchange time, and its levels at `[start, start + count)` of the held columns, modulo their length. */
export type TakeHeld = (event: number) => void;

/**
 * The last depth events of a stream, at most 1,024 of them with 65,536 levels, so that a snapshot that was asked for
 * before them and came after can be put under them.
 *
 * | operation | cost |
 * |---|---|
 * | `push` | O(levels of the event), amortised |
 * | `after` | O(events held) |
 * | memory | 1.1 MiB |
 */
export class HeldDepth {
  /** Columns over events, by the number that `after` gives. */
  readonly last = new Float64Array(EVENTS);
  readonly exchangeSec = new Float64Array(EVENTS);
  readonly exchangeNs = new Float64Array(EVENTS);
  readonly start = new Float64Array(EVENTS);
  /** Levels of the event, the bids first, and how many of them are bids. */
  readonly count = new Int32Array(EVENTS);
  readonly bids = new Int32Array(EVENTS);
  /** Columns over levels: `(start + i) & mask`. */
  readonly prices = new Float64Array(LEVELS);
  readonly sizes = new Float64Array(LEVELS);
  readonly mask = LEVELS - 1;
  #from = -1;
  #first = 0;
  #next = 0;
  #level = 0;

  /** The update id that the oldest held event follows on; -1 where none is held. */
  get from(): number {
    return this.#from;
  }

  /** Holds an event that follows on the id `previous`; the oldest make room for it. */
  push(
    event: { previous: number; last: number; exchangeSec: number; exchangeNs: number },
    levels: { prices: Float64Array; sizes: Float64Array; count: number; bids: number },
  ): void {
    const { count, bids, prices, sizes } = levels;
    if (count > LEVELS) return this.clear();
    while (
      this.#first < this.#next && (this.#next - this.#first === EVENTS || this.#level + count - this.#oldest() > LEVELS)
    ) {
      this.#from = this.last[this.#first++ & (EVENTS - 1)];
    }
    if (this.#from < 0) this.#from = event.previous;
    const e = this.#next++ & (EVENTS - 1);
    this.last[e] = event.last;
    this.exchangeSec[e] = event.exchangeSec;
    this.exchangeNs[e] = event.exchangeNs;
    this.start[e] = this.#level;
    this.count[e] = count;
    this.bids[e] = bids;
    const start = this.#level % LEVELS;
    for (let i = 0; i < count; i++) {
      const j = (start + i) & (LEVELS - 1);
      this.prices[j] = prices[i];
      this.sizes[j] = sizes[i];
    }
    this.#level += count;
  }

  /** Gives the held events in their order; `take` reads the columns. */
  each(take: TakeHeld): void {
    for (let e = this.#first; e < this.#next; e++) take(e & (EVENTS - 1));
  }

  /** Forgets all events. */
  clear(): void {
    this.#from = -1;
    this.#first = this.#next;
  }

  #oldest(): number {
    return this.start[this.#first & (EVENTS - 1)];
  }
}
