/** The unmodified peerjs client on Deno, against signalling. */
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
