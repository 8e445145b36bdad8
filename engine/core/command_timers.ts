import type { CommandKind } from "./command.ts";
import type { SessionContext } from "./context.ts";
import { parseDuration } from "../venue/latency.ts";

/**
 * Commands for whoever drives a session from outside as its strategy would: every, after. The timer's number stands where an
 * order's id does in the answer; the strategy's `onTimer` hears of it.
 */
export function timerCommands(context: SessionContext): Readonly<Record<string, CommandKind>> {
  return {
    every: {
      about: "Sets a timer that comes again and again.",
      fields: { interval: { type: "text" } },
      check({ interval }) {
        if (parseDuration(interval as string) > 0) return;
        throw new RangeError(`Cannot set a timer: interval is ${interval}; it must be above 0`);
      },
      apply: ({ interval }) => ({ order: context.every(interval as string) }),
    },
    after: {
      about: "Sets a timer that comes once.",
      fields: { delay: { type: "text" } },
      check: ({ delay }) => void parseDuration(delay as string),
      apply: ({ delay }) => ({ order: context.after(delay as string) }),
    },
  };
}
