import { guardCommands } from "../risk/guard_commands.ts";
import type { Guards } from "../risk/guards.ts";
import { limitCommands } from "../risk/limit_commands.ts";
import type { CommandKind } from "./command.ts";
import { orderCommands } from "./command_orders.ts";
import { parentCommands } from "./command_parents.ts";
import { strategyCommands } from "./command_strategy.ts";
import { timerCommands } from "./command_timers.ts";
import type { SessionContext } from "./context.ts";
import type { Core } from "./core.ts";
import type { RunningStrategy } from "./running_strategy.ts";

/** What the commands of a session act on. */
export interface SessionParts {
  readonly core: Core;
  readonly context: SessionContext;
  readonly running: RunningStrategy;
  /** Makes them where there are none yet. */
  readonly guards: () => Guards;
}

/** Every kind of command that a session takes, by name. */
export function sessionCommands(
  { core, context, running, guards }: SessionParts,
): Readonly<Record<string, CommandKind>> {
  return {
    ...orderCommands(core, context),
    ...parentCommands(() => context.parents),
    ...timerCommands(context),
    ...strategyCommands(running, () => context.cancelAll()),
    ...limitCommands(core.risk, context.instruments),
    ...guardCommands(guards),
  };
}
