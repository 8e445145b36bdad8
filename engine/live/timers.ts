/** Time and timers, handed in wherever a test wants time in its hands. */
export interface Timers {
  /** Milliseconds: since some moment and never going back, or since 1970-01-01 UTC where whoever takes them asks for that. */
  now(): number;
  /** Calls `fn` once, so many ms from now; returns what calls it off. */
  after(ms: number, fn: () => void): () => void;
}

/** A machine's timer waits 24.8 days at most: one of more would fall due at once. */
const LONGEST_MS = 2e9;

/** Those of the machine, by a clock that never goes back. Who waits for more than 23 days is called then, to look again. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** Those of the machine, by wall time: ms since 1970-01-01 UTC, as tokens and tickets have it. */
export const wallTimers: Timers = { ...systemTimers, now: () => Date.now() };
