import { ORDER_STATE, type Recorder } from "../../engine/core/recorder.ts";
import { PENDING_CANCEL, PENDING_NEW, PENDING_REPLACE } from "../../engine/oms/order_life.ts";
import type { HubMetrics } from "../hub/mod.ts";
import type { CommandTraces } from "../ops/mod.ts";

/** States that an order has by our asking, before the venue has said anything. */
const OURS: ReadonlySet<number> = new Set([PENDING_NEW, PENDING_CANCEL, PENDING_REPLACE]);

/** Tells traces when the venue has said something of an order. */
export function venueHeard(traces: CommandTraces, session: string): Recorder {
  return {
    output(tag, _era, _ns, order, x) {
      if ((tag & 15) === ORDER_STATE && !OURS.has(x % 16)) traces.venue(session, order);
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
