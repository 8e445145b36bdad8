import { assert, assertEquals } from "@std/assert";
import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { CHANNEL_NEEDS, channelNeed, commandNeed, serverNeed } from "./needs.ts";
import { allows } from "./scopes.ts";

const place = {
  session: "s1",
  only: "BTC",
  instrument: (name: string) => name.startsWith("BTC") ? "BTC" : undefined,
  symbolOf: (order: number) => order === 7 ? "ETH" : undefined,
};

Deno.test("channelNeed: every channel has its row, and instruments bound it where it has some", () => {
  assertEquals(Object.keys(CHANNEL_NEEDS).sort(), Object.keys(CHANNELS).sort());
  const one = { scopes: ["read:s1:BTC"] };
  for (const channel of Object.keys(CHANNELS) as Channel[]) {
    const instrument = CHANNELS[channel].scope === "instrument";
    assertEquals(allows(one, channelNeed(channel, "BTC", "s1")), instrument || ["clock", "progress"].includes(channel));
    assertEquals(allows(one, channelNeed(channel, "*", "s1")), ["clock", "progress"].includes(channel), channel);
    assert(!allows(one, channelNeed(channel, "BTC", "s2")), channel);
    assert(allows({ scopes: ["read:s1"] }, channelNeed(channel, "*", "s1")), channel);
  }
  assert(!allows(one, channelNeed("orders", "", "s1")), "an empty symbol is no instrument");
});

Deno.test("commandNeed: the instrument it names, its order's, the only one, or the whole session", () => {
  const symbol = (command: { kind: string; [field: string]: unknown }) => commandNeed(command, place).symbol;
  assertEquals(symbol({ kind: "submit", instrument: "BTC@venue" }), "BTC");
  assertEquals(symbol({ kind: "submit" }), "BTC");
  assertEquals(symbol({ kind: "submit", instrument: "ETH" }), "*", "unknown: the whole session");
  assertEquals(symbol({ kind: "submit", instrument: ["BTC"] }), "*", "no text: the whole session");
  assertEquals(symbol({ kind: "amend", order: 7 }), "ETH");
  assertEquals(symbol({ kind: "cancel", order: 8 }), "*");
  assertEquals(symbol({ kind: "cancel", order: "7" }), "*");
  assertEquals(symbol({ kind: "cancel_all" }), "*");
  assertEquals(symbol({ kind: "cancel_all", instrument: "BTC" }), "BTC");
});

Deno.test("commandNeed: an order of another instrument is not cancelled by naming one's own", () => {
  const need = commandNeed({ kind: "cancel", order: 7, instrument: "BTC" }, place);
  assert(!allows({ scopes: ["trade:s1:BTC"] }, need));
});

Deno.test("commandNeed: limits need admin, so do kinds nobody knows, and clock and kill control", () => {
  const action = (kind: string) => commandNeed({ kind }, place).action;
  for (const kind of ["set_limit", "restrict", "constructor", "__proto__", "toString", "", "new_kind"]) {
    assertEquals(action(kind), "admin", kind);
  }
  for (const kind of ["clock_seek", "kill", "pause", "strategy_start"]) assertEquals(action(kind), "control", kind);
});

Deno.test("serverNeed: what is of the server is not had by who is bound to a session", () => {
  assert(!allows({ scopes: ["control:s1"] }, serverNeed("session_create")));
  assert(!allows({ scopes: ["admin:s1"] }, serverNeed("metrics", "s1")));
  assert(allows({ scopes: ["admin"] }, serverNeed("metrics")));
  assert(allows({ scopes: ["read:s1:BTC"] }, serverNeed("session_list", "s1")));
  assert(!allows({ scopes: ["read:s1:BTC"] }, serverNeed("result_read", "s1")));
});
