import { assertEquals, assertThrows } from "@std/assert";
import { EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { lockstep } from "./_command_line.ts";
import { checkMarketTime } from "./market_time.ts";

const MARKET = "binance-spot:BTCUSDT";

Deno.test("checkMarketTime: nobody hurries the world, and no exchange waits", () => {
  const refused: readonly (readonly [Parameters<typeof checkMarketTime>[0], string])[] = [
    [{ paper: MARKET, speed: "60" }, "--speed is of runs on tapes; leave it or the market out"],
    [{ live: MARKET, speed: "60", pace: "real" }, "--speed is of runs on tapes"],
    [{ paper: MARKET, pace: "free" }, "--pace free does not go with --paper, where time is the world's; leave one"],
    [{ live: MARKET, pace: "free" }, "--pace free does not go with --live"],
    [{ live: MARKET, pace: "lockstep" }, "--pace lockstep does not go with --live"],
    [{ live: MARKET, pace: "quiet" }, "--pace quiet does not go with --live"],
  ];
  for (const [flags, told] of refused) assertThrows(() => checkMarketTime(flags), Failure, told);
  for (const pace of [undefined, "real", "lockstep", "quiet"]) checkMarketTime({ paper: MARKET, pace });
  checkMarketTime({ live: MARKET, pace: "real" });
  checkMarketTime({ speed: "60", pace: "free" });
});

Deno.test("lockstep run: a flag of time that its market cannot have is refused before anything is asked of it, served or not", async () => {
  for (const served of [["--serve", "0"], []]) {
    const { code, err } = await lockstep(
      ...["run", "strategies/touch_maker.ts", "--paper", MARKET, "--endpoint", "rest=http://127.0.0.1:1"],
      ...["--speed", "60", "--no-out", ...served],
    );
    assertEquals([code, err.trim()], [EXIT.USAGE, "error: --speed is of runs on tapes; leave it or the market out"]);
  }
});
