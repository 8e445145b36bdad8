import { EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { FLUSH_PROFILES, type FlushLimits } from "../hub/mod.ts";

const FIELDS = ["messages", "bytes", "ms", "msMax"] as const satisfies readonly (keyof FlushLimits)[];

/**
 * When a hub writes, as `--flush` says it: the name of a profile, or bounds of one's own in the place of those of `fast`,
 * "ms=20,msMax=200,messages=256".
 *
 * Throws Failure for what is neither.
 *
 * @example
 * ```ts
 * import { flushOf } from "./flush_flag.ts";
 * if (flushOf("dashboard").ms !== 100 || flushOf("ms=20,msMax=200").messages !== 64) throw new Error("unexpected");
 * ```
 */
export function flushOf(text: string): FlushLimits {
  if (Object.hasOwn(FLUSH_PROFILES, text)) return FLUSH_PROFILES[text as keyof typeof FLUSH_PROFILES];
  const limits = { ...FLUSH_PROFILES.fast };
  for (const part of text.split(",")) {
    const [, name, digits] = /^(\w+)=(\d{1,9})$/.exec(part.trim()) ?? [], field = FIELDS.find((each) => each === name);
    if (field === undefined) throw refused(text, `${part} is no bound`);
    limits[field] = Number(digits);
    if (limits[field] === 0 && field !== "ms") throw refused(text, `${field} is above 0`);
  }
  if (limits.msMax < limits.ms) throw refused(text, `msMax is ${limits.msMax}, less than ms`);
  return limits;
}

function refused(text: string, why: string): Failure {
  const names = Object.keys(FLUSH_PROFILES).join(" or ");
  return new Failure(
    EXIT.USAGE,
    `Cannot flush by ${text}: ${why}; it is ${names}, or bounds of your own: ${FIELDS.join("=, ")}=`,
  );
}
