import { clean } from "../../stats/_format.ts";
import type { ParityReport } from "./parity_report.ts";
import { isNumber, type ParityTable, parityWords } from "./parity_tables.ts";

/** A certificate as text for a terminal. */
export function renderParity(report: ParityReport): string {
  const { verdict, facts, tables } = parityWords(report);
  return [
    ...facts.map(([name, text]) => `${name.padEnd(11)} ${clean(text)}`),
    `${"verdict".padEnd(11)} ${clean(verdict)}`,
    ...tables.flatMap((table) => ["", ...tableLines({ ...table, rows: table.rows.map((row) => row.map(clean)) })]),
  ].join("\n");
}

/** Columns as wide as what is in them: words to the left, numbers to the right. */
function tableLines({ title, head, rows }: ParityTable): string[] {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
  const numbers = head.map((_, i) => i > 0 && rows.every((row) => isNumber(row[i])));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => numbers[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])).join("  ").trimEnd();
  return [title, line(head), ...rows.map(line)];
}
