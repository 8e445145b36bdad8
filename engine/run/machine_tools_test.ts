import { assertEquals } from "@std/assert";
import type { LiveEvent } from "../live/live_event.ts";
import { machineTools } from "./machine_tools.ts";

Deno.test("machineTools: what is told is one line of bounded length, without what commands a terminal", () => {
  const told: LiveEvent[] = [], { tell } = machineTools((event) => told.push(event));
  tell({
    name: "RECONNECTING",
    venue: "kraken",
    message: "ended (4000 \x1b]0;mine\x07\x1b[2J\x9b31m\nbye\u202e)",
    symbol: "A\x1b/B",
  });
  tell({ name: "REQUEST_REFUSED", venue: "kraken", message: "y".repeat(3_000_000) });
  assertEquals([told[0].message, told[0].symbol], ["ended (4000 ]0;mine [2J 31m bye )", "A /B"]);
  assertEquals([told[1].message.length, "symbol" in told[1]], [1001, false]);
});
