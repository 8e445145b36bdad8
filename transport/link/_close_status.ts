import { type ErrorName, ERRORS } from "../protocol/errors.ts";
import type { Ending } from "./_endpoint.ts";

/** A WebSocket's close frame has room for so many bytes of reason. */
const REASON_BYTES_MAX = 123;
/** The status of every close that has a code of ours: browsers let nobody send 5000 and more. */
const CODED = 4000;

/** What statuses of the WebSocket protocol itself mean here. */
const MEANINGS: Readonly<Record<number, ErrorName>> = {
  1001: "LINK_LOST",
  1002: "MALFORMED",
  1003: "MALFORMED",
  1006: "LINK_LOST",
  1007: "MALFORMED",
  1009: "TOO_LARGE",
  1012: "DRAINING",
  1013: "OVERLOADED",
};

/**
 * A code and reason as a WebSocket's close frame: status 1000 where all is well, else 4000 and a reason that begins with the
 * code, "1001 read faster". The reason is cut to what the frame holds.
 */
export function closeStatusOf(code: number, reason: string): [status: number, reason: string] {
  return code === 0
    ? [1000, cutText(reason, REASON_BYTES_MAX)]
    : [CODED, cutText(`${code} ${reason}`, REASON_BYTES_MAX)];
}

/** What a close frame said: 0 where all is well, our code where there is one, else what its status means. */
export function endingOf(status: number, reason: string): Ending {
  if (status === 1000 || status === 1005) return { code: 0, reason };
  const coded = status === CODED ? /^([1-9]\d{3})(?: |$)/.exec(reason) : null;
  if (coded) return { code: Number(coded[1]), reason: reason.slice(coded[0].length) };
  const name = MEANINGS[status] ?? "LINK_LOST";
  return { code: ERRORS[name][0], reason: reason || `closed with status ${status}` };
}

/** As much of a text as has room in so many bytes, whole characters only. */
export function cutText(text: string, bytesMax: number): string {
  const room = new Uint8Array(bytesMax);
  const { read } = new TextEncoder().encodeInto(text, room);
  return text.slice(0, read);
}
