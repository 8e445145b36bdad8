import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type ErrorName, ProtocolError } from "../protocol/errors.ts";
import { NOW, signed } from "./_signer.ts";
import type { AuditEvent } from "./audit.ts";
import { Door, type DoorOptions } from "./door.ts";
import { channelNeed, commandNeed, serverNeed } from "./needs.ts";
import { Origins } from "./origins.ts";
import type { Principal } from "./principal.ts";
import { RateLimits } from "./rate_limit.ts";
import { Tokens } from "./tokens.ts";

const SECRET = new Uint8Array(32).fill(7);
const tokens = new Tokens({
  audience: "lockstep",
  issuers: [{ issuer: "start", keyId: "k1", secret: SECRET }],
  now: () => NOW,
});
const mint = (name: string, ...scopes: string[]) => tokens.mint({ name, scopes, lifeMs: 60_000 });

function rig(over: Partial<DoorOptions> = {}) {
  const clock = { now: NOW }, audited: AuditEvent[] = [];
  const door = new Door({
    tokens,
    origins: new Origins({ port: 8787 }),
    rates: new RateLimits({ now: () => clock.now }),
    now: () => clock.now,
    encrypted: false,
    audit: { record: (event) => audited.push(event) > 0 },
    ...over,
  });
  const request = (values: Record<string, string>, address = "127.0.0.1", url = "/ws") =>
    door.request({ headers: new Headers({ host: "localhost:8787", ...values }), url, address });
  return { clock, audited, door, request };
}

async function refused(attempt: () => unknown, name: ErrorName): Promise<ProtocolError> {
  const error = await assertRejects(async () => await attempt(), ProtocolError);
  assertEquals(error.data.name, name);
  return error;
}

Deno.test("Door.request: by header, by subprotocol, or nobody yet", async () => {
  const { audited, request } = rig();
  const token = await mint("ann", "read");
  assertEquals((await request({ authorization: `Bearer ${token}` }))?.name, "ann");
  assertEquals((await request({ "sec-websocket-protocol": `lockstep.1.json, lockstep.token.${token}` }))?.name, "ann");
  assertEquals(await request({}), undefined);
  assertEquals(audited.map(({ action, outcome }) => `${action} ${outcome}`), ["login done", "login done"]);
});

Deno.test("Door.request: another page, another host, and a token in the URL, whoever holds a good token", async () => {
  const { audited, request } = rig();
  const authorization = `Bearer ${await mint("ann", "admin")}`;
  await refused(() => request({ authorization, origin: "http://evil.example" }), "ORIGIN_REFUSED");
  await refused(() => request({ authorization, origin: "null" }), "ORIGIN_REFUSED");
  await refused(() => request({ authorization, host: "evil.example:8787" }), "ORIGIN_REFUSED");
  await refused(() => request({ authorization }, "127.0.0.1", "/ws?token=abc"), "TOKEN_INVALID");
  assertEquals(audited.map(({ action, code }) => [action, code]), [
    ["origin", 2501],
    ["origin", 2501],
    ["origin", 2501],
    ["login", 2001],
  ]);
});

Deno.test("Door: who guesses tokens is told to wait, and shuts nobody out who has a good one", async () => {
  const { clock, request } = rig();
  const good = `Bearer ${await mint("ann", "read")}`;
  const guess = () => request({ authorization: "Bearer a.b.c" }, "10.0.0.1");
  for (let i = 0; i < 10; i++) await refused(guess, "TOKEN_INVALID");
  const error = await refused(guess, "RATE_EXCEEDED");
  assertEquals(error.data.retryMs, 5000);
  await refused(() => request({}, "10.0.0.1", "/?token=x"), "RATE_EXCEEDED");
  assertEquals((await request({ authorization: good }, "10.0.0.1"))?.name, "ann");
  assertEquals((await request({ authorization: good }, "10.0.0.2"))?.name, "ann");
  clock.now += 5000;
  await refused(guess, "TOKEN_INVALID");
});

Deno.test("Door: a stranger's page that asks without end is refused each time, and fills no log", async () => {
  const { audited, request } = rig();
  for (let i = 0; i < 100; i++) await refused(() => request({ origin: "https://evil.example" }), "ORIGIN_REFUSED");
  assertEquals(audited.length, 10);
  assert(await request({ authorization: `Bearer ${await mint("ann", "read")}` }));
});

Deno.test("Door: many good tokens and expired ones of one address shut nobody out", async () => {
  const { request } = rig();
  const claims = { iss: "start", iat: NOW / 1000 - 600, exp: NOW / 1000 - 300 };
  const expired = `Bearer ${await signed(SECRET, { alg: "HS256", kid: "k1" }, claims)}`;
  for (let i = 0; i < 30; i++) await refused(() => request({ authorization: expired }), "TOKEN_EXPIRED");
  const good = `Bearer ${await mint("ann", "read")}`;
  for (let i = 0; i < 30; i++) assert(await request({ authorization: good }));
});

Deno.test("Door: a flood of requests of one address waits", async () => {
  const { request } = rig();
  for (let i = 0; i < 500; i++) await request({}, "10.0.0.1");
  const error = await refused(() => request({}, "10.0.0.1"), "RATE_EXCEEDED");
  assertEquals(error.data.retryMs, 20);
});

Deno.test("Door.token: in plain text off loopback nobody trades", async () => {
  const token = await mint("ann", "trade:s1", "admin");
  const { door } = rig(), ann = await door.token(token, "10.0.0.1"), bob = await mint("bob", "read");
  assertEquals(ann.scopes, ["read:s1", "read"]);
  const control = serverNeed("session_create"), ask = (who: Principal) => () => door.permit(who, control);
  assertThrows(ask(ann), ProtocolError, "scope control, as what comes in plain text may only read; use TLS");
  const { message } = assertThrows(ask(await door.token(bob, "10.0.0.1")), ProtocolError, "scope control");
  assert(message.endsWith("scope control"));
  assertEquals((await rig().door.token(token, "127.0.0.1")).scopes, ["trade:s1", "admin"]);
  assertEquals((await rig({ encrypted: true }).door.token(token, "10.0.0.1")).scopes, ["trade:s1", "admin"]);
});

Deno.test("Door.refresh: the same person's token, and nobody else's", async () => {
  const { door } = rig();
  const before = await door.token(await mint("ann", "read"), "127.0.0.1");
  assertEquals((await door.refresh(before, await mint("ann", "trade"), "127.0.0.1")).scopes, ["trade"]);
  const others = await mint("bob", "admin");
  await refused(() => door.refresh(before, others, "127.0.0.1"), "TOKEN_INVALID");
});

Deno.test("Door.permit: the scope that is missing is named; a token that ran out allows nothing", async () => {
  const { clock, door } = rig();
  const who = await door.token(await mint("ann", "read:s1", "trade:s1:BTC"), "127.0.0.1");
  door.permit(who, channelNeed("book", "ETH", "s1"));
  door.permit(who, commandNeed({ kind: "submit", instrument: "BTC" }, { session: "s1" }));
  const ask = (kind: string, instrument?: string) => () =>
    door.permit(who, commandNeed({ kind, instrument }, { session: "s1" }));
  assertThrows(ask("submit", "ETH"), ProtocolError, "lacks scope trade:s1:ETH");
  assertThrows(ask("cancel_all"), ProtocolError, "lacks scope trade:s1");
  assertThrows(ask("clock_seek"), ProtocolError, "lacks scope control:s1");
  clock.now = who.expires!;
  assertThrows(() => door.permit(who, channelNeed("book", "ETH", "s1")), ProtocolError, "expired");
});
