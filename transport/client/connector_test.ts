import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ErrorName, ERRORS, ProtocolError } from "../protocol/errors.ts";
import { settle } from "./_settle.ts";
import type { ClientOptions } from "./options.ts";
import { HELLO, scriptedTests } from "./_scripted_server.ts";

const scripted = scriptedTests("Connector");

/** What follows each error with which a server closes: the state at once, and after a minute, and how often it was dialled. */
const REACTIONS: readonly (readonly [ErrorName, at: string, later: string, dials: number])[] = [
  ["LINK_LOST", "reconnecting", "connected", 2],
  ["SLOW_CONSUMER", "reconnecting", "connected", 2],
  ["DRAINING", "reconnecting", "connected", 2],
  ["TOKEN_EXPIRED", "error", "error", 1],
  ["TOKEN_REVOKED", "error", "error", 1],
  ["ORIGIN_REFUSED", "error", "error", 1],
  ["MALFORMED", "error", "error", 1],
  ["VERSION_UNSUPPORTED", "error", "error", 1],
  ["RATE_EXCEEDED", "reconnecting", "connected", 2],
  ["CONNECTIONS_EXCEEDED", "reconnecting", "connected", 2],
  ["SESSION_OVER", "error", "error", 1],
  ["FAILED", "reconnecting", "connected", 2],
  ["OVERLOADED", "reconnecting", "connected", 2],
];

for (const [name, at, later, dials] of REACTIONS) {
  scripted(`a server that closes with ${name} leaves it ${at}, then ${later}`, async (server) => {
    const client = await server.connected({ token: "t" });
    server.link.error(name);
    server.link.link.close(ERRORS[name][0], name);
    await settle();
    assertEquals([client.state, client.error?.data.name, client.error?.data.code], [at, name, ERRORS[name][0]]);
    await server.clock.advance(60_000);
    assertEquals([client.state, server.links.length], [later, dials]);
  });
}

scripted("ten attempts with full jitter, then error; and again when it is told", async (server) => {
  const client = server.client();
  const states: string[] = [];
  client.on("state", ({ state }) => states.push(`${state} ${server.clock.now() % 1e9}`));
  server.refuse = new Error("nobody there");
  const ready = assertRejects(() => client.ready(), ProtocolError, "nobody there");
  await server.clock.advance(300_000);
  await ready;
  // Half of 1, 2, 4, 8, 16, 32, 60, 60, 60 and 60 s.
  assertEquals([client.state, states.at(-1)], ["error", `error ${(1_700_000_000_000 + 151_500) % 1e9}`]);
  await assertRejects(() => client.command({ kind: "submit" }), ProtocolError, "nobody there");
  server.refuse = undefined;
  client.reconnect();
  await settle();
  assertEquals(client.state, "connected");
});

scripted("gives an attempt up when no hello comes, and hears nothing of it later", async (server) => {
  server.onHello = () => {};
  const client = server.client({ connectMs: 5000 });
  await server.clock.advance(4999);
  assertEquals([client.state, server.links.length], ["connecting", 1]);
  server.onHello = undefined;
  await server.clock.advance(1000);
  assertEquals(client.state, "connected");
  assertEquals([server.links.length, server.links[0].closed?.code], [2, 1000]);
});

scripted("a link that is dialled too late is cut", async (server) => {
  let answer = (): void => {};
  const late: ClientOptions["dial"] = async (wish) => {
    await new Promise<void>((resolve) => answer = resolve);
    return await server.dial(wish);
  };
  const client = server.client({ dial: late, connectMs: 1000, backoff: { attempts: 1 } });
  await server.clock.advance(100);
  client.close();
  answer();
  await settle();
  assertEquals([client.state, server.link.closed?.code, server.link.heard], ["disconnected", 1000, []]);
});

scripted("comes back no sooner than the server says", async (server) => {
  const client = await server.connected();
  server.link.send({ type: "drain", data: { reconnectMs: 7000, reason: "a new version" } });
  server.link.link.close(1002, "bye");
  await server.clock.advance(6900);
  assertEquals([client.state, server.links.length], ["reconnecting", 1]);
  await server.clock.advance(200);
  assertEquals(client.state, "connected");
});

scripted("tries the next carrier when one fails, and leaves one out that failed often", async (server) => {
  let failed = 0;
  const broken = () => (failed++, Promise.reject(new Error("blocked")));
  const client = server.client({ dial: [broken, server.dial], breaker: { failures: 2, openMs: 1e9 } });
  await server.clock.advance(1000);
  assertEquals([client.state, failed], ["connected", 1]);
  for (let i = 0; i < 6; i++) {
    server.link.link.terminate();
    await server.clock.advance(60_000);
    assertEquals(client.state, "connected");
  }
  assert(failed <= 2, `${failed}`);
});

scripted("a token that is refused is changed for another, once", async (server) => {
  let tokens = 0;
  server.onHello = (message, link) => {
    if (message.data.token === "t2") return link.send({ type: "hello", data: HELLO });
    link.error("TOKEN_EXPIRED");
    link.link.close(ERRORS.TOKEN_EXPIRED[0], "expired");
  };
  const client = server.client({ token: () => `t${++tokens}` });
  await server.clock.advance(100);
  assertEquals([client.state, tokens], ["connected", 2]);
  server.onHello = (_, link) => {
    link.error("TOKEN_EXPIRED");
    link.link.close(ERRORS.TOKEN_EXPIRED[0], "expired");
  };
  server.link.link.terminate();
  await server.clock.advance(60_000);
  assertEquals([client.state, tokens], ["error", 3]);
});

scripted("whose connection goes on elsewhere begins another", async (server) => {
  await server.connected();
  server.link.link.close(ERRORS.REPLACED[0], "elsewhere");
  await server.clock.advance(2000);
  assertEquals(server.link.of("hello")[0].data.connection, undefined);
  assertEquals(server.links.length, 2);
});

scripted("a dead link is found by its silence, and left for another", async (server) => {
  const client = await server.connected();
  server.pong = () => {};
  await server.clock.advance(75_000);
  assertEquals([client.error?.data.name, server.links[0].closed?.code], ["HEARTBEAT_LOST", 1000]);
  server.pong = undefined;
  await server.clock.advance(5000);
  assertEquals(client.state, "connected");
});

scripted("knows latency and the server's clock from its pings", async (server) => {
  server.pong = (message, link) => {
    link.send({
      type: "pong",
      id: message.id,
      data: { sent: message.data.sent - 40, received: message.data.sent + 1000 - 20 },
    });
  };
  const client = await server.connected();
  await settle();
  const { latencyMs, clockOffsetMs, clockErrorMs } = client.stats;
  assertEquals([latencyMs?.last, clockOffsetMs, clockErrorMs], [40, 1000, 20]);
});

scripted("latency is honest soon after a start that was slow, and after a move to a slower link", async (server) => {
  let slow = 400;
  server.pong = ({ id, data: { sent } }, link) =>
    link.send({ type: "pong", id, data: { sent: sent - slow, received: sent } });
  const client = await server.connected();
  await settle();
  assertEquals(client.stats.latencyMs?.recent, 400);
  slow = 3;
  await server.clock.advance(250);
  assertEquals([client.stats.latencyMs?.recent, client.stats.latencyMs?.most], [3, 400]);
  slow = 50;
  await server.clock.advance(60_000);
  slow = 900;
  await server.clock.advance(30_000);
  assertEquals([client.stats.latencyMs?.recent, client.stats.latencyMs?.last], [50, 900]);
  slow = 80;
  await client.move(server.dial);
  await server.clock.advance(1000);
  assertEquals(client.stats.latencyMs?.recent, 80);
});

scripted("offline it waits, online it tries at once, and after sleep it asks", async (server) => {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const listening = {
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
    document,
  };
  const client = await server.connected({ page: listening });
  page.dispatchEvent(new Event("offline"));
  await server.clock.advance(600_000);
  assertEquals([client.state, server.links.length], ["reconnecting", 1]);
  page.dispatchEvent(new Event("online"));
  await settle();
  assertEquals([client.state, server.links.length], ["connected", 2]);
  server.pong = () => {};
  await server.clock.advance(100);
  document.dispatchEvent(new Event("resume"));
  await server.clock.advance(2000);
  assertEquals([client.state, client.error?.data.name], ["reconnecting", "HEARTBEAT_LOST"]);
  server.pong = undefined;
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  assertEquals(client.state, "connected");
  client.close();
  page.dispatchEvent(new Event("online"));
  await settle();
  assertEquals([client.state, server.links.length], ["disconnected", 3]);
});

scripted("closes in good order: says bye, ends loops, and rejects what waits", async (server) => {
  const client = await server.connected();
  server.onCommand = () => {};
  const command = assertRejects(() => client.command({ kind: "submit" }), ProtocolError, "the client is closed");
  const loop = client.subscribe("trades", "BTC").next();
  await settle();
  client.close();
  client.close();
  await settle();
  await command;
  assertEquals([(await loop).done, server.link.of("bye").length, server.link.closed?.code], [true, 1, 0]);
  client.reconnect();
  await client.ready();
  assertEquals(client.state, "connected");
});

scripted("a report of an error holds no token, only for who opted in", async (server) => {
  const reports: string[] = [];
  const token = "aaaaaaaaaa.bbbbbbbbbb.cccccccccc";
  const client = await server.connected({ token, report: (report) => reports.push(JSON.stringify(report)) });
  server.link.send({
    type: "error",
    data: { code: 6000, name: "FAILED", category: "server", message: `with ${token}`, remedy: "r", retryMs: 0 },
  });
  await settle();
  assertEquals([reports.length, reports[0].includes("bbbb"), client.stats.errors.server], [1, false, 1]);
  assert(reports[0].includes("with [token]"));
});
