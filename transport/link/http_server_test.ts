import { assert, assertEquals, assertRejects } from "@std/assert";
import { Hono } from "hono";
import { selfSigned } from "./_certificate.ts";
import { eventually } from "./_eventually.ts";
import { Ear } from "./_conformance.ts";
import { rawCaller, rawWebSocket, served } from "./_served.ts";
import { serveHttp } from "./http_server.ts";
import { acceptWebSockets } from "./websocket_server.ts";

Deno.test("serveHttp: a head that never ends, or never begins, is cut after headersMs", async () => {
  const { http, close } = await served({ headersMs: 60 });
  const slow = await rawCaller(http.port);
  await slow.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  const silent = await rawCaller(http.port);
  const drip = setInterval(() => slow.write("a").catch(() => {}), 10);
  assert((await slow.until()).startsWith("HTTP/1.1 408 Request Timeout\r\n"));
  assert((await silent.until()).startsWith("HTTP/1.1 408 Request Timeout\r\n"));
  clearInterval(drip);
  slow.close();
  silent.close();
  await eventually(() => http.connections === 0);
  await close();
});

Deno.test("serveHttp: a body that drips is cut after requestMs, and others are served meanwhile", async () => {
  const server = await served({ headersMs: 40, requestMs: 80 });
  server.app.onError((_error, context) => context.text("failed", 500));
  server.app.post("/", async (context) => context.text(await context.req.text()));
  const slow = await rawCaller(server.http.port);
  await slow.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  const drip = setInterval(() => slow.write("a").catch(() => {}), 10);
  const quick = await fetch(server.http.url, { method: "POST", body: "quick" });
  assertEquals(await quick.text(), "quick");
  await slow.until();
  clearInterval(drip);
  slow.close();
  await server.close();
});

Deno.test("serveHttp: who sends requests ahead without reading is cut, and one after the other they go on", async () => {
  const { app, http, close } = await served();
  let asked = 0, answer = () => {};
  const held = new Promise<void>((resolve) => answer = resolve);
  app.get("/held", async (context) => {
    asked++;
    await held;
    return context.text("at last");
  });
  app.get("/:number", (context) => context.text(`number ${context.req.param("number")}.`));
  const ahead = await rawCaller(http.port);
  await ahead.write("GET /held HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000));
  await ahead.until();
  assertEquals(asked, 4);
  answer();
  ahead.close();
  const patient = await rawCaller(http.port);
  for (let i = 1; i <= 40; i++) {
    await patient.write(`GET /${i} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert((await patient.until(`number ${i}.`)).endsWith(`number ${i}.`), "cut");
  }
  patient.close();
  await eventually(() => http.connections === 0);
  await close();
});

Deno.test("serveHttp: an answer that nobody takes is cut after stallMs", async () => {
  const { app, http, close } = await served({ stallMs: 150 });
  const piece = new Uint8Array(65_536);
  const endless = { pull: (controller: ReadableStreamDefaultController) => controller.enqueue(piece) };
  app.get("/", () => new Response(new ReadableStream(endless, { highWaterMark: 0 })));
  const stalled = await rawCaller(http.port);
  await stalled.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await eventually(() => http.connections === 1);
  await eventually(() => http.connections === 0);
  stalled.close();
  await close();
});

Deno.test("serveHttp: an open WebSocket outlives the time-outs of requests", async () => {
  const server = await served({ headersMs: 20, requestMs: 20, idleMs: 20, stallMs: 20 });
  acceptWebSockets(server.http, { path: "/ws", onLink: server.onLink });
  const caller = await rawWebSocket(server.http.port);
  const { link } = await server.next();
  const ear = new Ear(link);
  await new Promise((resolve) => setTimeout(resolve, 90));
  await caller.write(new Uint8Array([0x82, 0x81, 0, 0, 0, 0, 7]));
  assertEquals(await ear.hears(1), [new Uint8Array([7])]);
  caller.close();
  await ear.ends();
  await server.close();
});

Deno.test("serveHttp: a head that is too large gets 431, and what is no HTTP gets 400", async () => {
  const { http, close } = await served({ headerBytesMax: 2048 });
  const large = await rawCaller(http.port);
  await large.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(5000)}\r\n\r\n`);
  assert((await large.until()).startsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  const garbage = await rawCaller(http.port);
  await garbage.write("\x00\x01\x02 garbage\r\n\r\n");
  assert((await garbage.until()).startsWith("HTTP/1.1 400 Bad Request\r\n"));
  large.close();
  garbage.close();
  await close();
});

Deno.test("serveHttp: an address has so many connections and no more, until one of them ends", async () => {
  const { http, app, close } = await served({ connectionsPerAddressMax: 3 });
  app.get("/", (context) => context.text("hello"));
  const flood = await Promise.all(Array.from({ length: 20 }, () => rawCaller(http.port)));
  const cut = await Promise.all(flood.slice(3).map((caller) => caller.until()));
  assertEquals(cut, Array(17).fill(""));
  assertEquals([http.connections, http.refused], [3, { address: 17, total: 0 }]);
  await assertRejects(() => fetch(http.url));
  flood[0].close();
  await eventually(() => http.connections === 2);
  assertEquals(await (await fetch(http.url)).text(), "hello");
  for (const caller of flood) caller.close();
  await close();
});

Deno.test("serveHttp: a proxy that is trusted has as many connections as there are for all, others have not", async () => {
  const proxied = await served({ connectionsPerAddressMax: 2, connectionsMax: 4 }, { proxies: ["127.0.0.1"] });
  const { http, app, close } = proxied;
  app.get("/", (context) => context.text("hello"));
  const clients = await Promise.all(Array.from({ length: 3 }, () => rawCaller(http.port)));
  assertEquals(await (await fetch(http.url)).text(), "hello");
  const fifth = await rawCaller(http.port);
  await fifth.until();
  assertEquals(http.refused, { address: 0, total: 1 });
  for (const caller of [...clients, fifth]) caller.close();
  await close();
  const strange = await served({ connectionsPerAddressMax: 2 }, { proxies: ["10.0.0.1"] });
  const three = await Promise.all(Array.from({ length: 3 }, () => rawCaller(strange.http.port)));
  await three[2].until();
  assertEquals(strange.http.refused, { address: 1, total: 0 });
  for (const caller of three) caller.close();
  await strange.close();
});

Deno.test("serveHttp: sockets of one address that say nothing hold no more than its share, and not for long", async () => {
  const { http, app, close } = await served({ headersMs: 1000, connectionsPerAddressMax: 60 });
  app.get("/", (context) => context.text("hello"));
  const flood = await Promise.all(Array.from({ length: 100 }, () => rawCaller(http.port)));
  await eventually(() => http.refused.address === 40);
  await Promise.all(flood.map((caller) => caller.until()));
  await eventually(() => http.connections === 0);
  assertEquals(await (await fetch(http.url)).text(), "hello");
  for (const caller of flood) caller.close();
  await close();
});

Deno.test("serveHttp: by TLS, a socket that shakes no hands, or asks nothing after it, is cut after headersMs", async () => {
  const tls = selfSigned(), { http, app, close } = await served({ headersMs: 100 }, { tls });
  app.get("/", (context) => context.text("hello"));
  const silent = await rawCaller(http.port);
  const shaken = await Deno.connectTls({ hostname: "127.0.0.1", port: http.port, caCerts: [tls.cert] });
  await shaken.handshake();
  assertEquals(await silent.until(), "");
  // Ends without the farewell of TLS, which some report as a fault, or after an answer that says why.
  while (await shaken.read(new Uint8Array(1024)).catch(() => null) !== null);
  await eventually(() => http.connections === 0);
  silent.close();
  shaken.close();
  await close();
});

Deno.test("serveHttp: all addresses together have so many connections and no more", async () => {
  const { http, close } = await served({ connectionsMax: 2 });
  const three = await Promise.all([rawCaller(http.port), rawCaller(http.port), rawCaller(http.port)]);
  await three[2].until();
  assertEquals(http.connections, 2);
  for (const caller of three) caller.close();
  await close();
});

Deno.test("serveHttp: close lets an answer end, takes no new connection, and cuts what stays", async () => {
  const server = await served();
  const { http, app } = server;
  let answer = () => {};
  app.get("/slow", async (context) => {
    await new Promise<void>((resolve) => answer = resolve);
    return context.text("done");
  });
  acceptWebSockets(http, { path: "/ws", onLink: server.onLink });
  const socket = await rawWebSocket(http.port);
  const ear = new Ear((await server.next()).link);
  const slow = fetch(`${http.url}/slow`);
  await eventually(() => http.connections === 2);
  const closed = http.close(100);
  await assertRejects(() => fetch(`${http.url}/slow`));
  answer();
  assertEquals(await (await slow).text(), "done");
  await closed;
  await ear.ends();
  assertEquals(http.connections, 0);
  await http.close();
  socket.close();
});

Deno.test("serveHttp: a port that is taken rejects", async () => {
  const { http, close } = await served();
  await assertRejects(() => serveHttp({ app: new Hono(), port: http.port }), Error, "EADDRINUSE");
  await close();
});

Deno.test("serveHttp: speaks TLS where it has a certificate", async () => {
  const tls = selfSigned();
  const http = await serveHttp({ app: new Hono().get("/", (context) => context.text("sealed")), tls });
  assert(http.url.startsWith("https://127.0.0.1:"));
  const client = Deno.createHttpClient({ caCerts: [tls.cert] });
  assertEquals(await (await fetch(http.url, { client })).text(), "sealed");
  client.close();
  await http.close(0);
});
