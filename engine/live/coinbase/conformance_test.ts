import { marketConformance } from "../_market_conformance.ts";
import { ScriptedCoinbase } from "./_scripted_market.ts";
import { coinbase } from "./market.ts";

const SYMBOLS = ["BTC-USD", "ETH-USD"];

marketConformance("coinbase", {
  dialect: coinbase,
  instruments: SYMBOLS.map((symbol) => ({
    symbol,
    venue: "coinbase",
    tick: "0.1",
    lot: "0.001",
    kind: "linear",
    currency: "USD",
  })),
  exchange: (options) => new ScriptedCoinbase(SYMBOLS, options),
});
