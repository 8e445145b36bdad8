/**
 * Reads what exchanges send: JSON of which nothing is known but what was asked for. All throw SyntaxError for what is not so.
 *
 * @module
 */

import { isoTimeAt } from "../feed/decode/iso_text.ts";

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object. */
export function object(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new SyntaxError(`Cannot read ${shown(value)}: it is no object`);
}

/** A list of objects. */
export function objects(value: unknown): Fields[] {
  if (!Array.isArray(value)) throw new SyntaxError(`Cannot read ${shown(value)}: it is no list`);
  return value.map(object);
}

/** A text, or a number as one. */
export function text(from: Fields, name: string): string {
  const value = from[name];
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new SyntaxError(`Cannot read ${name}: it is ${shown(value)}, not a text`);
}

/** A text, or a number as one; undefined where there is none, or an empty one. */
export function textOr(from: Fields, name: string): string | undefined {
  const value = from[name];
  return value === undefined || value === null || value === "" ? undefined : text(from, name);
}

/** A whole number, from text too. */
export function whole(from: Fields, name: string): number {
  const found = from[name], value = typeof found === "string" && /^-?\d+$/.test(found) ? Number(found) : found;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new SyntaxError(`Cannot read ${name}: it is ${shown(from[name])}, not a whole number`);
}

/** A time in ISO 8601, as ns since 1970-01-01 UTC. */
export function time(from: Fields, name: string): bigint {
  try {
    isoTimeAt(from[name], name, 0, moment);
  } catch {
    throw new SyntaxError(
      `Cannot read ${name}: it is ${shown(from[name])}, not a time like 2023-02-09T20:32:50.714964Z`,
    );
  }
  return BigInt(moment.sec) * 1_000_000_000n + BigInt(moment.ns);
}

const moment = { sec: 0, ns: 0 };

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? "nothing";
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}
