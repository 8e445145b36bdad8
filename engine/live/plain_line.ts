/** More than a person reads of one line. */
const LENGTH_MAX = 1000;

/**
 * A text as one line for people: what others say may be of any length, and hold control characters, by which a terminal does what it is
 * told, or formats, by which it shows letters in another order. Those are left out.
 *
 * @example
 * ```ts
 * import { plainLine } from "./plain_line.ts";
 * const found = plainLine("gone\u001b[2J\n away");
 * if (found !== "gone [2J away" || plainLine("y".repeat(5000)).length !== 1001) throw new Error(found);
 * ```
 */
export function plainLine(text: string): string {
  const plain = text.slice(0, 2 * LENGTH_MAX).replace(/\s*[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\s*/gu, " ").trim();
  return plain.length > LENGTH_MAX || text.length > 2 * LENGTH_MAX ? `${plain.slice(0, LENGTH_MAX)}…` : plain;
}
