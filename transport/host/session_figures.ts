import type { Prepared } from "../../engine/run/prepare.ts";
import { figures } from "../../engine/stats/figures.ts";

/** The figures of a run so far, as the channel `metrics` has them: shares rather than percent, null where there is none yet. */
export function sessionFigures({ recorder }: Prepared) {
  const { sharpe, sortino, maxDrawdownPercent, winRatePercent, exposurePercent, roundTrips } = figures(
    recorder.samplesTaken.curve,
    recorder.trips,
  );
  const share = (percent: number | null) => percent === null ? null : percent / 100;
  return {
    sharpe,
    sortino,
    drawdown: share(maxDrawdownPercent),
    winRate: share(winRatePercent),
    exposure: share(exposurePercent),
    trades: roundTrips,
  };
}
