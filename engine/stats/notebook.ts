import { clean, number } from "./_format.ts";
import { type FigureGroup, figureGroups, limitWords, words } from "./_rows.ts";
import { escapeXml, plotSvg } from "./plot.ts";
import type { RunResult } from "./result.ts";
import { tearsheet } from "./tearsheet.ts";

/** What Deno's Jupyter kernel asks a value for, to show it as the last of a cell. */
const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** A result in the forms that a notebook chooses from, by MIME type. */
export interface MimeBundle {
  /** Figures as tables, and the plot. */
  readonly "text/html": string;
  /** The plot alone. */
  readonly "image/svg+xml": string;
  /** The tearsheet. */
  readonly "text/plain": string;
}

/** A value that a notebook shows in a form of its own. */
export interface Displayable {
  /** What a Jupyter kernel asks for: its property is `Symbol.for("Jupyter.display")`.
   *
   * @internal
   */
  [JUPYTER_DISPLAY](): MimeBundle;
}

/**
 * The same result, which a notebook shows as tables of figures and a plot where it is the last value of a cell.
 *
 * What it gains is not enumerable, so that JSON, copies and comparisons do not see it. Colours fit light and dark pages,
 * and text of the result is escaped.
 *
 * @example
 * ```ts
 * import { backtest, display } from "../../mod.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const result = backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" });
 * // As the last line of a cell: display(result)
 * if (display(result).digest !== result.digest) throw new Error("unexpected");
 * ```
 */
export function display(result: RunResult): RunResult & Displayable {
  const copy = { ...result, [JUPYTER_DISPLAY]: () => mimeBundle(result) };
  return Object.defineProperty(copy, JUPYTER_DISPLAY, { enumerable: false });
}

/** A result in each form that a notebook may choose. */
export function mimeBundle(result: RunResult): MimeBundle {
  const svg = plotSvg(result);
  return { "text/html": html(result, svg), "image/svg+xml": svg, "text/plain": tearsheet(result) };
}

const GAIN = "#16a34a";
const LOSS = "#dc4a4a";
const CELL = "padding:1px 10px 1px 0;border:0;background:none";

function html(result: RunResult, svg: string): string {
  const { run } = result;
  const parameters = [...words(run.parameters), `seed ${run.seed}`].map(clean).join(" · ");
  const assumptions = [...words(run.models), `limits ${limitWords(run.limits).join(", ")}`].map(clean).join(" · ");
  const tables = figureGroups(result).map(figureTable).join("");
  const notes = [...result.figures.notes, ...result.notes].map((note) => `<li>${escapeXml(clean(note))}</li>`).join("");
  return [
    `<div style="max-width:860px">`,
    `<p style="margin:0"><strong>${escapeXml(clean(run.strategy))}</strong> ${escapeXml(parameters)}</p>`,
    result.incomplete === undefined
      ? ""
      : `<p style="margin:0;color:${LOSS}">Incomplete: ${escapeXml(clean(result.incomplete))}</p>`,
    svg,
    `<div style="display:flex;flex-wrap:wrap;align-items:flex-start;gap:0 28px">${tables}</div>`,
    instrumentTable(result),
    `<p style="margin:6px 0 0">${escapeXml(assumptions)}</p>`,
    notes === "" ? "" : `<ul style="margin:0">${notes}</ul>`,
    `<p style="margin:0;opacity:0.65">digest ${escapeXml(clean(result.digest))}</p>`,
    "</div>",
  ].filter((part) => part !== "").join("\n");
}

function figureTable({ title, rows }: FigureGroup): string {
  const body = rows.map(({ label, text, tone }) => {
    const color = tone > 0 ? `;color:${GAIN}` : tone < 0 ? `;color:${LOSS}` : "";
    return `<tr style="background:none"><td style="${CELL};text-align:left">${label}</td>` +
      `<td style="${CELL};text-align:right${color}">${escapeXml(text)}</td></tr>`;
  }).join("");
  return `<table style="margin:0"><thead><tr><th colspan="2" style="${CELL};text-align:left">${title}</th></tr></thead>` +
    `<tbody>${body}</tbody></table>`;
}

/** Instruments that a page shows; a session of hundreds has them in its JSON. */
const INSTRUMENTS_MAX = 20;

function instrumentTable(result: RunResult): string {
  const all = Object.entries(result.instruments);
  const titles = ["Instrument", "Events", "Orders", "Trades", "Round trips", "Position", "Fees", "PnL", "Currency"];
  const row = (cells: readonly string[], tag: "td" | "th") =>
    cells.map((cell, i) =>
      `<${tag} style="${CELL};text-align:${i === 0 ? "left" : "right"}">${escapeXml(cell)}</${tag}>`
    ).join("");
  const body = all.slice(0, INSTRUMENTS_MAX).map(([symbol, each]) => {
    const counts = [each.events, each.orders, each.trades, each.roundTrips, each.position].map((count) =>
      number(count)
    );
    const cells = [clean(symbol), ...counts, each.exact.fees, each.exact.pnl, clean(each.currency)];
    return `<tr style="background:none">${row(cells, "td")}</tr>`;
  }).join("");
  const more = all.length > INSTRUMENTS_MAX
    ? `<p>… and ${number(all.length - INSTRUMENTS_MAX)} more instruments</p>`
    : "";
  return `<table style="margin:8px 0 0"><thead><tr>${
    row(titles, "th")
  }</tr></thead><tbody>${body}</tbody></table>${more}`;
}
