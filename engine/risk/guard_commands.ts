import { Code } from "../core/codes.ts";
import type { CommandKind } from "../core/command.ts";
import type { GateState } from "./gate.ts";
import { GUARD_NAMES, type Guards } from "./guards.ts";

const FLATTEN = ["market", "none"];

/**
 * Commands to the guards of a session: kill, reset, pause, resume, hold, release. `guards` makes them where there are none yet.
 *
 * What was to be ended and does not hold is NOTHING_HELD.
 */
export function guardCommands(guards: () => Guards): Readonly<Record<string, CommandKind>> {
  const fields = { cause: { type: "text", optional: true }, flatten: { type: FLATTEN, optional: true } } as const;
  const ended = (did: boolean) => ({ code: did ? 0 : Code.NOTHING_HELD } as const);
  return {
    kill: {
      about: "Throws the kill switch: no new orders, all that rest are cancelled; flatten=market closes positions.",
      fields,
      apply: ({ cause = "by command", flatten }) => guards().kill(cause as string, { flatten: flatten as string }),
    },
    reset: { about: "Ends a kill.", fields: {}, apply: () => ended(guards().reset()) },
    pause: {
      about: "As kill, to be resumed.",
      fields,
      apply: ({ cause = "by command", flatten }) => guards().pause(cause as string, { flatten: flatten as string }),
    },
    resume: { about: "Ends a pause.", fields: {}, apply: () => ended(guards().resume()) },
    hold: {
      about: "Holds an instrument, or all, reducing or halted; open ends that.",
      fields: {
        state: { type: ["reducing", "halted", "open"] },
        instrument: { type: "instrument", optional: true },
      },
      apply: ({ state, instrument }) => guards().set(state as GateState, instrument as number | undefined),
    },
    release: {
      about: "Ends what a guard began, by its code, as DRAWDOWN.",
      fields: { code: { type: GUARD_NAMES }, instrument: { type: "instrument", optional: true } },
      apply: ({ code, instrument }) => ended(guards().release(code as string, instrument as number | undefined)),
    },
  };
}
