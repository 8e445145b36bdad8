import { systemTimers, type Timers } from "../link/timers.ts";

/**
 * The machine's clock as hubs go by it: wall time in ms since 1970-01-01 UTC, as fine as there is; 0 ms from
 * now is the end of this turn.
 */
export const systemClock: Timers = {
  now: wall,
  after: (ms, fn) => ms <= 0 ? afterTurn(fn) : systemTimers.after(ms, fn),
};

/** The fine clock stands still while the machine sleeps, and does not hear of it when somebody sets the time. */
const APART_MS = 500;
let origin = performance.timeOrigin;

function wall(): number {
  const apart = Date.now() - origin - performance.now();
  if (Math.abs(apart) > APART_MS) origin += apart;
  return origin + performance.now();
}

/** Timers take a millisecond at least. */
function afterTurn(fn: () => void): () => void {
  let wanted = true;
  queueMicrotask(() => wanted && fn());
  return () => wanted = false;
}
