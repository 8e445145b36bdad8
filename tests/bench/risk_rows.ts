import { type BenchOptions, type BenchRow, runsOf } from "./bench.ts";
import { ALL_LIMITS, benchRisk } from "./risk.ts";

/** Pre-trade checks of limit orders that pass: with nothing limited, and with every limit there is. */
export async function* benchRiskRows(options: BenchOptions): AsyncGenerator<BenchRow> {
  const checks = options.quick ? 200_000 : 2_000_000;
  const cases = [
    { what: "risk, nothing limited", limits: {}, scopes: {} },
    { what: "risk, every limit set", ...ALL_LIMITS },
  ];
  for (const { what, limits, scopes } of cases) {
    const { seconds, bytesEach } = await Promise.resolve(benchRisk(limits, scopes, checks, runsOf(options)));
    const note = `one instrument, 16 orders open; ${bytesEach} bytes of heap a check`;
    yield { what, values: seconds.map((each) => checks / each / 1e6), unit: "M checks/s", note };
  }
}
