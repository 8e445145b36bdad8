import { systemTimers, type Timers } from "../link/timers.ts";

/**
 * The machine's clock as hubs go by it: wall time in ms since 1970-01-01 UTC, as fine as there is and never going back; 0 ms from
 * now is the end of this turn.
 */
export const systemClock: Timers = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, fn) => ms <= 0 ? afterTurn(fn) : systemTimers.after(ms, fn),
};

/** Timers take a millisecond at least. */
function afterTurn(fn: () => void): () => void {
  let wanted = true;
  queueMicrotask(() => wanted && fn());
  return () => wanted = false;
}
