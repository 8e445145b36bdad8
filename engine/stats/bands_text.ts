import { left, money, number, right, wrap } from "./_format.ts";
import type { BandEnd, BandRun, Bands, Interval, SeedSpread, Spread } from "./bands.ts";

/** Rows of a table; of more, the first ones are shown. */
const ROWS_MAX = 24;
const RUN_WIDTHS = [14, 14, 9, 11, 13, 13] as const;
const SEED_WIDTHS = [14, 12, 12, 12, 12, 12] as const;

/**
 * Bands as a table: each run (each model, where there are several seeds), and between which ends the figures lie.
 *
 * @example
 * ```ts
 * import { summarise } from "./bands.ts";
 * import { bandsText } from "./bands_text.ts";
 * const run = { assumes: "pessimistic", seed: 1, orders: 9, fees: 0, maxDrawdown: 1, digest: "" } as const;
 * const bands = summarise([{ ...run, queue: "risk", trades: 4, pnl: -2 }, { ...run, queue: "log", trades: 6, pnl: 3 }], []);
 * if (!bandsText(bands).includes("-2.00 (risk) to 3.00 (log)")) throw new Error(bandsText(bands));
 * ```
 */
export function bandsText(bands: Bands, width = 80): string {
  const { runs, seeds, notes } = bands;
  const table = seeds === undefined ? runTable(runs) : seeds.flatMap((spread) => seedTable(spread));
  const several = seeds !== undefined;
  const lines = [
    ...table,
    intervalLine("P&L", bands.pnl, money, several),
    intervalLine("fills", bands.trades, (value) => number(value), several),
    intervalLine("drawdown", bands.maxDrawdown, money, several),
    ...notes.flatMap((note) => wrap(note, width - 2).map((line, i) => `${i === 0 ? "· " : "  "}${line}`)),
  ];
  const models = new Set(runs.map(({ queue }) => queue)).size;
  const counted = several ? `${models} queue ${models === 1 ? "model" : "models"}, ` : "";
  return [`Bands: ${counted}${number(runs.length)} runs over one decoding`, ...lines].map((line) => line.trimEnd())
    .join("\n");
}

function runTable(runs: readonly BandRun[]): string[] {
  const head = row(RUN_WIDTHS, ["queue", "", "orders", "fills", "P&L", "drawdown"]);
  const rows = runs.slice(0, ROWS_MAX).map((run) =>
    row(RUN_WIDTHS, [
      run.queue,
      run.assumes === run.queue ? "" : run.assumes,
      number(run.orders),
      number(run.trades),
      money(run.pnl),
      money(run.maxDrawdown),
    ])
  );
  return [head, ...rows];
}

function seedTable({ queue, seeds, pnl, trades, maxDrawdown }: SeedSpread): string[] {
  const spreadLine = (name: string, spread: Spread | null, show: (value: number) => string) =>
    spread === null
      ? []
      : [row(SEED_WIDTHS, [`  ${name}`, ...[spread.min, spread.q1, spread.median, spread.q3, spread.max].map(show)])];
  return [
    row(SEED_WIDTHS, [`${queue} ×${seeds}`, "min", "q1", "median", "q3", "max"]),
    ...spreadLine("P&L", pnl, money),
    ...spreadLine("fills", trades, (value) => number(value, Number.isInteger(value) ? 0 : 1)),
    ...spreadLine("drawdown", maxDrawdown, money),
  ];
}

function row(widths: readonly number[], [first, ...rest]: readonly string[]): string {
  return `  ${left(first, widths[0])}${rest.map((cell, i) => right(cell, widths[i + 1])).join(" ")}`;
}

function intervalLine(
  name: string,
  interval: Interval | null,
  show: (value: number) => string,
  several: boolean,
): string {
  if (interval === null) return `${left(name, 10)}n/a`;
  const { low, high, lowBy, highBy } = interval;
  const by = ({ queue, seed }: BandEnd) => several ? `${queue}, seed ${seed}` : queue;
  return `${left(name, 10)}${show(low)} (${by(lowBy)}) to ${show(high)} (${by(highBy)})`;
}
