/** Time and timers, handed in wherever a test wants time in its hands. */
export interface Timers {
  /** Milliseconds: since some moment and never going back, or since 1970-01-01 UTC where whoever takes them asks for that. */
  now(): number;
  /** Calls `fn` once, so many ms from now; returns what calls it off. */
  after(ms: number, fn: () => void): () => void;
}

/** The longest that a machine's timer waits, 24.8 days: one of more would fall due at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Those of the machine, by a clock that never goes back. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, fn) {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number) => {
      timer = left > LONGEST_MS ? setTimeout(() => wait(left - LONGEST_MS), LONGEST_MS) : setTimeout(fn, left);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Those of the machine, by wall time: ms since 1970-01-01 UTC, as tokens and tickets have it. */
export const wallTimers: Timers = { ...systemTimers, now: () => Date.now() };
