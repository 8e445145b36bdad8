import type { EquityPoints } from "./result.ts";

/** Dots of a braille letter: two columns of four rows, each its bit. */
const DOTS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const;
const BRAILLE = 0x2800;

/**
 * Draws a curve in braille letters: `height` lines of `width` letters, 2 × 4 dots each, the highest point at the top.
 *
 * Time runs evenly from left to right. A column of dots covers all that the curve did there, so that no extreme is lost.
 * RangeError where width or height is not an integer above 0.
 *
 * @example
 * ```ts
 * import { sparkline } from "./sparkline.ts";
 * const [line] = sparkline({ time: [0, 1, 2], value: [0, 3, 0] }, { width: 2, height: 1 });
 * if (line !== "⡴⢧") throw new Error(line);
 * ```
 */
export function sparkline(points: EquityPoints, { width, height }: { width: number; height: number }): string[] {
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) {
    throw new RangeError(`Cannot draw ${width} × ${height} letters: both must be integers above 0`);
  }
  const { low, high } = envelope(points, 2 * width);
  const min = low.reduce((least, each) => Math.min(least, each), Infinity);
  const max = high.reduce((most, each) => Math.max(most, each), -Infinity);
  const rows = 4 * height;
  // A flat curve runs through the middle.
  const row = (value: number) => max > min ? Math.round((max - value) / (max - min) * (rows - 1)) : rows >> 1;
  const letters = new Uint16Array(width * height).fill(BRAILLE);
  low.forEach((least, x) => {
    if (!(least <= high[x])) return;
    for (let y = row(high[x]); y <= row(least); y++) letters[(y >> 2) * width + (x >> 1)] |= DOTS[x & 1][y & 3];
  });
  return Array.from({ length: height }, (_, y) => String.fromCharCode(...letters.slice(y * width, (y + 1) * width)));
}

/** What the curve covers in each of `count` equal spans of time, straight lines between its points. */
function envelope({ time, value }: EquityPoints, count: number): { low: Float64Array; high: Float64Array } {
  const low = new Float64Array(count).fill(Infinity);
  const high = new Float64Array(count).fill(-Infinity);
  const cover = (x: number, y: number) => {
    if (y < low[x]) low[x] = y;
    if (y > high[x]) high[x] = y;
  };
  const start = time[0];
  const scale = (count - 1) / (time[time.length - 1] - start);
  const column = (i: number) => Number.isFinite(scale) ? Math.round((time[i] - start) * scale) : 0;
  for (let i = 0; i < time.length; i++) {
    const to = column(i);
    cover(to, value[i]);
    if (i === 0) continue;
    const from = column(i - 1);
    const rise = (value[i] - value[i - 1]) / (to - from);
    for (let x = from; x < to; x++) {
      // Neighbours meet half way, so that the line has no holes.
      const middle = value[i - 1] + (x + 0.5 - from) * rise;
      cover(x, middle);
      cover(x + 1, middle);
    }
  }
  return { low, high };
}
