/** An instrument as hello tells it. */
export interface Instrument {
  readonly symbol: string;
  readonly tick: string;
  readonly lot: string;
  readonly currency: string;
}

/** Digits after the point of a decimal text: "0.010" has 3. */
function decimals(text: string): number {
  return text.includes(".") ? text.length - text.indexOf(".") - 1 : 0;
}

/** Writes ticks as a price: 618002 of 0.1 is "61,800.2"; averages get `more` digits. */
export function priceText({ tick }: Pick<Instrument, "tick">, ticks: number | null, more = 0): string {
  return ticks === null ? "–" : fixed(ticks * Number(tick), decimals(tick) + more);
}

/** Writes lots as a size. */
export function sizeText({ lot }: Pick<Instrument, "lot">, lots: number): string {
  return fixed(lots * Number(lot), decimals(lot));
}

/**
 * A price that somebody typed, in ticks; undefined where it is no number, or none that the instrument can have.
 *
 * @example
 * ```ts
 * import { ticksOf } from "./format.ts";
 * if (ticksOf({ tick: "0.05" }, "99.45") !== 1989 || ticksOf({ tick: "0.05" }, "99.47") !== undefined) throw new Error("unexpected");
 * ```
 */
export function ticksOf({ tick }: Pick<Instrument, "tick">, text: string): number | undefined {
  const exact = Number(text) / Number(tick), ticks = Math.round(exact);
  // What is a whole number of ticks on paper is off by a rounding or two here.
  return text.trim() !== "" && Math.abs(exact - ticks) < 1e-6 && Number.isSafeInteger(ticks) ? ticks : undefined;
}

/** Writes money or another figure; "–" where there is none yet. */
export function figureText(value: number | string | null | undefined, digits = 2): string {
  const number = value === null || value === undefined ? NaN : Number(value);
  return Number.isFinite(number) ? fixed(number, digits) : "–";
}

/** Writes a share as percent. */
export function percentText(share: number | null | undefined, digits = 2): string {
  return share === null || share === undefined ? "–" : `${fixed(100 * share, digits)} %`;
}

/** The time of day, in UTC, to the millisecond. */
function timeText(ns: bigint): string {
  return isoText(Number(ns / 1_000_000n)).slice(11, 23);
}

/**
 * When something happened, short: the time of day; of what happens on the minute, as all does on tapes of bars, the day too.
 *
 * @example
 * ```ts
 * import { momentText } from "./format.ts";
 * if (momentText(1735689600000000000n) !== "2025-01-01 00:00" || momentText(1735689600250000000n) !== "00:00:00.250") throw new Error("unexpected");
 * ```
 */
export function momentText(ns: bigint): string {
  return ns % 60_000_000_000n === 0n ? dateText(ns).slice(0, 16) : timeText(ns);
}

/** Date and time of a session's time in ns, in UTC. */
export function dateText(ns: bigint): string {
  return isoText(Number(ns / 1_000_000n)).replace("T", " ").slice(0, 23);
}

/**
 * Labels of a time axis in UTC, of 24 hours, as fine as the steps between them; the date stands below where a day begins.
 *
 * @example
 * ```ts
 * import { axisTimes } from "./format.ts";
 * const labels = axisTimes([1735689540, 1735689600], 60).join(" | ");
 * if (labels !== "23:59\n2024-12-31 | 00:00\n2025-01-01") throw new Error(labels);
 * ```
 */
export function axisTimes(seconds: readonly (number | null)[], step: number): string[] {
  let day = "";
  return seconds.map((at) => {
    if (at === null) return "";
    const iso = isoText(at * 1000), date = iso.slice(0, 10);
    if (step >= 28 * 86_400) return iso.slice(0, 7);
    if (step >= 86_400) return date;
    const time = iso.slice(11, step >= 60 ? 16 : step >= 1 ? 19 : 23);
    const begins = date !== day;
    day = date;
    return begins ? `${time}\n${date}` : time;
  });
}

/** Labels of an axis of values, with as many digits as the steps between them need. */
export function axisValues(values: readonly (number | null)[], step: number): string[] {
  let digits = 0;
  while (digits < 8 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return values.map((value) => value === null ? "" : fixed(value, digits));
}

/** No time of a session is outside what a Date can say; one that was made up is shown as the end of time. */
function isoText(ms: number): string {
  return new Date(Math.min(Math.max(ms, -62_135_596_800_000), 253_402_300_799_999)).toISOString();
}

function fixed(value: number, digits: number): string {
  const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text; // no "-0.00"
}
