/**
 * Whether JSON writes a value and reads it back without loss.
 *
 * @example
 * ```ts
 * import { isPlain } from "./plain_json.ts";
 * if (!isPlain({ a: [1, null, "x"] }) || isPlain({ a: 5n }) || isPlain(NaN)) throw new Error("unexpected");
 * ```
 */
export function isPlain(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((part) => part === undefined || isPlain(part));
}
