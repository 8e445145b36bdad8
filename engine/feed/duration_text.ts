/**
 * Nanoseconds as people read them: "1.5 us", "30 s", "11.57 days". Six digits up to seconds, four from minutes on.
 *
 * @example
 * ```ts
 * import { durationText } from "./duration_text.ts";
 * if (durationText(999_999_999) !== "1 s") throw new Error("unexpected");
 * if (durationText(-4_000_500) !== "-4.0005 ms" || durationText(1e15) !== "11.57 days") throw new Error("unexpected");
 * ```
 */
export function durationText(ns: number): string {
  // Rounded first: 999,999,999 ns are 1 s, and not 1000 ms.
  const size = Number(Math.abs(ns).toPrecision(6));
  const [unit, scale, digits] = UNITS.find(([, scale, , from]) => size >= scale * from) ?? UNITS[UNITS.length - 1];
  return `${Number((ns / scale).toPrecision(digits))} ${unit}`;
}

/** Name, ns, digits, and from how many of it on it is used: 90 s say more than 1.5 min. */
const UNITS: readonly (readonly [unit: string, scale: number, digits: number, from: number])[] = [
  ["days", 86_400e9, 4, 2],
  ["h", 3600e9, 4, 2],
  ["min", 60e9, 4, 2],
  ["s", 1e9, 6, 1],
  ["ms", 1e6, 6, 1],
  ["us", 1e3, 6, 1],
  ["ns", 1, 6, 0],
];
