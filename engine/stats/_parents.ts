import type { ParentView, Slippage } from "../oms/parents/parent_view.ts";
import { clean, columns, left, number, right, wrap } from "./_format.ts";

const ROWS_MAX = 3;
const NOTES_MAX = 3;
const NAME_WIDTH_MIN = 16;

type Column = readonly [title: string, show: (parent: ParentView) => string];
/** From the most wanted to the least: a narrow terminal drops the last ones. Slippage is in bps. */
const COLUMNS: readonly Column[] = [
  ["Filled", ({ filled, size }) => `${number(filled)} of ${number(size)}`],
  ["Arrival bps", ({ slippage }) => bps(slippage.arrival)],
  ["VWAP bps", ({ slippage }) => bps(slippage.vwap)],
  ["Close bps", ({ slippage }) => bps(slippage.close)],
  ["Of market", ({ participation }) => participation === null ? "n/a" : `${number(participation * 100, 1)} %`],
];

/**
 * Parent orders as a table at most `width` wide, the first three, and what they have to say, each once; no lines where there
 * are none.
 */
export function parentTable(parents: readonly ParentView[], width: number, bold: (text: string) => string): string[] {
  if (parents.length === 0) return [];
  const shown = parents.slice(0, ROWS_MAX);
  let free = width - NAME_WIDTH_MIN;
  const chosen: { title: string; size: number; cells: string[] }[] = [];
  for (const [title, show] of COLUMNS) {
    const cells = shown.map(show), size = Math.max(columns(title), ...cells.map(columns));
    if (free < size + 2) break;
    free -= size + 2;
    chosen.push({ title, size, cells });
  }
  const name = NAME_WIDTH_MIN + free;
  const lines = [
    bold(left("Parent order", name) + chosen.map(({ title, size }) => `  ${right(title, size)}`).join("")),
  ];
  shown.forEach((parent, row) => {
    const { algo, side, symbol } = parent;
    lines.push(
      left(clean(`${algo} ${side > 0 ? "buy" : "sell"} ${symbol}`), name) +
        chosen.map(({ size, cells }) => `  ${right(cells[row], size)}`).join(""),
    );
  });
  if (parents.length > shown.length) lines.push(`… and ${number(parents.length - shown.length)} more parent orders`);
  return [...lines, ...noteLines(parents, width)];
}

/** What all parents have to say, each once, and whose it is where not all of several say it. */
function noteLines(parents: readonly ParentView[], width: number): string[] {
  const sayers = new Map<string, number[]>();
  for (const { id, notes } of parents) {
    for (const note of notes) sayers.set(note, [...sayers.get(note) ?? [], id]);
  }
  const texts = [...sayers].map(([note, [first, ...others]]) => {
    if (others.length + 1 === parents.length) return note;
    return `Parent ${first}${others.length > 0 ? ` and ${number(others.length)} more` : ""}: ${note}`;
  });
  const more = texts.length - NOTES_MAX;
  if (more > 0) texts.splice(NOTES_MAX, more, `… and ${number(more)} more ${more === 1 ? "note" : "notes"} of parents`);
  return texts.flatMap((text) => wrap(text, width - 2).map((line, i) => `${i === 0 ? "· " : "  "}${line}`));
}

function bps(slippage: Slippage | null): string {
  return number(slippage?.bps ?? null, 2);
}
