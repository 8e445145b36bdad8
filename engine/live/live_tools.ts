import type { LiveEvent } from "./live_event.ts";
import type { Network } from "./network.ts";
import type { Timers } from "./timers.ts";

/** What everything that speaks to an exchange is given: nothing in `engine/live` reaches for the machine by itself. */
export interface LiveTools {
  readonly network: Network;
  /** Timers, in ms by any clock that never goes back. */
  readonly timers: Timers;
  /** Wall time, ns since 1970-01-01 UTC: what frames are stamped with and requests signed by. */
  readonly wall: () => bigint;
  /** Numbers in [0, 1), for what must not happen to all at once. */
  readonly random: () => number;
  /** Hears of what happens beside the data: connections, gaps, limits, refusals. */
  readonly tell: (event: LiveEvent) => void;
}
