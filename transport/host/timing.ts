/** Wall time and timers, so that tests can have their own. */
export interface Timing {
  /** Milliseconds since some moment, never going back. */
  now(): number;
  /** Calls `work` after so many ms, unless what it returns is called before. */
  after(ms: number, work: () => void): () => void;
}

/** The machine's own. */
export const MACHINE: Timing = {
  now: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
