import { assert, assertEquals, assertRejects } from "@std/assert";
import { ERRORS, ProtocolError } from "../protocol/errors.ts";
import { eventually } from "./_eventually.ts";
import { Ear, linkConformance } from "./_conformance.ts";
import { rawCaller, rawWebSocket, type Served, served } from "./_served.ts";
import { type AcceptOptions, acceptWebSockets } from "./websocket_server.ts";
import { dialWebSocket } from "./websocket_client.ts";

async function wsServed(options: Partial<AcceptOptions> = {}): Promise<Served & { readonly url: string }> {
  const server = await served();
  acceptWebSockets(server.http, { path: "/ws", onLink: server.onLink, ...options });
  return { ...server, url: `ws://127.0.0.1:${server.http.port}/ws` };
}

linkConformance("dialWebSocket", async ({ text, frameBytesMax, clientFrameBytesMax = frameBytesMax }) => {
  const server = await wsServed({ frameBytesMax });
  const codec = text ? "json" : "msgpack";
  const client = await dialWebSocket(server.url, { codec, frameBytesMax: clientFrameBytesMax });
  const { link } = await server.next();
  return { server: link, client, dispose: () => server.close() };
}, {
  async stalled() {
    const server = await wsServed();
    const reader = await rawWebSocket(server.http.port);
    return { server: (await server.next()).link, dispose: () => (reader.close(), server.close()) };
  },
  swallowed: 8_388_608,
});

Deno.test("acceptWebSockets: the best codec of those offered is taken, and the token is offered but not answered", async () => {
  const server = await wsServed({ protocols: ["msgpack", "json"] });
  const socket = new WebSocket(server.url, ["lockstep.token.abc", "lockstep.1.json", "lockstep.1.msgpack"]);
  const { link, caller } = await server.next();
  const ear = new Ear(link);
  assertEquals([caller.codec, caller.protocols.length, caller.remote], ["msgpack", 3, "127.0.0.1"]);
  await new Promise((resolve) => socket.onopen = resolve);
  assertEquals(socket.protocol, "lockstep.1.msgpack");
  socket.close();
  assertEquals((await ear.ends()).code, 0);
  await server.close();
});

Deno.test("acceptWebSockets: who offers no subprotocol speaks what ?codec= says, or JSON", async () => {
  const server = await wsServed();
  for (const [query, codec] of [["", "json"], ["?codec=msgpack", "msgpack"]]) {
    const socket = new WebSocket(server.url + query);
    const { caller, link } = await server.next();
    assertEquals(caller.codec, codec);
    const ear = new Ear(link);
    socket.onopen = () => socket.close();
    await ear.ends();
  }
  await server.close();
});

Deno.test("acceptWebSockets: an unknown codec, another path and a broken request are refused by HTTP", async () => {
  const server = await wsServed();
  const cases = [
    ["GET /ws", "Sec-WebSocket-Protocol: lockstep.9.json\r\n", "400"],
    ["GET /ws?codec=xml", "", "400"],
    ["GET /other", "", "404"],
    ["POST /ws", "", "405"],
    ["GET /ws", "Sec-WebSocket-Key: short\r\n", "400"],
    ["GET //[/ws", "", "404"],
  ];
  for (const [start, header, status] of cases) {
    const answer = await upgradeAnswer(server.http.port, start, header);
    assertEquals(answer.slice(9, 12), status, `${start} ${header}`);
  }
  await server.close();
});

Deno.test("acceptWebSockets: a check may refuse by HTTP status, or by code once the socket is open", async () => {
  const server = await wsServed({
    check: ({ url }) => {
      if (url.searchParams.has("throw")) throw new Error("secret detail");
      return url.searchParams.has("origin")
        ? { code: ERRORS.ORIGIN_REFUSED[0], reason: "not this page", status: 403 }
        : Promise.resolve({ code: ERRORS.TOKEN_EXPIRED[0], reason: "since yesterday" });
    },
  });
  const answer = await upgradeAnswer(server.http.port, "GET /ws?origin", "");
  assert(answer.startsWith("HTTP/1.1 403 Forbidden\r\n") && answer.endsWith("2501 not this page\n"), answer);
  const refused = new Ear(await dialWebSocket(server.url, { codec: "json" }));
  assertEquals(await refused.ends(), { code: ERRORS.TOKEN_EXPIRED[0], reason: "since yesterday" });
  const failed = new Ear(await dialWebSocket(`${server.url}?throw`, { codec: "json" }));
  assertEquals(await failed.ends(), { code: ERRORS.FAILED[0], reason: "the caller could not be checked" });
  await server.close();
});

Deno.test("acceptWebSockets: a 60 MiB frame is refused by its header, before its bytes are there", async () => {
  const server = await wsServed();
  const caller = await rawWebSocket(server.http.port);
  const { link } = await server.next();
  const ear = new Ear(link);
  // Final binary frame, masked, 64-bit length of 60 MiB; of its bytes nothing is ever sent.
  await caller.write(new Uint8Array([0x82, 0xff, 0, 0, 0, 0, 0x03, 0xc0, 0, 0, 1, 2, 3, 4]));
  const answer = await caller.until("\x88\x02\x03\xf1");
  assert(answer.includes("\x88\x02\x03\xf1"), "no close frame with status 1009 came");
  caller.close();
  assertEquals((await ear.ends()).code, ERRORS.TOO_LARGE[0]);
  assertEquals(ear.frames, []);
  await server.close();
});

Deno.test("acceptWebSockets: frames that break the WebSocket protocol end their own link alone", async () => {
  const server = await wsServed();
  const good = await dialWebSocket(server.url, { codec: "json" });
  const atGood = new Ear(good);
  const { link: goodAtServer } = await server.next();
  const broken = [
    [0x81, 0x01, 0x41], // not masked
    [0x83, 0x80, 1, 2, 3, 4], // an opcode that is none
    [0xf1, 0x80, 1, 2, 3, 4], // reserved bits
    [0x89, 0xfe, 1, 0, 1, 2, 3, 4], // a ping that is too long
    [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], // text that is no UTF-8
    [0x80, 0x80, 1, 2, 3, 4], // goes on where nothing began
  ];
  for (const bytes of broken) {
    const caller = await rawWebSocket(server.http.port);
    const ear = new Ear((await server.next()).link);
    await caller.write(new Uint8Array(bytes));
    caller.close();
    assertEquals((await ear.ends()).code, ERRORS.MALFORMED[0], bytes.join());
  }
  goodAtServer.send(new TextEncoder().encode("still here"));
  assertEquals(await atGood.hears(1), ["still here"]);
  good.close(0, "");
  await server.close();
});

Deno.test("acceptWebSockets: pieces of a frame that are too large together are refused", async () => {
  const server = await wsServed({ frameBytesMax: 1000 });
  const caller = await rawWebSocket(server.http.port);
  const ear = new Ear((await server.next()).link);
  const piece = (first: number) => [first, 0xfe, 600 >> 8, 600 & 0xff, 0, 0, 0, 0, ...Array(600).fill(7)];
  await caller.write(new Uint8Array([...piece(0x02), ...piece(0x00)]));
  assert((await caller.until("\x88\x02\x03\xf1")).includes("\x88\x02\x03\xf1"));
  caller.close();
  assertEquals((await ear.ends()).code, ERRORS.TOO_LARGE[0]);
  await server.close();
});

Deno.test("acceptWebSockets: a frame in a few pieces is heard, one in thousands, which would each be held, is refused", async () => {
  const server = await wsServed();
  const caller = await rawWebSocket(server.http.port), ear = new Ear((await server.next()).link);
  const inPieces = (count: number) =>
    new Uint8Array(
      Array.from({ length: count }, (_, i) => [(i === 0 ? 2 : 0) | (i === count - 1 ? 0x80 : 0), 0x81, 0, 0, 0, 0, 7])
        .flat(),
    );
  await caller.write(inPieces(200));
  assertEquals(await ear.hears(1), [new Uint8Array(200).fill(7)]);
  await caller.write(inPieces(2000));
  assert((await caller.until("\x88\x02\x03\xf0")).includes("\x88\x02\x03\xf0"));
  caller.close();
  assertEquals((await ear.ends()).code, ERRORS.MALFORMED[0]);
  await server.close();
});

Deno.test("acceptWebSockets: a ping is answered, but who floods with pings or pongs is cut", async () => {
  const server = await wsServed();
  for (const kind of [0x89, 0x8a]) {
    const caller = await rawWebSocket(server.http.port);
    const { link } = await server.next();
    const ear = new Ear(link);
    await caller.write(new Uint8Array([0x89, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    assert((await caller.until("\x8a\x02hi")).endsWith("\x8a\x02hi"));
    const frame = [kind, 0xfd, 0, 0, 0, 0, ...Array(125).fill(7)];
    await caller.write(new Uint8Array(Array.from({ length: 2000 }, () => frame).flat()));
    assertEquals((await ear.ends()).code, ERRORS.RATE_EXCEEDED[0]);
    assert(link.buffered === 0);
    caller.close();
  }
  await server.close();
});

Deno.test("acceptWebSockets: what a client may send has a bound of its own", async () => {
  const server = await wsServed({ frameBytesMax: 10_000, takenBytesMax: 1000 });
  const caller = await rawWebSocket(server.http.port);
  const { link } = await server.next();
  const ear = new Ear(link);
  link.send(new Uint8Array(5000));
  await caller.write(new Uint8Array([0x82, 0xfe, 1001 >> 8, 1001 & 0xff, 0, 0, 0, 0]));
  assert((await caller.until("\x88\x02\x03\xf1")).includes("\x88\x02\x03\xf1"));
  caller.close();
  assertEquals((await ear.ends()).code, ERRORS.TOO_LARGE[0]);
  await server.close();
});

Deno.test("acceptWebSockets: a socket that vanishes ends its link with LINK_LOST", async () => {
  const server = await wsServed();
  const caller = await rawWebSocket(server.http.port);
  const ear = new Ear((await server.next()).link);
  caller.close();
  assertEquals((await ear.ends()).code, ERRORS.LINK_LOST[0]);
  await server.close();
});

Deno.test("acceptWebSockets: a close that a stalled reader never answers is cut after closeMs", async () => {
  const server = await wsServed({ closeMs: 30 });
  const reader = await rawWebSocket(server.http.port);
  const { link } = await server.next();
  const ear = new Ear(link);
  const frame = new Uint8Array(1_048_576);
  while (link.buffered < 2 * frame.length) {
    link.send(frame);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  link.close(ERRORS.DRAINING[0], "restart");
  assertEquals(await ear.ends(), { code: ERRORS.DRAINING[0], reason: "restart" });
  assertEquals(link.buffered, 0);
  reader.close();
  await server.close();
});

Deno.test("acceptWebSockets: a reader that takes less than it is sent shows as buffered, and a bound cuts it", async () => {
  const server = await wsServed({ bufferBytesMax: 4_194_304 });
  const reader = await rawWebSocket(server.http.port);
  const { link } = await server.next();
  const ear = new Ear(link);
  let most = 0;
  for (let sent = 0; ear.endings.length === 0; sent += 65_536) {
    link.send(new Uint8Array(65_536));
    most = Math.max(most, link.buffered);
    assert(sent < 67_108_864, "64 MiB went to a reader that does not read");
    if (sent % 524_288 !== 0) continue;
    await reader.sip(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals((await ear.ends()).code, ERRORS.SLOW_CONSUMER[0]);
  assert(most > 2_097_152 && most <= 4_194_304, `at most ${most} B were told`);
  reader.close();
  await eventually(() => server.http.connections === 0);
  await server.close();
});

Deno.test("dialWebSocket: rejects with LINK_LOST where nobody answers, without the URL's query", async () => {
  const server = await served();
  const url = `ws://127.0.0.1:${server.http.port}/none?secret=1`;
  const error = await assertRejects(() => dialWebSocket(url, { codec: "json" }), ProtocolError, "Cannot dial");
  assertEquals(error.data.name, "LINK_LOST");
  assert(!error.message.includes("secret"), error.message);
  await server.close();
});

/** What a server says to a request for an upgrade that is written by hand. */
async function upgradeAnswer(port: number, start: string, header: string): Promise<string> {
  const caller = await rawCaller(port);
  const key = header.includes("Key") ? "" : "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  await caller.write(
    `${start} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `${key}${header}\r\n`,
  );
  const answer = await caller.until();
  caller.close();
  return answer;
}
