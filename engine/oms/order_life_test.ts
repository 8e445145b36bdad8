import { assertEquals, assertThrows } from "@std/assert";
import { EVENT_NAMES, FILL, FIRST_FINAL, nextState, STATE_NAMES } from "./order_life.ts";

// A row for each state, a column for each event; "before" leads back to New or PartiallyFilled, "-" is a bug.
const LIFE = `
                 Acknowledged  Fill             CancelDone  ReplaceDone  Reject    Expire   RequestRefused  CancelRequested  ReplaceRequested  Sized
PendingNew       New           PartiallyFilled  Cancelled   -            Rejected  Expired  -               PendingCancel    -                 New
New              -             PartiallyFilled  Cancelled   -            -         Expired  -               PendingCancel    PendingReplace    New
PartiallyFilled  -             PartiallyFilled  Cancelled   -            -         Expired  -               PendingCancel    PendingReplace    PartiallyFilled
PendingCancel    PendingCancel PendingCancel    Cancelled   -            Rejected  Expired  before          -                -                 PendingCancel
PendingReplace   -             PendingReplace   Cancelled   before       -         Expired  before          -                -                 PendingReplace
Filled           -             -                -           -            -         -        Filled          -                -                 -
Cancelled        -             -                -           -            -         -        Cancelled       -                -                 -
Rejected         -             -                -           -            -         -        Rejected        -                -                 -
Expired          -             -                -           -            -         -        Expired         -                -                 -
`;

const [events, ...rows] = LIFE.trim().split("\n").map((line) => line.trim().split(/ +/));

/** The name of the state after an event, "-" for a bug. */
function after(state: number, event: number, filled: number, size: number): string {
  try {
    return STATE_NAMES[nextState(state, event, filled, size)];
  } catch {
    return "-";
  }
}

Deno.test("nextState: every state and event is as the table says, with nothing filled and with some", () => {
  assertEquals(events, [...EVENT_NAMES]);
  assertEquals(rows.map(([state]) => state), STATE_NAMES.slice(1));
  rows.forEach(([, ...wanted], row) => {
    for (const [filled, before] of [[0, "New"], [3, "PartiallyFilled"]] as const) {
      const found = events.map((_, event) => after(row + 1, event, filled, 10));
      assertEquals(found, wanted.map((name) => name === "before" ? before : name), STATE_NAMES[row + 1]);
    }
  });
});

Deno.test("nextState: who has nothing left is filled, whatever is on its way", () => {
  rows.forEach(([, ...wanted], row) => {
    if (row + 1 >= FIRST_FINAL || wanted[FILL] === "-") return;
    assertEquals(after(row + 1, FILL, 10, 10), "Filled");
    assertEquals(after(row + 1, FILL, 12, 10), "Filled");
  });
});

Deno.test("nextState: an order of money, which has no size yet, is not filled by nothing", () => {
  assertEquals([after(1, 0, 0, 0), after(1, 7, 0, 0), after(1, 9, 0, 5)], ["New", "PendingCancel", "New"]);
});

Deno.test("nextState: a row that is not in the table names state and event", () => {
  assertThrows(() => nextState(6, FILL, 1, 2), Error, "Bug: Fill in state Filled has no row");
});
