import { assert, assertEquals, assertThrows } from "@std/assert";
import { pageHeaders } from "./page_headers.ts";

Deno.test("pageHeaders: no eval, no inline, no frames, no HTML from texts", () => {
  const headers = pageHeaders(["wss://desk.example:8443"]), policy = headers["content-security-policy"];
  for (const never of ["unsafe-inline", "unsafe-eval", "*", "blob:", "http:"]) assert(!policy.includes(never), never);
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", "connect-src 'self' wss://desk.example:8443"]) {
    assert(policy.includes(part), part);
  }
  assertEquals([headers["x-content-type-options"], headers["referrer-policy"]], ["nosniff", "no-referrer"]);
});

Deno.test("pageHeaders: nothing slips into the policy", () => {
  for (
    const origin of [
      "*",
      "wss://*",
      "wss://a; script-src *",
      "https://a\nx: y",
      "javascript:1",
      "wss://a 'unsafe-eval'",
    ]
  ) {
    assertThrows(() => pageHeaders([origin]), RangeError, "no origin");
  }
});
