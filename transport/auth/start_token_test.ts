import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../protocol/errors.ts";
import { NOW } from "./_signer.ts";
import { makeAccess, startUrl } from "./start_token.ts";

const none = { audience: "lockstep", issuers: [], now: () => NOW };
const loopback = { host: "127.0.0.1", encrypted: false };

Deno.test("makeAccess: with no token configured, loopback only, by a token of this start", async () => {
  const { tokens, token } = await makeAccess(none, loopback);
  const who = await tokens.verify(token!);
  assertEquals([who.name, who.scopes], ["start", ["admin"]]);
  const fragment = new URL(startUrl("http://localhost:8787/", token));
  assertEquals([fragment.search, fragment.pathname], ["", "/"], "nothing of it is sent to the server");
});

Deno.test("makeAccess: the token of another start is worth nothing", async () => {
  const first = await makeAccess(none, loopback), second = await makeAccess(none, loopback);
  assert(first.token !== second.token);
  await assertRejects(() => second.tokens.verify(first.token!), ProtocolError, "signature is wrong");
});

Deno.test("makeAccess: off loopback no token means no server, by TLS too", async () => {
  for (const encrypted of [true, false]) {
    for (const host of ["0.0.0.0", "::", "10.0.0.1", ""]) {
      await assertRejects(() => makeAccess(none, { host, encrypted }), RangeError, "Cannot serve on");
      await assertRejects(
        () => makeAccess(none, { host, encrypted, plainTextTrade: true }),
        RangeError,
        "no token is configured",
      );
    }
  }
});

Deno.test("makeAccess: configured issuers, and no token of its own", async () => {
  const issuers = [{ issuer: "desk", keyId: "1", secret: new Uint8Array(32).fill(1) }];
  const { token, tokens } = await makeAccess({ ...none, issuers }, { host: "0.0.0.0", encrypted: true });
  assertEquals(token, undefined);
  assertEquals(
    (await tokens.verify(await tokens.mint({ name: "ann", scopes: ["read"], lifeMs: 1000 }))).issuer,
    "desk",
  );
  await assertRejects(
    () => makeAccess({ ...none, issuers }, { host: "0.0.0.0", encrypted: false }),
    RangeError,
    "plain text",
  );
});
