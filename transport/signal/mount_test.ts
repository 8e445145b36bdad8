import { assert, assertEquals } from "@std/assert";
import { turns } from "../link/_conformance.ts";
import { useWebRtc } from "../link/webrtc.ts";
import { rawPeer, signallingServer } from "./_signalling_server.ts";
import type { SignallingOptions } from "./mount.ts";
import { Tickets } from "./tickets.ts";

/** Signalling, and unmodified peers of it. */
async function peersServer(options: SignallingOptions = {}) {
  const server = await signallingServer(options);
  const rtc = await useWebRtc();
  const Peer = await rtc.peer();
  const at = { host: "127.0.0.1", port: server.http.port, path: "/peer", secure: false };
  const config = { iceServers: [], bindAddress: "127.0.0.1" };
  return {
    ...server,
    peer: (id: string, token = "token") => new Peer(id, { ...at, config, token }),
    anonymous: () => new Peer({ ...at, config }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rtc.release();
    },
  };
}

type Events = { on(event: string, listener: (...args: never[]) => void): unknown };

/** The first of an event of a peer or connection. */
function once<T = unknown>(target: unknown, event: string): Promise<T> {
  return new Promise((resolve) => (target as Events).on(event, ((value: T) => resolve(value)) as never));
}

// peerjs leaves timers of its heart and the native stack its threads, so only what is ours is watched.
const watch = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "mountSignalling: unmodified peerjs gets an id, opens, connects and talks",
  ...watch,
  async fn() {
    await using server = await peersServer();
    const [one, other] = [server.anonymous(), server.peer("desk-1")];
    const errors: string[] = [];
    for (const peer of [one, other]) peer.on("error", ({ type, message }) => errors.push(`${type} ${message}`));
    await Promise.all([once(one, "open"), once(other, "open")]);
    assert(one.id.length === 36, one.id);
    const heard = new Promise((resolve) => {
      other.on("connection", (connection) => connection.on("data", resolve));
    });
    const connection = one.connect("desk-1", { reliable: true });
    await once(connection, "open");
    connection.send({ text: "hello" });
    assertEquals(await heard, { text: "hello" });
    assertEquals(server.exchange.list(), ["desk-1", one.id].sort());
    assertEquals(errors, []);
    one.destroy();
    other.destroy();
  },
});

Deno.test({
  name: "mountSignalling: open fires again on reconnect, and another token gets ID-TAKEN",
  ...watch,
  async fn() {
    await using server = await peersServer();
    const peer = server.peer("desk-1", "a");
    await once(peer, "open");
    const thief = server.peer("desk-1", "b");
    assertEquals((await once<{ type: string }>(thief, "error")).type, "unavailable-id");
    peer.disconnect();
    const again = once(peer, "open");
    peer.reconnect();
    assertEquals(await again, "desk-1");
    peer.destroy();
  },
});

Deno.test({
  name: "mountSignalling: who calls a peer that is not there hears so",
  ...watch,
  async fn() {
    await using server = await peersServer({ limits: { waitMs: 50 } });
    const peer = server.peer("caller");
    await once(peer, "open");
    const error = once<{ type: string }>(peer, "error");
    peer.connect("nobody");
    assertEquals((await error).type, "peer-unavailable");
    peer.destroy();
  },
});

Deno.test({
  name: "mountSignalling: with tickets, one opens its id, resumes it after it has expired, and no other does",
  ...watch,
  async fn() {
    let now = 1_000_000;
    const tickets = new Tickets({ secret: new Uint8Array(32).fill(7), now: () => now });
    const clock = { now: () => now, after: () => () => {} };
    await using server = await peersServer({ tickets, clock });
    const first = tickets.make({ peer: "desk-1", rooms: ["session:paper-1"] });
    const peer = server.peer("desk-1", first);
    await once(peer, "open");
    assertEquals(server.exchange.list("session:paper-1"), ["desk-1"]);
    peer.disconnect();
    while (server.exchange.list().length > 0) await turns(1);
    now += 60_001;
    const thieves = [tickets.make({ peer: "desk-1" }), tickets.make({ peer: "desk-2" }), "forged", `${first}A`];
    const fates = ["unavailable-id", "server-error", "server-error", "server-error"];
    for (const [i, token] of thieves.entries()) {
      assertEquals((await once<{ type: string }>(server.peer("desk-1", token), "error")).type, fates[i]);
    }
    peer.reconnect();
    assertEquals(await once(peer, "open"), "desk-1");
    peer.destroy();
    const late = server.peer("desk-3", tickets.make({ peer: "desk-3" }));
    await once(late, "open");
    const stale = tickets.make({ peer: "desk-4" });
    now += 60_001;
    assertEquals(
      (await once<{ message: string }>(server.peer("desk-4", stale), "error")).message,
      "The ticket has expired",
    );
    late.destroy();
  },
});

Deno.test("mountSignalling: refusals by the protocol's rules", async () => {
  await using server = await signallingServer();
  for (
    const [query, msg] of [
      ["key=peerjs&id=a", "No id, token, or key was sent"],
      ["key=other&id=a&token=t", "The key is not this server's"],
      ["key=peerjs&id=a--b&token=t", "The id is none: letters and digits, at most 64"],
      ["key=peerjs&id=%00&token=t", "The id is none: letters and digits, at most 64"],
      [`key=peerjs&id=a&token=${"t".repeat(2049)}`, "The token is too long"],
    ]
  ) {
    const { heard, closed } = await rawPeer(server.socketUrl(query));
    assertEquals(await closed, 1008);
    assertEquals(heard, [{ type: "ERROR", payload: { msg } }]);
  }
});

Deno.test("mountSignalling: a bad frame ends its sender alone", async () => {
  await using server = await signallingServer();
  const good = await rawPeer(server.socketUrl("key=peerjs&id=good&token=t"));
  const bad = [
    "",
    "no json",
    "[]",
    "null",
    '"text"',
    '{"type":"OFFER"}',
    '{"type":"OFFER","dst":"a--b"}',
    '{"type":"OFFER","dst":["good"]}',
    '{"type":"MADE UP","dst":"good"}',
    '{"type":{"toString":1},"dst":"good"}',
    "[".repeat(60_000),
    `{"type":"OFFER","dst":"good","payload":"${"x".repeat(70_000)}"}`,
    new Uint8Array([0xff, 0xfe, 0]),
    new Uint8Array(1_000_000),
  ];
  for (const [i, frame] of bad.entries()) {
    const { socket, closed } = await rawPeer(server.socketUrl(`key=peerjs&id=bad${i}&token=t`));
    socket.send(frame);
    await closed;
  }
  const last = await rawPeer(server.socketUrl("key=peerjs&id=last&token=t"));
  last.socket.send('{"type":"OFFER","dst":"good","payload":{"n":1},"src":"forged"}');
  while (good.heard.length < 2) await turns(1);
  assertEquals(good.heard, [{ type: "OPEN" }, { type: "OFFER", src: "last", dst: "good", payload: { n: 1 } }] as never);
  good.socket.close();
  last.socket.close();
  await Promise.all([good.closed, last.closed]);
});

Deno.test("mountSignalling: attempts of an address are limited, for sockets and for ids", async () => {
  await using server = await signallingServer({ limits: { attempts: { burst: 3, perSecond: 0 } } });
  const statuses = [];
  for (let i = 0; i < 4; i++) {
    const answer = await fetch(`${server.url}/peerjs/id`);
    statuses.push(answer.status);
    await answer.body?.cancel();
  }
  assertEquals(statuses, [200, 200, 200, 429]);
  const { closed, heard } = await rawPeer(server.socketUrl("key=peerjs&id=a&token=t"));
  await closed;
  assertEquals(heard, []);
});

Deno.test("mountSignalling: lists of peers are for those with the scope", async () => {
  const principals: Record<string, string[]> = { all: ["read"], one: ["read:paper-1"] };
  await using server = await signallingServer({
    principal: (headers) => {
      const name = headers.get("authorization") ?? "";
      return principals[name] && { name, scopes: principals[name] };
    },
  });
  const peer = await rawPeer(server.socketUrl("key=peerjs&id=desk&token=t"));
  server.exchange.announce("desk", ["session:paper-1", "strategy:grid"]);
  const list = async (query: string, who?: string) => {
    const answer = await fetch(`${server.url}/peerjs/peers${query}`, { headers: who ? { authorization: who } : {} });
    const text = await answer.text();
    return answer.status === 200 ? JSON.parse(text) : answer.status;
  };
  assertEquals(await list(""), 401);
  assertEquals(await list("?room=session:paper-1", "stranger"), 401);
  assertEquals(await list("", "one"), 403);
  assertEquals(await list("?room=session:paper-2", "one"), 403);
  assertEquals(await list("?room=strategy:grid", "one"), 403);
  assertEquals(await list("?room=session:paper-1", "one"), ["desk"]);
  assertEquals(await list("?room=strategy:grid", "all"), ["desk"]);
  assertEquals(await list("?room=instrument:BTCUSDT", "all"), []);
  assertEquals(await list("?room=nonsense", "all"), 400);
  assertEquals(await list("", "all"), ["desk"]);
  peer.socket.close();
  await peer.closed;
});

Deno.test({
  name: "mountSignalling: a drain is told, then peers are closed; their own connections go on",
  ...watch,
  async fn() {
    await using server = await peersServer();
    const [one, other] = [server.peer("one"), server.peer("other")];
    one.on("error", () => {});
    other.on("error", () => {});
    await Promise.all([once(one, "open"), once(other, "open")]);
    const data = new Promise((resolve) => other.on("connection", (come) => come.on("data", resolve)));
    const connection = one.connect("other");
    await once(connection, "open");
    const watcher = await rawPeer(server.socketUrl("key=peerjs&id=watcher&token=t"));
    server.exchange.drain(2000, 20);
    await once(one, "disconnected");
    assertEquals(await watcher.closed, 1012);
    assertEquals(watcher.heard.at(-1), { type: "DRAIN", payload: { reconnectMs: 2000 } } as never);
    connection.send("still here");
    assertEquals(await data, "still here");
    one.destroy();
    other.destroy();
  },
});
