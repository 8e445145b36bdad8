import { assertThrows } from "@std/assert";
import { BUY } from "../core/event.ts";
import { madeTape } from "./_made_tape.ts";
import { TapeCheck } from "./tape_check.ts";

Deno.test("TapeCheck: begins where a session goes on, and counts the rows that it passed over", () => {
  const rows = [5n, 6n, 7n, 9n, 8n].map((exchange) => ({ exchange, side: BUY, price: 1, size: 1 }));
  const tape = madeTape(rows, { batch: 1 }), check = new TapeCheck(tape);
  check.events(3, tape.batch(3));
  check.events(0, tape.batch(0)); // seen by who went before
  assertThrows(() => check.events(4, tape.batch(4)), RangeError, "row 5: its exchange time is before");
});
