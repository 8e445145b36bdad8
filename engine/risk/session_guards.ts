import type { GateCause } from "./gate.ts";
import type { KillState } from "./guard_options.ts";
import type { FlattenAlgo, KillRequest } from "./kill_switch.ts";

/** How a session stands: plain JSON. */
export interface GuardState {
  /** The kill switch. */
  readonly kill: KillState;
  /** Why orders are refused, oldest first; empty where they are not. */
  readonly causes: readonly GateCause[];
}

/**
 * The guards of a session as its strategy has them, `ctx.guards`: to stop itself, and to see what holds. What stopped it,
 * a strategy cannot undo: that takes a command.
 */
export interface SessionGuards {
  /** Adds a way to close positions, before it is named; RangeError for a name that is taken. */
  algo(name: string, algo: FlattenAlgo): void;
  /** Throws the kill switch: no orders leave until it is reset, all that rest are cancelled, and positions closed where told. */
  kill(cause: string, request?: Omit<KillRequest, "pause">): void;
  /** As `kill`, until it is resumed. */
  pause(cause: string, request?: Omit<KillRequest, "pause">): void;
  /** How the session stands. */
  state(): GuardState;
}
