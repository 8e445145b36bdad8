import { clean, duration, money, number, percent, span, timestamp } from "./_format.ts";
import { niceSteps, timeTicks } from "./_ticks.ts";
import type { EquityPoints, RunResult } from "./result.ts";
import type { RoundTrip } from "./round_trips.ts";

const WIDTH = 860;
const HEIGHT = 400;
const LEFT = 84;
const RIGHT = 14;
const TOP = 34;
const CURVE_BOTTOM = 264;
const FALL_TOP = 300;
const FALL_BOTTOM = 368;
/** More marks than this hide the curve; those of the largest gains and losses stay. */
const MARKS_MAX = 120;

// Middle tones with enough contrast on white and on near black, since a plot cannot know what it will stand on. They are
// attributes and not a style sheet, which would reach beyond an image that is part of a page.
const INK = "#7d8694";
const GRID = "#7d86943a";
const CURVE = "#3b82f6";
const GAIN = "#16a34a";
const LOSS = "#dc4a4a";

/**
 * The equity curve over the drawdown, with a mark at each exit, as an SVG image that needs nothing else.
 *
 * Drawdowns are in percent of the peak where the run starts with equity, and in money where it does not. Marks are green
 * for gains and red for losses, and point up for long positions and down for short ones; a mark's title has the round
 * trip. Of more than 120, those of the largest gains and losses are marked; where the result does not list all, none.
 * Text of the result is escaped.
 *
 * @example
 * ```ts
 * import { backtest, plotSvg } from "../../mod.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const result = backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" });
 * if (!plotSvg(result).startsWith("<svg ")) throw new Error("unexpected");
 * ```
 */
export function plotSvg(result: RunResult): string {
  const { equity, run } = result;
  const title = escapeXml(`${clean(run.strategy)}: ${span(result.figures.startSec, result.figures.endSec)}`);
  const body = equity.value.length < 2
    ? [text(WIDTH / 2, HEIGHT / 2, "No equity was sampled.", "middle")]
    : drawing(result);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" role="img"`,
    ` style="max-width:${WIDTH}px" font-family="system-ui,sans-serif" font-size="12" fill="${INK}">`,
    `<title>${title}</title>`,
    ...body,
    "</svg>",
  ].join("\n");
}

/** Text as it may stand in HTML and XML, in elements and in attributes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

interface Panel {
  readonly top: number;
  readonly bottom: number;
  readonly min: number;
  readonly max: number;
}

type Scale = (value: number) => number;

function drawing(result: RunResult): string[] {
  const { equity, figures, run } = result;
  const { time, value } = equity;
  const from = time[0];
  const to = time[time.length - 1];
  const share = (at: number) => to > from ? Math.min(1, Math.max(0, (at - from) / (to - from))) : 0;
  const x = (at: number) => LEFT + share(at) * (WIDTH - LEFT - RIGHT);
  const inPercent = figures.maxDrawdownPercent !== null;
  const falls = drawdowns(value, inPercent);
  const upper = panel(TOP, CURVE_BOTTOM, value);
  const lower = panel(FALL_TOP, FALL_BOTTOM, [...falls, 0]);
  const y = scale(upper);
  const marks = marked(result);
  const unit = run.currency === null ? "" : ` (${escapeXml(clean(run.currency))})`;
  const all = figures.roundTrips;
  const caption = marks.length === all
    ? ""
    : marks.length === 0
    ? `${number(all)} round trips, too many to mark`
    : `the largest ${number(marks.length)} of ${number(all)} round trips are marked`;
  return [
    text(LEFT, 18, `Equity${unit}`),
    text(WIDTH - RIGHT, 18, caption, "end"),
    ...timeAxis(from, to, x),
    ...valueAxis(upper, 5, ""),
    ...valueAxis(lower, 2, inPercent ? " %" : ""),
    text(LEFT, FALL_TOP - 8, "Drawdown"),
    path(time, falls, x, scale(lower), LOSS, `${round(x(to))},${FALL_TOP} ${round(x(from))},${FALL_TOP}`),
    path(time, value, x, y, CURVE),
    ...marks.map((trip) => mark(trip, x(trip.exitTime), y(valueAt(equity, trip.exitTime)), result)),
  ];
}

/** Falls from the running peak, 0 or below. */
function drawdowns(value: readonly number[], inPercent: boolean): number[] {
  let peak = -Infinity;
  return value.map((each) => {
    peak = Math.max(peak, each);
    return !inPercent ? each - peak : peak > 0 ? (each / peak - 1) * 100 : 0;
  });
}

function panel(top: number, bottom: number, values: readonly number[]): Panel {
  const min = values.reduce((least, each) => Math.min(least, each), Infinity);
  const max = values.reduce((most, each) => Math.max(most, each), -Infinity);
  // A flat curve runs through the middle.
  return max > min ? { top, bottom, min, max } : { top, bottom, min: min - 1, max: max + 1 };
}

function scale({ top, bottom, min, max }: Panel): Scale {
  return (value) => bottom - (value - min) / (max - min) * (bottom - top);
}

function valueAxis(area: Panel, count: number, unit: string): string[] {
  const y = scale(area);
  const values = niceSteps(area.min, area.max, count);
  const step = values.length > 1 ? values[1] - values[0] : 1;
  const decimals = Math.max(0, Math.min(10, Math.ceil(-Math.log10(step) - 1e-9)));
  return values.flatMap((value) => [
    line(LEFT, y(value), WIDTH - RIGHT, y(value)),
    text(LEFT - 8, y(value) + 4, number(value, decimals) + unit, "end"),
  ]);
}

function timeAxis(from: number, to: number, x: Scale): string[] {
  return timeTicks(from, to, 7).flatMap(({ time, label }) => [
    line(x(time), TOP, x(time), FALL_BOTTOM),
    text(x(time), FALL_BOTTOM + 18, label, "middle"),
  ]);
}

function path(
  time: readonly number[],
  value: readonly number[],
  x: Scale,
  y: Scale,
  color: string,
  close?: string,
): string {
  const points = time.map((at, i) => `${round(x(at))},${round(y(value[i]))}`).join(" ");
  return close === undefined
    ? `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.5" stroke-linejoin="round"/>`
    : `<polygon points="${points} ${close}" fill="${color}" fill-opacity="0.25" stroke="${color}" stroke-width="1"/>`;
}

function mark(trip: RoundTrip, x: number, y: number, result: RunResult): string {
  const size = trip.side > 0 ? 4.5 : -4.5;
  const shape = `${round(x)},${round(y - size)} ${round(x - 4)},${round(y + size * 0.7)} ${round(x + 4)},${
    round(y + size * 0.7)
  }`;
  const symbol = Object.keys(result.instruments)[trip.instrument] ?? "";
  const words = [
    clean(symbol),
    `${trip.side > 0 ? "long" : "short"} ${number(trip.lots)} lots`,
    `${money(trip.entryPrice)} → ${money(trip.exitPrice)}`,
    `${money(trip.pnl)} (${percent(trip.returnFraction * 100)})`,
    `${timestamp(trip.entryTime)}, ${duration(trip.exitTime - trip.entryTime)}`,
  ];
  const title = escapeXml(words.filter((each) => each !== "").join("\n"));
  return `<polygon points="${shape}" fill="${trip.pnl >= 0 ? GAIN : LOSS}"><title>${title}</title></polygon>`;
}

/**
 * The round trips to mark, in order of time: all, or those of the largest gains and losses. None where the result does
 * not list all of them, as marks at the start and at the end alone would look like a pause between.
 */
function marked({ roundTripList, figures }: RunResult): readonly RoundTrip[] {
  if (roundTripList.length < figures.roundTrips) return [];
  if (roundTripList.length <= MARKS_MAX) return roundTripList;
  const ranked = roundTripList.map((trip, i) => ({ trip, i }));
  ranked.sort((a, b) => Math.abs(b.trip.pnl) - Math.abs(a.trip.pnl));
  return ranked.slice(0, MARKS_MAX).sort((a, b) => a.i - b.i).map(({ trip }) => trip);
}

/** The curve at a time, straight between its points, and level beyond its ends. */
function valueAt({ time, value }: EquityPoints, at: number): number {
  const next = time.findIndex((each) => each >= at);
  if (next < 0) return value[value.length - 1];
  if (next === 0) return value[0];
  const share = (at - time[next - 1]) / (time[next] - time[next - 1]);
  return value[next - 1] + share * (value[next] - value[next - 1]);
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${GRID}"/>`;
}

/** A text that is escaped already. */
function text(x: number, y: number, words: string, anchor = "start"): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${words}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
