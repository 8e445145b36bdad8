import { levenshteinDistance } from "@std/text";
import { basename, dirname } from "node:path";

/**
 * "did you mean …" with the most similar name of the same folder, where one is similar enough to be what was meant; else
 * `otherwise`. Names of files, unless folders are looked for.
 */
export function nearName(
  path: string,
  { folders = false, otherwise }: { readonly folders?: boolean; readonly otherwise?: string } = {},
): string {
  const folder = dirname(path);
  const wanted = basename(path);
  const names: string[] = [];
  try {
    for (const entry of Deno.readDirSync(folder)) {
      const hidden = entry.name.startsWith(".") && !wanted.startsWith(".");
      if ((entry.isSymlink || entry.isDirectory === folders) && !hidden) names.push(entry.name);
    }
  } catch {
    return otherwise ?? `there is no folder ${folder} either`;
  }
  const near = similarName(wanted, names.sort());
  if (near === undefined) return otherwise ?? `look at what is in ${folder}`;
  return `did you mean ${folder === "." && !path.startsWith(".") ? near : `${folder}/${near}`}?`;
}

/** Shorter beginnings say nothing. */
const COMMON_LEAST = 3;

/**
 * The name that `wanted` may be a slip of: one that begins with it, or it with that; one that a few letters make of it, one
 * in three at most, endings aside; or one that begins with the same half of it. undefined where there is none.
 *
 * @example
 * ```ts
 * import { similarName } from "./near_name.ts";
 * if (similarName("market.arow", ["deno.json", "market.arrow"]) !== "market.arrow") throw new Error("unexpected");
 * if (similarName("nope.json", ["deno.json", "market.arrow"]) !== undefined) throw new Error("unexpected");
 * ```
 */
export function similarName(wanted: string, names: readonly string[]): string | undefined {
  // A name without its ".gz" is a slip of its own, further away than a few letters.
  const begins = (a: string, b: string) => b.length >= COMMON_LEAST && a.startsWith(b);
  const longer = names.find((name) => begins(name, wanted) || begins(wanted, name));
  if (longer !== undefined) return longer;
  const stem = stemOf(wanted);
  let best: string | undefined, least = Infinity;
  for (const name of names) {
    const other = stemOf(name);
    const slips = Math.min(distance(stem, other), distance(wanted, name));
    const close = slips <= Math.ceil(Math.max(stem.length, other.length) / 3);
    const common = commonLength(stem, other);
    const begun = common >= COMMON_LEAST && 2 * common >= stem.length;
    if ((close || begun) && slips < least) [best, least] = [name, slips];
  }
  return best;
}

/** A name without its endings. */
function stemOf(name: string): string {
  return name.replace(/(?<=.)(\.[A-Za-z]\w*)+$/, "");
}

/** Letters put in, left out or changed; case does not count. */
function distance(a: string, b: string): number {
  return levenshteinDistance(a.toLowerCase(), b.toLowerCase());
}

function commonLength(a: string, b: string): number {
  let common = 0;
  while (common < a.length && a[common] === b[common]) common++;
  return common;
}
