import type { Condition } from "../oms/parents/condition.ts";
import { checkChange, checkRequest, type ParentRequest } from "../oms/parents/parent_request.ts";
import type { ParentOrders } from "../oms/parents/parent_orders.ts";
import { Code } from "./codes.ts";
import type { CommandField, CommandFields, CommandKind } from "./command.ts";
import { commandTime } from "./command_text.ts";

const NUMBERS = [
  "minNotional",
  "jitter",
  "rate",
  "riskAversion",
  "volatility",
  "impact",
  "permanentImpact",
  "above",
  "below",
] as const;
const COUNTS = ["minSize", "maxSize", "display", "shown", "period"] as const;
const TEXTS = ["over", "rest", "slice", "style", "value", "after", "at", "curve"] as const;

/** What a conditional parent waits for. */
const CONDITION: readonly string[] = ["value", "above", "below", "period", "after", "at"];

/**
 * Commands about parent orders: parent_start, parent_amend, parent_pause, parent_resume, parent_cancel. Fields are those of
 * {@linkcode ParentRequest}, but flat: a conditional one has `above`, `below`, `value`, `period`, `watch` (whose price), `after`
 * and `at` beside the rest, and then works as one child; a curve is "3,2,1".
 *
 * A parent's id stands where an order's does in the answer. One that has ended or is unknown is UNKNOWN_ORDER.
 */
export function parentCommands(parents: () => ParentOrders): Readonly<Record<string, CommandKind>> {
  const optional = (type: CommandField["type"], names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { type, optional: true }] as const));
  const id = { parent: { type: "count" } } as const;
  const about = (parent: unknown, did: boolean) =>
    ({ code: did ? 0 : Code.UNKNOWN_ORDER, order: parent as number }) as const;
  return {
    parent_start: {
      about: "Starts a parent order.",
      fields: {
        algo: { type: "text" },
        side: { type: "side" },
        size: { type: "count" },
        over: { type: "text", optional: true },
        limit: { type: "ticks", optional: true },
        instrument: { type: "instrument", optional: true },
        watch: { type: "instrument", optional: true },
        ...optional("text", TEXTS),
        ...optional("number", NUMBERS),
        ...optional("count", COUNTS),
      },
      check: (fields) => checkRequest(request(fields)),
      apply(fields) {
        const started = parents().start(request(fields));
        return started > 0 ? { order: started } : { code: -started as Code };
      },
    },
    parent_amend: {
      about: "Asks for another size in all, limit or length of time of a parent order.",
      fields: {
        ...id,
        size: { type: "count", optional: true },
        limit: { type: "ticks", optional: true },
        over: { type: "text", optional: true },
      },
      check: ({ parent: _, ...change }) => checkChange(change),
      apply: ({ parent, ...change }) => about(parent, parents().amend(parent as number, change)),
    },
    parent_pause: {
      about: "Pauses a parent order.",
      fields: id,
      apply: ({ parent }) => about(parent, parents().pause(parent as number)),
    },
    parent_resume: {
      about: "Resumes a parent order that was paused.",
      fields: id,
      apply: ({ parent }) => about(parent, parents().resume(parent as number)),
    },
    parent_cancel: {
      about: "Cancels a parent order and its children.",
      fields: id,
      apply: ({ parent }) => about(parent, parents().cancel(parent as number)),
    },
  };
}

/** The request that flat fields mean. Throws TypeError or RangeError for a time or a curve that cannot be read. */
function request(fields: CommandFields): ParentRequest {
  const { watch, at, curve, ...flat } = fields;
  const when: Record<string, unknown> = watch === undefined ? {} : { instrument: watch };
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) (CONDITION.includes(name) ? when : rest)[name] = value;
  if (at !== undefined) when.at = commandTime(at as string, 0n);
  if (curve !== undefined) rest.curve = (curve as string).split(",").map(Number);
  // Each field was checked by its kind, and the whole is by the parents.
  return { ...rest, ...(Object.keys(when).length > 0 ? { when: when as Condition } : {}) } as unknown as ParentRequest;
}
