import { assertEquals } from "@std/assert";
import { BUY } from "./event.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { rig } from "./_rig.ts";
import type { Service } from "./services.ts";

Deno.test("Services: who hears first hangs on what they are, not on which was made first", () => {
  const heard = (names: readonly string[]) => {
    const said: string[] = [];
    const tape = madeTape([{ exchange: 10n, side: BUY, price: 99 }, { exchange: 20n, side: BUY, price: 98 }]);
    const session = rig({ tapes: { A: tape } });
    for (const name of names) {
      const service: Service = { name, fill: () => void said.push(name) };
      session.services.add(service);
    }
    session.services.fill(0, 99, 1, 0);
    return said;
  };
  const order = ["guards", "links", "parents", "router", "own"];
  assertEquals(heard(order), order);
  assertEquals(heard(["router", "own", "parents", "guards", "links"]), order);
});

Deno.test("Services: one that comes while the others are told hears from the next time on", () => {
  const said: string[] = [];
  const session = rig({ tapes: { A: madeTape([{ exchange: 10n, side: BUY, price: 99 }]) } });
  const late: Service = { name: "guards", fill: () => void said.push("late") };
  let added = false;
  session.services.add({
    name: "own",
    fill: () => {
      said.push("own");
      if (!added) session.services.add(late);
      added = true;
    },
  });
  session.services.fill(0, 99, 1, 0);
  session.services.fill(0, 99, 1, 0);
  assertEquals(said, ["own", "late", "own"]);
});
