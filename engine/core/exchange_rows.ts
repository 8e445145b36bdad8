import { type Core, EXCHANGE_ROWS } from "./core.ts";

/** Applies the venues' rows before `limit`, in order of time over all feeds; false when one made an answer. */
export function exchangeRows(core: Core, limit: number): boolean {
  const { feeds } = core;
  if (feeds.length === 1) return core.apply(EXCHANGE_ROWS, 0, limit);
  for (;;) {
    let first = -1, time = limit;
    for (let i = 0; i < feeds.length; i++) {
      if (feeds[i].exchangeTime < time) {
        first = i;
        time = feeds[i].exchangeTime;
      }
    }
    if (first < 0) return true;
    // A venue without open orders of ours can answer nothing, and need not wait for the others.
    let bound = limit;
    for (let i = 0; i < feeds.length && feeds[first].venue.open > 0; i++) {
      if (i !== first) bound = Math.min(bound, feeds[i].exchangeTime + (first < i ? 1 : 0));
    }
    if (!core.apply(EXCHANGE_ROWS, first, bound)) return false;
  }
}
