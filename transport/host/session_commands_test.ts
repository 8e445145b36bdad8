import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../protocol/errors.ts";
import { carryOut, type CommandedSession, keyOf } from "./session_commands.ts";

const ann = { name: "ann", scopes: [] }, bob = { name: "bob", scopes: [] };

Deno.test("keyOf: each person's keys are their own, short and without blanks, whatever they are made of", () => {
  const keys = ["a", "a b", "/", "x".repeat(100), "\u{1f600}", "\ud800", "\ud801", '["\ud800"]', "\ufffd"];
  const all = [ann, bob].flatMap((person) => keys.map((key) => keyOf(person, key)));
  assertEquals(new Set(all).size, all.length);
  for (const each of all) assertEquals(/^\S{1,100}$/.test(each), true, each);
  assertEquals(keyOf(ann, "\ud800"), keyOf(ann, "\ud800"));
  assertNotEquals(keyOf({ name: "a/b", scopes: [] }, "c"), keyOf({ name: "a", scopes: [] }, "b/c"));
});

Deno.test("carryOut: nobody takes the id of another's key", () => {
  const session = { driver: { over: false }, kinds: new Set(["kill"]) } as unknown as CommandedSession;
  const command = { kind: "kill", id: keyOf(ann, "stop") };
  assertThrows(() => carryOut(session, bob, { command }), ProtocolError, "there is no field id");
  assertThrows(() => carryOut(session, bob, { command, key: "mine" }), ProtocolError, "there is no field id");
});
