import { Code } from "./codes.ts";
import type { CommandKind } from "./command.ts";
import type { ParamValue } from "./params.ts";
import type { RunningStrategy } from "./running_strategy.ts";

/**
 * Commands about the strategy: strategy_stop, strategy_start, strategy_set.
 *
 * One that is stopped hears nothing, and its open orders are cancelled; linked and parent orders of its go on to their ends. What
 * is asked of one that is so already is NOTHING_HELD.
 */
export function strategyCommands(
  running: RunningStrategy,
  cancelAll: () => void,
): Readonly<Record<string, CommandKind>> {
  const done = (did: boolean) => ({ code: did ? 0 : Code.NOTHING_HELD } as const);
  return {
    strategy_stop: {
      about: "Stops the strategy: it hears nothing more, and open orders are cancelled.",
      fields: {},
      apply() {
        if (!running.stop()) return done(false);
        cancelAll();
      },
    },
    strategy_start: { about: "Starts a strategy that was stopped.", fields: {}, apply: () => done(running.start()) },
    strategy_set: {
      about: "Gives a parameter of the strategy another value; what the strategy knows stays.",
      fields: { name: { type: "text" }, value: { type: "value" } },
      check: ({ name, value }) => running.check(name as string, value as ParamValue),
      apply: ({ name, value }) => running.set(name as string, value as ParamValue),
    },
  };
}
