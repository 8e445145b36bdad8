import { escapeXml } from "../../stats/plot.ts";
import type { ParityReport } from "./parity_report.ts";
import { isNumber, type ParityTable, parityWords } from "./parity_tables.ts";

const STYLE = `:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.verdict { border-left: .4rem solid #b4412d; padding: .5rem 1rem; font-weight: 600; }
.sound { border-color: #0b7a6b; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid #8884; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .words, .time { text-align: left; }
.words { white-space: normal; }
tr.named td { font-weight: 600; }`;

/**
 * A certificate as a page: one file of HTML with its style in it, that runs nothing and asks for nothing from elsewhere. What it says of
 * a run is escaped.
 */
export function parityPage(report: ParityReport): string {
  const { verdict, facts, tables } = parityWords(report), title = escapeXml(`Parity of ${report.run}`);
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<h1>${title}</h1>`,
    `<p class="verdict${report.ok ? " sound" : ""}">${escapeXml(verdict)}</p>`,
    "<dl>",
    ...facts.map(([name, text]) => `<dt>${escapeXml(name.trim())}</dt><dd>${escapeXml(text)}</dd>`),
    "</dl>",
    ...tables.map(tableMarkup),
    "</html>",
    "",
  ].join("\n");
}

function tableMarkup({ title, head, rows }: ParityTable): string {
  const kinds = head.map((_, i) => kindOf(rows.map((row) => row[i])));
  // A cause with cases or money stands out among those that came to nothing.
  const named = (row: readonly string[]) => head[0] === "cause" && row.slice(1).some((each) => each !== "");
  const cells = (row: readonly string[]) => row.map((cell, i) => `<td${kinds[i]}>${escapeXml(cell)}</td>`).join("");
  return [
    `<h2>${escapeXml(title)}</h2>`,
    '<div class="wide"><table>',
    `<thead><tr>${head.map((name, i) => `<th scope="col"${kinds[i]}>${escapeXml(name)}</th>`).join("")}</tr></thead>`,
    "<tbody>",
    ...rows.map((row) => `<tr${named(row) ? ' class="named"' : ""}>${cells(row)}</tr>`),
    "</tbody></table></div>",
  ].join("\n");
}

/** How the cells of a column are set: words give way where a page is narrow, numbers and times stay on one line. */
function kindOf(cells: readonly string[]): string {
  if (cells.every(isNumber)) return "";
  return cells.every((cell) => /^\d{4}-\d\d-\d\dT\S+$/.test(cell)) ? ' class="time"' : ' class="words"';
}
