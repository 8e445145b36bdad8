/** From when to when a tape goes, in ns since 1970 as decimal texts; null where it has no rows. */
export interface TapeSpan {
  readonly from: string | null;
  readonly to: string | null;
}

/** How long tapes take to pass at the speed that is proposed, about, in seconds. */
const PASSES_IN = 60;

/**
 * Simulated seconds a second at which tapes pass in about a minute, as a figure that reads well: 1, 2 or 5 with zeros, and 60 for
 * an hour. Tapes of years and tapes of minutes are both worth watching then.
 *
 * @example
 * ```ts
 * import { tapeSpeed } from "./tape_speed.ts";
 * const hour = { from: "1735689600000000000", to: "1735693200000000000" };
 * if (tapeSpeed([hour]) !== 60 || tapeSpeed([]) !== 1) throw new Error("unexpected");
 * ```
 */
export function tapeSpeed(spans: readonly TapeSpan[]): number {
  const ends = spans.flatMap(({ from, to }) => from === null || to === null ? [] : [[BigInt(from), BigInt(to)]]);
  if (ends.length === 0) return 1;
  const first = ends.map(([from]) => from).reduce((a, b) => a < b ? a : b);
  const last = ends.map(([, to]) => to).reduce((a, b) => a > b ? a : b);
  const wanted = Number((last - first) / 1_000_000_000n) / PASSES_IN;
  if (wanted <= 1) return 1;
  if (wanted > 30 && wanted < 90) return 60;
  const zeros = 10 ** Math.floor(Math.log10(wanted));
  return zeros * ([5, 2].find((figure) => wanted >= figure * zeros) ?? 1);
}
