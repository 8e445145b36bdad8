/**
 * How sessions are written that `SessionLines` reads: what a recorder puts down.
 *
 * @module
 */

/** A message of the exchange that arrived at wall time `at` (ns), as a line without its break. */
export function receivedLine(text: string, at: bigint): string {
  return `${seconds(at)}: ${text}`;
}

/**
 * A new connection to `url`: what was known of the one before it is stale.
 *
 * @example
 * ```ts
 * import { connectLine, receivedLine } from "./session_text.ts";
 * const lines = [connectLine("wss://x", 1_500_000_000n), receivedLine("{}", 2_000_000_001n)];
 * if (lines.join() !== "wss://x <-> 1.500000000,2.000000001: {}") throw new Error("unexpected");
 * ```
 */
export function connectLine(url: string, at: bigint): string {
  return `${url} <-> ${seconds(at)}`;
}

function seconds(ns: bigint): string {
  return `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, "0")}`;
}
