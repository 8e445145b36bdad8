/** Between two samples of the price at least, so that the bounce between bid and ask does not pass for volatility. */
const SAMPLE_NS = 1e9;
const SAMPLES_MIN = 30;

/**
 * How far a price wanders: the standard deviation after one second, in ticks, from the changes of its middle so far.
 *
 * - Changes are taken between messages at least a second apart, and add up as those of a random walk do.
 * - Below 30 changes it is not known: NaN.
 *
 * Each `add` is constant.
 */
export class Volatility {
  private at = NaN;
  private mark2 = NaN;
  private squares = 0;
  private ns = 0;
  private samples = 0;

  /** The middle, in half ticks, at session time `now`. */
  add(now: number, mark2: number): void {
    if (!(Math.abs(mark2) < Infinity) || now - this.at < SAMPLE_NS) return;
    if (this.at === this.at) {
      const change = (mark2 - this.mark2) / 2;
      this.squares += change * change;
      this.ns += now - this.at;
      this.samples++;
    }
    this.at = now;
    this.mark2 = mark2;
  }

  /** Ticks after one second; NaN while unknown. */
  get perSecond(): number {
    return this.samples < SAMPLES_MIN ? NaN : Math.sqrt(this.squares / (this.ns / 1e9));
  }

  /** The price has jumped for a reason that is no risk, a split: the next change begins anew. */
  restart(): void {
    this.at = NaN;
  }

  /** Takes `shift` off the time held. */
  rebase(shift: number): void {
    this.at -= shift;
  }
}
