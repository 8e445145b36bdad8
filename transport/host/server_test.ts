import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { eventually } from "../link/_eventually.ts";
import { connect } from "../client/mod.ts";
import { dialPolling } from "../link/polling.ts";
import { dialSse } from "../link/sse.ts";
import { oneSession } from "./_one_session.ts";
import type { Server } from "./server.ts";

const wsOf = ({ url }: Server) => `${url.replace("http", "ws")}/ws`;

Deno.test("Server: one session over WebSocket in three codecs, over event streams and long polling, all the same", () =>
  oneSession(async (server, session) => {
    const { token } = server;
    const clients = [
      ...(["json", "msgpack", "protobuf"] as const).map((codec) => connect({ url: wsOf(server), codec, token })),
      connect({ dial: ({ codec }) => dialSse(`${server.url}/sse`, { codec }), token }),
      connect({ dial: ({ codec }) => dialPolling(`${server.url}/poll`, { codec }), token }),
    ];
    const hellos = await Promise.all(clients.map((client) => client.ready()));
    const [{ symbol }] = hellos[0].instruments;
    const seen = clients.map((client) => {
      const trades: string[] = [];
      client.listen(
        "trades",
        symbol,
        ({ data, seq, timestamp }) => trades.push(`${seq} ${timestamp} ${JSON.stringify(data)}`),
      );
      return trades;
    });
    // Subscriptions are answered in order: who has seen the clock follows the trades.
    await Promise.all(clients.map((client) => client.subscribe("clock").next()));
    await clients[0].command({ kind: "clock_step", count: 400 });
    const target = session.hub.seq("trades", symbol);
    await eventually(() => session.hub.seq("trades", symbol) >= 20 && seen.every((each) => each.length >= target));
    assert(seen[0].length > 10);
    for (const each of seen) assertEquals(each.slice(0, 10), seen[0].slice(0, 10));
    for (const client of clients) client.close();
  }));

Deno.test("Server: without a token, with a wrong one, or under another's name nobody comes in", () =>
  oneSession(async (server) => {
    const nobody = connect({ url: wsOf(server), backoff: { attempts: 1 } });
    await assertRejects(() => nobody.ready(), Error, "no token came");
    const wrong = connect({ url: wsOf(server), token: "a.b.c", backoff: { attempts: 1 } });
    await assertRejects(() => wrong.ready());
    for (const client of [nobody, wrong]) client.close();
    const status = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${server.url}${path}`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await status("/healthz"), 200);
    assertEquals(await statusAs(server, "evil.example"), 403);
    assertEquals(await status("/page.js", { origin: "https://evil.example" }), 403);
    assertEquals(await status("/?token=abc"), 401);
    assertEquals(await status("/nothing"), 404);
  }));

Deno.test("Server: the page comes with a policy that lets nothing else run, and its script is bundled", () =>
  oneSession(async (server) => {
    const page = await fetch(`${server.url}/`);
    assertStringIncludes(page.headers.get("content-security-policy")!, "script-src 'self'");
    assertStringIncludes(await page.text(), '<script type="module" src="page.js">');
    const script = await fetch(`${server.url}/page.js`);
    assertEquals([script.status, script.headers.get("content-type")], [200, "text/javascript; charset=utf-8"]);
    assert((await script.text()).length > 50_000);
    assertStringIncludes(server.pageUrl, "/#token=");
  }));

Deno.test("Server: /metrics tells of connections and messages of the session", () =>
  oneSession(async (server) => {
    const client = connect({ url: wsOf(server), token: server.token });
    const { instruments: [{ symbol }] } = await client.ready();
    await client.book(symbol).next();
    await client.command({ kind: "clock_step", count: 100 });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    assertStringIncludes(text, 'session="one"');
    assertStringIncludes(text, "lockstep_");
    client.close();
  }));

Deno.test("Server: a client that wants frames compressed gets them so, and /metrics tells the ratio and the time", () =>
  oneSession(async (server) => {
    const client = connect({ url: wsOf(server), token: server.token, codec: "msgpack", compression: "deflate" });
    const { instruments: [{ symbol }], compression } = await client.ready();
    assertEquals(compression, "deflate");
    await client.command({ kind: "clock_step", count: 200 });
    const { value: book } = await client.book(symbol).next();
    assert(book!.bids.length > 5);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const [from, to, seconds] = ["in_bytes", "out_bytes", "seconds"].map((what) =>
      Number(text.match(new RegExp(`^lockstep_compression_${what}_total{session="one"} (.*)$`, "m"))?.[1])
    );
    assert(to > 0 && from > to && seconds > 0, `${from} B to ${to} B in ${seconds} s`);
    client.close();
  }, { server: { limits: { hub: { compressBytesMin: 64 } } } }));

Deno.test("Server: tickets count as connections of their user, and no header goes by the rate of an address", () =>
  oneSession(async (server) => {
    const client = connect({ url: wsOf(server), token: server.token });
    await client.ready();
    const asked = async (path: string, init: RequestInit) => {
      const response = await fetch(`${server.url}${path}`, init);
      return [response.status, (await response.text()).includes("RATE_EXCEEDED")];
    };
    const headers = { authorization: `Bearer ${server.token}` };
    assertEquals(await asked("/api/tickets", { method: "POST", headers }), [429, true]);
    const forwarded = { "x-forwarded-for": "203.0.113.9", "lockstep-link": "none" };
    assertEquals(await asked("/", { headers: forwarded }), [200, false]);
    assertEquals(await asked("/", { headers: forwarded }), [429, true]);
    client.close();
  }, {
    server: {
      proxies: ["127.0.0.1"],
      limits: {
        rates: { connections: { user: { perSecond: 0.001, burst: 1 }, address: { perSecond: 0.001, burst: 1 } } },
      },
    },
  }));

Deno.test("Server: a client that asks for a session that is not there is told so", () =>
  oneSession(async (server) => {
    const client = connect({ url: wsOf(server), token: server.token, session: "two", backoff: { attempts: 1 } });
    await assertRejects(() => client.ready(), Error, "there is no two");
    client.close();
  }));

/** The status that the page has for who asks for it under a name, which fetch would not let one choose. */
async function statusAs({ url }: Server, host: string): Promise<number> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await socket.write(new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
  const answer = new Uint8Array(64);
  await socket.read(answer);
  return Number(new TextDecoder().decode(answer).split(" ")[1]);
}
