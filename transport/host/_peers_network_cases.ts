/** A server's data channels off loopback, and behind TLS; run in a process of its own by peers_network_test.ts. */
import { assertEquals } from "@std/assert";
import { isLoopback, Tokens } from "../auth/mod.ts";
import { connect, type Dial, webSocketDial } from "../client/mod.ts";
import { dialPeer } from "../link/peer_client.ts";
import { useWebRtc } from "../link/webrtc.ts";
import { oneSession } from "./_one_session.ts";
import type { PeerTicket } from "./peers.ts";
import type { Server } from "./server.ts";

// peerjs leaves timers of its heart and the native stack its threads.
const watch = { sanitizeOps: false, sanitizeResources: false };
/** An address of this machine that others may have a way to. */
const address = Deno.networkInterfaces().find(({ family, address }) => family === "IPv4" && !address.startsWith("127."))
  ?.address;
const because = address === undefined ? " (ignored: this machine has no address but loopback's)" : "";

async function ticketOf(server: Server, token: string): Promise<PeerTicket> {
  const headers = { authorization: `Bearer ${token}` };
  return await (await fetch(`${server.url}/api/tickets`, { method: "POST", headers })).json();
}

/** Dials as a page does, which names no address of its own. */
function peerDial(server: Server, token: string): Dial {
  return async ({ codec }) =>
    await dialPeer({ signalling: `${server.url}/peer`, codec, ...await ticketOf(server, token) });
}

/** Calls the server's peer by peerjs as it comes; the addresses of the way that is taken. */
async function callUnmodified(server: Server, token: string): Promise<readonly (string | null | undefined)[]> {
  const { id, ticket, peer: callee, iceServers } = await ticketOf(server, token);
  const rtc = await useWebRtc(), Peer = await rtc.peer(), { hostname, port, protocol } = new URL(server.url);
  const place = { host: hostname, port: Number(port), path: "/peer", secure: protocol === "https:" };
  const peer = new Peer(id, { ...place, token: ticket, config: { iceServers } });
  try {
    await new Promise<void>((resolve, reject) => (peer.on("open", () => resolve()), peer.on("error", reject)));
    const call = peer.connect(callee, { serialization: "raw", reliable: true, label: "lockstep.1.json" });
    await new Promise<void>((resolve) => call.on("open", () => resolve()));
    const pair = call.peerConnection.sctp?.transport.iceTransport.getSelectedCandidatePair();
    return [pair?.local?.address, pair?.remote?.address];
  } finally {
    peer.destroy();
    await rtc.release();
  }
}

/** One client over a WebSocket, then over a data channel, and still the same. */
async function changesCarrier(server: Server, token: string): Promise<void> {
  const client = connect({ dial: webSocketDial(`${server.url.replace("http", "ws")}/ws`), token });
  const { connection } = await client.ready();
  await client.subscribe("clock").next();
  await client.move(peerDial(server, token));
  assertEquals([client.carrier, client.hello?.connection, client.hello?.resumed], ["datachannel", connection, true]);
  assertEquals((await client.command({ kind: "clock_step", count: 3 })).code, 0);
  client.close();
}

Deno.test({
  name: `Peers: a data channel goes by an address that is not loopback's, where the server listens there${because}`,
  ignore: address === undefined,
  ...watch,
  async fn() {
    const issuers = [{ issuer: "desk", keyId: "1", secret: new Uint8Array(32).fill(1) }], now = () => Date.now();
    const tokens = new Tokens({ audience: "lockstep", issuers, now });
    const token = await tokens.mint({ name: "ann", scopes: ["read", "control"], lifeMs: 60_000 });
    await oneSession(async (server) => {
      await changesCarrier(server, token);
      const way = await callUnmodified(server, token);
      assertEquals(way.map((end) => isLoopback(end ?? "localhost")), [false, false], way.join());
    }, { server: { hostname: address, hosts: [address!], issuers, plainTextTrade: true } });
  },
});

Deno.test({
  name: "Peers: signalling and data channels behind a certificate; unmodified peerjs with secure: true, too",
  ...watch,
  async fn() {
    const folder = Deno.env.get("LOCKSTEP_TEST_TLS")!;
    const tls = { certFile: `${folder}/cert.pem`, keyFile: `${folder}/key.pem` };
    await oneSession(async (server) => {
      assertEquals(new URL(server.url).protocol, "https:");
      await changesCarrier(server, server.token!);
      assertEquals(await callUnmodified(server, server.token!), ["127.0.0.1", "127.0.0.1"]);
    }, { server: tls });
  },
});
