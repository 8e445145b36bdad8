import { assertEquals, assertThrows } from "@std/assert";
import { turnCredentials } from "./turn_credentials.ts";

Deno.test("turnCredentials: as a TURN server computes them", async () => {
  const given = turnCredentials({ secret: "north", name: "ann", ttlSeconds: 60, now: 1_700_000_000_999 });
  assertEquals(given.username, "1700000060:ann");
  const hmac = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("north"), hmac, false, ["sign"]);
  const mark = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(given.username)));
  assertEquals(given.credential, btoa(String.fromCharCode(...mark)));
});

Deno.test("turnCredentials: a name with a colon, and no time, are refused", () => {
  const make = (more: object) => () => turnCredentials({ secret: "s", name: "ann", now: 0, ...more });
  assertThrows(make({ name: "a:b" }), RangeError, "leave out the colon");
  assertThrows(make({ ttlSeconds: 0 }), RangeError, "ttlSeconds is 0");
});
