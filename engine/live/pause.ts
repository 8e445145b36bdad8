import type { Timers } from "./timers.ts";

/** Resolves after so many ms. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => void timers.after(ms, resolve));
}
