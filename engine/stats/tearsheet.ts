import { clean, columns, duration, fit, left, money, number, right, span, wrap, wrapItems } from "./_format.ts";
import { parentTable } from "./_parents.ts";
import { type FigureGroup, figureGroups, limitWords, words } from "./_rows.ts";
import type { InstrumentResult, RunResult } from "./result.ts";
import { sparkline } from "./sparkline.ts";

/** How a tearsheet looks. */
export interface TearsheetOptions {
  /** Columns of the terminal; 80 unless said, 40 at least. No line is longer. */
  readonly width?: number;
  /** Whether to use ANSI colours; not unless said. */
  readonly color?: boolean;
}

const LINES_MAX = 40;
const CURVE_HEIGHT_MIN = 3;
const CURVE_HEIGHT_MAX = 6;
const INSTRUMENTS_MAX = 4;
const TAPES_MAX = 2;
/** Lines of models, limits or refusals: a narrow terminal scrolls anyway. */
const FACT_LINES_MAX = 2;
const FACT_LINES_MAX_NARROW = 6;
const NOTE_LINES_MIN = 4;
/** Between items of one line. */
const DOT = " · ";
/** A name and a number side by side, and room between them. */
const FIGURE_WIDTH = 25;

/**
 * A run on one screen: what ran, the equity curve, the figures, each instrument, the first parent orders, and the
 * assumptions.
 *
 * It has at most 40 lines at 80 columns; longer lists end with a count of what is left out, which the JSON has. Figures
 * that do not exist are left out, and a note says why. Control characters in names are taken out.
 *
 * RangeError where the width is not an integer of 40 or more.
 *
 * @example
 * ```ts
 * import { backtest, tearsheet } from "../../mod.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const result = backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" });
 * const lines = tearsheet(result, { width: 80 }).split("\n");
 * if (!lines[0].startsWith("touch_maker") || lines.length > 40) throw new Error("unexpected");
 * ```
 */
export function tearsheet(result: RunResult, options: TearsheetOptions = {}): string {
  const { width = 80, color = false } = options;
  if (!(Number.isInteger(width) && width >= 40)) {
    throw new RangeError(`Cannot set a tearsheet: width is ${width}; it must be an integer of 40 or more`);
  }
  const paint = color ? ansi : plain;
  const fixed = [
    header(result, width, paint),
    figureTable(figureGroups(result), width, paint),
    instrumentTable(result, width, paint),
    parentTable(result.parents ?? [], width, (text) => paint(text, "bold")),
    facts(result, width, paint),
  ];
  // Notes and then the curve take the lines that are left; an empty one follows each section.
  const taken = fixed.reduce((sum, lines) => sum + (lines.length && lines.length + 1), 0);
  const speed = speedLines(result, width, paint);
  const notesMax = width < 80
    ? Infinity
    : Math.max(NOTE_LINES_MIN, LINES_MAX - taken - CURVE_HEIGHT_MAX - speed.length);
  const noted = shorten(noteLines(result, width, notesMax), notesMax);
  const height = Math.min(
    CURVE_HEIGHT_MAX,
    Math.max(CURVE_HEIGHT_MIN, LINES_MAX - taken - noted.length - speed.length),
  );
  const [head, figures, instruments, parents, assumed] = fixed;
  const drawn = curve(result, width, height, paint);
  const sections = [head, drawn, figures, instruments, parents, [...assumed, ...noted, ...speed]];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n");
}

type Style = "bold" | "dim" | "gain" | "loss" | "line";
type Paint = (text: string, style: Style) => string;
const SGR: Readonly<Record<Style, number>> = { bold: 1, dim: 2, gain: 32, loss: 31, line: 36 };
const ansi: Paint = (text, style) => `\x1b[${SGR[style]}m${text}\x1b[0m`;
const plain: Paint = (text) => text;

function toned(text: string, tone: number, paint: Paint): string {
  return tone > 0 ? paint(text, "gain") : tone < 0 ? paint(text, "loss") : text;
}

function header(result: RunResult, width: number, paint: Paint): string[] {
  const { run, figures } = result;
  const ending = `seed ${run.seed}`;
  const name = left(clean(run.strategy), width - ending.length - 2);
  const lines = [`${paint(name, "bold")}  ${paint(ending, "dim")}`];
  const parameters = words(run.parameters).join(DOT);
  if (parameters !== "") lines.push(paint(fit(clean(parameters), width), "dim"));
  for (const tape of run.tapes.slice(0, TAPES_MAX)) {
    const rows = `${number(tape.rows)} rows`;
    lines.push(`${left(clean(tape.name), width - rows.length - 2)}  ${rows}`);
  }
  if (run.tapes.length > TAPES_MAX) lines.push(`… and ${number(run.tapes.length - TAPES_MAX)} more tapes`);
  const { startSec, endSec } = figures;
  const length = startSec === null || endSec === null ? "" : `  ${duration(endSec - startSec)}`;
  lines.push(fit(`${span(startSec, endSec)}${length}`, width));
  if (result.incomplete !== undefined) {
    lines.push(paint(fit(`INCOMPLETE: ${clean(result.incomplete)}`, width), "loss"));
  }
  return lines;
}

function curve(result: RunResult, width: number, height: number, paint: Paint): string[] {
  const { value } = result.equity;
  if (value.length < 2) return [];
  const high = money(value.reduce((most, each) => Math.max(most, each), -Infinity));
  const low = money(value.reduce((least, each) => Math.min(least, each), Infinity));
  const margin = Math.max(high.length, low.length);
  const drawn = sparkline(result.equity, { width: width - margin - 2, height });
  return drawn.map((line, y) => {
    const label = y === 0 ? high : y === height - 1 && low !== high ? low : "";
    return `${paint(right(label, margin), "dim")} ${paint("┤", "dim")}${paint(line, "line")}`;
  });
}

/** The groups side by side, as many as fit. */
function figureTable(groups: readonly FigureGroup[], width: number, paint: Paint): string[] {
  const across = Math.max(1, Math.min(groups.length, Math.floor((width + 2) / (FIGURE_WIDTH + 2))));
  // Unequal widths would look ragged: what does not divide is left free.
  const cell = Math.min(36, Math.floor((width - 2 * (across - 1)) / across));
  const lines: string[] = [];
  for (let first = 0; first < groups.length; first += across) {
    const beside = groups.slice(first, first + across);
    if (first > 0) lines.push("");
    lines.push(beside.map(({ title }) => paint(left(title, cell), "bold")).join("  ").trimEnd());
    const deepest = Math.max(...beside.map(({ rows }) => rows.length));
    for (let y = 0; y < deepest; y++) lines.push(beside.map((each) => figureCell(each, y, cell, paint)).join("  "));
  }
  return lines.map((line) => line.trimEnd());
}

function figureCell({ rows }: FigureGroup, y: number, width: number, paint: Paint): string {
  if (y >= rows.length) return " ".repeat(width);
  const { label, text, tone } = rows[y];
  const room = width - columns(text) - 1;
  return `${paint(left(label, room), "dim")} ${toned(text, tone, paint)}`;
}

type Column = readonly [title: string, show: (result: InstrumentResult) => string, toned?: boolean];
/** From the most wanted to the least: a narrow terminal drops the last ones. */
const COLUMNS: readonly Column[] = [
  ["PnL", ({ pnl }) => money(pnl), true],
  ["Position", ({ position }) => number(position)],
  ["Trades", ({ trades }) => number(trades)],
  ["Fees", ({ fees }) => money(fees)],
  ["Orders", ({ orders }) => number(orders)],
  ["Events", ({ events }) => number(events)],
  ["Currency", ({ currency }) => clean(currency)],
];
/** In which order the columns stand. */
const STANDING: readonly string[] = ["Currency", "Events", "Orders", "Trades", "Position", "Fees", "PnL"];
const NAME_WIDTH_MIN = 10;

function instrumentTable(result: RunResult, width: number, paint: Paint): string[] {
  const all = Object.entries(result.instruments);
  const shown = all.slice(0, INSTRUMENTS_MAX);
  let free = width - NAME_WIDTH_MIN;
  const chosen: { column: Column; size: number; cells: string[] }[] = [];
  for (const column of COLUMNS) {
    const cells = shown.map(([, each]) => column[1](each));
    const size = Math.max(columns(column[0]), ...cells.map(columns));
    if (free < size + 2) break;
    free -= size + 2;
    chosen.push({ column, size, cells });
  }
  chosen.sort((a, b) => STANDING.indexOf(a.column[0]) - STANDING.indexOf(b.column[0]));
  const name = NAME_WIDTH_MIN + free;
  const titles = chosen.map(({ column, size }) => `  ${right(column[0], size)}`).join("");
  const lines = [paint(left("Instrument", name) + titles, "bold")];
  shown.forEach(([symbol, each], row) => {
    const cells = chosen.map(({ column, size, cells }) => {
      const text = `  ${right(cells[row], size)}`;
      return column[2] ? toned(text, Math.sign(each.pnl), paint) : text;
    });
    lines.push(left(clean(symbol), name) + cells.join(""));
  });
  if (all.length > shown.length) lines.push(`… and ${number(all.length - shown.length)} more instruments`);
  return lines;
}

/** Models, limits, guards, refusals and alerts. */
function facts(result: RunResult, width: number, paint: Paint): string[] {
  const { run } = result;
  const { guards, ...models } = run.models;
  const all: [string, string[]][] = [["Models", words(models)], ["Limits", limitWords(run.limits)]];
  if (guards !== undefined) all.push(["Guards", guards.split(", ")]);
  const refused = words(result.refusals);
  if (refused.length > 0) all.push(["Refused", refused]);
  const alerts = alertWords(result);
  if (alerts.length > 0) all.push(["Alerts", alerts]);
  const indent = 9;
  const linesMax = width < 80 ? FACT_LINES_MAX_NARROW : FACT_LINES_MAX;
  return all.flatMap(([label, items]) =>
    shorten(wrapItems(items.map(clean), DOT, width - indent), linesMax)
      .map((line, i) => paint(left(i === 0 ? label : "", indent), "dim") + line)
  );
}

/** How many alerts of each severity, and the first of the worst. */
function alertWords({ alerts }: RunResult): string[] {
  if (alerts === undefined) return [];
  const counts = (["critical", "warning", "info"] as const).filter((each) => alerts[each] > 0);
  const first = alerts.list.find(({ severity }) => severity === counts[0]);
  return [
    ...counts.map((each) => `${number(alerts[each])} ${each}`),
    ...first ? [`${first.time.slice(11, 19)} ${first.code}: ${first.text}`] : [],
  ];
}

/** Where they come to more than `max` lines the longest lose their ends, so that none of them pushes another out. */
function noteLines(result: RunResult, width: number, max: number): string[] {
  // What parents have to say stands under their table.
  const said = new Set(
    result.parents?.flatMap(({ id, algo, notes }) => notes.map((note) => `Parent ${id}, ${algo}: ${note}`)),
  );
  const all = [...result.figures.notes, ...result.notes].filter((note) => !said.has(note));
  const notes = all.map((note) => wrap(note, width - 2));
  for (let over = notes.flat().length - max; over > 0; over--) {
    const longest = notes.reduce((most, each) => each.length > most.length ? each : most);
    if (longest.length === 1) break;
    longest.pop();
    longest.push(longest.pop()!.replace(/ ?\S*$/, " …"));
  }
  return notes.flatMap((lines) => lines.map((line, i) => `${i === 0 ? "· " : "  "}${line}`));
}

/** How fast it was, and the digest, which is of use only whole. */
function speedLines(result: RunResult, width: number, paint: Paint): string[] {
  const speed = `${number(result.events)} events in ${duration(result.seconds)}, ${number(result.eventsPerSecond)}/s`;
  return wrapItems([speed, `digest ${clean(result.digest)}`], DOT, width).map((line) => paint(line, "dim"));
}

/** At most `max` lines; where some are left out, the last says so. */
function shorten(lines: string[], max: number): string[] {
  return lines.length <= max ? lines : [...lines.slice(0, max - 1), "… the JSON has the rest"];
}
