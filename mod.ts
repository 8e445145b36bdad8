/** Lockstep: simulate, backtest and trade with one deterministic core. */
export { BUY, NONE, SELL } from "./engine/core/event.ts";
export { param } from "./engine/core/params.ts";
export { type Context, type Strategy, strategy } from "./engine/core/strategy.ts";
