/** What a hub knows of time. Tests put a clock of their own in its place. */
export interface HubClock {
  /** Wall time in ms since 1970-01-01 UTC, as fine as there is. */
  now(): number;
  /** Calls `fn` once, `ms` from now, where 0 is the end of this turn; returns what calls it off. */
  after(ms: number, fn: () => void): () => void;
}

/** The clock of the machine. */
export const systemClock: HubClock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, fn) => {
    if (ms <= 0) return afterTurn(fn);
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

/** Timers take a millisecond at least. */
function afterTurn(fn: () => void): () => void {
  let wanted = true;
  queueMicrotask(() => wanted && fn());
  return () => wanted = false;
}
