import { marketConformance } from "../_market_conformance.ts";
import { ScriptedBinance } from "./_scripted_market.ts";
import { binanceSpot, binanceUsdm } from "./market.ts";

for (const [market, dialect] of [["spot", binanceSpot], ["usdm", binanceUsdm]] as const) {
  const symbols = ["BTCUSDT", "ETHUSDT"];
  marketConformance(dialect.venue, {
    dialect,
    instruments: symbols.map((symbol) => ({
      symbol,
      venue: dialect.venue,
      tick: "0.1",
      lot: "0.001",
      kind: "linear",
      currency: "USDT",
    })),
    exchange: (options) => new ScriptedBinance(market, symbols, options),
  });
}
