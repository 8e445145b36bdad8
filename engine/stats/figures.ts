/**
 * The figures of a run. A figure that does not exist, as the win rate of no trades, is null: it is never NaN or infinite,
 * which JSON has no words for.
 *
 * Names end in their unit. Drawdowns and losses are below 0 in percent, as traders quote them. Definitions are those of
 * backtesting.py, so that figures compare.
 */
export interface Figures {
  /** Unix seconds of the first and the last sample; null where there is none. */
  readonly startSec: number | null;
  readonly endSec: number | null;
  /** Share of samples at which a position was held, or closed since the sample before. */
  readonly exposurePercent: number | null;
  readonly equityStart: number | null;
  readonly equityFinal: number | null;
  readonly equityPeak: number | null;
  /** Profit over the starting equity; null, as all percentages of equity, where that is not above 0. */
  readonly returnPercent: number | null;
  /** Return of holding the first instrument from the first price to the last. */
  readonly buyAndHoldPercent: number | null;
  /** Geometric mean of daily returns, compounded over the trading days of a year. */
  readonly annualReturnPercent: number | null;
  /** Deviation of compounded daily returns over a year. */
  readonly annualVolatilityPercent: number | null;
  /** Growth a year over calendar time. */
  readonly growthPercent: number | null;
  /** Annual return ÷ annual volatility, at a risk-free rate of 0. */
  readonly sharpe: number | null;
  /** Annual return ÷ annual downside deviation of daily returns. */
  readonly sortino: number | null;
  /** Annual return ÷ maximum drawdown. */
  readonly calmar: number | null;
  readonly maxDrawdownPercent: number | null;
  readonly averageDrawdownPercent: number | null;
  /** The deepest fall from a peak in money, above 0. */
  readonly maxDrawdown: number | null;
  /** From a peak to the return to it, or to the end. */
  readonly maxDrawdownSec: number | null;
  readonly averageDrawdownSec: number | null;
  /** Profit ÷ the deepest fall in money: has a meaning at any span. */
  readonly recoveryFactor: number | null;
  /** Closed positions. */
  readonly roundTrips: number;
  readonly winRatePercent: number | null;
  readonly bestTradePercent: number | null;
  readonly worstTradePercent: number | null;
  /** Geometric mean of the trades' returns. */
  readonly averageTradePercent: number | null;
  /** Arithmetic mean of the trades' returns. */
  readonly expectancyPercent: number | null;
  readonly maxTradeSec: number | null;
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
