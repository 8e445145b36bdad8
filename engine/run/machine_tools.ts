import type { LiveTools } from "../live/live_tools.ts";
import { systemTimers } from "../live/timers.ts";
import { machineNetwork } from "./network.ts";
import { wallClock } from "./wall_clock.ts";

/** What exchanges are spoken to with on this machine. */
export function machineTools(tell: LiveTools["tell"]): LiveTools {
  const wall = wallClock();
  return { network: machineNetwork({ wall }), timers: systemTimers, wall, random: Math.random, tell };
}
