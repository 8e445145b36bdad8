import { basename, join } from "node:path";
import { closest } from "../../engine/core/closest.ts";
import type { ParamSpecs, ParamValue } from "../../engine/core/params.ts";
import type { StrategyDefinition } from "../../engine/core/strategy.ts";
import { hashFile } from "../../engine/run/journal_file.ts";
import { loadStrategy } from "../../engine/run/load_strategy.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** A strategy that can be started by its name. */
export interface RegisteredStrategy {
  readonly definition: StrategyDefinition;
  /** Its file, and the SHA-256 of that as it was loaded: what a journal says of it. */
  readonly path: string;
  readonly sha256: string;
}

/**
 * The strategies that a server may start, by name: the default exports of the files of one folder, loaded once. Nobody names a
 * file to a server.
 *
 * @example
 * ```ts
 * import { StrategyRegistry } from "./strategy_registry.ts";
 * const strategies = await StrategyRegistry.load("strategies");
 * const { definition, path } = strategies.get("touch_maker");
 * if (definition.name !== "touch_maker" || path !== "strategies/touch_maker.ts") throw new Error("unexpected");
 * ```
 */
export class StrategyRegistry {
  readonly #strategies: ReadonlyMap<string, RegisteredStrategy>;

  private constructor(strategies: ReadonlyMap<string, RegisteredStrategy>) {
    this.#strategies = strategies;
  }

  /** Those of no folder. */
  static readonly NONE: StrategyRegistry = new StrategyRegistry(new Map());

  /**
   * Loads a folder's strategies; `onFault` hears of files that hold none. Files that begin with "_" or end in "_test" are left
   * out. Throws RangeError where there is no such folder, or two have one name.
   */
  static async load(folder: string, onFault: (file: string, error: Error) => void = () => {}) {
    const found = new Map<string, RegisteredStrategy>();
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      let definition: StrategyDefinition;
      try {
        definition = await loadStrategy(path);
      } catch (error) {
        onFault(path, error as Error);
        continue;
      }
      const before = found.get(definition.name);
      if (before !== undefined) {
        throw new RangeError(
          `Cannot serve strategies in ${folder}: ${before.path} and ${path} are both named ${definition.name}; rename one`,
        );
      }
      found.set(definition.name, { definition, path, sha256: hashFile(path) });
    }
    return new StrategyRegistry(found);
  }

  /** One by its name. Throws ProtocolError MALFORMED where there is none, with the nearest. */
  get(name: string): RegisteredStrategy {
    const found = this.#strategies.get(name);
    if (found !== undefined) return found;
    throw new ProtocolError(
      "MALFORMED",
      `Cannot start ${name}: ${unknown("strategy", name, [...this.#strategies.keys()])}`,
    );
  }

  /** All, with their parameters and defaults. */
  list(): { name: string; about: string; parameters: Record<string, ParamValue> }[] {
    return Array.from(this.#strategies.values(), ({ definition: { name, about, params } }) => {
      const specs = Object.entries((params ?? {}) as ParamSpecs);
      return { name, about, parameters: Object.fromEntries(specs.map(([key, spec]) => [key, spec.default])) };
    });
  }
}

/** That there is nothing of a name, and what comes nearest. */
export function unknown(what: string, name: string, names: readonly string[]): string {
  return `there is no ${what} of that name here; ${names.length === 0 ? "there is none at all" : closest(name, names)}`;
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => /\.m?[jt]s$/.test(name) && !/^_|_test\.\w+$/.test(basename(name))).sort();
  } catch (error) {
    throw new RangeError(`Cannot serve strategies in ${folder}: ${(error as Error).message}; name a folder`, {
      cause: error,
    });
  }
}
