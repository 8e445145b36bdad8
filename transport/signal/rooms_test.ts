import { assertEquals } from "@std/assert";
import { maySee, parseRoom } from "./rooms.ts";

const CASES: readonly (readonly [scopes: string, room: string, may: boolean])[] = [
  ["read", "session:a", true],
  ["read", "instrument:BTCUSDT", true],
  ["read", "strategy:grid", true],
  ["read", "class:data", true],
  ["admin", "class:data", true],
  ["read:a", "session:a", true],
  ["trade:a", "session:a", true],
  ["read:a:BTCUSDT", "session:a", true],
  ["read:a", "session:b", false],
  ["read:a", "strategy:grid", false],
  ["read:a", "class:data", false],
  ["read:a", "instrument:BTCUSDT", false],
  ["read:*:BTCUSDT", "instrument:BTCUSDT", true],
  ["read:*:BTCUSDT", "instrument:ETHUSDT", false],
  ["read:*:BTCUSDT", "class:data", false],
  ["", "session:a", false],
  ["write", "session:a", false],
  ["read", "session:", false],
  ["read", "planet:mars", false],
  ["read", "session", false],
  ["read", "session:a b", false],
];

Deno.test("maySee: who has the scope", () => {
  for (const [scope, room, may] of CASES) assertEquals(maySee({ scopes: [scope] }, room), may, `${scope} sees ${room}`);
  assertEquals(maySee({ scopes: [] }, "session:a"), false);
});

Deno.test("parseRoom: a kind and a name", () => {
  assertEquals(parseRoom("session:a:b"), { kind: "session", name: "a:b" });
  for (const text of ["", ":", "session", ":a", "Session:a", "constructor:a", `class:${"x".repeat(201)}`]) {
    assertEquals(parseRoom(text), undefined, text);
  }
});
