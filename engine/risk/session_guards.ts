import type { GateCause, GateState } from "./gate.ts";
import type { KillState } from "./guard_options.ts";
import type { FlattenAlgo, KillRequest } from "./kill_switch.ts";

/** How a session stands: plain JSON. */
export interface GuardState {
  readonly kill: KillState;
  /** Why orders are refused, oldest first; empty where they are not. */
  readonly causes: readonly GateCause[];
}

/** The guards of a session as its strategy has them, `ctx.guards`: to stop itself, and to see what holds. */
export interface SessionGuards {
  /** How positions are closed, by name: "market" and "none"; a strategy can add its own before they are named. */
  readonly algos: Map<string, FlattenAlgo>;
  /** Throws the kill switch: no orders leave until `reset`, all that rest are cancelled, and positions closed where told. */
  kill(cause: string, request?: Omit<KillRequest, "pause">): void;
  /** As `kill`, until `resume`. */
  pause(cause: string, request?: Omit<KillRequest, "pause">): void;
  /** Ends a pause; false where there is none. */
  resume(): boolean;
  /** Ends a kill; false where there is none. */
  reset(): boolean;
  /** Holds an instrument, or the whole session, by command; "open" ends that, and no other cause. Nothing that rests is cancelled. */
  set(state: GateState, instrument?: number): void;
  /** Ends what a guard began, by the name of its code ("DRAWDOWN"): it starts over. False where it did not hold. */
  release(code: string, instrument?: number): boolean;
  /** How the session stands. */
  state(): GuardState;
}
