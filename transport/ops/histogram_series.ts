/**
 * Counts observations by how large they are.
 *
 * | call | cost |
 * |---|---|
 * | `observe` | as many comparisons as the logarithm of the bounds |
 * | memory | one number a bound |
 */
export class HistogramSeries {
  readonly #bounds: Float64Array;
  /** Of each bound those above the one before, and last those above all. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** Throws RangeError for bounds that do not rise. */
  constructor(bounds: readonly number[]) {
    if (
      bounds.length === 0 || bounds.some((bound, i) => !(bound > (bounds[i - 1] ?? -Infinity)) || bound === Infinity)
    ) {
      throw new RangeError(`Cannot count by size: bounds are ${bounds.join(", ")}; they rise, and are finite`);
    }
    this.#bounds = Float64Array.from(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Counts `value`, `times` times; what is no number is left out. */
  observe(value: number, times = 1): void {
    if (!(times > 0) || Number.isNaN(value)) return;
    const bounds = this.#bounds;
    let low = 0, high = bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= bounds[middle]) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] += times;
    this.#sum += value * times;
  }

  /** Its lines for Prometheus, with these labels. */
  text(name: string, pairs: readonly string[]): string {
    const lines: string[] = [];
    let count = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      count += this.#counts[i];
      const le = i < this.#bounds.length ? String(this.#bounds[i]) : "+Inf";
      lines.push(`${name}_bucket{${[...pairs, `le="${le}"`].join(",")}} ${count}\n`);
    }
    const labels = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
    return `${lines.join("")}${name}_sum${labels} ${this.#sum}\n${name}_count${labels} ${count}\n`;
  }
}
