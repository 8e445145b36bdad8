import { formatNs } from "../feed/tape_text.ts";
import type { Shares } from "./order_difference.ts";
import type { ReplayFigures, ReplayReport } from "./replay.ts";

/** What differs under other rules, as text for a terminal. */
export function renderReplay(report: ReplayReport): string {
  const { run, header, changes, was, now, difference, first, warnings } = report;
  const tapes = header.tapes.map(({ name }) => name).join(", ");
  const lines = [
    `run         ${run}: ${header.strategy.name}, seed ${header.seed}, on ${tapes}`,
    ...changes.map((change) => `changed     ${change}`),
    "answers     simulated in both: none of its orders went to an exchange",
    ...warnings.map((warning) => `WARNING     ${warning}`),
    "",
    ...figureRows(was, now),
    "",
    row("", ["in both", "only as it was", "only now"]),
    row("orders sent", shares(report.orders)),
    row("fills", shares(report.fills)),
    row("same order filled", shares(report.filled)),
    "",
  ];
  if (difference === undefined) return [...lines, "Nothing differs: each record is the same."].join("\n");
  lines.push(
    `first       record ${count(difference.record)}, at ${formatNs(difference.time)}`,
    `  as it was ${difference.journaled}`,
    `  now       ${difference.now}`,
  );
  if (first.length > 0) lines.push("", "Orders and fills of one alone, the first of them:");
  for (const { time, run, words } of first) {
    lines.push(`  ${formatNs(time)}  ${run === "was" ? "as it was" : "now      "}  ${words}`);
  }
  return lines.join("\n");
}

function figureRows(was: ReplayFigures, now: ReplayFigures): string[] {
  const codes = [...new Set([...Object.keys(was.refusals), ...Object.keys(now.refusals)])].sort();
  const rows: [string, number | string | null, number | string | null][] = [
    ["orders", was.orders, now.orders],
    ["trades", was.trades, now.trades],
    ...codes.map((code): [string, number, number] => [
      `refused ${code}`,
      was.refusals[code] ?? 0,
      now.refusals[code] ?? 0,
    ]),
    ["position", was.position, now.position],
    ["P&L", was.pnl, now.pnl],
    ["fees", was.fees, now.fees],
    ["drawdown, largest", was.maxDrawdown, now.maxDrawdown],
  ];
  if (was.incomplete !== now.incomplete) rows.push(["ended early", was.incomplete ?? "no", now.incomplete ?? "no"]);
  return [
    row("", ["as it was", "now", "difference"]),
    ...rows.map(([name, a, b]) => row(name, [shown(a), shown(b), difference(a, b)])),
  ];
}

function shown(value: number | string | null): string {
  return value === null ? "n/a" : typeof value === "number" ? count(value) : value;
}

function difference(a: number | string | null, b: number | string | null): string {
  if (a === null || b === null || Number.isNaN(Number(a)) || Number.isNaN(Number(b))) return "";
  // Of floats: what is nothing is 0, not -0.
  const by = Number((Number(b) - Number(a)).toFixed(8)) + 0;
  return `${by > 0 ? "+" : ""}${count(by)}`;
}

function shares({ both, onlyWas, onlyNow }: Shares): string[] {
  return [both, onlyWas, onlyNow].map(count);
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(30)}${cells.map((cell) => cell.padStart(18)).join("")}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 8 });
}
