import { resolve } from "./rooms.ts";

/**
 * The circles of imports among files: groups of paths each of which needs, by one way or another, every other at run time.
 * `import type` needs nothing then, and neither does `import()`, which comes later.
 *
 * `sources` is path (from the root) and text of each file.
 *
 * @example
 * ```ts
 * import { circles } from "./circles.ts";
 * const found = circles([
 *   ["a/x.ts", 'import { y } from "./y.ts";'],
 *   ["a/y.ts", 'import type { X } from "./x.ts";\nimport { z } from "../z.ts";'],
 *   ["z.ts", 'export { y } from "./a/y.ts";'],
 * ]);
 * if (`${found}` !== "a/y.ts,z.ts") throw new Error("unexpected");
 * ```
 */
export function circles(sources: Iterable<readonly [path: string, text: string]>): string[][] {
  const needs = new Map<string, readonly string[]>();
  for (const [path, text] of sources) needs.set(path, neededBy(path, text));
  return [...needs.keys()].map((path) => circleOf(path, needs)).filter((circle) => circle !== undefined);
}

const IMPORT = /^(?:import|export)\s+(?!type\b)([^"';]*?\bfrom\s*)?"(\.[^"]+)"/gm;

/** What a file needs at run time, of files. */
function neededBy(path: string, text: string): string[] {
  const needed: string[] = [];
  for (const [, what, specifier] of text.matchAll(IMPORT)) {
    const names = /^\s*\{([^}]*)\}/.exec(what ?? "")?.[1].split(",").map((name) => name.trim()).filter(Boolean);
    if (names?.every((name) => name.startsWith("type "))) continue;
    needed.push(resolve(specifier, path));
  }
  return needed;
}

/** The circle that `first` is the first path of, in order; undefined where it is in none, or another path comes before it. */
function circleOf(first: string, needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const circle = [...reached(first, needs)].filter((path) => reached(path, needs).has(first)).sort();
  return circle[0] === first ? circle : undefined;
}

/** All that a path needs, and what that needs; itself only where it comes round to itself. */
function reached(from: string, needs: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>(), left = [...needs.get(from) ?? []];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    left.push(...needs.get(path) ?? []);
  }
  return found;
}
