import { closestString } from "@std/text";
import { basename, dirname } from "node:path";

/** "did you mean …" with the most similar name of the same folder, where one is similar enough. */
export function nearName(path: string): string {
  const folder = dirname(path);
  const wanted = basename(path);
  const names: string[] = [];
  try {
    for (const entry of Deno.readDirSync(folder)) {
      const hidden = entry.name.startsWith(".") && !wanted.startsWith(".");
      if ((entry.isFile || entry.isSymlink) && !hidden) names.push(entry.name);
    }
  } catch {
    return `there is no folder ${folder} either`;
  }
  names.sort();
  const near = names.length > 0 ? similar(wanted, names) : undefined;
  if (near === undefined) return `look at what is in ${folder}`;
  return `did you mean ${folder === "." && !path.startsWith(".") ? near : `${folder}/${near}`}?`;
}

function similar(wanted: string, names: string[]): string | undefined {
  // A name without its ".gz" is a slip of its own, further away than a few letters.
  const longer = names.find((name) => name.startsWith(wanted) || wanted.startsWith(name));
  if (longer !== undefined) return longer;
  const near: string = closestString(wanted, names);
  let common = 0;
  while (common < near.length && near[common] === wanted[common]) common++;
  const close = common * 3 >= wanted.length || Math.abs(near.length - wanted.length) <= 2;
  return close ? near : undefined;
}
