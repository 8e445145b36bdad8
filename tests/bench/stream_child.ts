/** Runs touch_maker over a tape on disk in a process of its own, and prints how fast it was and the most memory it had. */
import { backtest } from "../../engine/run/backtest.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { peakMegabytes } from "./child.ts";

const { events, seconds, trades } = backtest({
  strategy: touchMaker,
  tape: Deno.args[0],
  latency: "10ms",
  fees: "maker=0.0002,taker=0.0007",
  journal: { sink: { write: () => {} }, hasher: sha256 },
});
console.log(JSON.stringify({ events, seconds, trades, megabytes: peakMegabytes() ?? null }));
