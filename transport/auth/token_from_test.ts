import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../protocol/errors.ts";
import { tokenFrom } from "./token_from.ts";

const from = (headers: Record<string, string>, url = "/ws") => tokenFrom(new Headers(headers), url);

Deno.test("tokenFrom: by header, by subprotocol, or not at all", () => {
  assertEquals(from({ authorization: "Bearer a.b.c" }), "a.b.c");
  assertEquals(from({ authorization: "bearer a.b.c" }), "a.b.c");
  assertEquals(from({ "sec-websocket-protocol": "lockstep.1.json,lockstep.token.a.b.c" }), "a.b.c");
  assertEquals(from({ "sec-websocket-protocol": "lockstep.token.a.b.c", authorization: "Bearer a.b.c" }), "a.b.c");
  assertEquals(from({ "sec-websocket-protocol": "lockstep.1.json" }), undefined);
  assertEquals(from({ cookie: "token=a.b.c" }), undefined);
});

Deno.test("tokenFrom: never from a URL, and the error does not repeat it", () => {
  for (
    const url of [
      "/ws?token=a.b.c",
      "/ws?x=1&ACCESS_TOKEN=a.b.c",
      "https://h/ws?jwt=a.b.c#x",
      "/ws?x=?&bearer=a.b.c",
      "/ws?%74oken=a.b.c",
    ]
  ) {
    const error = assertThrows(() => from({ authorization: "Bearer a.b.c" }, url), ProtocolError, "in the URL");
    assert(!error.message.includes("a.b.c"));
  }
  // What follows "#" is the page's own, and never sent.
  assertEquals(from({}, "/#token=a.b.c"), undefined);
});

Deno.test("tokenFrom: two that differ, and other schemes", () => {
  const both = { authorization: "Bearer a.b.c", "sec-websocket-protocol": "lockstep.token.d.e.f" };
  assertThrows(() => from(both), ProtocolError, "two that differ");
  const twice = { "sec-websocket-protocol": "lockstep.token.a, lockstep.token.b" };
  assertThrows(() => from(twice), ProtocolError, "two that differ");
  for (const authorization of ["Basic YTpi", "Bearer", "Bearer a b", "a.b.c", "Bearer a.b.c, Bearer d.e.f"]) {
    assertThrows(() => from({ authorization }), ProtocolError, "another form");
  }
});

Deno.test("tokenFrom: any text gives a token, none, or a coded error", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (authorization, protocols, url) => {
    const values: Record<string, string> = { authorization, "sec-websocket-protocol": protocols };
    try {
      tokenFrom({ get: (name) => values[name] ?? null }, url);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }));
});
