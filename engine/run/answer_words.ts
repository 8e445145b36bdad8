import { codeName } from "../core/codes.ts";
import { EVENT_NAMES, FILL, REPLACE_DONE, SIZED } from "../oms/order_life.ts";
import type { StoryEvent } from "./order_story.ts";

/** What a story calls an answer: "Fill", "Reject (HALTED)". */
export function answerWords(event: number, code: number): string {
  return `${EVENT_NAMES[event]}${code === 0 ? "" : ` (${codeName(code)})`}`;
}

/** What an answer says beside its name. */
export function amountOf(event: number, price: number, lots: number): Pick<StoryEvent, "price" | "size"> {
  return event === FILL || event === REPLACE_DONE ? { price, size: lots } : event === SIZED ? { size: lots } : {};
}
