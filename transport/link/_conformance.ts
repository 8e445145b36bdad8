/**
 * What every link does, as one suite that each carrier's test runs.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ERRORS } from "../protocol/errors.ts";
import { bytesOf } from "./_endpoint.ts";
import { eventually } from "./_eventually.ts";
import type { Link } from "./link.ts";

/** What a test wants of a pair. */
export interface PairWishes {
  /** Frames are text, as those of a text codec. */
  readonly text: boolean;
  readonly frameBytesMax: number;
  /** Of the client's end, where it is another. */
  readonly clientFrameBytesMax?: number;
}

/** A link with both its ends here. */
export interface LinkPair {
  readonly server: Link;
  readonly client: Link;
  /** Waits until nothing of the pair is left. */
  dispose(): Promise<void> | void;
}

/** A server's end whose reader never reads. */
export interface StalledLink {
  readonly server: Link;
  dispose(): Promise<void> | void;
}

/** What only some carriers can be asked for. */
export interface Extras {
  /** A server's end at a reader that never reads; absent where the carrier has no such thing. */
  readonly stalled?: () => Promise<StalledLink> | StalledLink;
  /** Bytes that a stalled reader's system takes before `buffered` rises; 0. */
  readonly swallowed?: number;
  /** Frames of the two long runs; 10,000. */
  readonly many?: number;
  /** Whether Deno's sanitizers watch the tests; false only where a native library leaves something open. */
  readonly sanitize?: boolean;
}

type MakePair = (wishes: PairWishes) => Promise<LinkPair> | LinkPair;

/** Runs the suite for one carrier, as tests named "`name`: …". */
export function linkConformance(name: string, makePair: MakePair, extras: Extras = {}): void {
  const sanitize = extras.sanitize ?? true;
  const test = (behaviour: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${name}: ${behaviour}`, fn, sanitizeOps: sanitize, sanitizeResources: sanitize });
  const tested = (behaviour: string, fn: (pair: Heard) => Promise<void>, wishes: Partial<PairWishes> = {}) =>
    test(behaviour, async () => {
      const pair = await makePair({ text: false, frameBytesMax: 65_536, ...wishes });
      const heard = { ...pair, atServer: new Ear(pair.server), atClient: new Ear(pair.client) };
      try {
        await fn(heard);
      } finally {
        pair.server.terminate();
        pair.client.terminate();
        await pair.dispose();
      }
    });
  for (const [behaviour, fn, wishes] of frames(extras.many ?? 10_000)) tested(behaviour, fn, wishes);
  for (const [behaviour, fn, wishes] of endings) tested(behaviour, fn, wishes);
  const { stalled, swallowed = 0 } = extras;
  if (stalled) {
    test("terminate frees at once what waits for a stalled reader", () => terminateStalled(stalled, swallowed));
  }
}

interface Heard extends LinkPair {
  readonly atServer: Ear;
  readonly atClient: Ear;
}
type Case = [behaviour: string, fn: (pair: Heard) => Promise<void>, wishes?: Partial<PairWishes>];

/** Listens at one end of a link, and can be waited for. */
export class Ear {
  readonly frames: (Uint8Array | string)[] = [];
  readonly endings: { readonly code: number; readonly reason: string }[] = [];
  #waiting: { readonly ready: () => boolean; readonly resolve: () => void }[] = [];

  constructor(link: Link) {
    link.onFrame = (frame) => {
      this.frames.push(frame);
      this.#look();
    };
    link.onClose = (code, reason) => {
      this.endings.push({ code, reason });
      this.#look();
    };
  }

  /** Until so many frames have come; what they are, as text where they are text and as numbers where bytes. */
  async hears(count: number): Promise<(Uint8Array | string)[]> {
    await this.#until(() => this.frames.length >= count || this.endings.length > 0);
    assertEquals(this.frames.length >= count, true, `the link ended after ${this.frames.length} of ${count} frames`);
    return this.frames;
  }

  /** Until the link has ended. */
  async ends(): Promise<{ readonly code: number; readonly reason: string }> {
    await this.#until(() => this.endings.length > 0);
    return this.endings[0];
  }

  #until(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ ready, resolve }));
  }

  #look(): void {
    const done = this.#waiting.filter(({ ready }) => ready());
    if (done.length === 0) return;
    this.#waiting = this.#waiting.filter((one) => !done.includes(one));
    for (const { resolve } of done) resolve();
  }
}

const encoder = new TextEncoder();

/** A frame that says which one it is, filled up to a size with bytes that differ. */
function frameOf(index: number, size: number): Uint8Array {
  const frame = new Uint8Array(size);
  for (let i = 0; i < size; i++) frame[i] = (index * 31 + i * 7) & 0xff;
  return frame;
}

const numbered = (count: number, prefix: string): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => encoder.encode(`${prefix}${i}`));

const textOf = (frames: readonly (Uint8Array | string)[]) =>
  frames.map((frame) => typeof frame === "string" ? frame : new TextDecoder().decode(frame));

/** That frames come whole, in order and as they went. */
function frames(many: number): Case[] {
  const sizes = [0, 1, 2, 3, 125, 126, 127, 1000, 16_383, 16_384, 65_535, 65_536];
  return [
    ["frames of every size come as they went, both ways", async ({ server, client, atServer, atClient }) => {
      const sent = sizes.map((size, i) => frameOf(i, size));
      for (const frame of sent) {
        server.send(frame);
        client.send(frame);
      }
      for (const ear of [atServer, atClient]) {
        const heard = await ear.hears(sent.length);
        for (let i = 0; i < sent.length; i++) {
          assert(typeof heard[i] !== "string", "bytes came as text");
          assertEquals(bytesOf(heard[i]), sent[i], `frame of ${sizes[i]} B`);
        }
      }
    }],
    ["text comes as text", async ({ server, client, atServer, atClient }) => {
      const texts = ["", "a", "ünïcödé ₿ 🙂", "{}\n{}", "\r\n\r\ndata: x\n\n", "x".repeat(20_000)];
      for (const text of texts) {
        server.send(encoder.encode(text));
        client.send(encoder.encode(text));
      }
      assertEquals(await atClient.hears(texts.length), texts);
      assertEquals(await atServer.hears(texts.length), texts);
    }, { text: true }],
    [`${many} small frames keep their order`, async ({ server, atClient }) => {
      const sent = numbered(many, "n");
      for (const frame of sent) server.send(frame);
      assertEquals(textOf(await atClient.hears(many)), textOf(sent));
    }],
    ["both ends talk at once", async ({ server, client, atServer, atClient }) => {
      const count = Math.min(2000, many);
      for (let i = 0; i < count; i++) {
        server.send(encoder.encode(`s${i}`));
        client.send(encoder.encode(`c${i}`));
        if (i % 500 === 499) await atClient.hears(i - 400);
      }
      assertEquals(textOf(await atClient.hears(count)), textOf(numbered(count, "s")));
      assertEquals(textOf(await atServer.hears(count)), textOf(numbered(count, "c")));
    }],
    ["what has left is no longer counted as buffered", async ({ server, atClient }) => {
      for (let i = 0; i < 10; i++) server.send(frameOf(i, 10_000));
      await atClient.hears(10);
      await eventually(() => server.buffered === 0);
    }],
  ];
}

/** That a link ends once, with its code, whoever ends it. */
const endings: readonly Case[] = [
  ["a frame above the limit is refused where it is sent", async ({ server, client, atClient }) => {
    for (const link of [server, client]) {
      assertThrows(() => link.send(new Uint8Array(1001)), RangeError, "Cannot send a frame: its size is 1001 B");
    }
    server.send(new Uint8Array(1000));
    assertEquals((await atClient.hears(1)).length, 1);
  }, { frameBytesMax: 1000 }],
  ["a frame above the receiver's limit closes the link with TOO_LARGE", async ({ client, atServer, atClient }) => {
    client.send(encoder.encode("before"));
    client.send(new Uint8Array(1001));
    client.send(encoder.encode("after"));
    assertEquals((await atServer.ends()).code, ERRORS.TOO_LARGE[0]);
    assertEquals(textOf(atServer.frames), ["before"]);
    assertEquals((await atClient.ends()).code, ERRORS.TOO_LARGE[0]);
  }, { frameBytesMax: 1000, clientFrameBytesMax: 100_000 }],
  ["the server's close comes with its code and reason, after what was sent", async ({ server, atServer, atClient }) => {
    for (const frame of numbered(100, "n")) server.send(frame);
    server.close(ERRORS.DRAINING[0], "back in a minute ₿");
    assertEquals(await atClient.ends(), { code: ERRORS.DRAINING[0], reason: "back in a minute ₿" });
    assertEquals(atClient.frames.length, 100);
    assertEquals(await atServer.ends(), { code: ERRORS.DRAINING[0], reason: "back in a minute ₿" });
  }],
  ["the client's close comes with its code and reason, after what was sent", async ({ client, atServer, atClient }) => {
    for (const frame of numbered(100, "n")) client.send(frame);
    client.close(ERRORS.OVERLOADED[0], "no more");
    assertEquals(await atServer.ends(), { code: ERRORS.OVERLOADED[0], reason: "no more" });
    assertEquals(atServer.frames.length, 100);
    assertEquals(await atClient.ends(), { code: ERRORS.OVERLOADED[0], reason: "no more" });
  }],
  ["a close where all is well has code 0", async ({ client, atServer, atClient }) => {
    client.close(0, "");
    assertEquals(await atServer.ends(), { code: 0, reason: "" });
    assertEquals(await atClient.ends(), { code: 0, reason: "" });
  }],
  ["a reason of any length does no harm", async ({ server, atClient }) => {
    server.close(ERRORS.FAILED[0], "₿".repeat(1000));
    const { code, reason } = await atClient.ends();
    assertEquals(code, ERRORS.FAILED[0]);
    assert(reason.startsWith("₿₿₿₿₿₿₿₿₿₿") && !reason.includes("\ufffd"), reason);
  }],
  ["the end is told once, whoever closes how often", async ({ server, client, atServer, atClient }) => {
    server.close(0, "one");
    server.close(0, "two");
    client.close(0, "three");
    await atServer.ends();
    await atClient.ends();
    server.close(0, "four");
    server.terminate();
    client.terminate();
    await turns(5);
    assertEquals([atServer.endings.length, atClient.endings.length], [1, 1]);
  }],
  ["what is sent after the end is dropped", async ({ server, client, atServer, atClient }) => {
    server.close(0, "done");
    server.send(encoder.encode("late"));
    await atServer.ends();
    await atClient.ends();
    server.send(encoder.encode("late"));
    client.send(encoder.encode("late"));
    await turns(5);
    assertEquals([atServer.frames, atClient.frames], [[], []]);
    assertEquals(server.buffered, 0);
  }],
  ["terminate ends both ends, here at once", async ({ server, atServer, atClient }) => {
    for (let i = 0; i < 50; i++) server.send(frameOf(i, 50_000));
    server.terminate();
    assertEquals(server.buffered, 0);
    assertEquals((await atServer.ends()).code, ERRORS.LINK_LOST[0]);
    assertEquals((await atClient.ends()).code, ERRORS.LINK_LOST[0]);
  }],
  ["a listener that closes in the middle hears no more", async ({ server, client, atServer }) => {
    const heard: number[] = [];
    client.onFrame = (frame) => {
      heard.push(bytesOf(frame)[0]);
      if (heard.length === 3) client.close(0, "enough");
    };
    for (let i = 0; i < 10; i++) server.send(new Uint8Array([i]));
    await atServer.ends();
    assertEquals(heard, [0, 1, 2]);
  }],
];

/** Sends until the link holds much, then terminates. */
async function terminateStalled(stalled: NonNullable<Extras["stalled"]>, swallowed: number): Promise<void> {
  const { server, dispose } = await stalled();
  try {
    const ear = new Ear(server);
    const frame = new Uint8Array(65_536);
    for (let sent = 0; sent < swallowed + 4_194_304; sent += frame.length) {
      server.send(frame);
      if (sent % 1_048_576 === 0) await turns(1);
    }
    assert(server.buffered >= 1_048_576, `only ${server.buffered} B are told as buffered`);
    server.terminate();
    assertEquals(server.buffered, 0);
    assertEquals((await ear.ends()).code, ERRORS.LINK_LOST[0]);
  } finally {
    await dispose();
  }
}

/** Lets what is under way come through: so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}
