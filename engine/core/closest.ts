import { closestString, levenshteinDistance } from "@std/text";

/** A remedy for a misspelt name: `did you mean spread?`, or all there are where none is near. */
export function closest(name: string, names: readonly string[]): string {
  if (names.length === 0) return "there are none";
  const near: string = closestString(name, [...names]);
  return levenshteinDistance(name.toLowerCase(), near.toLowerCase()) <= Math.max(2, name.length / 2)
    ? `did you mean ${near}?`
    : `there are ${names.join(", ")}`;
}
