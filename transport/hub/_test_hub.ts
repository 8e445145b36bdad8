import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { Hub, type HubOptions } from "./hub.ts";

const instrument = (symbol: string) => ({
  symbol,
  venue: "sim",
  kind: "linear",
  tick: "0.1",
  lot: "0.001",
  multiplier: "1",
  currency: "USDT",
});

/** A hub of two instruments on a clock of its own. */
export function hubWith(options: Partial<HubOptions> = {}): { hub: Hub; clock: FakeTimers } {
  const clock = new FakeTimers(1_000_000);
  let ids = 0;
  const hub = new Hub({
    session: "demo",
    mode: "backtest",
    live: false,
    instruments: [instrument("BTC"), instrument("ETH")],
    commands: ["submit", "cancel"],
    clock,
    newId: () => `id${++ids}`,
    ...options,
  });
  return { hub, clock };
}
