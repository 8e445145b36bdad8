import type { Wishes } from "./update.ts";
import { defined } from "./defined.ts";

/** Wishes as a server takes them. */
export interface ServerWishes {
  rateMax?: number;
  ageMsMax?: number;
  depth?: number;
  where?: Record<string, (string | number | boolean)[]>;
}

/**
 * The wishes of several as one that holds what each wants: the highest rate, the least age, the deepest book, and of filters none
 * unless all have the same. A wish that one of them does not have is none for all: nobody gets less than they asked for, and
 * some get more.
 *
 * @example
 * ```ts
 * import { joinWishes } from "./server_wishes.ts";
 *
 * const { depth, rateMax } = joinWishes([{ depth: 5, rateMax: 2 }, { depth: 20 }]);
 * if (depth !== 20 || rateMax !== undefined) throw new Error("the widest");
 * ```
 */
export function joinWishes(wishes: readonly Wishes[]): ServerWishes {
  const rateMax = joined(wishes.map((wish) => wish.rateMax), Math.max);
  const ageMsMax = joined(wishes.map((wish) => wish.ageMsMax), Math.min, true);
  const depth = joined(wishes.map((wish) => wish.depth), Math.max);
  // Only read from here on: the codec writes it.
  const where = wishes[0]?.where as ServerWishes["where"];
  const filtered = where && wishes.every((wish) => JSON.stringify(wish.where) === JSON.stringify(where));
  return defined({ rateMax, ageMsMax, depth, where: filtered ? where : undefined });
}

/** With `some`, whoever has no wish takes any; else no wish is the widest of all. */
function joined(values: readonly (number | undefined)[], widest: (...values: number[]) => number, some = false) {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 || (!some && given.length < values.length) ? undefined : widest(...given);
}
