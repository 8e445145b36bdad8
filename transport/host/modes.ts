import type * as v from "valibot";
import { ProtocolError } from "../protocol/errors.ts";
import type { ANSWERS } from "../protocol/messages.ts";

/** Whose clock a session goes by, and where its orders go: see DESIGN, "Four ways to run, one core". */
export type Mode = v.InferOutput<typeof ANSWERS.hello>["mode"];

/** Commands of a clock of tape time, which the session's host carries out. */
export const CLOCK_COMMANDS = [
  "clock_pause",
  "clock_resume",
  "clock_step",
  "clock_speed",
  "clock_seek",
  "clock_fork",
] as const;

/** Commands that the host carries out, beside those of the clock. */
export const HOST_COMMANDS = ["drive", "dead_man"] as const;

/** Why a mode cannot have a command. */
type Lack = string;

const OF_THE_WORLD: Lack = "its clock is the world's; run a backtest on what was recorded of it";
const WRITTEN: Lack = "what happens in a replay is written already; fork the run, or run a backtest";

/**
 * What each mode cannot have, and why: the one place that knows. It is asked with a command's kind, and answers undefined for
 * what the mode can have.
 *
 * | mode | its clock | orders, limits, strategies |
 * |---|---|---|
 * | backtest | all | all |
 * | paper | none: no pause, step, speed, seek or fork | all; it falls behind the world for whom it waits |
 * | live | none, and nobody for whom it waits | all |
 * | replay | all but fork | none |
 */
const LACKS: Readonly<Record<Mode, (kind: string) => Lack | undefined>> = {
  backtest: () => undefined,
  paper: (kind) => kind === "drive" ? undefined : ofTheWorld(kind),
  live: ofTheWorld,
  replay: (kind) => kind.startsWith("clock_") && kind !== "clock_fork" ? undefined : WRITTEN,
};

function ofTheWorld(kind: string): Lack | undefined {
  return kind.startsWith("clock_") || kind === "drive" ? OF_THE_WORLD : undefined;
}

/** Those of these kinds of command that a mode can have. */
export function commandsIn(mode: Mode, kinds: Iterable<string>): string[] {
  return [...kinds].filter((kind) => LACKS[mode](kind) === undefined);
}

/**
 * Throws ProtocolError MODE_UNSUPPORTED for a command that a mode cannot have.
 *
 * @example
 * ```ts
 * import { checkMode } from "./modes.ts";
 * checkMode("backtest", "clock_seek");
 * let refused = "";
 * try {
 *   checkMode("live", "clock_seek");
 * } catch (error) {
 *   refused = (error as Error).message;
 * }
 * if (!refused.startsWith("Cannot clock_seek in mode live")) throw new Error("unexpected");
 * ```
 */
export function checkMode(mode: Mode, kind: string): void {
  const why = LACKS[mode](kind);
  if (why !== undefined) throw new ProtocolError("MODE_UNSUPPORTED", `Cannot ${kind} in mode ${mode}: ${why}`);
}
