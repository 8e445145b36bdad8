import { assertEquals, assertThrows } from "@std/assert";
import {
  CANCELLED,
  EVENT_NAMES,
  FILL,
  FILLED,
  isAmendable,
  isCancellable,
  isFinal,
  nextState,
  PENDING_NEW,
  STATE_NAMES,
  SUSPENDED,
} from "./order_life.ts";

// A row for each state, a column for each event: "=" stays as it is, "beneath" goes back to the state before the request,
// "by fills" leads to New or PartiallyFilled, "-" is a bug.
const LIFE = `
                 | Acknowledged | Fill            | CancelDone | ReplaceDone | Reject   | Expire  | RequestRefused | CancelRequested | ReplaceRequested | Sized | Trigger   | Suspend   | Reinstate
PendingNew       | New          | PartiallyFilled | Cancelled  | -           | Rejected | Expired | -              | PendingCancel   | -                | New   | Triggered | Suspended | -
New              | =            | PartiallyFilled | Cancelled  | Replaced    | -        | Expired | =              | PendingCancel   | PendingReplace   | =     | Triggered | Suspended | =
PartiallyFilled  | =            | PartiallyFilled | Cancelled  | Replaced    | -        | Expired | =              | PendingCancel   | PendingReplace   | =     | =         | Suspended | =
PendingCancel    | =            | =               | Cancelled  | =           | Rejected | Expired | beneath        | -               | -                | =     | =         | =         | =
PendingReplace   | =            | =               | Cancelled  | beneath     | -        | Expired | beneath        | -               | -                | =     | =         | =         | =
Filled           | =            | =               | =          | -           | -        | =       | =              | -               | -                | -     | =         | =         | =
Cancelled        | =            | =               | =          | -           | -        | =       | =              | -               | -                | -     | =         | =         | =
Rejected         | -            | =               | -          | -           | =        | -       | =              | -               | -                | -     | -         | -         | -
Expired          | =            | =               | =          | -           | -        | =       | =              | -               | -                | -     | =         | =         | =
Replaced         | =            | PartiallyFilled | Cancelled  | Replaced    | -        | Expired | =              | PendingCancel   | PendingReplace   | =     | Triggered | Suspended | =
Suspended        | =            | =               | Cancelled  | =           | -        | Expired | =              | PendingCancel   | PendingReplace   | =     | =         | =         | by fills
Triggered        | =            | PartiallyFilled | Cancelled  | Replaced    | -        | Expired | =              | PendingCancel   | PendingReplace   | =     | =         | Suspended | =
`;

const [[, ...events], ...rows] = LIFE.trim().split("\n").map((line) => line.split("|").map((cell) => cell.trim()));

/** The name of the state after an event, "-" for a bug. */
function after(state: number, event: number, filled: number, size: number): string {
  try {
    return STATE_NAMES[nextState(state, event, filled, size, SUSPENDED)];
  } catch {
    return "-";
  }
}

Deno.test("nextState: every state and event is as the table says, with nothing filled and with some", () => {
  assertEquals(["", ...events], ["", ...EVENT_NAMES]);
  assertEquals(rows.map(([state]) => state), STATE_NAMES.slice(1));
  rows.forEach(([name, ...wanted], row) => {
    for (const [filled, byFills] of [[0, "New"], [3, "PartiallyFilled"]] as const) {
      const words: Readonly<Record<string, string>> = { "=": name, "beneath": "Suspended", "by fills": byFills };
      const found = events.map((_, event) => after(row + 1, event, filled, 10));
      assertEquals(found, wanted.map((next) => words[next] ?? next), name);
    }
  });
});

Deno.test("nextState: who has nothing left is filled, whatever is on its way; who has ended has ended", () => {
  rows.forEach(([name, ...wanted], row) => {
    if (wanted[FILL] === "-") return;
    const ends = isFinal(row + 1) ? name : "Filled";
    assertEquals([after(row + 1, FILL, 10, 10), after(row + 1, FILL, 12, 10)], [ends, ends]);
  });
});

Deno.test("nextState: an order of money, which has no size yet, is not filled by nothing", () => {
  assertEquals([after(1, 0, 0, 0), after(1, 7, 0, 0), after(1, 9, 0, 5)], ["New", "PendingCancel", "New"]);
});

Deno.test("nextState: a row that is not in the table names state and event", () => {
  assertThrows(
    () => nextState(FILLED, 3, 1, 2, 0),
    Error,
    "Bug: ReplaceDone in state Filled has no row",
  );
});

Deno.test("isFinal, isCancellable, isAmendable: no order that has ended can be asked for anything", () => {
  const those = (holds: (state: number) => boolean) => STATE_NAMES.filter((_, state) => state > 0 && holds(state));
  assertEquals(those(isFinal), ["Filled", "Cancelled", "Rejected", "Expired"]);
  assertEquals(those(isAmendable), ["New", "PartiallyFilled", "Replaced", "Suspended", "Triggered"]);
  assertEquals(those(isCancellable), ["PendingNew", ...those(isAmendable)]);
  assertEquals([isFinal(0), isCancellable(0), isFinal(CANCELLED), isCancellable(PENDING_NEW)], [
    false,
    false,
    true,
    true,
  ]);
});
