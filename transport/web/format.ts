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

/** Writes ticks as a price: 618002 of 0.1 is "61,800.2". */
export function priceText({ tick }: Instrument, ticks: number | null): string {
  return ticks === null ? "–" : fixed(ticks * Number(tick), decimals(tick));
}

/** Writes lots as a size. */
export function sizeText({ lot }: Instrument, lots: number): string {
  return fixed(lots * Number(lot), decimals(lot));
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

/** The time of day of a session's time in ns, in UTC, to the millisecond. */
export function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().slice(11, 23);
}

/** Date and time of a session's time in ns, in UTC. */
export function dateText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().replace("T", " ").slice(0, 23);
}

function fixed(value: number, digits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
