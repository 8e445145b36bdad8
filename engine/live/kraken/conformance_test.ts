import { marketConformance } from "../_market_conformance.ts";
import { ScriptedKraken } from "./_scripted_market.ts";
import { kraken } from "./market.ts";

const SYMBOLS = ["BTC/USD", "ETH/USD"];

marketConformance("kraken", {
  dialect: kraken,
  instruments: SYMBOLS.map((symbol) => ({
    symbol,
    venue: "kraken",
    tick: "0.1",
    lot: "0.001",
    kind: "linear",
    currency: "USD",
  })),
  exchange: (options) => new ScriptedKraken(SYMBOLS, options),
});
