import type { Sender } from "./check.ts";
import { beyondLimit, FRAME_LIMITS } from "./limits.ts";

const QUOTE = 34, COMMA = 44, COLON = 58, OPEN_LIST = 91, BACKSLASH = 92, CLOSE_LIST = 93, OPEN = 123, CLOSE = 125;

/**
 * Counts what a JSON text holds before it is parsed. Throws `ProtocolError` TOO_DEEP where that is beyond the sender's limits.
 *
 * Whether it is JSON at all is for the parser to say. Cost: one look at each character, no memory.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { scanJson } from "./scan_json.ts";
 * scanJson('[{"type":"bye","data":{}}]', "client");
 * assertThrows(() => scanJson("[".repeat(17), "client"), Error, "nesting is deeper than 16");
 * ```
 */
export function scanJson(text: string, sender: Sender): void {
  const { nesting, keys, elements } = FRAME_LIMITS[sender];
  let depth = 0, colons = 0, commas = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfText(text, i);
        break;
      case COMMA:
        if (++commas > elements) throw beyondLimit("elements", elements);
        break;
      case COLON:
        if (++colons > keys) throw beyondLimit("keys", keys);
        break;
      case OPEN:
      case OPEN_LIST:
        if (++depth > nesting) throw beyondLimit("nesting", nesting);
        break;
      case CLOSE:
      case CLOSE_LIST:
        depth--;
        break;
    }
  }
}

/** Where the text that begins at `start` has its closing quote; the end where it has none. */
function endOfText(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i++;
  }
  return text.length;
}
