import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ERRORS } from "../protocol/errors.ts";
import { eventually } from "./_eventually.ts";
import { Ear, linkConformance, turns } from "./_conformance.ts";
import { type LocalPeer, localPeers } from "./_local_peers.ts";
import { DataChannelLink } from "./datachannel.ts";

linkConformance("data channel", async ({ text, frameBytesMax, clientFrameBytesMax = frameBytesMax }) => {
  const { rtc, one, other } = await localPeers();
  let left = 2;
  const gone = Promise.withResolvers<void>();
  const onFree = () => {
    if (--left > 0) return;
    gone.resolve();
  };
  const server = new DataChannelLink(one.connection, one.channel, { text, frameBytesMax, onFree });
  const client = new DataChannelLink(other.connection, other.channel, {
    text,
    frameBytesMax: clientFrameBytesMax,
    onFree,
  });
  return {
    server,
    client,
    async dispose() {
      await gone.promise;
      await rtc.release();
    },
  };
});

/** A link and its other end, or the other end's bare connection. */
async function linked(fn: (ends: { one: LocalPeer; other: LocalPeer }) => Promise<void>): Promise<void> {
  const { rtc, one, other } = await localPeers();
  try {
    await fn({ one, other });
  } finally {
    one.connection.close();
    other.connection.close();
    await turns(5);
    await rtc.release();
  }
}

Deno.test("DataChannelLink: the lossy lane takes small frames once the other end hears it, and large ones go reliably", () =>
  linked(async ({ one, other }) => {
    const from = new DataChannelLink(one.connection, one.channel), ear = new Ear(from);
    const to = new DataChannelLink(other.connection, other.channel), heard = new Ear(to);
    await turns(30);
    for (let i = 0; i < 50; i++) from.send(new Uint8Array([i]), "lossy");
    from.send(new Uint8Array(50_000), "lossy");
    await eventually(() => heard.frames.length === 51);
    assertEquals(heard.frames.map((frame) => frame.length).sort((a, b) => a - b), [...Array(50).fill(1), 50_000]);
    // Far more than the lane holds: what does not fit is dropped, and nothing waits.
    for (let i = 0; i < 2000; i++) from.send(new Uint8Array(10_000), "lossy");
    assert(from.buffered < 200_000, `${from.buffered} B wait`);
    from.terminate();
    await ear.ends();
    await heard.ends();
  }));

Deno.test("DataChannelLink: probes tell round trip, jitter, loss and the kind of address", () =>
  linked(async ({ one, other }) => {
    let now = 0;
    const link = new DataChannelLink(one.connection, one.channel, { now: () => now++ });
    const far = new DataChannelLink(other.connection, other.channel);
    assertEquals(await link.quality(), { rttMs: null, jitterMs: null, loss: null, buffered: 0, candidate: "host" });
    for (let i = 0; i < 3; i++) {
      link.probe();
      await turns(5);
    }
    let quality = await link.quality();
    for (let i = 0; i < 100 && quality.jitterMs === null; i++) {
      await turns(5);
      quality = await link.quality();
    }
    assert(quality.rttMs !== null && quality.rttMs >= 1 && quality.jitterMs !== null, JSON.stringify(quality));
    link.terminate();
    far.terminate();
    assertEquals((await link.quality()).candidate, null);
  }));

const MALFORMED: readonly (readonly [what: string, chunk: string | Uint8Array<ArrayBuffer>])[] = [
  ["text", "hello"],
  ["an empty chunk", new Uint8Array(0)],
  ["a part without a first", new Uint8Array([2, 1, 2, 3])],
  ["a first without a length", new Uint8Array([1, 0, 0])],
  ["a frame longer than it said", new Uint8Array([1, 0, 0, 0, 1, 7, 8])],
  ["an end without a code", new Uint8Array([3, 1])],
  ["an unknown kind", new Uint8Array([99])],
];

for (const [what, chunk] of MALFORMED) {
  Deno.test(`DataChannelLink: ${what} ends the link with MALFORMED`, () =>
    linked(async ({ one, other }) => {
      const link = new DataChannelLink(one.connection, one.channel, { lingerMs: 50 }), ear = new Ear(link);
      other.channel.send(chunk as Uint8Array<ArrayBuffer>);
      assertEquals((await ear.ends()).code, ERRORS.MALFORMED[0]);
    }));
}

Deno.test("DataChannelLink: a frame's length above the limit is refused before its parts come", () =>
  linked(async ({ one, other }) => {
    const link = new DataChannelLink(one.connection, one.channel, { lingerMs: 50 }), ear = new Ear(link);
    other.channel.send(new Uint8Array([1, 0xff, 0xff, 0xff, 0xff, 0]));
    assertEquals((await ear.ends()).code, ERRORS.TOO_LARGE[0]);
  }));

Deno.test("DataChannelLink: whatever chunks come, it delivers or ends", () =>
  linked(async ({ one, other }) => {
    const link = new DataChannelLink(one.connection, one.channel, { frameBytesMax: 1000, lingerMs: 50 });
    const ear = new Ear(link);
    const chunks = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 40 }), { seed: 5, numRuns: 300 });
    for (const chunk of chunks) {
      if (chunk[0] < 3) chunk[0] = 0;
      if (chunk[0] === 3) chunk[0] = 4;
      if (chunk[0] > 6) chunk[0] = 5;
      other.channel.send(Uint8Array.from(chunk));
    }
    const whole = chunks.filter((chunk) => chunk[0] === 0).length;
    await eventually(() => ear.frames.length === whole);
    other.channel.send(new Uint8Array([77]));
    assertEquals((await ear.ends()).code, ERRORS.MALFORMED[0]);
  }));
