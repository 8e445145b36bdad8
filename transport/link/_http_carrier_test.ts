import { assert, assertEquals, assertRejects } from "@std/assert";
import { Hono } from "hono";
import { ERRORS, ProtocolError } from "../protocol/errors.ts";
import { eventually } from "./_eventually.ts";
import { Ear, linkConformance } from "./_conformance.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { type RawCaller, rawCaller, type Served, served } from "./_served.ts";
import type { Caller } from "./caller.ts";
import type { Link } from "./link.ts";
import { acceptPolling, dialPolling } from "./polling.ts";
import { acceptSse, dialSse, type HttpCarrierOptions } from "./sse.ts";

const CARRIERS = [["dialSse", acceptSse, dialSse], ["dialPolling", acceptPolling, dialPolling]] as const;

for (const [name, accept, dial] of CARRIERS) {
  linkConformance(name, async ({ text, frameBytesMax, clientFrameBytesMax = frameBytesMax }) => {
    const server = await served();
    accept(server.app, { path: "/down", onLink: server.onLink, frameBytesMax });
    const url = `${server.http.url}/down`;
    const client = await dial(url, { codec: text ? "json" : "msgpack", frameBytesMax: clientFrameBytesMax });
    const { link } = await server.next();
    return { server: link, client, dispose: () => server.close() };
  }, {
    async stalled() {
      const server = await sseServed({}, accept);
      const reader = await rawReader(server);
      return { server: (await server.next()).link, dispose: () => (reader.close(), server.close()) };
    },
    swallowed: 4_194_304,
  });

  Deno.test(`${name}: the token travels in a header, and the link's name in no URL`, async () => {
    const server = await served();
    const urls: string[] = [];
    server.app.use((context, next) => (urls.push(context.req.url), next()));
    accept(server.app, { path: "/down", onLink: server.onLink });
    const client = await dial(`${server.http.url}/down`, { codec: "json", token: "abc" });
    const { caller, link } = await server.next();
    assertEquals([caller.headers.get("authorization"), caller.codec, caller.remote], [
      "Bearer abc",
      "json",
      "127.0.0.1",
    ]);
    const ear = new Ear(link);
    client.send(new TextEncoder().encode("hello"));
    assertEquals(await ear.hears(1), ["hello"]);
    client.close(0, "");
    await ear.ends();
    assertEquals([...new Set(urls.map((url) => new URL(url).search))].sort(), ["", "?codec=json"]);
    await server.close();
  });

  Deno.test(`${name}: rejects with the code of a refusal, and with LINK_LOST where nothing answers`, async () => {
    const server = await served();
    const check = () => ({ code: ERRORS.TOKEN_EXPIRED[0], reason: "since yesterday" });
    accept(server.app, { path: "/down", onLink: server.onLink, check });
    const refused = () => dial(`${server.http.url}/down`, { codec: "json" });
    assertEquals((await assertRejects(refused, ProtocolError, "since yesterday")).data.name, "TOKEN_EXPIRED");
    const none = () => dial(`${server.http.url}/none?secret=1`, { codec: "json" });
    const error = await assertRejects(none, ProtocolError);
    assert(error.data.name === "LINK_LOST" && !error.message.includes("secret"), error.message);
    const given = () => dial(`${server.http.url}/down`, { codec: "json", signal: AbortSignal.abort() });
    assertEquals((await assertRejects(given, ProtocolError)).data.name, "LINK_LOST");
    await server.close();
  });

  Deno.test(`${name}: a client that goes away ends its link, and one that never reads is reaped`, async () => {
    const { link, timers, ask } = await standing(accept);
    const gone = new Ear(link);
    await timers.advance(14_999);
    assertEquals(gone.endings, []);
    await timers.advance(2);
    assertEquals(gone.endings.map(({ code }) => code), [ERRORS.LINK_LOST[0]]);
    assertEquals((await ask({})).status, 404);
    assertEquals(timers.waiting, 0);
    const server = await sseServed({}, accept);
    const reader = await rawReader(server);
    const ear = new Ear((await server.next()).link);
    reader.close();
    assertEquals((await ear.ends()).code, ERRORS.LINK_LOST[0]);
    await server.close();
  });

  Deno.test(`${name}: a close that nobody takes ends the link after closeMs`, async () => {
    const { link, timers } = await standing(accept);
    const ear = new Ear(link);
    link.close(ERRORS.DRAINING[0], "restart");
    await timers.advance(1999);
    assertEquals(ear.endings, []);
    await timers.advance(2);
    assertEquals([ear.endings, timers.waiting], [[{ code: ERRORS.DRAINING[0], reason: "restart" }], 0]);
  });

  Deno.test(`${name}: a reader that waits gets signs of life, and a second reader 409`, async () => {
    const { link, timers, ask } = await standing(accept);
    const answering = ask({});
    await timers.advance(1);
    assertEquals((await ask({})).status, 409);
    const reading = (async () => (await answering).body!.getReader())();
    const first = async () => new TextDecoder().decode((await (await reading).read()).value);
    const read = first();
    await timers.advance(15_000);
    assertEquals(await read, ":\n\n");
    link.terminate();
    await (await reading).cancel().catch(() => {});
    await timers.advance(1);
    assertEquals(timers.waiting, 0);
  });

  Deno.test(`${name}: posts come in their order, each once`, async () => {
    const { link, ask } = await standing(accept);
    const ear = new Ear(link);
    const post = async (count: string, body: string) => (await ask({ count, body })).status;
    assertEquals(await post("0", "data: a\n\n"), 204);
    assertEquals(await post("0", "data: a\n\n"), 409);
    assertEquals(await post("2", "data: c\n\n"), 409);
    assertEquals(await post("x", "data: c\n\n"), 409);
    assertEquals(await post("1", "data: b\n\n"), 204);
    assertEquals(ear.frames, ["a", "b"]);
    link.terminate();
  });

  Deno.test(`${name}: a flood of links is refused with 429, by address and in all`, async () => {
    const links: Link[] = [];
    const app = new Hono();
    accept(app, { path: "/down", onLink: (link) => links.push(link), linksMax: 5, linksPerAddressMax: 3 });
    const from = (remoteAddress: string) =>
      app.request("/down", { method: "POST" }, { incoming: { socket: { remoteAddress } } });
    const statuses = [];
    for (const address of ["1", "1", "1", "1", "2", "2", "3"]) statuses.push((await from(address)).status);
    assertEquals(statuses, [200, 200, 200, 429, 200, 200, 429]);
    links[0].terminate();
    assertEquals((await from("3")).status, 200);
    for (const link of links) link.terminate();
  });

  Deno.test(`${name}: behind a proxy, links are counted by whom it names`, async () => {
    const app = new Hono(), links: Link[] = [];
    const addressOf = ({ remote, headers }: Pick<Caller, "remote" | "headers">) => headers.get("x-for") ?? remote;
    accept(app, { path: "/down", onLink: (link) => links.push(link), linksPerAddressMax: 1, addressOf });
    const from = async (client: string) => {
      const asked = { method: "POST", headers: { "x-for": client } };
      return (await app.request("/down", asked, { incoming: { socket: { remoteAddress: "proxy" } } })).status;
    };
    assertEquals([await from("ann"), await from("bob"), await from("ann")], [200, 200, 429]);
    assertEquals(links.map(({ remote }) => remote), ["ann", "bob"]);
    for (const link of links) link.terminate();
  });
}

Deno.test("acceptSse: a post of 60 MiB is refused by its header, before its bytes are there", async () => {
  const server = await sseServed();
  const name = await openLink(server);
  const ear = new Ear((await server.next()).link);
  const caller = await rawCaller(server.http.port);
  await caller.write(
    `POST /down HTTP/1.1\r\nHost: x\r\nLockstep-Link: ${name}\r\nLockstep-Post: 0\r\nContent-Length: 62914560\r\n\r\n`,
  );
  assert((await caller.until("\r\n\r\n")).startsWith("HTTP/1.1 413 "));
  caller.close();
  await readAll(server, name);
  assertEquals((await ear.ends()).code, ERRORS.TOO_LARGE[0]);
  assertEquals(ear.frames, []);
  await server.close();
});

Deno.test("acceptSse: a post that says nothing of its size is cut where it grows too large", async () => {
  const { link, ask } = await standing(acceptSse, { postBytesMax: 10_000, frameBytesMax: 1000 });
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      pulled++;
      stream.enqueue(new TextEncoder().encode(`data: ${"x".repeat(900)}\n\n`));
    },
  });
  assertEquals((await ask({ count: "0", body })).status, 413);
  assert(pulled < 20, `${pulled} pieces were read`);
  const ear = new Ear(link);
  assertEquals(
    await (await ask({})).text(),
    `:\n\nevent: close\ndata: {"code":4000,"reason":"a post has more than 10000 B"}\n\n`,
  );
  assertEquals((await ear.ends()).code, ERRORS.TOO_LARGE[0]);
});

Deno.test("acceptSse: a reader that takes less than it is sent shows as buffered, and a bound cuts it", async () => {
  const server = await sseServed({ bufferBytesMax: 2_097_152 });
  const reader = await rawReader(server);
  const { link } = await server.next();
  const ear = new Ear(link);
  for (let sent = 0; ear.endings.length === 0; sent += 32_768) {
    link.send(new Uint8Array(32_768));
    assert(link.buffered <= 2_097_152 * 1.4 && sent < 67_108_864, `${link.buffered} B wait of ${sent}`);
    if (sent % 262_144 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals((await ear.ends()).code, ERRORS.SLOW_CONSUMER[0]);
  assertEquals(link.buffered, 0);
  reader.close();
  await eventually(() => server.http.connections <= 1);
  await server.close();
});

type Accept = typeof acceptSse;

/** A carrier at "/down" without a server: one JSON link, and requests that name it. */
async function standing(accept: Accept, options: Partial<HttpCarrierOptions> = {}) {
  const app = new Hono();
  const timers = new FakeTimers();
  const links: Link[] = [];
  accept(app, { path: "/down", onLink: (link) => links.push(link), timers, ...options });
  const name = (await (await app.request("/down", { method: "POST" })).json()).link;
  const ask = ({ count, body }: { count?: string; body?: BodyInit }) => {
    const headers = { "lockstep-link": name, ...(count === undefined ? {} : { "lockstep-post": count }) };
    return app.request("/down", { method: count === undefined ? "GET" : "POST", headers, body });
  };
  return { link: links[0], timers, ask };
}

async function sseServed(options: Partial<HttpCarrierOptions> = {}, accept: Accept = acceptSse): Promise<Served> {
  const server = await served();
  accept(server.app, { path: "/down", onLink: server.onLink, ...options });
  return server;
}

async function openLink(server: Served): Promise<string> {
  const answer = await fetch(`${server.http.url}/down?codec=msgpack`, { method: "POST" });
  return (await answer.json()).link;
}

async function readAll(server: Served, name: string): Promise<void> {
  await (await fetch(`${server.http.url}/down`, { headers: { "lockstep-link": name } })).text();
}

/** Asks for what comes on a new link, and then reads nothing. */
async function rawReader(server: Served): Promise<RawCaller> {
  const name = await openLink(server);
  const reader = await rawCaller(server.http.port);
  await reader.write(`GET /down HTTP/1.1\r\nHost: x\r\nLockstep-Link: ${name}\r\n\r\n`);
  return reader;
}
