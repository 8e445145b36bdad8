/** Runs market_maker on the bundled tape, and prints a line the moment its first fill is there. */
import { backtest } from "../../mod.ts";
import marketMaker from "../../strategies/market_maker.ts";

const tape = decodeURIComponent(new URL("../../fixtures/data/market_l2.arrow", import.meta.url).pathname);
let filled = false;
const fill = () => {
  if (!filled) console.log("filled");
  filled = true;
};
backtest({ strategy: marketMaker, tape, latency: "10ms", recorders: [{ fill }] });
