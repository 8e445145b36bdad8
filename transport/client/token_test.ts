import { assertEquals, assertRejects } from "@std/assert";
import { expiryOf } from "./token.ts";
import { ScriptedServer } from "./_scripted_server.ts";

const jwt = (payload: unknown) => `h.${btoa(JSON.stringify(payload)).replaceAll("=", "")}.s`;

Deno.test("expiryOf: reads exp, and nothing of what is none", () => {
  assertEquals(expiryOf(jwt({ exp: 1_700_000_000 })), 1_700_000_000_000);
  for (const token of ["", "a", "a.b.c", "a.%.c", jwt({}), jwt({ exp: "soon" }), jwt(null), jwt({ exp: 1e999 })]) {
    assertEquals(expiryOf(token), undefined, token);
  }
});

Deno.test("TokenKeeper: another token before the old one runs out, over the link that is there", async () => {
  const server = new ScriptedServer(), { clock } = server;
  let made = 0;
  const lifeMs = 100_000;
  const token = () => (made++, jwt({ exp: (clock.now() + lifeMs) / 1000, n: made }));
  server.onOther = (message, link) => {
    if (message.type === "token") link.send({ type: "token", id: message.id, data: { expires: clock.now() + lifeMs } });
  };
  const client = await server.connected({ token });
  await clock.advance(79_000);
  assertEquals([made, server.link.of("token").length], [1, 0]);
  await clock.advance(2000);
  assertEquals([made, server.link.of("token").length], [2, 1]);
  await clock.advance(80_000);
  assertEquals([made, server.links.length, client.state], [3, 1, "connected"]);
  await client.refreshToken("given");
  assertEquals(server.link.of("token").at(-1)?.data.token, "given");
  await server.end();
  assertEquals(clock.waiting, 0);
});

Deno.test("TokenKeeper: a source that fails is tried again, and told of", async () => {
  const server = new ScriptedServer(), { clock } = server;
  let fails = true;
  const client = server.client({
    token: () => fails ? Promise.reject(new Error("no login")) : "t",
  });
  await clock.advance(100);
  assertEquals([client.state, client.error?.message], ["reconnecting", "Cannot get a token: no login"]);
  fails = false;
  await clock.advance(1000);
  assertEquals([client.state, server.link.of("hello")[0].data.token], ["connected", "t"]);
  await server.end();
});

Deno.test("TokenKeeper: without a source there is none to refresh", async () => {
  const server = new ScriptedServer();
  const client = await server.connected({ token: "fixed" });
  await assertRejects(() => client.refreshToken(), TypeError, "there is none");
  await server.end();
});
