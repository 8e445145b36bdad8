import { fileURLToPath, pathToFileURL } from "node:url";
import { basename, dirname, resolve } from "node:path";
import { checkedStrategy, type StrategyDefinition } from "../core/strategy.ts";
import { nearName } from "./near_name.ts";

/** A strategy's file that cannot be run, or holds no strategy. */
export class StrategyFileError extends Error {
  override name = "StrategyFileError";
}

/**
 * Loads the strategy that a file exports by default.
 *
 * Throws RangeError where there is no such file, with the near name, and StrategyFileError where it cannot be run, with the
 * line, or its default export is no strategy.
 */
export async function loadStrategy(path: string): Promise<StrategyDefinition> {
  checkFile(path);
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new StrategyFileError(`Cannot load ${path}: ${reasonOf(error)}`, { cause: error });
  }
  const problem = problemOf(module.default);
  if (problem === undefined) return guarded(path, module.default as StrategyDefinition);
  const named = Object.keys(module).filter((name) => name !== "default");
  const has = module.default === undefined && named.length > 0 ? ` (it exports ${named.join(", ")})` : "";
  throw new StrategyFileError(
    `Cannot load ${path}: ${problem}${has}; write \`export default strategy({ name, about, params, create })\``,
  );
}

/** The same strategy; what goes wrong in making it is told as the strategy's doing. */
function guarded(path: string, definition: StrategyDefinition): StrategyDefinition {
  const create: StrategyDefinition["create"] = (params) => {
    try {
      return checkedStrategy(definition.name, definition.create(params));
    } catch (error) {
      throw new StrategyFileError(`Cannot make a strategy of ${path}: ${reasonOf(error)}`, { cause: error });
    }
  };
  return { ...definition, create };
}

/** Throws RangeError where there is no such file, with the near name, and StrategyFileError where it could hold no strategy. */
export function checkFile(path: string): void {
  try {
    if (Deno.statSync(path).isFile) {
      if (/\.m?[jt]s$/.test(path)) return;
      throw new StrategyFileError(`Cannot load ${path}: it is no TypeScript or JavaScript; name a strategy's file`);
    }
  } catch (error) {
    if (error instanceof StrategyFileError) throw error;
    const why = error instanceof Deno.errors.NotFound ? `there is no such file; ${nearStrategy(path)}` : String(error);
    throw new RangeError(`Cannot load strategy ${path}: ${why}`, { cause: error });
  }
  const names = [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => /(?<!_test)\.m?[jt]s$/.test(name));
  const there = names.length === 0 ? "name a strategy's file" : `there are ${names.sort().join(", ")}`;
  throw new RangeError(`Cannot load strategy ${path}: it is a folder; ${there}`);
}

/** The near name, or the strategy that a bare name, with or without ending, leaves out the folder of. */
function nearStrategy(path: string): string {
  const there = `strategies/${basename(path).replace(/\.ts$/, "")}.ts`;
  try {
    if (path !== there && Deno.statSync(there).isFile) return `did you mean ${there}?`;
  } catch {
    // It is not there either.
  }
  return nearName(path);
}

/** What makes a value no strategy. */
function problemOf(value: unknown): string | undefined {
  if (value === undefined) return "it has no default export";
  if (typeof value !== "object" || value === null) return `its default export is ${describe(value)}, not a strategy`;
  const { name, params, create } = value as Partial<Record<keyof StrategyDefinition, unknown>>;
  if (typeof name !== "string" || name === "") return "its strategy has no name";
  if (params !== undefined && (typeof params !== "object" || params === null)) {
    return "its strategy's params are no object";
  }
  if (typeof create !== "function") return "its strategy has no function create";
  return undefined;
}

function describe(value: unknown): string {
  return typeof value === "function" ? "a function" : `${JSON.stringify(value)}`;
}

/** The first line of why a module cannot be run, and where. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = error.message.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const place = placeOf(error.message) ?? placeOf(error.stack ?? "");
  const first = (lines[0] ?? error.name).replace(/ at file:\/\/\S+$/, "").replace(/\.$/, "");
  return place === undefined || first.includes(place) ? first : `${first} (${place})`;
}

/** The first place in a file of the user's that a text names, "strategies/my.ts:3:5". */
export function placeOf(text: string): string | undefined {
  for (const [, escaped, line, column] of text.matchAll(/(file:\/\/\/[^\s)"]+?):(\d+):(\d+)/g)) {
    if (escaped.startsWith(ENGINE) || escaped.includes("/npm/") || escaped.includes("/node_modules/")) continue;
    const path = fileURLToPath(escaped);
    return `${basename(dirname(path))}/${basename(path)}:${line}:${column}`;
  }
  return undefined;
}

/** Places in here are not where a strategy went wrong. */
const ENGINE = new URL("../", import.meta.url).href;
