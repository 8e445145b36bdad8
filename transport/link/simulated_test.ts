import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ERRORS } from "../protocol/errors.ts";
import { Ear, linkConformance } from "./_conformance.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { type NetworkOptions, simulatedPair } from "./simulated.ts";
import { systemTimers } from "./timers.ts";

const BAD: NetworkOptions = {
  seed: 5,
  delayMs: 1,
  jitterMs: 1,
  loss: 0.01,
  retransmitMs: 2,
  reorder: 0.2,
  duplicate: 0.2,
};

for (const [name, net] of [["simulatedPair", { seed: 5 }], ["simulatedPair on a bad network", BAD]] as const) {
  linkConformance(name, ({ text, frameBytesMax, clientFrameBytesMax = frameBytesMax }) => {
    const wishes = { ...net, text, frameBytesMax, client: { frameBytesMax: clientFrameBytesMax } };
    const [server, client] = simulatedPair(wishes, systemTimers);
    return { server, client, dispose() {} };
  }, {
    stalled() {
      const [server, client, network] = simulatedPair(net, systemTimers);
      network.stall("client", 60_000);
      return { server, dispose: () => (client.terminate(), server.terminate()) };
    },
  });
}

/** Plays 200 numbered frames to the client, one each ms; what came when. */
async function play(net: NetworkOptions, lane: "reliable" | "lossy" = "reliable") {
  const timers = new FakeTimers();
  const [server, client, network] = simulatedPair(net, timers);
  const came: number[] = [];
  const times: number[] = [];
  client.onFrame = (frame) => {
    came.push(Number(frame[0]));
    times.push(timers.now());
  };
  for (let i = 0; i < 200; i++) {
    server.send(new Uint8Array([i]), lane);
    await timers.advance(1);
  }
  await timers.advance(60_000);
  assertEquals([server.buffered, timers.waiting], [0, 0]);
  return { came, times, counts: network.counts };
}
const IN_ORDER = Array.from({ length: 200 }, (_, i) => i);

Deno.test("simulatedPair: the same seed gives the same frames at the same times, another seed others", async () => {
  const net = { ...BAD, loss: 0.1, jitterMs: 20 };
  assertEquals(await play(net), await play(net));
  assert(String((await play(net)).times) !== String((await play({ ...net, seed: 6 })).times));
});

Deno.test("simulatedPair: a carrier loses nothing and keeps the order; a loss costs a retransmission's time", async () => {
  const { came, times, counts } = await play({
    seed: 1,
    delayMs: 10,
    loss: 0.1,
    retransmitMs: 100,
    duplicate: 1,
    reorder: 1,
  });
  assertEquals(came, IN_ORDER);
  assert(counts.retransmitted > 5 && counts.lost === 0);
  assert(Math.max(...times.map((time, i) => time - i)) >= 110);
});

Deno.test("simulatedPair: the lossy lane loses, doubles and reorders, and is not held up by the reliable one", async () => {
  const { came, counts } = await play({ ...BAD, loss: 0.1 }, "lossy");
  assertEquals(came.length, 200 - counts.lost + counts.duplicated);
  assert(counts.lost > 5 && counts.duplicated > 5 && counts.reordered > 5, JSON.stringify(counts));
  assert(String([...came].sort((a, b) => a - b)) !== String(came));
});

Deno.test("simulatedPair: raw loses, doubles and reorders what is reliable too", async () => {
  const { came, counts } = await play({ ...BAD, mode: "raw", loss: 0.1 });
  assertEquals(came.length, 200 - counts.lost + counts.duplicated);
  assert(counts.lost > 5 && counts.duplicated > 5 && counts.reordered > 5, JSON.stringify(counts));
});

Deno.test("simulatedPair: a partition holds what is reliable, loses what is lossy, and ends the link when it lasts", async () => {
  const timers = new FakeTimers();
  const [server, client, network] = simulatedPair({ seed: 1, delayMs: 5, lostAfterMs: 1000 }, timers);
  const [atServer, atClient] = [new Ear(server), new Ear(client)];
  network.partition();
  server.send(new Uint8Array([1]));
  server.send(new Uint8Array([2]), "lossy");
  await timers.advance(900);
  assertEquals([atClient.frames.length, server.buffered, network.counts.lost], [0, 1, 1]);
  network.heal();
  await timers.advance(200);
  assertEquals(atClient.frames, [new Uint8Array([1])]);
  network.partition();
  server.terminate();
  await timers.advance(900);
  assertEquals([atServer.endings.length, atClient.endings.length], [1, 0]);
  await timers.advance(200);
  assertEquals(atClient.endings.map(({ code }) => code), [ERRORS.LINK_LOST[0]]);
  assertEquals(timers.waiting, 0);
});

Deno.test("simulatedPair: a stall holds one direction alone for its time", async () => {
  const timers = new FakeTimers();
  const [server, client, network] = simulatedPair({ seed: 1 }, timers);
  const [atServer, atClient] = [new Ear(server), new Ear(client)];
  network.stall("client", 300);
  server.send(new Uint8Array(3));
  client.send(new Uint8Array(4));
  await timers.advance(299);
  assertEquals([atServer.frames.length, atClient.frames.length, server.buffered], [1, 0, 3]);
  await timers.advance(2);
  assertEquals([atClient.frames.length, server.buffered], [1, 0]);
});

Deno.test("simulatedPair: a reader at 10 kB/s shows as buffered, to the byte", async () => {
  const timers = new FakeTimers();
  const [server, client] = simulatedPair({ seed: 1, bytesPerSecond: 10_000 }, timers);
  const ear = new Ear(client);
  for (let i = 0; i < 20; i++) server.send(new Uint8Array(1000));
  await timers.advance(1001);
  assertEquals([ear.frames.length, server.buffered], [10, 10_000]);
});

Deno.test("simulatedPair: a network that turns treats what is sent from then on as it is told", async () => {
  const timers = new FakeTimers();
  const [server, client, network] = simulatedPair({ seed: 1, delayMs: 10 }, timers);
  const ear = new Ear(client);
  server.send(new Uint8Array([1]));
  network.turn({ delayMs: 100 });
  server.send(new Uint8Array([2]));
  await timers.advance(11);
  assertEquals(ear.frames, [new Uint8Array([1])]);
  await timers.advance(90);
  network.turn({ loss: 1, retransmitMs: 1000 });
  server.send(new Uint8Array([3]));
  await timers.advance(1000);
  assertEquals(ear.frames.length, 2);
  assertThrows(() => network.turn({ loss: 2 }), RangeError, "loss is 2");
  server.terminate();
  client.terminate();
});

Deno.test("simulatedPair: over any network and through partitions, what is reliable comes once, in order", async () => {
  const chance = fc.double({ min: 0, max: 0.5, noNaN: true });
  const nets = fc.record({ seed: fc.nat(), delayMs: fc.nat(50), jitterMs: fc.nat(100), loss: chance, stall: chance });
  const steps = fc.array(fc.constantFrom("send", "pass", "partition", "heal", "stall"), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(nets, steps, async (net, moves) => {
      const timers = new FakeTimers();
      const [server, client, network] = simulatedPair({ ...net, lostAfterMs: 1e9, stallMs: 100 }, timers);
      const ear = new Ear(client);
      let sent = 0;
      for (const move of moves) {
        if (move === "send") server.send(new Uint8Array([sent++]));
        else if (move === "pass") await timers.advance(20);
        else if (move === "stall") network.stall("client", 50);
        else network[move]();
      }
      network.heal();
      server.close(0, "end");
      await timers.advance(10_000_000);
      assertEquals(ear.frames, Array.from({ length: sent }, (_, i) => new Uint8Array([i])));
      assertEquals(ear.endings, [{ code: 0, reason: "end" }]);
      assertEquals([server.buffered, timers.waiting], [0, 0]);
    }),
    { numRuns: 100 },
  );
});

Deno.test("simulatedPair: chances and times that are none throw", () => {
  assertThrows(() => simulatedPair({ seed: 1, loss: 2 }, systemTimers), RangeError, "Cannot simulate: loss is 2");
  assertThrows(() => simulatedPair({ seed: 1, delayMs: -1 }, systemTimers), RangeError, "delayMs is -1");
  assertThrows(() => simulatedPair({ seed: 1, bytesPerSecond: 0 }, systemTimers), RangeError, "bytesPerSecond is 0");
});
