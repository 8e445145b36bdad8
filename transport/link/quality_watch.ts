import type { Quality } from "./quality.ts";
import { systemTimers, type Timers } from "./timers.ts";

/** A link that can be probed. */
export interface Probed {
  probe(): void;
  quality(): Promise<Quality>;
}

/** How a link is watched. */
export interface WatchOptions {
  /** How often it is probed, ms; 1000. */
  readonly probeMs?: number | undefined;
  /** How many probes to a sample; 1. */
  readonly probesPerSample?: number;
  /** Calls once, so many ms from now; returns what calls it off. The machine's timers. */
  readonly after?: Timers["after"];
  readonly onQuality: (quality: Quality) => void;
}

/** Whether a link can be probed, as those over data channels can. */
export function isProbed<L extends object>(link: L): link is L & Probed {
  return "probe" in link && "quality" in link;
}

/** Probes a link steadily and tells its quality; returns what ends it. */
export function watchQuality(link: Probed, options: WatchOptions): () => void {
  const { probeMs = 1000, probesPerSample = 1, after = systemTimers.after, onQuality } = options;
  let watching = true, probes = 0;
  const tick = () => {
    link.probe();
    cancel = after(probeMs, tick);
    if (++probes % probesPerSample > 0) return;
    link.quality().then((quality) => {
      if (watching) onQuality(quality);
    }, () => {}); // a connection that closes meanwhile has no statistics
  };
  let cancel = after(probeMs, tick);
  return () => {
    watching = false;
    cancel();
  };
}
