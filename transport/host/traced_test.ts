import { assertEquals } from "@std/assert";
import { ACCOUNT_AFTER_FILL, fillTag, ORDER_STATE } from "../../engine/core/recorder.ts";
import { FILLED, NEW, PENDING_CANCEL, PENDING_NEW } from "../../engine/oms/order_life.ts";
import { venueHeard } from "./traced.ts";

Deno.test("venueHeard: an answer and a fill are the venue's word, what we ask for is not", () => {
  const heard: number[] = [];
  const recorder = venueHeard({ venue: (_session, order) => void heard.push(order) }, "one");
  const put = (tag: number, order: number, x: number) => recorder.output!(tag, 0, 0, order, x, 0, 0);
  put(ORDER_STATE, 1, PENDING_NEW);
  put(ORDER_STATE, 2, NEW);
  put(ORDER_STATE, 3, PENDING_CANCEL);
  put(fillTag(FILLED, 5), 4, 100);
  put(ACCOUNT_AFTER_FILL, 5, 7);
  assertEquals(heard, [2, 4]);
});
