import { assertEquals } from "@std/assert";
import { fuzzRuns, generated } from "../../../tests/fuzz_runs.ts";
import imbalance from "../../../strategies/imbalance.ts";
import marketMaker from "../../../strategies/market_maker.ts";
import touchMaker from "../../../strategies/touch_maker.ts";
import { Code } from "../../core/codes.ts";
import { Rng } from "../../core/rng.ts";
import type { VenueReport } from "../../core/venue_report.ts";
import type { ArrivingSession } from "../arriving_session.ts";
import { inFolder } from "../cli/_lockstep.ts";
import { play, type WorldOptions } from "./_parity_world.ts";
import type { ExchangeWays } from "./_simulated_exchange.ts";
import { parity } from "./parity.ts";

const STRATEGIES = [touchMaker, marketMaker, imbalance];
const QUEUES = ["risk", "power1", "power3", "log", "optimistic"];
const LATENCIES = ["2ms", "order=2ms,response=1000007ns", "lognormal(5ms,0.5)", "10ms,feed=30ms", "recorded"];
const REFUSALS = [Code.HALTED, Code.THROTTLED, Code.VENUE_BUSY, Code.CLOCK_OFF, Code.NOT_CONNECTED, Code.VENUE_REFUSED];

/** An exchange that does some things, any of them, otherwise than assumed. */
function drawWays(random: Rng): ExchangeWays {
  const refusesEach = random.int(2) * (1 + random.int(30)), keepsEach = random.int(2) * (1 + random.int(20));
  const [late, fee, worse, part] = [
    random.int(2) * random.int(60_000_000),
    random.int(2),
    random.int(2),
    random.int(2),
  ];
  const code = (order: number, each: number) =>
    each > 0 && order % each === 0 ? REFUSALS[random.int(REFUSALS.length)] : 0;
  const says = (said: VenueReport): readonly VenueReport[] => {
    if (said.event !== "Fill") return [said];
    const { order, price = 0, lots = 0 } = said;
    const paid = { ...said, price: price + worse, ...(fee ? { fee: "0.01" } : {}) };
    // It says that the rest is gone, and may fill it all the same.
    return part && lots > 1 && order % 3 === 0 ? [{ ...paid, lots: 1 }, { order, event: "CancelDone" }] : [paid];
  };
  return {
    order: random.int(20_000_000),
    response: 1 + random.int(5_000_000),
    queue: QUEUES[random.int(QUEUES.length)],
    late: () => late > 0 ? random.int(late) : 0,
    refuses: (order) => code(order, refusesEach),
    keeps: (order) => code(order, keepsEach),
    says,
  };
}

function drawOptions(random: Rng): WorldOptions {
  const strategy = STRATEGIES[random.int(STRATEGIES.length)], commanded = random.int(3) === 0;
  let left = 20;
  return {
    strategy,
    file: `strategies/${strategy.name}.ts`,
    ...(strategy === imbalance ? { set: { hold: "1s", cooldown: "1s" } } : {}),
    fees: "maker=0.0002,taker=0.0007",
    latency: LATENCIES[random.int(LATENCIES.length)],
    ...(random.int(3) === 0 ? { limits: { position: 4 } } : {}),
    ...(random.int(4) === 0 ? { lost: random.int(200e9) } : {}),
    ends: random.int(2) === 0,
    ns: 50e9 + random.int(150e9),
    each: (paper: ArrivingSession) => {
      if (!commanded || left === 0 || random.int(300) > 0) return;
      left--;
      paper.command(random.int(2) ? { kind: "cancel_all" } : { kind: "submit", side: "buy", size: 2, type: "market" });
    },
  };
}

Deno.test("parity: whatever an exchange does, all decisions come again, and nothing is unexplained", async () => {
  for (let seed = 1; seed <= fuzzRuns(8); seed++) {
    await inFolder(async (folder) => {
      const random = new Rng(seed);
      play(folder, { ...drawOptions(random), seed }, drawWays(random));
      const { ok, decisions: { made, same }, causes, warnings } = await parity(folder);
      const { orders, fills, money } = causes.at(-1)!;
      generated(made);
      assertEquals({ seed, ok, same, orders, fills, money, warnings }, {
        ...{ seed, ok: true, same: made, orders: 0, fills: 0 },
        ...{ money: { USD: "0" }, warnings: [] },
      });
    });
  }
});
