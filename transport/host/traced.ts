import { ORDER_STATE, OWN_FILL, type Recorder, stateOfFill } from "../../engine/core/recorder.ts";
import { PENDING_CANCEL, PENDING_NEW, PENDING_REPLACE } from "../../engine/oms/order_life.ts";
import type { HubMetrics } from "../hub/mod.ts";
import type { CommandTraces } from "../ops/mod.ts";

/** States that an order has by our asking, before the venue has said anything. */
const OURS: ReadonlySet<number> = new Set([PENDING_NEW, PENDING_CANCEL, PENDING_REPLACE]);

/** Tells traces when the venue has said something of an order. */
export function venueHeard(traces: Pick<CommandTraces, "venue">, session: string): Recorder {
  return {
    output(tag, _era, _ns, order, x) {
      const kind = tag & 15, state = kind === ORDER_STATE ? x % 16 : kind === OWN_FILL ? stateOfFill(tag) : 0;
      if (state !== 0 && !OURS.has(state)) traces.venue(session, order);
    },
  };
}

/** What a hub measures, and to traces that what the venue said has gone out. */
export function framesHeard(traces: CommandTraces, session: string, metrics: HubMetrics = {}): HubMetrics {
  return {
    written(...figures) {
      metrics.written?.(...figures);
      traces.acknowledged(session);
    },
    acknowledged: (roundTripMs) => metrics.acknowledged?.(roundTripMs),
  };
}
