/** How long work goes on before the program may breathe. */
const BREATH_MS = 50;

/**
 * Calls `work` until it returns false, and twenty times a second lets the rest of the program breathe: signals and timers
 * are heard, and then `look` is called.
 *
 * @example
 * ```ts
 * import { breathing } from "./breathing.ts";
 * let left = 3;
 * await breathing(() => --left > 0, () => {});
 * if (left !== 0) throw new Error("unexpected");
 * ```
 */
export async function breathing(work: () => boolean, look: () => void): Promise<void> {
  let breath = performance.now();
  while (work()) {
    if (performance.now() - breath < BREATH_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    breath = performance.now();
    look();
  }
}
