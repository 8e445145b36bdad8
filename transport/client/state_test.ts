import { assertEquals, assertThrows } from "@std/assert";
import { type ClientState, type StateEvent, StateMachine } from "./state.ts";

const PATHS: readonly (readonly [events: string, state: ClientState])[] = [
  ["", "disconnected"],
  ["open", "connecting"],
  ["open welcome", "connected"],
  ["open lost", "reconnecting"],
  ["open lost lost welcome", "connected"],
  ["open welcome lost", "reconnecting"],
  ["open welcome lost open welcome", "connected"],
  ["open refused", "error"],
  ["open welcome refused", "error"],
  ["open lost refused", "error"],
  ["open refused open", "connecting"],
  ["open welcome close", "disconnected"],
  ["open lost close", "disconnected"],
  ["open refused close", "disconnected"],
  ["close", "disconnected"],
];

const NONE: readonly string[] = [
  "welcome",
  "lost",
  "refused",
  "open open",
  "open welcome welcome",
  "open welcome open",
];

Deno.test("StateMachine: every path of the table leads where it says, and tells changes alone", () => {
  for (const [events, state] of PATHS) {
    const changes: string[] = [];
    const machine = new StateMachine((to, from) => changes.push(`${from} ${to}`));
    for (const event of events.split(" ").filter(Boolean)) machine.on(event as StateEvent);
    assertEquals(machine.state, state, events);
    assertEquals(changes.some((change) => change.split(" ")[0] === change.split(" ")[1]), false);
  }
});

Deno.test("StateMachine: what is not in the table throws", () => {
  for (const events of NONE) {
    const machine = new StateMachine();
    const list = events.split(" ") as StateEvent[];
    for (const event of list.slice(0, -1)) machine.on(event);
    assertThrows(() => machine.on(list.at(-1)!), Error, "has no row in the table");
  }
});
