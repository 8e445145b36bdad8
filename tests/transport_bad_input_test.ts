/**
 * What a server must bear: each case is done to a real server over real sockets, while another client watches, trades and must
 * notice nothing.
 */
import { assert, assertEquals } from "@std/assert";
import { encode } from "@msgpack/msgpack";
import type { RunError } from "../engine/run/backtest.ts";
import { Tokens } from "../transport/auth/mod.ts";
import { connect } from "../transport/client/mod.ts";
import { HostedSession } from "../transport/host/hosted_session.ts";
import { Server } from "../transport/host/server.ts";
import { endingOf } from "../transport/link/_close_status.ts";

const ISSUER = { issuer: "desk", keyId: "k1", secret: new Uint8Array(32).fill(7) };
const OTHER = { issuer: "evil", keyId: "k1", secret: new Uint8Array(32).fill(9) };
const TAPE = new URL("../fixtures/data/market_l2.arrow", import.meta.url).pathname;

/** A token of somebody, by an issuer, that lives or has lived. */
function tokenOf(
  name: string,
  scopes: readonly string[],
  { issuer = ISSUER, audience = "lockstep", ago = 0 } = {},
): Promise<string> {
  const tokens = new Tokens({ audience, issuers: [issuer], now: () => Date.now() - ago });
  return tokens.mint({ name, scopes, lifeMs: 60_000, tokenId: `t-${name}` });
}

/** A server with one session, on which a client trades and watches all the time. */
interface World {
  readonly server: Server;
  readonly session: HostedSession;
  readonly port: number;
  readonly url: string;
}

const LIMITS = {
  http: { headersMs: 200, requestMs: 400, idleMs: 200 },
  rates: {
    messages: { connection: { perSecond: 1000, burst: 4000 } },
    bytes: { connection: { perSecond: 1_048_576, burst: 4_194_304 } },
    attempts: { address: { perSecond: 0.2, burst: 10 } },
  },
  hub: { stallMs: 500, requests: { perSecond: 500, burst: 1000 } },
};

async function inWorld(attack: (world: World) => Promise<void>): Promise<void> {
  const server = await Server.start({ port: 0, issuers: [ISSUER], peers: false, limits: LIMITS });
  const still = { name: "still", about: "Does nothing.", create: () => ({}) };
  const session = new HostedSession({ strategy: still, tape: TAPE }, {
    ...server.hostOptions("one"),
    pace: "real",
    speed: 100,
  });
  server.add(session);
  const running = session.run().catch((error: RunError) => error);
  const url = `${server.url.replace("http", "ws")}/ws`;
  const good = connect({ url, token: await tokenOf("good", ["admin"]), name: "good" });
  let attacked = false, books = 0;
  try {
    const { instruments: [{ symbol }] } = await good.ready();
    good.listen("book", symbol, () => void (attacked && books++));
    await attack({ server, session, port: Number(new URL(url).port), url });
    attacked = true;
    const { code, order } = await good.command({ kind: "submit", side: "buy", size: 1, price: 1900 });
    assertEquals([code, order > 0], [0, true], "the other client can trade");
    while (books < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    const { reconnections, errors, resyncs, lost } = good.stats;
    const faults = Object.values(errors).reduce((sum, each) => sum + each, 0);
    assertEquals([reconnections, faults, resyncs, lost], [0, 0, 0, 0], "the other client noticed");
  } finally {
    good.close();
    session.stop(new Error("enough"));
    await running;
    await server.close();
  }
}

/** A WebSocket of which everything that it hears is kept: names of errors, types of other messages, "closed" and a code at its end. */
async function raw({ url }: World, token?: string, protocols = ["lockstep.1.json"]) {
  const socket = new WebSocket(url, token === undefined ? protocols : [...protocols, `lockstep.token.${token}`]);
  const heard: string[] = [], ended: number[] = [], messages: { type: string; data: Record<string, unknown> }[] = [];
  let wake = () => {};
  const note = (text: string) => (heard.push(text), wake());
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") return note("bytes");
    for (const message of JSON.parse(data)) {
      messages.push(message);
      note(message.type === "error" ? message.data.name : message.type);
    }
  };
  const opened = new Promise<void>((resolve) => {
    socket.onopen = () => resolve();
    socket.onclose = ({ code, reason }) => (ended.push(endingOf(code, reason).code), note("closed"), resolve());
    socket.onerror = () => {};
  });
  await opened;
  const until = async (wanted: string) => {
    while (!heard.includes(wanted)) {
      assert(!heard.includes("closed"), `closed before ${wanted}: ${heard}`);
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  return { socket, heard, ended, messages, until, send: (...list: unknown[]) => socket.send(JSON.stringify(list)) };
}

const HELLO = { type: "hello", id: "h", data: { protocol: 1, client: "bad" } };

/** The same, greeted. */
async function greeted(world: World, scopes: readonly string[] = ["admin"], name = "bad") {
  const found = await raw(world, await tokenOf(name, scopes));
  found.send(HELLO);
  await found.until("hello");
  return found;
}

/** What a hello with such a token comes to. */
async function helloBy(world: World, token: string, how: "protocol" | "hello"): Promise<string[]> {
  const found = await raw(world, how === "protocol" ? token : undefined);
  if (how === "hello") found.send({ ...HELLO, data: { ...HELLO.data, token } });
  await found.until("closed");
  return found.heard;
}

/** Opens a WebSocket by hand, greeted, whose bytes nobody reads unless they are asked for. */
async function byHand({ port }: World, token: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = [
    "GET /ws HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol: lockstep.1.json",
    `Authorization: Bearer ${token}`,
  ];
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  await connection.read(new Uint8Array(4096));
  await connection.write(masked([HELLO]));
  return connection;
}

/** Messages as a text frame of a client, its mask zeros. */
function masked(messages: unknown): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(messages));
  const length = text.length < 126 ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 255];
  return new Uint8Array([0x81, ...length, 0, 0, 0, 0, ...text]);
}

/** Reads until the other end closes; returns how many bytes came. */
async function readAll(connection: Deno.TcpConn, pauseMs = 0, piece = 65_536): Promise<number> {
  const buffer = new Uint8Array(piece);
  let bytes = 0;
  try {
    for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
      bytes += read;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  } catch {
    // Cut, rather than closed.
  }
  return bytes;
}

const subscribe = (id: string, channel: string, symbol: string) => ({
  type: "subscribe",
  id,
  data: { channel, symbol },
});
const parts = (token: string) => token.split(".");
const part = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });

const CASES: Readonly<Record<string, (world: World) => Promise<void>>> = {
  async "a flood of requests is refused with a time to wait, and then cut"(world) {
    const bad = await greeted(world);
    for (let i = 0; i < 1500; i++) bad.send({ type: "presence", id: `${i}`, data: {} });
    await bad.until("closed");
    const refused = bad.messages.filter(({ data }) => data.name === "RATE_EXCEEDED");
    assert(refused.length < 400 && refused.every(({ data }) => data.retryMs as number >= 0));
    assert(bad.heard.filter((each) => each === "present").length <= 1200);
    assertEquals(bad.ended, [4001]);
  },
  async "a flood of frames is cut before they are read"(world) {
    const bad = await greeted(world);
    for (let i = 0; i < 8000; i++) bad.send({ type: "ping", data: { sent: i } });
    await bad.until("closed");
    assert(bad.heard.filter((each) => each === "pong").length <= 4000);
    assertEquals(bad.ended, [4001]);
  },
  async "a flood of bytes is cut"(world) {
    const bad = await greeted(world), long = "x".repeat(60_000);
    for (let i = 0; i < 120; i++) bad.send({ type: "command", data: { command: { kind: "submit", long } } });
    await bad.until("closed");
    assertEquals(bad.ended, [4001]);
  },
  async "slow-loris: a head that drips is cut"({ port }) {
    const loris = await Promise.all(Array.from({ length: 20 }, () => Deno.connect({ hostname: "127.0.0.1", port })));
    const drip = (connection: Deno.TcpConn) =>
      connection.write(new TextEncoder().encode("GET /ws HTTP/1.1\r\nX: y\r\n"));
    for (const each of loris) await drip(each);
    const ends = loris.map((each) => readAll(each));
    for (const bytes of await Promise.all(ends)) assert(bytes < 1000);
    for (const each of loris) each.close();
  },
  async "a message that is too large is refused by its size, and its sender is let go"(world) {
    const bad = await greeted(world);
    bad.send({ type: "command", data: { command: { kind: "submit", long: "x".repeat(70_000) } } });
    await bad.until("closed");
    assertEquals([bad.heard.includes("TOO_LARGE"), bad.ended], [true, [4000]]);
  },
  async "a frame of 60 MiB is refused by its header, before its bytes are there"(world) {
    const connection = await byHand(world, await tokenOf("bad", ["admin"]));
    const header = new Uint8Array(14), view = new DataView(header.buffer);
    header.set([0x82, 0xff]);
    view.setBigUint64(2, 62_914_560n);
    await connection.write(header);
    await readAll(connection);
    connection.close();
  },
  async "deep nesting, many keys, prototype keys and broken JSON are refused, and the connection goes on"(world) {
    const bad = await greeted(world), at = (text: string) => bad.socket.send(text);
    at(`[{"type":"command","id":"1","data":{"command":{"kind":"x","a":${"[".repeat(40)}${"]".repeat(40)}}}}]`);
    await bad.until("TOO_DEEP");
    at('[{"type":"command","id":"2","data":{"command":{"kind":"submit","__proto__":{"x":1}}}}]');
    at('[{"type":"command","id":"3","data":{"command":{"kind":"submit","constructor":{"x":1}}}}]');
    at("[{");
    at("{}");
    at('[{"type":"who knows","data":{}}]');
    bad.send({ type: "ping", data: { sent: 1 } });
    await bad.until("pong");
    assertEquals(bad.heard.filter((each) => each === "MALFORMED").length >= 3, true, bad.heard.join());
  },
  async "another codec than was agreed on is refused, and so is one that there is not"(world) {
    const bad = await greeted(world);
    bad.socket.send(new Uint8Array(encode([{ type: "ping", data: { sent: 1 } }])));
    await bad.until("MALFORMED");
    const none = await raw(world, await tokenOf("bad", ["admin"]), ["lockstep.1.xml"]);
    assertEquals(none.heard, ["closed"]);
    bad.socket.close();
  },
  async "random bytes and texts end in coded errors"(world) {
    let state = 1;
    const draw = (below: number) => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) % below;
    for (let round = 0; round < 10; round++) {
      const bad = await greeted(world);
      for (let i = 0; i < 20; i++) {
        const bytes = Uint8Array.from({ length: draw(200) }, () => draw(256));
        bad.socket.send(
          draw(2) === 0 ? bytes : `[{"type":"${String.fromCharCode(...bytes.map((each) => each % 96 + 32))}`,
        );
      }
      bad.send({ type: "ping", data: { sent: 1 } });
      await bad.until("pong");
      assertEquals(new Set(bad.heard.filter((each) => /^[A-Z_]+$/.test(each))).has("FAILED"), false);
      bad.socket.close();
    }
  },
  async "who does not begin with hello is let go"(world) {
    const bad = await raw(world, await tokenOf("bad", ["admin"]));
    bad.send(subscribe("1", "pnl", ""));
    await bad.until("closed");
    assertEquals(bad.heard, ["HELLO_FIRST", "closed"]);
  },
  async "an expired token is refused, and so is one that is replayed after it was revoked"(world) {
    const expired = await tokenOf("bad", ["admin"], { ago: 600_000 }), stolen = await tokenOf("bad", ["admin"]);
    for (const how of ["protocol", "hello"] as const) {
      assertEquals((await helloBy(world, expired, how)).includes("closed"), true);
    }
    assertEquals(await helloBy(world, expired, "hello"), ["TOKEN_EXPIRED", "closed"]);
    const bad = await raw(world, stolen);
    bad.send(HELLO);
    await bad.until("hello");
    world.server.revoke({ tokenId: "t-bad", before: Date.now() + 5000, until: Date.now() + 600_000 });
    await bad.until("closed");
    assert(bad.heard.includes("TOKEN_REVOKED"));
    assertEquals(await helloBy(world, stolen, "hello"), ["TOKEN_REVOKED", "closed"]);
  },
  async "alg none, another's key, a changed token and another audience are refused"(world) {
    const good = await tokenOf("bad", ["read"]),
      [header, , signature] = parts(good),
      now = Math.floor(Date.now() / 1000);
    const claims = { iss: "desk", aud: "lockstep", sub: "bad", scope: "admin", iat: now, exp: now + 60 };
    const wrong = [
      `${part({ alg: "none", kid: "k1" })}.${part(claims)}.`,
      `${part({ alg: "none", kid: "k1" })}.${part(claims)}.AAAA`,
      `${header}.${part(claims)}.${signature}`,
      await tokenOf("bad", ["admin"], { issuer: OTHER }),
      await tokenOf("bad", ["admin"], { issuer: { ...OTHER, issuer: "desk" } }),
      await tokenOf("bad", ["admin"], { audience: "elsewhere" }),
    ];
    for (const token of wrong) assertEquals(await helloBy(world, token, "hello"), ["TOKEN_INVALID", "closed"]);
  },
  async "who guesses tokens is stopped"(world) {
    const heard: string[] = [];
    for (let i = 0; i < 15; i++) heard.push((await helloBy(world, `a.b.${i}`, "hello"))[0]);
    assertEquals([heard[0], heard.at(-1)], ["TOKEN_INVALID", "RATE_EXCEEDED"]);
  },
  async "a token in the URL, another page and another host get nothing"({ url, server }) {
    const bad = await raw({ url: `${url}?token=${await tokenOf("bad", ["admin"])}` } as World);
    await bad.until("closed");
    assertEquals(bad.heard.includes("hello"), false);
    const response = await fetch(server.url, { headers: { origin: "https://evil.example" } });
    assertEquals([response.status, (await response.json()).name], [403, "ORIGIN_REFUSED"]);
  },
  async "id theft: another's connection is not resumed"(world) {
    const [{ id }] = world.session.hub.connections;
    const thief = await raw(world, await tokenOf("thief", ["read"]));
    thief.send({ ...HELLO, data: { ...HELLO.data, connection: id } });
    await thief.until("hello");
    const { data } = thief.messages[0];
    assertEquals([data.resumed, data.connection === id, data.scopes], [false, false, ["read"]]);
    thief.socket.close();
  },
  async "a subscription, a command and a history without their scope are refused"(world) {
    const bad = await greeted(world, ["read:one:OTHER"]);
    bad.send(subscribe("1", "book", world.session.symbols[0]), subscribe("2", "pnl", ""));
    bad.send({
      type: "history",
      id: "3",
      data: { channel: "fills", symbol: world.session.symbols[0], from: 1, most: 10 },
    });
    bad.send({ type: "command", id: "4", data: { command: { kind: "cancel_all" } } });
    bad.send({ type: "presence", id: "5", data: {} });
    bad.send({ type: "ping", data: { sent: 1 } });
    await bad.until("pong");
    assertEquals(bad.heard.filter((each) => each === "SCOPE_MISSING").length, 5, bad.heard.join());
    const reader = await greeted(world, ["read"], "reader");
    for (const kind of ["submit", "kill", "clock_pause", "set_limit", "strategy_stop", "clock_fork", "drive"]) {
      reader.send({ type: "command", id: kind, data: { command: { kind } } });
    }
    reader.send({ type: "ping", data: { sent: 1 } });
    await reader.until("pong");
    assertEquals(reader.heard.filter((each) => each === "SCOPE_MISSING").length, 7, reader.heard.join());
    for (const { socket } of [bad, reader]) socket.close();
  },
  async "a reader at 10 kB/s that acknowledges nothing is cut, and costs less than 1 MiB until then"(world) {
    const connection = await byHand(world, await tokenOf("bad", ["read"])), { hub } = world.session;
    world.session.driver.tape!.speed(300);
    for (const channel of ["book", "trades", "bbo"]) await connection.write(masked([subscribe(channel, channel, "*")]));
    const reading = readAll(connection, 100, 1000),
      own = () => [...hub.connections].filter((each) => each.client === "bad");
    let held = 0;
    while (own().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const [bad] = own(); bad.link !== undefined;) {
      held = Math.max(held, bad.heldBytes);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert(held < 1_048_576, `${held} B`);
    connection.close();
    await reading;
  },
  async "a command that is sent twice is done once"(world) {
    const bad = await greeted(world), command = { kind: "submit", side: "buy", size: 1, price: 1901 };
    for (let i = 0; i < 5; i++) bad.send({ type: "command", id: `${i}`, data: { command, key: "same" } });
    for (let i = 0; i < 5; i++) {
      bad.send({ type: "command", id: `step${i}`, data: { command: { kind: "clock_pause" }, key: "pause" } });
    }
    bad.send({ type: "command", id: "go", data: { command: { kind: "clock_resume" } } });
    bad.send({ type: "ping", data: { sent: 1 } });
    await bad.until("pong");
    const orders = bad.messages.filter(({ type }) => type === "commanded").map(({ data }) => data.order);
    assertEquals([orders.length, new Set(orders.slice(0, 5)).size], [11, 1]);
    assertEquals(world.session.openOrders, 1);
    bad.socket.close();
  },
  async "10,000 subscriptions from one client end at the limit"(world) {
    const bad = await greeted(world);
    for (let i = 0; i < 10_000; i++) bad.send(subscribe(`${i}`, "book", "*"));
    await bad.until("closed");
    assert(bad.heard.includes("SUBSCRIPTIONS_EXCEEDED") || bad.heard.includes("RATE_EXCEEDED"));
    assert(bad.heard.filter((each) => each === "subscribed").length <= 500);
  },
};

for (const [name, attack] of Object.entries(CASES)) Deno.test(`Server: ${name}`, () => inWorld(attack));
