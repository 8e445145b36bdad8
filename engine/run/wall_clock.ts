/** How far the fine clock may be from the system's before it is set again, in ms: those of the system step, and drift. */
const STEP_MS = 5;

/**
 * Wall time in ns since 1970-01-01 UTC, in steps of a microsecond or less where the machine has them.
 *
 * It goes on by the clock that never goes back, and is set by the system's where the two are over 5 ms apart.
 *
 * @example
 * ```ts
 * import { wallClock } from "./wall_clock.ts";
 * const wall = wallClock();
 * if (Math.abs(Number(wall() / 1_000_000n) - Date.now()) > 1000) throw new Error("unexpected");
 * ```
 */
export function wallClock(
  { steadyMs = () => performance.now(), systemMs = () => Date.now() }: {
    readonly steadyMs?: () => number;
    readonly systemMs?: () => number;
  } = {},
): () => bigint {
  let offset = systemMs() - steadyMs();
  return () => {
    const steady = steadyMs(), system = systemMs();
    if (Math.abs(steady + offset - system) > STEP_MS) offset = system - steady;
    const now = steady + offset, ms = Math.floor(now);
    return BigInt(ms) * 1_000_000n + BigInt(Math.floor((now - ms) * 1e6));
  };
}
