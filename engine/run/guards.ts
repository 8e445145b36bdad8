import { knownNames } from "../core/instrument_names.ts";
import type { GuardOptions } from "../risk/guard_options.ts";
import { type Action, type GuardSpecs, guardSpecs } from "../risk/guard_specs.ts";

/** What names an instrument. */
interface Named {
  readonly symbol: string;
  readonly venue: string;
}

/** The guards of a run: what its session is given, and how a person would state them; both absent where there are none. */
export interface RunGuards {
  readonly specs?: GuardSpecs;
  readonly words?: string;
}

/**
 * Checks the guards that a run asks for. Throws RangeError that names what is wrong, with the nearest name.
 *
 * @example
 * ```ts
 * import { runGuards } from "./guards.ts";
 * const { words } = runGuards({ breakers: { bands: { band: 0.05 } }, kill: { flatten: "market" } }, [{ symbol: "BTCUSDT", venue: "okx" }]);
 * if (words !== "bands 0.05 halt, kill flattens by market") throw new Error(words);
 * ```
 */
export function runGuards(options: GuardOptions | undefined, instruments: readonly Named[]): RunGuards {
  if (options === undefined) return {};
  const specs = guardSpecs(options, knownNames(instruments));
  const { postTrade = {}, breakers = {}, compliance = {}, refusals = {}, kill } = specs;
  const words = [postTrade, breakers, compliance].flatMap((section) => sectionWords(section));
  for (const [check, { count, window, then }] of Object.entries(refusals)) {
    words.push(`refusals of ${check} ${count}${window === undefined ? "" : ` in ${window / 1e9} s`} ${then}`);
  }
  for (const [symbol, own] of Object.entries(specs.instruments)) {
    const said = [...sectionWords(own.postTrade), ...sectionWords(own.breakers)];
    if (said.length > 0) words.push(`${symbol}: ${said.join(", ")}`);
  }
  if (kill.flatten !== "none") words.push(`kill flattens by ${kill.flatten}`);
  if (kill.state?.killed) words.push("killed from the start");
  return { specs, words: words.join(", ") || "none" };
}

/** What each of them watches for first, and what it does: "bands 0.05 halt". */
function sectionWords(section: object): string[] {
  return Object.entries(section).filter(([name]) => name !== "every").map(([name, spec]) => {
    const { limit, rate, band, count, ticks, after, then } = spec as Action & Readonly<Record<string, unknown>>;
    const threshold = limit ?? rate ?? band ?? count ?? ticks ?? after;
    const isTime = threshold === after || name === "positionAge";
    const shown = threshold === undefined ? "" : ` ${isTime ? `${Number(threshold) / 1e9} s` : threshold}`;
    return `${name}${shown} ${then}`;
  });
}
