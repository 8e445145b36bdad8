import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ACTIONS, allowedSymbols, allows, narrowed, type Need, parseScope, scopeText } from "./scopes.ts";

function may(scopes: readonly string[], need: Need): boolean {
  return allows({ scopes }, need);
}

Deno.test("allows: who has a scope, for which sessions and instruments", () => {
  const trade: Need = { action: "trade", session: "s1", symbol: "BTCUSDT" };
  const table: readonly (readonly [scope: string, allowed: boolean])[] = [
    ["trade", true],
    ["trade:*", true],
    ["trade:s1", true],
    ["trade:s1:*", true],
    ["trade:s1:BTCUSDT", true],
    ["trade:*:BTCUSDT", true],
    ["admin", true],
    ["admin:s1:BTCUSDT", true],
    ["read", false],
    ["control", false],
    ["trade:s2", false],
    ["trade:s1:ETHUSDT", false],
    ["TRADE", false],
    ["trade:S1", false],
    ["trade:s1:btcusdt", false],
  ];
  for (const [scope, allowed] of table) assertEquals(may([scope], trade), allowed, scope);
});

Deno.test("allows: trade and control include reading, and neither the other", () => {
  for (const action of ["trade", "control", "admin"]) assert(may([action], { action: "read", session: "s1" }), action);
  assert(!may(["trade"], { action: "control", session: "s1" }));
  assert(!may(["control"], { action: "trade", session: "s1" }));
  for (const action of ["read", "trade", "control"]) assert(!may([action], { action: "admin", session: "*" }), action);
});

Deno.test("allows: a wildcard asked for is no wildcard had", () => {
  // Escalation by asking for all with a scope for one.
  assert(!may(["read:s1:BTCUSDT"], { action: "read", session: "s1", symbol: "*" }));
  assert(!may(["read:s1:BTCUSDT"], { action: "read", session: "s1" }));
  assert(!may(["admin:s1"], { action: "admin", session: "*" }));
  assert(may(["read:s1:BTCUSDT"], { action: "read", session: "s1", anySymbol: true }));
  assert(!may(["read:s1:BTCUSDT"], { action: "read", session: "s2", anySymbol: true }));
});

Deno.test("allows: what only looks like a scope allows nothing", () => {
  const need: Need = { action: "read", session: "s1", symbol: "BTC" };
  const wild = [
    "**",
    "*",
    "*:s1",
    "read:",
    "read:s*",
    "read:s1:",
    "read:s1:B*",
    "read:s1:**",
    "read :s1",
    " read",
    "rea",
  ];
  for (const scope of [...wild, "", ":", "read:s1:BTC USD", "read:s1\n", "read:ѕ1", "__proto__", "read:s1:BTC:*"]) {
    assert(!may([scope], need), JSON.stringify(scope));
  }
});

Deno.test("parseScope: symbols hold colons, and a text comes back as it was", () => {
  assertEquals(parseScope("trade:*:BTC/USDT:USDT"), { action: "trade", session: "*", symbol: "BTC/USDT:USDT" });
  for (const text of ["read", "trade:s1", "trade:*:BTC/USDT:USDT", "admin:s1:X"]) {
    assertEquals(scopeText(parseScope(text)!), text);
  }
});

Deno.test("allowedSymbols: those of all that one may have", () => {
  const who = { scopes: ["read:s1:A", "trade:*:B", "read:s2"] };
  assertEquals(allowedSymbols(who, { action: "read", session: "s1" }, ["A", "B", "C", "*"]), ["A", "B"]);
  assertEquals(allowedSymbols(who, { action: "read", session: "s2" }, ["A", "B", "C"]), ["A", "B", "C"]);
});

const name = fc.constantFrom("*", "s1", "s2", "A:B");
const scope = fc.record({
  action: fc.constantFrom(...ACTIONS),
  session: fc.constantFrom("*", "s1", "s2"),
  symbol: name,
});
const need = fc.record({
  action: fc.constantFrom(...ACTIONS),
  session: fc.constantFrom("*", "s1", "s2"),
  symbol: name,
});

Deno.test("narrowed: allows just what both allow, whatever the scopes", () => {
  fc.assert(fc.property(scope, scope, need, (a, b, needed) => {
    const one = [scopeText(a)], other = [scopeText(b)];
    assertEquals(may(narrowed(one, other), needed), may(one, needed) && may(other, needed));
  }));
  assertEquals(narrowed(["admin", "openid", "trade:**"], ["read:s1"]), ["read:s1"]);
  assertEquals(narrowed(["trade", "trade"], ["control", "admin:s2"]), ["read", "trade:s2"]);
  assertEquals(narrowed(["admin"], []), []);
});

Deno.test("allows: no text that is not a scope allows anything", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), need, (text, needed) => {
    if (parseScope(text) === undefined) assert(!may([text], needed));
    else assert(ACTIONS.some((action) => text.startsWith(action)));
  }));
});
