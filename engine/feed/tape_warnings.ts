import type { InstrumentSpec } from "../core/instrument.ts";
import type { CrossedMeta } from "./crossed_messages.ts";
import { durationText } from "./duration_text.ts";
import type { ClockDisorder, DisorderMeta, TapeMeta } from "./tape_schema.ts";
import { type UnknownOrder, unknownOrderText } from "./unknown_orders.ts";

/**
 * What whoever works with a tape should know before its figures are trusted, a sentence each with what to do about it.
 *
 * Conversions, `inspect` and the notes of a run all say these; what the tape states elsewhere, as its skew, is not repeated.
 *
 * @example
 * ```ts
 * import { tapeWarnings } from "./tape_warnings.ts";
 * const instrument = { symbol: "BTCUSD_PERP", venue: "x", tick: "0.1", lot: "1", kind: "inverse" } as const;
 * const [warning] = tapeWarnings({ instrument });
 * if (!warning.startsWith("BTCUSD_PERP is inverse, and its multiplier is not given")) throw new Error(warning);
 * ```
 */
export function tapeWarnings({ instrument, disorder, unknownOrders, crossed }: Doubtful): string[] {
  return [
    ...multiplierWarning(instrument),
    ...disorderWarning(disorder),
    ...unknownOrders ? [unknownOrdersWarning(unknownOrders.count, unknownOrders.first)] : [],
    ...crossed ? [crossedWarning(crossed)] : [],
  ];
}

/** What of a tape is looked at. */
type Doubtful = Pick<TapeMeta, "instrument" | "disorder" | "unknownOrders" | "crossed">;

/** Says that `count` rows are about orders that nobody added; which is the first, where that is known. */
export function unknownOrdersWarning(count: number, first: UnknownOrder | undefined): string {
  const rows = count === 1 ? "1 row names an order" : `${count} rows name orders`;
  const found = first === undefined ? "" : `; ${unknownOrderText(first)}`;
  return `${rows} that the book does not have (UNKNOWN_ORDER), and nothing was done to it${found}`;
}

/** Beyond this share of the messages it is no auction, nor a message that came late. */
const CROSSED_SHARE = 0.01;

function crossedWarning({ messages, of, first, longest }: CrossedMeta): string {
  const share = messages / of, percent = share * 100 < 0.01 ? "less than 0.01" : Number((share * 100).toPrecision(3));
  const where = `the book is crossed from row ${first.row} on, ${percent} % of messages` +
    (longest.messages === messages ? "" : `, ${longest.messages} together from row ${longest.row} on`);
  const why = share > CROSSED_SHARE
    ? "the source leaves orders standing (LOBSTER's level files lack cancels beyond their levels); mids and marks are " +
      "wrong there: convert a source that has every order's end, as itch or databento"
    : "an auction, or lost messages; mids and marks are wrong there: begin behind it, or halt with the guard `crossed`";
  return `${where}: ${why}`;
}

/** Where one clock went back: "twice, by 2 s at most, first at day.csv, line 17, by 1 s". */
export function disorderText({ count, mostNs, first }: ClockDisorder): string {
  const { file, place, unit, ns } = first;
  const at = `at ${file}, ${unit} ${place}`;
  if (count === 1) return `once, ${at}, by ${durationText(ns)}`;
  return `${count} times, by ${durationText(mostNs)} at most, first ${at}, by ${durationText(ns)}`;
}

function disorderWarning(disorder: DisorderMeta | undefined): string[] {
  if (disorder?.local === undefined) return [];
  return [
    `the source's time goes back ${disorderText(disorder.local)}; the rows were put in order of time: ` +
    `sort the source, or see whether its clock was set`,
  ];
}

/** Contracts are rarely worth one unit of their quote: 100 USD or 10 USD are usual. */
function multiplierWarning({ symbol, kind, multiplier }: InstrumentSpec): string[] {
  if (kind !== "inverse" || multiplier !== undefined) return [];
  return [
    `${symbol} is inverse, and its multiplier is not given: a contract counts as 1 of its quote; ` +
    `convert it with --multiplier (100 for 100 USD)`,
  ];
}
