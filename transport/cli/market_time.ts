import { EXIT, Failure } from "../../engine/run/cli/mod.ts";

/** Flags that say how time goes on, as commander hands them over. */
interface TimeFlags {
  readonly speed?: string;
  readonly pace?: string;
  readonly paper?: string;
  readonly live?: string;
}

/** Paces that a market cannot have: nobody hurries the world, and no exchange waits for a driver. */
const PACES_NOT_OF = { paper: ["free"], live: ["free", "lockstep", "quiet"] } as const;

/**
 * Refuses flags of time that make no sense on an exchange's market, whose clock is the world's. Throws Failure.
 *
 * @example
 * ```ts
 * import { checkMarketTime } from "./market_time.ts";
 * checkMarketTime({ paper: "binance-spot:BTCUSDT", pace: "lockstep" });
 * ```
 */
export function checkMarketTime({ speed, pace, paper, live }: TimeFlags): void {
  const market = live !== undefined ? "live" : paper !== undefined ? "paper" : undefined;
  if (market === undefined) return;
  if (speed !== undefined) throw usage("--speed is of runs on tapes; leave it or the market out");
  if (PACES_NOT_OF[market].some((not) => not === pace)) {
    throw usage(`--pace ${pace} does not go with --${market}, where time is the world's; leave one of them out`);
  }
}

function usage(message: string): Failure {
  return new Failure(EXIT.USAGE, message);
}
