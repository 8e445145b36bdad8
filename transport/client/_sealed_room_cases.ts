/** Peers of a room that share what the server cannot read; run in a process of its own by sealed_room_test.ts. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { SignJWT } from "jose";
import { Tokens } from "../auth/mod.ts";
import { RestClient } from "./rest_client.ts";
import { SealedRoom, type SealedRoomOptions } from "./sealed_room.ts";
import { eventually } from "../link/_eventually.ts";
import { bytesOf } from "../link/_endpoint.ts";
import type { Link } from "../link/link.ts";
import { dialPeer } from "../link/peer_client.ts";
import { type PeerServer, servePeers } from "../link/peer_server.ts";
import { peerTicket } from "../protocol/rest.ts";
import { makeJoinCode, makeSealKeys, Sealer, type SealOffer, sealThumbprint } from "../signal/sealed.ts";
import { oneSession } from "../host/_one_session.ts";
import type { Server } from "../host/server.ts";

const bindAddress = "127.0.0.1", ROOM = "session:one";
// peerjs leaves timers of its heart and the native stack its threads.
const watch = { sanitizeOps: false, sanitizeResources: false };
const utf8 = (text: string) => new TextEncoder().encode(text),
  text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** One who joins, with what is heard and refused. */
async function joined(server: Server, options: Partial<SealedRoomOptions>) {
  const heard: string[] = [], refused: string[] = [];
  const room = await SealedRoom.join({
    url: server.url,
    token: server.token,
    room: ROOM,
    bindAddress,
    onMessage: (message, { id }) => heard.push(`${id}: ${text(message)}`),
    onRefused: (why) => refused.push(why),
    ...options,
  });
  return { room, heard, refused };
}

/**
 * Stands in a room, as whoever runs the server could: takes calls, calls somebody else of the room for each, and hands frames on
 * between the two. What it saw is kept.
 */
async function standBetween(server: Server, victim: string, offerOf: (offer: SealOffer) => Promise<SealOffer>) {
  const rest = new RestClient(new URL(server.url), server.token), signalling = `${server.url}/peer`;
  const { id, ticket } = await rest.post(`api/tickets?room=${ROOM}`, undefined, peerTicket);
  const seen: string[] = [];
  const pass = (from: Link, to: Link) => {
    let first = true, passing = Promise.resolve();
    from.onFrame = (frame) => {
      const bytes = bytesOf(frame).slice(), offers = first;
      first = false;
      seen.push(text(bytes));
      passing = passing.then(async () => {
        to.send(offers ? utf8(JSON.stringify(await offerOf(JSON.parse(text(bytes))))) : bytes);
      });
    };
    from.onClose = () => void passing.then(() => to.close(0, ""));
  };
  const peers: PeerServer = await servePeers({
    signalling,
    id,
    ticket: () => ticket,
    bindAddress,
    async onLink(link) {
      const own = await rest.post("api/tickets", undefined, peerTicket);
      const { id, ticket } = own, place = { signalling, bindAddress, reportMs: 0 };
      const onward = await dialPeer({ ...place, id, ticket, peer: victim, codec: "msgpack" });
      pass(link, onward);
      pass(onward, link);
    },
  });
  return { id, seen, close: () => peers.close() };
}

Deno.test({
  name: "SealedRoom: three who know the code share with each other, and see who goes",
  ...watch,
  fn: () =>
    oneSession(async (server) => {
      const code = makeJoinCode();
      const [ann, bob] = await Promise.all([joined(server, { code }), joined(server, { code })]);
      const cat = await joined(server, { code });
      const all = [ann, bob, cat];
      await eventually(() => all.every(({ room }) => room.peers.length === 2));
      await ann.room.send(utf8("spread is wide"));
      await cat.room.send(utf8("for bob"), bob.room.id);
      await eventually(() => bob.heard.length === 2 && cat.heard.length === 1);
      assertEquals(cat.heard, [`${ann.room.id}: spread is wide`]);
      assertEquals(bob.heard.toSorted(), [`${ann.room.id}: spread is wide`, `${cat.room.id}: for bob`].toSorted());
      await bob.room.close();
      await eventually(() => ann.room.peers.length === 1);
      const stranger = await joined(server, { code: makeJoinCode() });
      await eventually(() => ann.refused.length === 1 && cat.refused.length === 1 && stranger.refused.length === 2);
      assertEquals([stranger.room.peers, ann.room.peers.map(({ id }) => id)], [[], [cat.room.id]]);
      for (const { room } of [ann, cat, stranger]) await room.close();
    }),
});

Deno.test({
  name: "SealedRoom: who comes is told while one joins, and what the application throws is no peer's fault",
  ...watch,
  fn: () =>
    oneSession(async (server) => {
      const faults: string[] = [], counts: number[] = [];
      const onError = (event: ErrorEvent) => (event.preventDefault(), void faults.push(event.message));
      globalThis.addEventListener("error", onError);
      const code = makeJoinCode(), ann = await joined(server, { code });
      const bob = await joined(server, {
        code,
        onPeers(peers) {
          counts.push(peers.length);
          throw new Error("in onPeers");
        },
        onMessage() {
          throw new Error("in onMessage");
        },
      });
      assertEquals(counts, [1]);
      await eventually(() => ann.room.peers.length === 1);
      for (const each of ["one", "two"]) await ann.room.send(utf8(each));
      await bob.room.send(utf8("three"));
      await eventually(() => faults.length === 3 && ann.heard.length === 1);
      assertEquals([bob.refused, bob.room.peers.length], [[], 1]);
      await ann.room.close();
      await eventually(() => counts.length === 2);
      globalThis.removeEventListener("error", onError);
      assertEquals(counts, [1, 0]);
      await bob.room.close();
    }),
});

Deno.test({
  name: "SealedRoom: whoever stands between reads nothing, and one who swaps keys is refused at both ends",
  ...watch,
  fn: () =>
    oneSession(async (server) => {
      const code = makeJoinCode(), bob = await joined(server, { code });
      const honest = await standBetween(server, bob.room.id, (offer) => Promise.resolve(offer));
      // She calls both: bob, and bob again through the relay, whose two calls have one end each and stay one talk.
      const ann = await joined(server, { code });
      assertEquals(ann.room.peers.map(({ id }) => id), [bob.room.id]);
      await ann.room.send(utf8("our secret"));
      await eventually(() => bob.heard.length === 1);
      assert(honest.seen.length >= 4 && !honest.seen.some((frame) => frame.includes("our secret")));
      await ann.room.close();
      await honest.close();
      await eventually(() => bob.room.peers.length === 0);
      const swapped = await standBetween(server, bob.room.id, async (offer) => ({
        ...(await Sealer.make(offer.role, { code: makeJoinCode() })).offer,
        role: offer.role,
      }));
      const eva = await joined(server, { code });
      await eventually(() => eva.refused.length > 0 && bob.refused.length > 0);
      for (const [why] of [eva.refused, bob.refused]) assertMatch(why, /not marked by the code|ended before/);
      assert(eva.refused.concat(bob.refused).some((why) => why.includes("somebody may stand between")));
      assertEquals(eva.room.peers.map(({ id }) => id), [bob.room.id]);
      assert(swapped.seen.length > 0);
      await eva.room.close();
      await bob.room.close();
      await swapped.close();
    }),
});

Deno.test({
  name: "SealedRoom: keys that tokens name (cnf) prove who is who, and a relay with a key of its own is refused",
  ...watch,
  fn: () =>
    oneSession(async (server) => {
      const secret = new Uint8Array(32).fill(5), audience = "desk peers", now = () => Date.now();
      const tokens = new Tokens({ audience, issuers: [{ issuer: "desk", keyId: "1", secret }], now });
      // Whom both trust says in a token whose key is whose; the server is not asked.
      const named = async (name: string) => {
        const keys = await makeSealKeys(), at = Math.floor(now() / 1000), jkt = await sealThumbprint(keys);
        const token = await new SignJWT({ scope: "read", cnf: { jkt } })
          .setProtectedHeader({ alg: "HS256", kid: "1", typ: "JWT" }).setIssuer("desk").setAudience(audience)
          .setSubject(name).setJti(name).setIssuedAt(at).setExpirationTime(at + 60).sign(secret);
        return { keys, thumbprint: (await tokens.verify(token)).keyThumbprint! };
      };
      const [ann, bob, eve] = await Promise.all(["ann", "bob", "eve"].map(named));
      const there = await joined(server, { keys: bob.keys, thumbprint: [ann.thumbprint] });
      const relay = await standBetween(server, there.room.id, async (offer) => ({
        ...(await Sealer.make(offer.role, { thumbprint: "any" }, eve.keys)).offer,
        role: offer.role,
      }));
      const here = await joined(server, { keys: ann.keys, thumbprint: bob.thumbprint });
      await eventually(() => here.room.peers.length === 1 && here.refused.length > 0 && there.refused.length > 0);
      assertEquals(here.room.peers, [{ id: there.room.id, thumbprint: bob.thumbprint }]);
      assertEquals(there.room.peers, [{ id: here.room.id, thumbprint: ann.thumbprint }]);
      assert(here.refused.concat(there.refused).some((why) => why.includes("not the one that its token names")));
      await here.room.close();
      await there.room.close();
      await relay.close();
    }),
});

Deno.test({
  name: "SealedRoom: rooms need their scope, codes are not thought up, and there is one proof",
  ...watch,
  async fn() {
    const issuers = [{ issuer: "desk", keyId: "1", secret: new Uint8Array(32).fill(1) }];
    const tokens = new Tokens({ audience: "lockstep", issuers, now: () => Date.now() });
    const token = await tokens.mint({ name: "ann", scopes: ["read:two"], lifeMs: 60_000 }), code = makeJoinCode();
    await oneSession(async (server) => {
      await assertRejects(() => joined(server, { token, code }), Error, "the scope to read");
      await assertRejects(() => joined(server, { token, code, room: "lobby" }), Error, "room is none");
      await assertRejects(() => joined(server, { token, code: "password" }), RangeError, "makeJoinCode");
      await assertRejects(() => joined(server, { token }), RangeError, "not one proof");
    }, { server: { issuers } });
  },
});
