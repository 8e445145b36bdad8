import { assert, assertEquals } from "@std/assert";
import { Hono } from "hono";
import { greet } from "../hub/greet.ts";
import { Hub } from "../hub/hub.ts";
import { serveHttp } from "../link/http_server.ts";
import type { Link } from "../link/link.ts";
import { dialWebSocket } from "../link/websocket_client.ts";
import { acceptWebSockets } from "../link/websocket_server.ts";
import { codecOf } from "../protocol/codecs.ts";
import type { ClientMessage, Message } from "../protocol/messages.ts";
import { NOW, signed } from "./_signer.ts";
import { Callers } from "./callers.ts";
import { Door } from "./door.ts";
import { Origins } from "./origins.ts";
import { DEFAULT_RATES, RateLimits } from "./rate_limit.ts";
import { Tokens } from "./tokens.ts";

const SECRET = new Uint8Array(32).fill(7);
const json = codecOf("json");
const tokens = new Tokens({
  audience: "lockstep",
  issuers: [{ issuer: "start", keyId: "k1", secret: SECRET }],
  now: () => NOW,
});
const mint = (name: string, ...scopes: string[]) => tokens.mint({ name, scopes, lifeMs: 60_000 });

/** A server with a door in front of one hub, for as long as `run` takes. */
async function served(run: (port: number, hub: Hub) => Promise<void>): Promise<void> {
  const server = await serveHttp({ app: new Hono() });
  const spec = { venue: "v", kind: "spot", tick: "1", lot: "1", multiplier: "1", currency: "USD" };
  const instruments = ["BTC", "ETH"].map((symbol) => ({ symbol, ...spec }));
  const hub = new Hub({ session: "s1", mode: "paper", live: false, instruments, commands: [] });
  const rates = { connections: { address: { perSecond: 1, burst: 10 } }, attempts: DEFAULT_RATES.attempts };
  const callers = new Callers({
    proxies: ["127.0.0.1"],
    door: new Door({
      tokens,
      origins: new Origins({ port: server.port }),
      rates: new RateLimits({ now: () => NOW, rates }),
      now: () => NOW,
      encrypted: false,
    }),
  });
  acceptWebSockets(server, {
    path: "/ws",
    check: callers.check,
    onLink: (link, caller) =>
      void greet(link, codecOf(caller.codec), {
        authenticate: async ({ token }) => ({ ...await callers.authenticate(caller, token), expires: undefined }),
        hubOf: () => hub,
      }),
  });
  try {
    await run(server.port, hub);
  } finally {
    hub.close();
    await server.close(0);
  }
}

/** Says hello over a link, with what else is given; answers come by `next`, and the end as an error's code. */
function talk(link: Link, hello: Partial<Extract<ClientMessage, { type: "hello" }>["data"]> = {}) {
  const heard: (Message | number)[] = [];
  let wake = () => {};
  link.onFrame = (frame) => (heard.push(...json.decode(frame, "server")), wake());
  link.onClose = (code) => (heard.push(code), wake());
  const send = (message: ClientMessage) => link.send(json.frame([json.encode(message)]));
  send({ type: "hello", id: "h", data: { protocol: 1, client: "test", ...hello } });
  const next = async () => {
    while (heard.length === 0) await new Promise<void>((resolve) => wake = resolve);
    return heard.shift()!;
  };
  return { send, next };
}

/** The name of an error message, or the type of another. */
const named = (message: Message | number) =>
  typeof message === "number" ? message : message.type === "error" ? message.data.name : message.type;

/** The status line and headers that a server answers an upgrade with. */
async function upgrade(port: number, headers: Record<string, string>, path = "/ws"): Promise<string> {
  const all = {
    Host: `localhost:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  using connection = await Deno.connect({ port, hostname: "127.0.0.1" });
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${head}\r\n`));
  const buffer = new Uint8Array(4096), read = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, read));
}

Deno.test("Callers: by subprotocol, by header, or by hello; the answer names the codec and no token", async () => {
  await served(async (port) => {
    const token = await mint("ann", "read"), url = `ws://127.0.0.1:${port}/ws`;
    const answer = await upgrade(port, { "Sec-WebSocket-Protocol": `lockstep.token.${token}, lockstep.1.json` });
    assert(answer.startsWith("HTTP/1.1 101") && /sec-websocket-protocol: lockstep\.1\.json\r/i.test(answer), answer);
    assert(!answer.includes(token.slice(0, 20)));
    assert((await upgrade(port, { Authorization: `Bearer ${token}` })).startsWith("HTTP/1.1 101"));
    const early = await dialWebSocket(url, { codec: "json", token });
    assertEquals(named(await talk(early).next()), "hello");
    const late = await dialWebSocket(url, { codec: "json" });
    assertEquals(named(await talk(late, { token }).next()), "hello");
    for (const link of [early, late]) link.terminate();
  });
});

Deno.test("Callers: other pages, other hosts and floods get no link", async () => {
  await served(async (port) => {
    const status = async (headers: Record<string, string>, path?: string) =>
      (await upgrade(port, { Authorization: `Bearer ${await mint("ann", "admin")}`, ...headers }, path)).slice(9, 12);
    assertEquals(await status({ Origin: `http://localhost:${port}` }), "101");
    assertEquals(await status({ Origin: "https://evil.example" }), "403");
    assertEquals(await status({ Origin: "null" }), "403");
    assertEquals(await status({ Host: `evil.example:${port}` }), "403");
    assertEquals(await status({ Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` }), "403");
    let refused = 0;
    for (let i = 0; i < 15; i++) if (await status({ "X-Forwarded-For": "10.0.0.1" }) === "429") refused++;
    assertEquals([refused, await status({ "X-Forwarded-For": "10.0.0.2" })], [5, "101"]);
  });
});

Deno.test("Callers: no token, a wrong one, an expired one, one in the URL, and two persons' are told by code", async () => {
  await served(async (port) => {
    const claims = { iss: "start", iat: NOW / 1000 - 600, exp: NOW / 1000 - 300 };
    const expired = await signed(SECRET, { alg: "HS256", kid: "k1" }, claims);
    const [ann, bob] = [await mint("ann", "read"), await mint("bob", "admin")];
    const end = async (url: string, token?: string, later?: string) => {
      const link = await dialWebSocket(`ws://127.0.0.1:${port}${url}`, { codec: "json", token });
      const { next } = talk(link, later === undefined ? {} : { token: later });
      let last = await next();
      while (typeof last !== "number") last = await next();
      return last;
    };
    assertEquals(await end("/ws"), 2000);
    assertEquals(await end("/ws", undefined, "a.b.c"), 2001);
    assertEquals(await end("/ws", "a.b.c"), 2001);
    assertEquals(await end("/ws", expired), 2002);
    assertEquals(await end("/ws", undefined, expired), 2002);
    assertEquals(await end(`/ws?token=${ann}`), 2001);
    assertEquals(await end("/ws", ann, bob), 2001);
  });
});

Deno.test("Callers: a subscription without its scope is refused, and the rest goes on", async () => {
  await served(async (port) => {
    const token = await mint("ann", "read:s1:BTC");
    const link = await dialWebSocket(`ws://127.0.0.1:${port}/ws`, { codec: "json", token });
    const { send, next } = talk(link);
    assertEquals(named(await next()), "hello");
    const ask = async (channel: "book" | "pnl", symbol: string) => {
      send({ type: "subscribe", id: "1", data: { channel, symbol } });
      return named(await next());
    };
    assertEquals(await ask("book", "ETH"), "SCOPE_MISSING");
    assertEquals(await ask("pnl", ""), "SCOPE_MISSING");
    assertEquals(await ask("book", "BTC"), "subscribed");
    link.terminate();
  });
});

Deno.test("Callers: who knows another's connection does not get it", async () => {
  await served(async (port) => {
    const url = `ws://127.0.0.1:${port}/ws`;
    const own = await dialWebSocket(url, { codec: "json", token: await mint("ann", "admin") });
    const hello = await talk(own).next();
    assert(typeof hello !== "number" && hello.type === "hello" && "connection" in hello.data);
    const { connection } = (hello as Extract<Message, { type: "hello" }>).data;
    const thief = await dialWebSocket(url, { codec: "json", token: await mint("bob", "read") });
    const answer = await talk(thief, { connection }).next() as Extract<Message, { type: "hello" }>;
    const { resumed, scopes } = answer.data as { resumed?: boolean; scopes?: string[] };
    assertEquals([resumed, scopes, answer.data.connection === connection], [false, ["read"], false]);
    for (const link of [own, thief]) link.terminate();
  });
});
