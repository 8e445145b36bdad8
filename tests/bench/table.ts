import { type BenchRow, median } from "./bench.ts";

const WIDTHS = [34, 9, 9, 13, 9] as const;

/** The table's head. */
export function tableHead(runs: number): string {
  return `${line(["", "best", `median/${runs}`, "", "bar"])}\n${
    "─".repeat(WIDTHS.reduce((a, b) => a + b + 1, 0) + 20)
  }`;
}

/** One row: the best run, the median, the bar and whether the median reaches it; then the note. */
export function tableRow({ what, values, unit, less, bar, note }: BenchRow): string {
  if (values.length === 0) return `${what.padEnd(WIDTHS[0])} ${note ?? "no figure"}`;
  const best = less ? Math.min(...values) : Math.max(...values);
  const middle = median(values);
  const reached = bar === undefined ? "" : `${bar} ${(less ? middle <= bar : middle >= bar) ? "✓" : "✗"}`;
  return `${line([what, figure(best), figure(middle), unit, reached])} ${note ?? ""}`.trimEnd();
}

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => i === 0 || i === 3 ? cell.padEnd(WIDTHS[i]) : cell.padStart(WIDTHS[i])).join(" ");
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 0.1 ? 2 : 3);
}

/** On what, and when, figures were measured. */
export function conditions(): string {
  const cpu = /^model name\s*:\s*(.+)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  const load = Deno.loadavg()[0].toFixed(2);
  const { deno, v8 } = Deno.version;
  const memory = (Deno.systemMemoryInfo().total / 2 ** 30).toFixed(0);
  return [
    `${cpu}, ${navigator.hardwareConcurrency} cores, ${memory} GB, ${Deno.build.os} ${Deno.osRelease()}`,
    `Deno ${deno}, V8 ${v8}, ${new Date().toISOString().slice(0, 16)}Z, load ${load} at the start`,
  ].join("\n");
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
