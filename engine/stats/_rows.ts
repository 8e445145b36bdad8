import { duration, money, number, percent } from "./_format.ts";
import type { RunResult } from "./result.ts";

/** A figure with its name, as text. */
export interface FigureRow {
  readonly label: string;
  readonly text: string;
  /** 1 for a gain, -1 for a loss, 0 for what is neither. */
  readonly tone: number;
}

/** Figures that belong together. */
export interface FigureGroup {
  readonly title: string;
  readonly rows: readonly FigureRow[];
}

type Show = (value: number | null) => string;
type Line = readonly [label: string, value: number | null, show: Show, toned?: boolean];

/** The figures of a run in three groups; those that do not exist are left out. */
export function figureGroups(result: RunResult): FigureGroup[] {
  const f = result.figures;
  const ratio: Show = (value) => number(value, 2);
  const returns: Line[] = [
    ["Profit", result.pnl, money, true],
    ["Return", f.returnPercent, percent, true],
    ["Buy & hold", f.buyAndHoldPercent, percent, true],
    ["Annual return", f.annualReturnPercent, percent, true],
    ["CAGR", f.cagrPercent, percent, true],
    ["Final equity", f.equityFinal, money],
    ["Peak equity", f.equityPeak, money],
    ["Exposure", f.exposurePercent, percent],
  ];
  const deepest: Line = f.maxDrawdownPercent === null
    ? ["Max drawdown", f.maxDrawdown === null ? null : 0 - f.maxDrawdown, money, true]
    : ["Max drawdown", f.maxDrawdownPercent, percent, true];
  const risk: Line[] = [
    deepest,
    ["Avg drawdown", f.averageDrawdownPercent, percent, true],
    ["Under water", f.maxDrawdownSec, duration],
    ["Volatility", f.annualVolatilityPercent, percent],
    ["Sharpe", f.sharpe, ratio],
    ["Sortino", f.sortino, ratio],
    ["Calmar", f.calmar, ratio],
    ["Recovery", f.recoveryFactor, ratio],
  ];
  const trades: Line[] = [
    ["Round trips", f.roundTrips, number],
    ["Win rate", f.winRatePercent, percent],
    ["Best", f.bestTradePercent, percent, true],
    ["Worst", f.worstTradePercent, percent, true],
    ["Expectancy", f.expectancyPercent, percent, true],
    ["Profit factor", f.profitFactor, ratio],
    ["SQN", f.sqn, ratio],
    ["Avg duration", f.averageTradeSec, duration],
  ];
  return [group("Return", returns), group("Risk", risk), group("Trades", trades)];
}

function group(title: string, lines: readonly Line[]): FigureGroup {
  const rows = lines.filter(([, value]) => value !== null).map(([label, value, show, toned]) => ({
    label,
    text: show(value),
    tone: toned ? Math.sign(value ?? 0) : 0,
  }));
  return { title, rows };
}

/** Parameters, models or refusals, each in words: "spread 2"; those that are empty say nothing. */
export function words(record: object): string[] {
  return Object.entries(record).filter(([, value]) => value !== "").map(([name, value]) => `${name} ${value}`);
}

/** Limits in words; those that are unlimited are named together. */
export function limitWords(limits: Readonly<Record<string, number | "unlimited">>): string[] {
  const set = Object.entries(limits).filter(([, value]) => value !== "unlimited");
  if (set.length === 0) return ["unlimited"];
  const rest = Object.keys(limits).length > set.length ? ["others unlimited"] : [];
  return [...words(Object.fromEntries(set)), ...rest];
}
