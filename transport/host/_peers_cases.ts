/** A server's data channels; run in a process of its own by peers_test.ts. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Client, connect, type Dial, webSocketDial } from "../client/mod.ts";
import { fallBack } from "../client/fallback_keeper.ts";
import { eventually } from "../link/_eventually.ts";
import { IceMiddle } from "../link/_ice_middle.ts";
import { useWebRtc } from "../link/webrtc.ts";
import { turnEar } from "../link/_turn_ear.ts";
import { dialPeer } from "../link/peer_client.ts";
import { iceServersFor } from "../signal/mod.ts";
import type { PeerTicket } from "./peers.ts";
import { HostedSession } from "./hosted_session.ts";
import type { Server } from "./server.ts";
import { oneSession, STILL, TAPE } from "./_one_session.ts";

const askTicket = ({ url, token }: Server, headers = { authorization: `Bearer ${token}` }) =>
  fetch(`${url}/api/tickets`, { method: "POST", headers });

const peerDial = (server: Server): Dial => async ({ codec }) => {
  const { id, ticket, peer }: PeerTicket = await (await askTicket(server)).json();
  const signalling = `${server.url}/peer`, bindAddress = "127.0.0.1";
  return await dialPeer({ signalling, peer, codec, id, ticket, bindAddress, reportMs: 250 });
};

const socketDial = ({ url }: Server) => webSocketDial(`${url.replace("http", "ws")}/ws`);

Deno.test("Peers: a client goes over to a data channel and back, and stays the one it is, with all it may do", () =>
  oneSession(async (server, session) => {
    const { token } = server, socket = socketDial(server);
    const client: Client = connect({ dial: socket, token });
    const { connection } = await client.ready();
    await client.subscribe("clock").next();
    await client.move(peerDial(server));
    assertEquals([client.carrier, client.hello?.connection, client.hello?.resumed], ["datachannel", connection, true]);
    assertEquals(client.hello?.scopes, ["admin"]);
    // The newer token is judged by the address that asked for the ticket.
    await client.refreshToken(token);
    assertEquals((await client.command({ kind: "clock_step", count: 5 })).code, 0);
    assertEquals([...session.hub.connections].map(({ link }) => link?.remote), ["127.0.0.1"]);
    await client.move(socket);
    assertEquals([client.carrier, client.stats.moves, client.stats.lost], ["websocket", 2, 0]);
    client.close();
  }));

Deno.test("Peers: how well a data channel does is known at both ends; one that is cut is left, and returned to", () =>
  oneSession(async (server, session) => {
    const client: Client = connect({
      dial: [peerDial(server), socketDial(server)],
      token: server.token,
      fallback: fallBack({ probeMs: 50, holdMs: 100 }),
      backoff: { baseMs: 50 },
    });
    const carriers: string[] = [];
    const returned = new Promise<void>((resolve) =>
      client.on("hello", () => carriers.push(client.carrier) > 2 && resolve())
    );
    await client.ready();
    const metric = async (name: string) => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(text.match(new RegExp(`^${name}{candidate="host"} (.*)$`, "m"))?.[1]);
    };
    while (client.stats.quality?.rttMs == null || await metric("lockstep_peers") === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals(client.stats.quality.candidate, "host");
    assert(await metric("lockstep_peer_rtt_seconds_max") > 0);
    for (const { link } of session.hub.connections) link?.terminate();
    await returned;
    assertEquals(carriers, ["datachannel", "websocket", "datachannel"]);
    client.close();
  }));

Deno.test("Peers: where the way of a data channel dies, another call finds one, and the session goes on with nothing lost", async () => {
  const rtc = await useWebRtc(), middle = new IceMiddle();
  await oneSession(async (server, session) => {
    const heartbeat = { intervalMs: 100, intervalMsMin: 100 };
    const client = connect({ dial: peerDial(server), token: server.token, backoff: { baseMs: 20 }, heartbeat });
    const { connection, instruments: [{ symbol }] } = await client.ready(), seqs: number[] = [];
    client.listen("trades", symbol, ({ seq }) => seqs.push(seq));
    const step = async (moves: number) => {
      session.driver.tape!.step(moves);
      await eventually(() => session.driver.clock.state === "paused");
      return session.hub.seq("trades", symbol);
    };
    // Answered after the subscription, as it was asked later.
    await client.command({ kind: "clock_step", count: 1 });
    const before = await step(400);
    await eventually(() => seqs.at(-1) === before);
    const resumed = new Promise<boolean | undefined>((resolve) =>
      client.on("hello", ({ resumed }) => resolve(resumed))
    );
    middle.cut();
    // Nobody has noticed yet: all of it is on its way to nowhere.
    const after = await step(400);
    assertEquals([await resumed, client.hello?.connection], [true, connection]);
    const last = await step(400);
    await eventually(() => seqs.at(-1) === last);
    assertEquals(seqs, Array.from({ length: last }, (_, i) => i + 1));
    assert(before < after && after < last);
    assertEquals([client.carrier, client.stats.lost, client.stats.reconnections], ["datachannel", 0, 1]);
    client.close();
  });
  await middle.close();
  await rtc.release();
});

Deno.test("Peers: a ticket takes a token, and a link is nobody's before its hello brings one", () =>
  oneSession(async (server) => {
    for (const headers of [{}, { authorization: "Bearer a.b.c" }]) {
      const answer = await askTicket(server, headers as { authorization: string });
      assertEquals([answer.status, (await answer.json()).category], [401, "authentication"]);
    }
    const nobody = connect({ dial: peerDial(server), backoff: { attempts: 1 } });
    await assertRejects(() => nobody.ready(), Error, "no token came");
    nobody.close();
    const stranger = dialPeer({
      signalling: `${server.url}/peer`,
      peer: (await (await askTicket(server)).json()).peer,
      codec: "json",
      bindAddress: "127.0.0.1",
    });
    await assertRejects(() => stranger, Error, "ticket");
  }));

Deno.test("Peers: another page may not use signalling, and peers are listed to nobody who does not say who he is", () =>
  oneSession(async (server, session) => {
    const list = `${server.url}/peer/peerjs/peers`;
    const status = async (headers: Record<string, string>) => {
      const answer = await fetch(list, { headers });
      await answer.body?.cancel();
      return answer.status;
    };
    assertEquals(await status({}), 401);
    assertEquals(await status({ origin: "https://evil.example" }), 403);
    await (await askTicket(server)).body?.cancel();
    const headers = { authorization: `Bearer ${server.token}` };
    const peersOf = async (room: string) => (await (await fetch(`${list}?room=${room}`, { headers })).json()).length;
    assertEquals(await peersOf("session:one"), 1);
    // The server's own peer follows its sessions.
    server.remove(session.id);
    server.add(session);
    const later = new HostedSession({ strategy: STILL, tape: TAPE }, { ...server.hostOptions("two"), paused: true });
    server.add(later);
    assertEquals([await peersOf("session:one"), await peersOf("session:two")], [1, 1]);
    server.remove("two");
    assertEquals([await peersOf("session:one"), await peersOf("session:two")], [1, 0]);
  }));

Deno.test("Peers: a server that is to have none has none", () =>
  oneSession(async (server) => {
    const answer = await askTicket(server);
    assertEquals(answer.status, 404);
    await answer.body?.cancel();
  }, { server: { peers: false } }));

Deno.test("Peers: STUN and TURN servers are those that configuration names, with credentials of the moment at both ends", async () => {
  const turn = await turnEar();
  let now = 1_000_000;
  const serversOf = iceServersFor({ turn: [turn.url], secret: "north", relayOnly: true, now: () => now });
  const iceServers = ({ name }: { readonly name: string }) => serversOf(name);
  await oneSession(async (server) => {
    for (const second of [4600, 4601]) {
      const { peer, ...given }: PeerTicket = await (await askTicket(server)).json();
      assertEquals(given.relayOnly, true);
      assertEquals(given.iceServers.map(({ urls, username }) => [urls, username]), [[turn.url, `${second}:start`]]);
      // Nothing relays there: all that can be seen is that both ends ask it, and no way is taken but by it.
      const heard = new AbortController();
      const call = dialPeer({ signalling: `${server.url}/peer`, peer, codec: "json", ...given, signal: heard.signal });
      const failed = assertRejects(() => call, Error, "given up");
      await eventually(() => turn.names.has(`${second}:start`) && turn.names.has(`${second}:server`));
      heard.abort();
      await failed;
      now += 1000;
    }
  }, { server: { iceServers, relayOnly: true } });
  await turn.close();
});
