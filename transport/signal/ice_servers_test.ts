import { assertEquals, assertThrows } from "@std/assert";
import { iceServersFor } from "./ice_servers.ts";
import { turnCredentials } from "./turn_credentials.ts";

const now = () => 1_700_000_000_000;

Deno.test("iceServersFor: STUN as it is, TURN with credentials of the time and the name", () => {
  const stun = ["stun:stun.example:3478"], turn = ["turn:10.0.0.7", "turns:turn.example:443?transport=tcp"];
  const serversOf = iceServersFor({ stun, turn, secret: "north", ttlSeconds: 60, now, relayOnly: true });
  const credentials = turnCredentials({ secret: "north", name: "desk%3Aann", ttlSeconds: 60, now: now() });
  assertEquals(serversOf("desk:ann"), [{ urls: stun[0] }, ...turn.map((urls) => ({ urls, ...credentials }))]);
  assertEquals(serversOf("é".repeat(500))[1].username?.length, "1700000060:".length + 200);
  assertEquals(iceServersFor({ now })("ann"), []);
});

Deno.test("iceServersFor: what is no URL of its kind is named, and so is what is missing", () => {
  const bad = [
    "stun.example",
    "http://stun.example",
    "stun:",
    "stun://stun.example",
    "stun:stun.example:0",
    "stun:stun.example:65536",
    "stun:ann:word@stun.example",
    "stun:[::1]:3478",
    "stun:a b",
    "turn:turn.example",
    "stun:stun.example?transport=udp",
  ];
  for (const url of bad) assertThrows(() => iceServersFor({ stun: [url], now }), RangeError, url);
  for (const url of ["stun:stun.example", "turn:turn.example?transport=sctp", "turn:a@b", "turn:[::1]", "turn:-"]) {
    assertThrows(() => iceServersFor({ turn: [url], secret: "s", now }), RangeError, url);
  }
  assertThrows(() => iceServersFor({ turn: ["turn:turn.example"], now }), RangeError, "the secret");
  const alone = [{}, { stun: ["stun:stun.example"] }, { turn: ["turns:a", "turn:a?transport=tcp"], secret: "s" }];
  for (const options of alone) {
    assertThrows(() => iceServersFor({ ...options, relayOnly: true, now }), RangeError, "no TURN server by UDP");
  }
});
