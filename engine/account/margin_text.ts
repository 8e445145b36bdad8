import { closest } from "../core/closest.ts";
import type { MarginSpec } from "./margin.ts";

const MODES = ["none", "cross", "isolated"];
const RATES = ["initial", "maintenance"];
const EXAMPLE = "as in cross:initial=0.1,maintenance=0.05";

/**
 * Reads margin as command lines and settings state it: "none", "cross:initial=0.1,maintenance=0.05" or "isolated:…".
 *
 * Throws RangeError that names what is wrong, and the nearest right name; rates themselves are judged by the model.
 *
 * @example
 * ```ts
 * import { parseMargin } from "./margin_text.ts";
 * const spec = parseMargin("cross:initial=0.1,maintenance=0.05");
 * if (spec === "none" || spec.mode !== "cross" || spec.initial !== "0.1") throw new Error("unexpected");
 * ```
 */
export function parseMargin(text: string): MarginSpec | "none" {
  const colon = text.indexOf(":");
  const mode = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (mode !== "none" && mode !== "cross" && mode !== "isolated") {
    throw new RangeError(`Cannot set margin ${text}: there is no mode ${mode || '""'}; ${closest(mode, MODES)}`);
  }
  if (mode === "none") {
    if (colon < 0) return "none";
    throw new RangeError(`Cannot set margin ${text}: none has no rates; write none alone, or cross or isolated`);
  }
  const rates = new Map<string, string>();
  for (const part of colon < 0 ? [] : text.slice(colon + 1).split(",")) {
    const [name, value = "", more] = part.split("=").map((piece) => piece.trim());
    if (!RATES.includes(name)) {
      throw new RangeError(`Cannot set margin ${text}: there is no rate ${name || '""'}; ${closest(name, RATES)}`);
    }
    if (rates.has(name) || value === "" || more !== undefined) {
      throw new RangeError(`Cannot set margin ${text}: ${name} must be given once, ${EXAMPLE}`);
    }
    rates.set(name, value);
  }
  const [initial, maintenance] = RATES.map((name) => {
    const value = rates.get(name);
    if (value === undefined) throw new RangeError(`Cannot set margin ${text}: ${name} is missing; give it, ${EXAMPLE}`);
    return value;
  });
  return { mode, initial, maintenance };
}
