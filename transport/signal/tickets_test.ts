import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Tickets } from "./tickets.ts";

const secret = new Uint8Array(32).fill(3);
const tickets = new Tickets({ secret, now: () => 1000 });

Deno.test("Tickets: say what they were made for, and go into a URL as they are", () => {
  const text = tickets.make({ peer: "desk 1", rooms: ["session:ü"], name: "ann" });
  assertEquals(encodeURIComponent(text), text);
  const ticket = tickets.verify(text);
  assertEquals({ ...ticket, serial: "" }, {
    peer: "desk 1",
    rooms: ["session:ü"],
    name: "ann",
    serial: "",
    expires: 61_000,
  });
});

Deno.test("Tickets: two for one peer are told apart", () => {
  const serials = Array.from({ length: 100 }, () => tickets.verify(tickets.make({ peer: "a" }))?.serial);
  assertEquals(new Set(serials).size, 100);
});

Deno.test("Tickets: any change, and any other secret, makes them worthless", () => {
  const text = tickets.make({ peer: "a" });
  for (let i = 0; i < text.length; i++) {
    for (const letter of ["A", "B", "_"]) {
      const changed = text.slice(0, i) + letter + text.slice(i + 1);
      // The last letter of base64 has bits that stand for nothing: those may differ, and nothing else.
      if (changed !== text && i !== text.length - 1) assertEquals(tickets.verify(changed), undefined);
    }
  }
  const other = new Tickets({ secret: new Uint8Array(32).fill(4), now: () => 1000 });
  assertEquals(other.verify(text), undefined);
});

Deno.test("Tickets: texts that are none", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.base64String().map((text) => `${text}.${text}`),
    fc.constant(`e30.${"A".repeat(43)}`),
  );
  fc.assert(fc.property(texts, (text) => assertEquals(tickets.verify(text), undefined)), { seed: 3 });
});

Deno.test("Tickets: a short secret and too many rooms are refused", () => {
  assertThrows(() => new Tickets({ secret: new Uint8Array(31), now: () => 0 }), RangeError, "the secret has 31 B");
  const rooms = Array.from({ length: 100 }, (_, i) => `session:${"x".repeat(20)}${i}`);
  assertThrows(() => tickets.make({ peer: "a", rooms }), RangeError, "name fewer rooms");
  assert(tickets.make({ peer: "a", rooms: rooms.slice(0, 20) }).length < 2048);
});
