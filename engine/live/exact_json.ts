const parse = JSON.parse as (text: string, revive: Revive) => unknown;

type Revive = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * Parses JSON, with integers that a float cannot hold as the text that they are: order ids of some exchanges are longer than 2^53.
 * Throws SyntaxError for what is no JSON.
 *
 * @example
 * ```ts
 * import { exactJson } from "./exact_json.ts";
 * const found = JSON.stringify(exactJson('{"id":8389765593461843111,"n":[1,2.5]}'));
 * if (found !== '{"id":"8389765593461843111","n":[1,2.5]}') throw new Error(found);
 * ```
 */
export function exactJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source }) => long(value) ? source ?? value : value);
}

function long(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}
