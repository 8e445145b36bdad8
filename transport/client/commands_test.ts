import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../protocol/errors.ts";
import { settle } from "./_settle.ts";
import { scriptedTests } from "./_scripted_server.ts";

const scripted = scriptedTests("Commands");

const submit = { kind: "submit" };

scripted("wait for a link, and go paced and in order", async (server) => {
  server.refuse = new Error("away");
  const client = server.client({ queue: { perSecond: 10 } });
  await server.clock.advance(100);
  const answers = Array.from({ length: 5 }, (_, i) => client.command({ kind: "submit", size: i }));
  assertEquals(client.stats.queued, 5);
  server.refuse = undefined;
  client.reconnect();
  await settle();
  assertEquals(server.link.of("command").length, 1);
  await server.clock.advance(250);
  assertEquals(server.link.of("command").length, 3);
  const late = client.command({ kind: "submit", size: 5 });
  await server.clock.advance(1000);
  assertEquals((await Promise.all([...answers, late])).length, 6);
  assertEquals(server.link.of("command").map(({ data }) => data.command.size), [0, 1, 2, 3, 4, 5]);
  assertEquals(new Set(server.link.of("command").map(({ data }) => data.key)).size, 6);
});

scripted("expire while they wait rather than fire late", async (server) => {
  server.refuse = new Error("away");
  const client = server.client({ backoff: { attempts: Infinity } });
  const rejected = assertRejects(() => client.command(submit, { expireMs: 500 }), ProtocolError, "it expired");
  await server.clock.advance(500);
  assertEquals((await rejected).data.name, "EXPIRED");
  server.refuse = undefined;
  await server.clock.advance(60_000);
  assertEquals([client.state, server.link.of("command").length], ["connected", 0]);
});

scripted("the oldest of a full queue makes room", async (server) => {
  server.refuse = new Error("away");
  const client = server.client({ queue: { capacity: 2 } });
  const first = assertRejects(() => client.command(submit), ProtocolError, "newer commands took its place");
  const others = [client.command(submit), client.command(submit)];
  await first;
  server.refuse = undefined;
  client.reconnect();
  await server.clock.advance(2000);
  assertEquals((await Promise.all(others)).length, 2);
});

scripted("one whose answer was lost goes again with its key and its time to expire", async (server) => {
  const client = await server.connected();
  server.onCommand = () => {};
  const answer = client.command(submit, { key: "k" });
  await settle();
  server.onCommand = undefined;
  server.link.link.terminate();
  await server.clock.advance(9000);
  assertEquals((await answer).order, 1);
  const sent = server.links.map((link) => link.of("command")[0].data);
  assertEquals(sent[0], sent[1]);
  assertEquals(sent[0].key, "k");
});

scripted("no answer in time says that nobody knows", async (server) => {
  const client = await server.connected();
  server.onCommand = () => {};
  const rejected = assertRejects(() => client.command(submit, { key: "k", timeoutMs: 100 }), ProtocolError);
  await server.clock.advance(100);
  assertEquals(
    (await rejected).message,
    "Cannot tell what became of submit: no answer came in 100 ms; ask again with key k",
  );
});

scripted("limits are tried again when the server says, three times in all", async (server) => {
  const client = await server.connected();
  server.onCommand = ({ id }, link) => link.error("RATE_EXCEEDED", id, 1000);
  const rejected = assertRejects(() => client.command(submit, { key: "k" }), ProtocolError, "RATE_EXCEEDED");
  await server.clock.advance(10_000);
  await rejected;
  assertEquals(server.link.of("command").map(({ data }) => data.key), ["k", "k", "k"]);
  server.onCommand = (message, link) => {
    server.onCommand = undefined;
    link.error("RATE_EXCEEDED", message.id, 1000);
  };
  const answer = client.command(submit);
  await server.clock.advance(1000);
  assertEquals((await answer).code, 0);
});

scripted("are not tried again past their time, nor when they are wrong", async (server) => {
  const client = await server.connected();
  server.onCommand = ({ id }, link) => link.error("RATE_EXCEEDED", id, 1000);
  await assertRejects(() => client.command(submit, { expireMs: 900 }), ProtocolError, "RATE_EXCEEDED");
  server.onCommand = ({ id }, link) => link.error("COMMAND_MALFORMED", id);
  await assertRejects(() => client.command(submit), ProtocolError, "COMMAND_MALFORMED");
  assertEquals(server.link.of("command").length, 2);
});

scripted("several failures in a row open the breaker, and one try closes it", async (server) => {
  const client = await server.connected({ breaker: { failures: 2, openMs: 1000 } });
  server.onCommand = ({ id }, link) => link.error("FAILED", id, 10_000);
  for (let i = 0; i < 2; i++) await assertRejects(() => client.command(submit), ProtocolError, "FAILED");
  server.onCommand = undefined;
  const refused = await assertRejects(() => client.command(submit), ProtocolError, "the last commands all failed");
  assertEquals([refused.data.name, refused.data.retryMs], ["OVERLOADED", 1000]);
  await server.clock.advance(1000);
  assertEquals((await client.command(submit)).code, 0);
  assertEquals((await client.command(submit)).code, 0);
});

scripted("their time to expire is by the server's clock", async (server) => {
  server.pong = (message, link) => {
    link.send({
      type: "pong",
      id: message.id,
      data: { sent: message.data.sent, received: message.data.sent + 90_000 },
    });
  };
  const client = await server.connected();
  await settle();
  await client.command(submit, { expireMs: 100 });
  assertEquals(server.link.of("command")[0].data.expires, server.clock.now() + 90_100);
});

scripted("one too large for the link is refused here", async (server) => {
  const client = await server.connected();
  const huge = { kind: "submit", note: "x".repeat(2_000_000) };
  const error = await assertRejects(() => client.command(huge), ProtocolError);
  assertEquals([error.data.name, client.state], ["TOO_LARGE", "connected"]);
});
