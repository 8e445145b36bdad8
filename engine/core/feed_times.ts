import { OUR_DATA } from "./event_queue.ts";
import type { Feed } from "./feed.ts";

/** Exchange time of the first row that is to come; 0 where there is none. */
export function firstTime(feeds: readonly Feed[]): number {
  const first = Math.min(...feeds.map((feed) => feed.begins));
  return first === Infinity ? 0 : first;
}

/** Time of the last row that was passed, on either clock: where the tapes end, once all were. */
export function lastTime(feeds: readonly Feed[]): number {
  let end = -Infinity;
  for (const feed of feeds) end = Math.max(end, feed.lastExchange, feed.lastLocal);
  return end;
}

/** When the next message reaches us; Infinity where none does in this era. */
export function nextMessage(feeds: readonly Feed[]): number {
  let next = Infinity;
  for (const feed of feeds) next = Math.min(next, feed.localTime);
  return next;
}

/** Whether the venues have passed all their rows. */
export function exhausted(feeds: readonly Feed[]): boolean {
  for (const feed of feeds) if (!feed.exhausted) return false;
  return true;
}

/** The feed whose message reaches us before anything that is scheduled, as events at one time are ordered; -1 where none does. */
export function firstHeard(feeds: readonly Feed[], queue: { readonly time: number; readonly class: number }): number {
  let time = queue.time, kind = queue.class, first = -1;
  for (let i = 0; i < feeds.length; i++) {
    const local = feeds[i].localTime;
    if (local < time || (local === time && kind > OUR_DATA && local !== Infinity)) {
      time = local;
      kind = OUR_DATA;
      first = i;
    }
  }
  return first;
}
