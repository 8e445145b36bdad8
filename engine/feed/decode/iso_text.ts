import { SourceError } from "../decoder.ts";
import type { Moment } from "./digits.ts";
import { parseIsoTime } from "./time.ts";

const encoder = new TextEncoder();
const bytes = new Uint8Array(48);

/**
 * Reads a message's time as ISO 8601 text, "2023-02-09T20:32:50.714964855Z", into `moment`, exactly.
 *
 * Throws SourceError that names the field, the value and the line.
 *
 * @example
 * ```ts
 * import { isoTimeAt } from "./iso_text.ts";
 * const at = { sec: 0, ns: 0 };
 * isoTimeAt("1970-01-01T00:00:01.000000002Z", "timestamp", 1, at);
 * if (at.sec !== 1 || at.ns !== 2) throw new Error("unexpected");
 * ```
 */
export function isoTimeAt(value: unknown, name: string, line: number, moment: Moment): void {
  if (typeof value === "string" && value.length <= bytes.length) {
    const { read, written } = encoder.encodeInto(value, bytes);
    const time = read === value.length ? parseIsoTime(bytes, 0, written) : undefined;
    if (time) {
      moment.sec = time.sec;
      moment.ns = time.ns;
      return;
    }
  }
  const told = value === undefined ? "is missing" : `is ${JSON.stringify(value)?.slice(0, 60)}`;
  throw new SourceError(`${name} ${told}`, line, "a time is 2023-02-09T20:32:50.714964855Z");
}
