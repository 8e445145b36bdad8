import type { LiveTools } from "../live/live_tools.ts";
import { plainLine } from "../live/plain_line.ts";
import { systemTimers } from "../live/timers.ts";
import { machineNetwork } from "./network.ts";
import { wallClock } from "./wall_clock.ts";

/** What exchanges are spoken to with on this machine. What is told is one line, whatever an exchange has put into it. */
export function machineTools(tell: LiveTools["tell"]): LiveTools {
  const wall = wallClock();
  const plain: LiveTools["tell"] = ({ symbol, ...event }) =>
    tell({ ...event, message: plainLine(event.message), ...symbol !== undefined && { symbol: plainLine(symbol) } });
  return { network: machineNetwork({ wall }), timers: systemTimers, wall, random: Math.random, tell: plain };
}
