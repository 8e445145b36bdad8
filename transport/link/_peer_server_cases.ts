import { assert, assertEquals, assertRejects } from "@std/assert";
import { rawPeer, signallingServer } from "../signal/_signalling_server.ts";
import type { QualityReport } from "../signal/quality_report.ts";
import { Tickets } from "../signal/tickets.ts";
import { ERRORS, ProtocolError } from "../protocol/errors.ts";
import { eventually } from "./_eventually.ts";
import { Ear } from "./_conformance.ts";
import type { DataChannelLink } from "./datachannel.ts";
import { dialPeer } from "./peer_client.ts";
import { type PeerServerOptions, servePeers } from "./peer_server.ts";
import type { Quality } from "./quality.ts";
import { useWebRtc } from "./webrtc.ts";

const bindAddress = "127.0.0.1";
// peerjs opens its socket and beats its heart out of our sight, and the native stack has threads of its own.
const watch = { sanitizeOps: false, sanitizeResources: false };

/** A server of peers that keeps its links and troubles. */
async function serving(signalling: string, more: Partial<PeerServerOptions> = {}) {
  const links: { link: DataChannelLink; ear: Ear; peer: string; codec: string }[] = [];
  const troubles: string[] = [];
  const server = await servePeers({
    signalling,
    id: "host",
    bindAddress,
    onLink: (link, { peer, codec }) => links.push({ link, ear: new Ear(link), peer, codec }),
    onTrouble: (what) => troubles.push(what),
    ...more,
  });
  return { server, links, troubles };
}

/** Waits for something that turns up at the end of a list. */
async function at<T>(list: readonly T[], index: number): Promise<T> {
  await eventually(() => list.length > index);
  return list[index];
}

Deno.test({
  name: "servePeers, dialPeer: a link over signalling, in the codec that was asked for, with its quality in heartbeats",
  ...watch,
  async fn() {
    const reports: [peer: string, report: QualityReport][] = [];
    await using signalling = await signallingServer({ onQuality: (...one) => reports.push(one) });
    const { server, links, troubles } = await serving(signalling.url);
    const samples: Quality[] = [];
    for (const codec of ["json", "msgpack"] as const) {
      const to = { signalling: signalling.url, peer: "host", id: `desk-${codec}`, codec, bindAddress };
      const link = await dialPeer({ ...to, reportMs: 25, onQuality: (quality) => samples.push(quality) });
      const ear = new Ear(link);
      const { link: far, ear: farEar, ...who } = await at(links, codec === "json" ? 0 : 1);
      assertEquals(who, { peer: `desk-${codec}`, codec });
      assertEquals(far.remote, `desk-${codec}`);
      const frame = new TextEncoder().encode(`[${"1,".repeat(50_000)}2]`);
      link.send(frame);
      far.send(frame);
      const expected = codec === "json" ? new TextDecoder().decode(frame) : frame;
      assertEquals(await farEar.hears(1), [expected]);
      assertEquals(await ear.hears(1), [expected]);
      await eventually(() => samples.some(({ rttMs, candidate }) => rttMs !== null && candidate === "host"));
      await eventually(() => reports.some(([peer, report]) => peer === `desk-${codec}` && report.peer === "host"));
      link.close(ERRORS.DRAINING[0], "bye");
      assertEquals(await farEar.ends(), { code: ERRORS.DRAINING[0], reason: "bye" });
      assertEquals((await ear.ends()).code, ERRORS.DRAINING[0]);
    }
    assertEquals(server.links.size, 0);
    assertEquals(troubles, []);
    await server.close();
  },
});

Deno.test({
  name: "dialPeer: rejects with a code, whatever is wrong",
  ...watch,
  async fn() {
    const tickets = new Tickets({ secret: new Uint8Array(32).fill(1), now: () => Date.now() });
    await using signalling = await signallingServer({ tickets, limits: { waitMs: 100 } });
    const to = { signalling: signalling.url, peer: "host", codec: "json", bindAddress } as const;
    const codeOf = async (more: object): Promise<number> =>
      (await assertRejects(() => dialPeer({ ...to, ...more }), ProtocolError)).data.code;
    assertEquals(await codeOf({}), ERRORS.TOKEN_INVALID[0]);
    assertEquals(await codeOf({ id: "a", ticket: tickets.make({ peer: "b" }) }), ERRORS.TOKEN_INVALID[0]);
    assertEquals(await codeOf({ id: "a", ticket: tickets.make({ peer: "a" }) }), ERRORS.LINK_LOST[0]);
    assertEquals(await codeOf({ id: "c", ticket: tickets.make({ peer: "c" }), timeoutMs: 1 }), ERRORS.LINK_LOST[0]);
    assertEquals(await codeOf({ signalling: "http://127.0.0.1:1/peer" }), ERRORS.LINK_LOST[0]);
    assertEquals(await codeOf({ signal: AbortSignal.abort() }), ERRORS.LINK_LOST[0]);
    await assertRejects(() => dialPeer({ ...to, signalling: "ftp://x" }), TypeError, "is no http URL");
  },
});

Deno.test({
  name: "servePeers: malformed calls harm nobody, and calls beyond the limit are not taken",
  ...watch,
  async fn() {
    await using signalling = await signallingServer();
    const { server, links, troubles } = await serving(signalling.url, { callsPerPeerMax: 2, openMs: 2000 });
    const attacker = await rawPeer(signalling.socketUrl("key=peerjs&id=attacker&token=t"));
    const good = { type: "data", connectionId: "c", serialization: "raw", label: "lockstep.1.json", reliable: true };
    const sdp = { type: "offer", sdp: "v=0\r\n" };
    for (
      const [type, payload] of [
        ["OFFER", undefined],
        ["OFFER", null],
        ["OFFER", 7],
        ["OFFER", {}],
        ["OFFER", good],
        ["OFFER", { ...good, sdp: null }],
        ["OFFER", { ...good, sdp: { type: "offer" } }],
        ["OFFER", { ...good, sdp: { type: "rollback", sdp: "" } }],
        ["OFFER", { ...good, serialization: "made-up", sdp }],
        ["OFFER", { ...good, serialization: "constructor", sdp }],
        ["OFFER", { ...good, type: "media", sdp }],
        ["OFFER", { ...good, connectionId: ["c"], sdp }],
        ["OFFER", { ...good, sdp }],
        ["OFFER", { ...good, connectionId: "d", sdp }],
        ["OFFER", { ...good, connectionId: "e", sdp }],
        ["ANSWER", { connectionId: "c", sdp: { type: "answer", sdp: "nonsense" } }],
        ["ANSWER", { connectionId: "c" }],
        ["CANDIDATE", { connectionId: "c" }],
        ["CANDIDATE", { connectionId: "c", candidate: { candidate: 7 } }],
        ...Array.from({ length: 100 }, (_, i) => ["CANDIDATE", { connectionId: `stray-${i}`, candidate: {} }]),
        ["LEAVE", null],
        ["EXPIRE", null],
      ]
    ) attacker.socket.send(JSON.stringify({ type, dst: "host", payload }));
    await eventually(() => troubles.some((what) => what === "a call of attacker is one too many"));
    const link = await dialPeer({ signalling: signalling.url, peer: "host", codec: "json", bindAddress });
    await at(links, 0);
    link.terminate();
    attacker.socket.close();
    await attacker.closed;
    await server.close();
  },
});

Deno.test({
  name: "servePeers: goes back to signalling that was away, with the ticket that holds its id or a new one",
  ...watch,
  async fn() {
    const tickets = new Tickets({ secret: new Uint8Array(32).fill(1), now: () => Date.now(), lifeMs: 400 });
    let made = 0;
    const ticket = () => tickets.make({ peer: "host", name: `ticket ${++made}` });
    const first = await signallingServer({ tickets });
    const { port } = first.http;
    const { server, links } = await serving(first.url, { ticket, returnMs: 10 });
    const dial = () => {
      const id = `desk-${made}-${links.length}`;
      return dialPeer({
        signalling: first.url,
        peer: "host",
        id,
        ticket: tickets.make({ peer: id }),
        codec: "json",
        bindAddress,
      });
    };
    const link = await dial(), ear = new Ear(link);
    const { link: far } = await at(links, 0);
    await first[Symbol.asyncDispose]();
    await new Promise((resolve) => setTimeout(resolve, 450));
    // Another server knows nothing of the id, and the ticket has expired meanwhile.
    await using second = await signallingServer({ tickets }, port);
    await eventually(() => second.exchange.list().includes("host"));
    assert(made > 1, "the old ticket was taken");
    const again = await dial();
    await at(links, 1);
    // The link that was there has noticed nothing.
    far.send(new TextEncoder().encode("[]"));
    assertEquals(await ear.hears(1), ["[]"]);
    link.terminate();
    again.terminate();
    await server.close();
  },
});

Deno.test({
  name: "servePeers: unmodified peerjs calls it; without codec, order or raw frames it is not taken",
  ...watch,
  async fn() {
    await using signalling = await signallingServer();
    const { server, links, troubles } = await serving(signalling.url);
    const rtc = await useWebRtc();
    const Peer = await rtc.peer();
    const peer = new Peer("page", {
      host: "127.0.0.1",
      port: signalling.http.port,
      path: "/peer",
      secure: false,
      config: { iceServers: [], bindAddress },
    });
    await new Promise<void>((resolve) => peer.on("open", () => resolve()));
    const call = (options: object) => peer.connect("host", { label: "lockstep.1.json", ...options });
    call({ serialization: "raw" });
    call({ serialization: "raw", reliable: true, label: "chat" });
    call({ serialization: "json", reliable: true });
    await eventually(() => troubles.length === 2);
    const taken = call({ serialization: "raw", reliable: true });
    await new Promise<void>((resolve) => taken.on("open", () => resolve()));
    const { ear } = await at(links, 0);
    taken.send(new Uint8Array([0, 91, 93]));
    assertEquals(await ear.hears(1), ["[]"]);
    taken.close();
    peer.destroy();
    assertEquals((await ear.ends()).code, ERRORS.LINK_LOST[0]);
    await server.close();
    await rtc.release();
  },
});
