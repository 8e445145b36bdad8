/** Numbers side by side, of one size each. */
type Numbers =
  | Int8Array
  | Uint8Array
  | Int32Array
  | Uint32Array
  | Float64Array;

/**
 * A column of the same kind with `length` places, at least as many as it had: what stood in it, then zeros.
 *
 * Costs one copy; who doubles the length each time pays a constant for each place.
 *
 * @example
 * ```ts
 * import { wider } from "./wider.ts";
 * const column = wider(Int32Array.of(7, 9), 4);
 * if (`${column}` !== "7,9,0,0") throw new Error("unexpected");
 * ```
 */
export function wider<T extends Numbers>(column: T, length: number): T {
  const made = new (column.constructor as new (length: number) => T)(length);
  made.set(column);
  return made;
}
