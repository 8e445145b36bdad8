import { assertEquals, assertThrows } from "@std/assert";
import { checkExposure, exposedScopes } from "./exposure.ts";

Deno.test("checkExposure: no plain text with trade scope off loopback, unless told", () => {
  const plain = { host: "0.0.0.0", encrypted: false };
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "", "lab.example", "127.0.0.1.evil.example"]) {
    assertThrows(() => checkExposure({ ...plain, host }, [{}]), RangeError, "plain text");
  }
  for (const scopesMax of [["trade"], ["read", "trade:s1:BTC"], ["control"], ["admin"], ["read*"]]) {
    assertThrows(() => checkExposure(plain, [{ scopesMax: ["read"] }, { scopesMax }]), RangeError, "plain text");
  }
  checkExposure({ ...plain, host: "127.0.0.1" }, [{}]);
  checkExposure({ ...plain, host: "::1" }, [{}]);
  checkExposure({ ...plain, encrypted: true }, [{}]);
  checkExposure({ ...plain, plainTextTrade: true }, [{}]);
  checkExposure(plain, [{ scopesMax: ["read", "read:s1"] }]);
});

Deno.test("exposedScopes: by plain text off loopback one reads, whatever the token says", () => {
  const scopes = ["admin", "trade:s1:BTC"];
  assertEquals(exposedScopes(scopes, { address: "10.0.0.1", encrypted: false }), ["read", "read:s1:BTC"]);
  assertEquals(exposedScopes(scopes, { address: "", encrypted: false }), ["read", "read:s1:BTC"]);
  assertEquals(exposedScopes(scopes, { address: "::ffff:127.0.0.1", encrypted: false }), scopes);
  assertEquals(exposedScopes(scopes, { address: "10.0.0.1", encrypted: true }), scopes);
  assertEquals(exposedScopes(scopes, { address: "10.0.0.1", encrypted: false, plainTextTrade: true }), scopes);
});
