import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../protocol/errors.ts";
import { ConnectionLimits, type OpenConnection } from "./connection_limits.ts";

Deno.test("ConnectionLimits: in all, by address, by user, and of those unproven", () => {
  const all = new ConnectionLimits({ total: 2 });
  const first = all.enter("1.1.1.1", () => {});
  all.enter("1.1.1.2", () => {});
  assertThrows(() => all.enter("1.1.1.3", () => {}), ProtocolError, "the server has 2");
  first.close();
  first.close();
  all.enter("1.1.1.3", () => {});
  assertEquals(all.open, 2);

  const address = new ConnectionLimits({ address: 1 });
  address.enter("2001:db8::1", () => {});
  assertThrows(() => address.enter("2001:db8::2", () => {}), ProtocolError, "its address has 1");

  const user = new ConnectionLimits({ user: 1 });
  const [a, b] = [user.enter("1.1.1.1", () => {}), user.enter("2.2.2.2", () => {})];
  a.prove("ann");
  a.prove("ann");
  assertThrows(() => b.prove("ann"), ProtocolError, "its user has 1");
  a.close();
  b.prove("ann");

  const gone: string[] = [], unproven = new ConnectionLimits({ unproven: 2 });
  const come = (name: string) => unproven.enter("1.1.1.1", () => void gone.push(name));
  const [silent, second] = [come("first"), come("second")];
  second.prove("ann");
  come("third");
  come("fourth");
  assertEquals(gone, ["first"]);
  silent.close();
  come("fifth");
  assertEquals([gone, unproven.open], [["first", "third"], 4]);
});

Deno.test("ConnectionLimits: whatever opens, proves and closes, in the end nothing is counted", () => {
  const step = fc.tuple(fc.constantFrom("enter", "prove", "close"), fc.nat(5), fc.constantFrom("ann", "bob"));
  fc.assert(fc.property(fc.array(step), (steps) => {
    const limits = new ConnectionLimits({ total: 5, address: 3, user: 2, unproven: 3 });
    const open: OpenConnection[] = [];
    for (const [what, which, name] of steps) {
      try {
        if (what === "enter") open.push(limits.enter(`10.0.0.${which}`, () => {}));
        else if (what === "prove") open[which]?.prove(name);
        else open[which]?.close();
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
    for (const each of open) each.close();
    assertEquals(limits.open, 0);
    for (let i = 0; i < 3; i++) limits.enter(`10.0.0.${i}`, () => {});
  }));
});
