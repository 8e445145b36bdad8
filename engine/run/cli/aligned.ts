/**
 * Rows of a table as lines, of which the first is its head: columns that begin with a number to the right, all others to the left.
 *
 * @example
 * ```ts
 * import { aligned } from "./aligned.ts";
 * const lines = aligned([["limit", "value"], ["position", "500"], ["leverage", "3"]]);
 * if (lines[2] !== "leverage      3") throw new Error(lines[2]);
 * ```
 */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const [head, first = head] = rows;
  const widths = head.map((_, i) => rows.reduce((width, row) => Math.max(width, row[i].length), 0));
  const left = head.map((_, i) => rows.length > 1 && !/^[-\d.,]*$/.test(first[i]));
  return rows.map((row) =>
    row.map((cell, i) => left[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ").trimEnd()
  );
}
