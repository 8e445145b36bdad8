/** Least time between two looks at how fast a client takes what it gets, in ms. */
const SAMPLE_MS = 1;

/**
 * How many bytes a link may be ahead of its client: what was sent and is not acknowledged stays below a window. The window is
 * what was agreed on, or twice rate times round trip where that is more, up to a bound.
 *
 * | operation | cost |
 * |---|---|
 * | all | O(1) |
 */
export class Credit {
  /** Bytes of all frames sent on this link. */
  sent = 0;
  /** Bytes that the client says it has. */
  acked = 0;
  window: number;
  /** Shortest time from sending to acknowledgement so far, in ms; Infinity before the first. */
  roundTripMs = Infinity;
  readonly #least: number;
  readonly #most: number;
  #markBytes = 0;
  #markAcked = 0;
  #markAt = 0;

  constructor(least: number, most: number) {
    this.window = least;
    this.#least = least;
    this.#most = Math.max(least, most);
  }

  /** Bytes on their way. */
  get outstanding(): number {
    return this.sent - this.acked;
  }

  /** Whether another frame may go: one that is larger than the window goes alone. */
  get open(): boolean {
    return this.sent - this.acked < this.window;
  }

  /** A frame goes out at `now`. */
  spend(bytes: number, now: number): void {
    this.sent += bytes;
    if (this.#markBytes > 0) return;
    this.#markBytes = this.sent;
    this.#markAcked = this.acked;
    this.#markAt = now;
  }

  /** The client has `bytes` in all. Returns whether that is progress; what was never sent counts as what was. */
  acknowledge(bytes: number, now: number): boolean {
    const acked = Math.min(bytes, this.sent);
    if (acked <= this.acked) return false;
    this.acked = acked;
    if (this.#markBytes > 0 && acked >= this.#markBytes) this.#sample(now);
    return true;
  }

  #sample(now: number): void {
    const ms = Math.max(now - this.#markAt, SAMPLE_MS), rate = (this.acked - this.#markAcked) / ms;
    this.#markBytes = 0;
    this.roundTripMs = Math.min(this.roundTripMs, ms);
    this.window = Math.min(Math.max(2 * rate * this.roundTripMs, this.#least), this.#most);
  }
}
