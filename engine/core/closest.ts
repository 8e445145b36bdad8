import { closestString } from "@std/text";

/** A remedy for a misspelt name: `did you mean spread?`, or all there are where none is near. */
export function closest(name: string, names: readonly string[]): string {
  if (names.length === 0) return "there are none";
  const near: string = closestString(name, [...names]);
  return distance(name.toLowerCase(), near.toLowerCase()) <= Math.max(2, name.length / 2)
    ? `did you mean ${near}?`
    : `there are ${names.join(", ")}`;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
