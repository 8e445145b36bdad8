/**
 * Our names of orders as Kraken takes them: up to 18 characters as they are, or 32 hexadecimal digits (a UUID without dashes).
 *
 * A longer name of a run's is written as such a number, and read back from it, so that what a run before has sent is still known by
 * its name.
 *
 * @module
 */
import { readClientName } from "../client_names.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz-_";
const BASE = BigInt(LETTERS.length + 1);
/** How all names of ours begin; it is not written. */
const PREFIX = "lstp";
const LENGTH_MAX = 24, PLAIN_MAX = 18;
const NUMBER = /^[0-9a-f]{32}$/;

/**
 * What an order of ours is called at Kraken; undefined for a name that it cannot carry.
 *
 * @example
 * ```ts
 * import { krakenName, ourName } from "./client_ids.ts";
 * const name = "lstpmabcdefghij-12345_2", theirs = krakenName(name)!;
 * if (!/^[0-9a-f]{32}$/.test(theirs) || ourName(theirs) !== name) throw new Error(theirs);
 * if (krakenName("c1") !== "c1" || ourName("c1") !== "c1") throw new Error("unexpected");
 * ```
 */
export function krakenName(name: string): string | undefined {
  if (name.length <= PLAIN_MAX) return name;
  const rest = name.slice(PREFIX.length);
  if (readClientName(name) === undefined || rest.length > LENGTH_MAX) return undefined;
  let number = 0n;
  for (const letter of rest) number = number * BASE + BigInt(LETTERS.indexOf(letter) + 1);
  return number.toString(16).padStart(32, "0");
}

/** Our name of an order that Kraken calls so; what is none of ours stays as it is. */
export function ourName(theirs: string): string {
  const hex = theirs.replaceAll("-", "");
  if (!NUMBER.test(hex)) return theirs;
  let rest = "";
  for (let number = BigInt(`0x${hex}`); number > 0n; number /= BASE) {
    rest = (LETTERS[Number(number % BASE) - 1] ?? "?") + rest;
  }
  return readClientName(PREFIX + rest) === undefined ? theirs : PREFIX + rest;
}
