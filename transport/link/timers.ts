/** Wall time and timers, handed in wherever a test wants time in its hands. */
export interface Timers {
  /** Milliseconds since some moment, never going back. */
  now(): number;
  /** Calls `fn` once, so many ms from now; returns what calls it off. */
  after(ms: number, fn: () => void): () => void;
}

/** Those of the machine. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
