export { systemTimers, type Timers, wallTimers } from "../../engine/live/timers.ts";
