import { assertEquals } from "@std/assert";
import { ERRORS } from "../protocol/errors.ts";
import { Ear, linkConformance, turns } from "./_conformance.ts";
import { memoryPair } from "./memory.ts";

linkConformance("memoryPair", ({ text, frameBytesMax, clientFrameBytesMax = frameBytesMax }) => {
  const [server, client] = memoryPair({ text, frameBytesMax, client: { frameBytesMax: clientFrameBytesMax } });
  return { server, client, dispose() {} };
}, {
  stalled() {
    const [server, client] = memoryPair();
    client.pause();
    return { server, dispose: () => client.terminate() };
  },
});

Deno.test("memoryPair: frames wait for a reader who pauses, and come in order when it reads on", async () => {
  const [server, client] = memoryPair();
  const ear = new Ear(client);
  client.pause();
  for (let i = 0; i < 3; i++) server.send(new Uint8Array([i]));
  await turns(1);
  assertEquals([ear.frames.length, server.buffered], [0, 3]);
  client.resume();
  await ear.hears(3);
  assertEquals(ear.frames, [new Uint8Array([0]), new Uint8Array([1]), new Uint8Array([2])]);
  assertEquals(server.buffered, 0);
});

Deno.test("memoryPair: a link that would hold more than its bound is cut with SLOW_CONSUMER", async () => {
  const [server, client] = memoryPair({ bufferBytesMax: 1000 });
  const atServer = new Ear(server);
  const atClient = new Ear(client);
  client.pause();
  for (let i = 0; i < 11; i++) server.send(new Uint8Array(100));
  assertEquals(server.buffered, 0);
  assertEquals((await atServer.ends()).code, ERRORS.SLOW_CONSUMER[0]);
  assertEquals((await atClient.ends()).code, ERRORS.SLOW_CONSUMER[0]);
});

Deno.test("memoryPair: frames and the end wait for a listener that comes late", async () => {
  const [server, client] = memoryPair();
  server.send(new Uint8Array([1]));
  server.close(0, "done");
  await turns(1);
  const ear = new Ear(client);
  assertEquals(await ear.ends(), { code: 0, reason: "done" });
  assertEquals(ear.frames, [new Uint8Array([1])]);
});
