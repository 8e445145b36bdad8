import { assertEquals, assertThrows } from "@std/assert";
import { settle } from "./_settle.ts";
import { ClientPool } from "./pool.ts";
import { ScriptedServer } from "./_scripted_server.ts";

Deno.test("ClientPool: who gives the same name shares one connection, closed when nobody has held it for a while", async () => {
  const server = new ScriptedServer(), { clock } = server;
  const pool = new ClientPool({ clock, idleMs: 1000, checkMs: 500, clientsMax: 1 });
  const options = { dial: server.dial, clock, page: {}, random: () => 0.5 };
  const one = pool.lease("main", options), other = pool.lease("main", options);
  assertEquals(one.client, other.client);
  assertThrows(() => pool.lease("second", options), RangeError, "there are 1 clients already");
  await one.client.ready();
  one.release();
  one.release();
  await clock.advance(5000);
  assertEquals([pool.size, other.client.state, server.links.length], [1, "connected", 1]);
  other.release();
  await clock.advance(2000);
  assertEquals([pool.size, one.client.state, clock.waiting], [0, "disconnected", 0]);
});

Deno.test("ClientPool: a client that has given up tries again while somebody holds it", async () => {
  const server = new ScriptedServer(), { clock } = server;
  const pool = new ClientPool({ clock, checkMs: 500 });
  server.refuse = new Error("nobody there");
  const options = { dial: server.dial, clock, page: {}, random: () => 0, backoff: { attempts: 1 } };
  const { client } = pool.lease("main", options);
  await clock.advance(100);
  assertEquals(client.state, "error");
  server.refuse = undefined;
  await clock.advance(500);
  assertEquals(client.state, "connected");
  pool.close();
  await settle();
  assertEquals([client.state, clock.waiting], ["disconnected", 0]);
});
