import { mean, sampleVariance } from "simple-statistics";
import type { EquityCurve } from "./equity_curve.ts";
import type { RoundTrips } from "./round_trips.ts";

/**
 * The figures of a run. A figure that does not exist, as the win rate of no trades, is null: it is never NaN or infinite,
 * which JSON has no words for.
 *
 * Names end in their unit. Drawdowns and losses are below 0 in percent, as traders quote them. Definitions are those of
 * backtesting.py, so that figures compare.
 */
export interface Figures {
  /** Unix seconds of the first sample; null where there is none. */
  readonly startSec: number | null;
  /** Unix seconds of the last sample; null where there is none. */
  readonly endSec: number | null;
  /** Share of samples at which a position was held, or closed since the sample before. */
  readonly exposurePercent: number | null;
  /** Equity at the start, in whole currency. */
  readonly equityStart: number | null;
  /** Equity at the end. */
  readonly equityFinal: number | null;
  /** Highest equity. */
  readonly equityPeak: number | null;
  /** Profit over the starting equity; null, as all percentages of equity, where that is not above 0. */
  readonly returnPercent: number | null;
  /** Return of holding the first instrument from the first price to the last. */
  readonly buyAndHoldPercent: number | null;
  /** Geometric mean of daily returns, compounded over the trading days of a year. */
  readonly annualReturnPercent: number | null;
  /** Deviation of compounded daily returns over a year. */
  readonly annualVolatilityPercent: number | null;
  /** Compound growth rate of a year, over calendar time. */
  readonly cagrPercent: number | null;
  /** Annual return ÷ annual volatility, at a risk-free rate of 0. */
  readonly sharpe: number | null;
  /** Annual return ÷ annual downside deviation of daily returns. */
  readonly sortino: number | null;
  /** Annual return ÷ maximum drawdown. */
  readonly calmar: number | null;
  /** The deepest fall from a peak, of the peak. */
  readonly maxDrawdownPercent: number | null;
  /** Mean of the falls from peaks, each at its deepest. */
  readonly averageDrawdownPercent: number | null;
  /** The deepest fall from a peak in money, above 0. */
  readonly maxDrawdown: number | null;
  /** From a peak to the return to it, or to the end. */
  readonly maxDrawdownSec: number | null;
  /** Mean of these, over all falls. */
  readonly averageDrawdownSec: number | null;
  /** Profit ÷ the deepest fall in money: has a meaning at any span. */
  readonly recoveryFactor: number | null;
  /** Closed positions. */
  readonly roundTrips: number;
  /** Share of them with a profit above 0. */
  readonly winRatePercent: number | null;
  /** Highest return of one. */
  readonly bestTradePercent: number | null;
  /** Lowest return of one. */
  readonly worstTradePercent: number | null;
  /** Geometric mean of the trades' returns. */
  readonly averageTradePercent: number | null;
  /** Arithmetic mean of the trades' returns. */
  readonly expectancyPercent: number | null;
  /** How long the longest was held. */
  readonly maxTradeSec: number | null;
  /** How long one was held, on average. */
  readonly averageTradeSec: number | null;
  /** Sum of the positive returns ÷ sum of the negative ones. */
  readonly profitFactor: number | null;
  /** System quality number: √trades × mean profit ÷ its deviation. */
  readonly sqn: number | null;
  /** Share of capital that Kelly's rule would stake. */
  readonly kelly: number | null;
  /** Why figures are missing, one sentence each: "n/a, span under 2 days". */
  readonly notes: readonly string[];
}

/** What the figures are worked out from, beside the curve and the round trips. */
export interface FiguresOptions {
  /** Prices to hold between for the buy and hold return: of the first tradable sample, and the last. */
  readonly hold?: { readonly first: number; readonly last: number };
}

const DAY = 86_400;
/** Below two days there is no daily return whose deviation means anything. */
const ANNUAL_SPAN_MIN = 2 * DAY;
/** Calendar days of a year, leap years counted. */
const YEAR_DAYS = 365.25;

/**
 * Works out the figures of a run.
 *
 * - Annual figures come from the closes of days, or of weeks, months or years where samples are that far apart. A year
 *   has 252 trading days, or 365 where weekends trade too, or 52, 12 or 1 periods.
 * - Annual figures are null where the samples span less than two days, where there are fewer than two returns, and where
 *   equity starts at or falls to 0 or below.
 *
 * Pass {@linkcode EquityCurve} and {@linkcode RoundTrips} as the session filled them; both stay as they are.
 *
 * @example
 * ```ts
 * import { EquityCurve } from "./equity_curve.ts";
 * import { figures } from "./figures.ts";
 * import { RoundTrips } from "./round_trips.ts";
 * const curve = new EquityCurve();
 * curve.sample(0, 1000);
 * curve.sample(3600, 1010);
 * const { returnPercent, sharpe, notes } = figures(curve, new RoundTrips());
 * if (returnPercent !== 1 || sharpe !== null) throw new Error("unexpected");
 * if (notes[0] !== "Annual figures: n/a, span under 2 days.") throw new Error("unexpected");
 * ```
 */
export function figures(curve: EquityCurve, trips: RoundTrips, options: FiguresOptions = {}): Figures {
  const notes: string[] = [];
  const { start, last } = curve;
  const funded = start > 0;
  if (curve.count > 0 && !funded) notes.push("Returns in percent: n/a, the run starts without equity.");
  const { hold } = options;
  const spanYears = (curve.endTime - curve.startTime) / (YEAR_DAYS * DAY);
  const year = annual(curve, notes);
  const falls = curve.drawdowns();
  return {
    startSec: known(curve.startTime),
    endSec: known(curve.endTime),
    exposurePercent: known(curve.exposure * 100),
    equityStart: known(start),
    equityFinal: known(last),
    equityPeak: known(curve.peak),
    returnPercent: funded ? known((last - start) / start * 100) : null,
    buyAndHoldPercent: hold ? known((hold.last - hold.first) / hold.first * 100) : null,
    annualReturnPercent: known(year.gain * 100),
    annualVolatilityPercent: known(year.volatility * 100),
    cagrPercent: Number.isNaN(year.gain) ? null : known(((last / start) ** (1 / spanYears) - 1) * 100),
    sharpe: known(year.gain / year.volatility),
    sortino: known(year.gain / year.downside),
    calmar: known(year.gain / curve.maxDrawdownFraction),
    maxDrawdownPercent: known(0 - curve.maxDrawdownFraction * 100),
    averageDrawdownPercent: known(0 - falls.meanFraction * 100),
    maxDrawdown: curve.count === 0 ? null : curve.maxDrawdown,
    maxDrawdownSec: falls.count === 0 ? null : falls.maxSec,
    averageDrawdownSec: known(falls.meanSec),
    recoveryFactor: known((last - start) / curve.maxDrawdown),
    ...tradeFigures(trips),
    notes,
  };
}

/** The part of the figures that needs round trips alone. */
function tradeFigures(trips: RoundTrips) {
  const { count, wins, losses } = trips;
  const winRate = wins / count;
  const payoff = (trips.grossProfit / wins) / (-trips.grossLoss / losses);
  return {
    roundTrips: count,
    winRatePercent: known(winRate * 100),
    bestTradePercent: known(trips.best * 100),
    worstTradePercent: known(trips.worst * 100),
    averageTradePercent: known(trips.geometricReturn * 100),
    expectancyPercent: known(trips.meanReturn * 100),
    maxTradeSec: known(trips.maxSec),
    averageTradeSec: known(trips.meanSec),
    profitFactor: known(trips.gains / -trips.declines),
    sqn: known(Math.sqrt(count) * trips.meanPnl / trips.deviationPnl),
    kelly: known(winRate - (1 - winRate) / payoff),
  };
}

const NOT_ANNUAL = { gain: NaN, volatility: NaN, downside: NaN };

/** Gain, volatility and downside deviation of a year, as fractions; NaN, and a note why, where they mean nothing. */
function annual(curve: EquityCurve, notes: string[]): { gain: number; volatility: number; downside: number } {
  if (!(curve.start > 0)) return NOT_ANNUAL;
  if (!(curve.endTime - curve.startTime >= ANNUAL_SPAN_MIN)) {
    notes.push("Annual figures: n/a, span under 2 days.");
    return NOT_ANNUAL;
  }
  const stepDays = Math.floor(curve.stepSec / DAY);
  const closes = periodCloses(curve, stepDays);
  if (closes.length < 3) {
    notes.push("Annual figures: n/a, fewer than two returns.");
    return NOT_ANNUAL;
  }
  if (!closes.every((close) => close > 0)) {
    notes.push("Annual figures: n/a, equity fell to 0 or below.");
    return NOT_ANNUAL;
  }
  const returns = closes.slice(1).map((close, i) => close / closes[i] - 1);
  const periods = yearPeriods(curve, stepDays);
  const growth = Math.exp(mean(returns.map((each) => Math.log(1 + each))));
  const variance = sampleVariance(returns);
  return {
    gain: growth ** periods - 1,
    volatility: Math.sqrt((variance + growth ** 2) ** periods - growth ** (2 * periods)),
    downside: Math.sqrt(mean(returns.map((each) => Math.min(each, 0) ** 2)) * periods),
  };
}

function yearPeriods(curve: EquityCurve, stepDays: number): number {
  if (stepDays === 7) return 52;
  if (stepDays === 31) return 12;
  if (stepDays === 365) return 1;
  // Two days of seven are weekend; more than 60 % of that share means that weekends trade.
  return curve.weekendShare > 2 / 7 * 0.6 ? 365 : 252;
}

/** The last close of each day, or of each week (to Sunday), month or year where samples are that far apart. */
function periodCloses(curve: EquityCurve, stepDays: number): number[] {
  const { day, close } = curve.dailyCloses();
  const closes: number[] = [];
  let period = NaN;
  for (let i = 0; i < day.length; i++) {
    const next = periodOf(day[i], stepDays);
    if (next !== period) closes.push(0);
    closes[closes.length - 1] = close[i];
    period = next;
  }
  return closes;
}

function periodOf(day: number, stepDays: number): number {
  // 1970-01-01 was a Thursday: three days after a Monday.
  if (stepDays === 7) return Math.floor((day + 3) / 7);
  if (stepDays !== 31 && stepDays !== 365) return day;
  const date = new Date(day * DAY * 1000);
  return stepDays === 31 ? date.getUTCFullYear() * 12 + date.getUTCMonth() : date.getUTCFullYear();
}

/** The number, or null where it is none. */
function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
