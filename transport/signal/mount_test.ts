import { assertEquals } from "@std/assert";
import { inOwnProcess } from "../../tests/own_process.ts";
import { turns } from "../link/_conformance.ts";
import { rawPeer, signallingServer } from "./_signalling_server.ts";

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

Deno.test("mountSignalling: who may not connect uses up nobody's attempts", async () => {
  const limits = { attempts: { burst: 1, perSecond: 1e-6 } };
  await using server = await signallingServer({ limits, allow: ({ url }) => !url!.includes("id=stranger") });
  for (let i = 0; i < 3; i++) await (await rawPeer(server.socketUrl("key=peerjs&id=stranger&token=t"))).closed;
  const { socket, heard, closed } = await rawPeer(server.socketUrl("key=peerjs&id=good&token=t"));
  while (heard.length < 1) await turns(1);
  assertEquals(heard, [{ type: "OPEN" }]);
  socket.close();
  await closed;
});

Deno.test("mountSignalling: attempts of an address are limited, for sockets and for ids", async () => {
  await using server = await signallingServer({ limits: { attempts: { burst: 3, perSecond: 1e-6 } } });
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

Deno.test("mountSignalling: attempts are counted by whom a trusted proxy names, and no other", async () => {
  const limits = { attempts: { burst: 1, perSecond: 1e-6 } };
  const statuses = async (proxies: readonly string[]) => {
    await using server = await signallingServer({ limits, proxies });
    const found = [];
    for (const client of ["10.0.0.1", "10.0.0.2", "10.0.0.1"]) {
      const answer = await fetch(`${server.url}/peerjs/id`, { headers: { "x-forwarded-for": client } });
      found.push(answer.status);
      await answer.body?.cancel();
    }
    return found;
  };
  assertEquals(await statuses(["127.0.0.1"]), [200, 200, 429]);
  assertEquals(await statuses([]), [200, 429, 429]);
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

inOwnProcess("mountSignalling with peerjs", new URL("_peerjs_cases.ts", import.meta.url));
