/**
 * When a market trades: its mean volume in each bin of a period, as days have been so far.
 *
 * - What counts is what reached us before now, at our time; nothing of the future.
 * - A bin counts once it is over and was heard from its beginning. Bins in which nothing traded count as 0, nights and
 *   weekends too: a period of a week tells those apart.
 * - All periods weigh alike, however long ago.
 *
 * | call | cost |
 * |---|---|
 * | `add` | constant, and one step for each bin that has passed since the last, at most two periods of them |
 * | `between` | the bins between |
 * | memory | 16 bytes a bin |
 */
export class VolumeCurve {
  private readonly volumes: Float64Array;
  /** How often each bin was heard whole. */
  private readonly heard: Float64Array;
  private bin: number;
  /** Session time at which the bin began. */
  private began: number;
  private volume = 0;
  private whole: boolean;

  /** From session time `now`, which is `phase` ns into the period; both lengths in ns, and the bin divides the period. */
  constructor(readonly periodNs: number, readonly binNs: number, now: number, phase: number) {
    const bins = periodNs / binNs;
    this.volumes = new Float64Array(bins);
    this.heard = new Float64Array(bins);
    this.bin = Math.floor(phase / binNs);
    this.began = now - (phase - this.bin * binNs);
    this.whole = this.began === now;
  }

  /** The market traded `lots` at `now`; 0 lots let time pass. */
  add(now: number, lots: number): void {
    if (now - this.began >= this.binNs) this.#pass(Math.floor((now - this.began) / this.binNs));
    this.volume += lots;
  }

  /**
   * Mean lots from session time `from` to `to`; NaN where a bin between them has never been heard. Bins are taken to trade
   * evenly.
   */
  between(from: number, to: number): number {
    const { binNs } = this, bins = this.volumes.length;
    let index = Math.floor((from - this.began) / binNs), sum = 0;
    if ((to - from) / binNs > BINS_MAX) return NaN;
    for (let at = from; at < to; index++) {
      const end = Math.min(to, this.began + (index + 1) * binNs);
      const bin = (((this.bin + index) % bins) + bins) % bins;
      sum += this.volumes[bin] / this.heard[bin] * ((end - at) / binNs);
      at = end;
    }
    return sum;
  }

  /** Takes `shift` off the time held. */
  rebase(shift: number): void {
    this.began -= shift;
  }

  #pass(count: number): void {
    const bins = this.volumes.length;
    this.began += count * this.binNs;
    const cycles = Math.floor((count - 1) / bins);
    this.#close();
    if (cycles > 0) { for (let i = 0; i < bins; i++) this.heard[i] += cycles; }
    for (let left = count - 1 - cycles * bins; left > 0; left--) this.#close();
    this.bin = (this.bin + cycles * bins) % bins;
  }

  #close(): void {
    if (this.whole) {
      this.volumes[this.bin] += this.volume;
      this.heard[this.bin]++;
    }
    this.whole = true;
    this.volume = 0;
    this.bin = (this.bin + 1) % this.volumes.length;
  }
}

/** Bins one question may go over. */
const BINS_MAX = 1e6;
