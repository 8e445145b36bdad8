import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Hono } from "hono";
import { ProtocolError } from "../protocol/errors.ts";
import { Ear } from "./_conformance.ts";
import { eventOfClose, eventOfFrame, type FrameEvent, FrameEvents, LIFE_SIGN } from "./_frame_events.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import type { Link } from "./link.ts";
import { acceptPolling } from "./polling.ts";

const encoder = new TextEncoder();
const frames = fc.array(fc.oneof(
  fc.record({ kind: fc.constant("frame" as const), frame: fc.uint8Array({ maxLength: 200 }) }),
  fc.record({
    kind: fc.constant("close" as const),
    code: fc.nat(9999),
    reason: fc.string({ unit: "grapheme", maxLength: 50 }),
  }),
  fc.constant({ kind: "life" as const }),
));
const texts = fc.array(
  fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: fc.constantFrom("\n", "\r", "a", ":", "\ufeff") })),
);

/** Pushes bytes in pieces of the sizes given, over and over. */
function readIn(sizes: readonly number[], bytes: Uint8Array, events: FrameEvents): FrameEvent[] {
  const read: FrameEvent[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    read.push(...events.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return read;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

Deno.test("FrameEvents: bytes and endings come out as they went in, however the stream is cut", () => {
  fc.assert(fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, sizes) => {
    const stream = joined(sent.map((one) => {
      if (one.kind === "life") return LIFE_SIGN;
      return one.kind === "frame" ? eventOfFrame(one.frame, false) : eventOfClose(one.code, one.reason);
    }));
    assertEquals(readIn(sizes, stream, new FrameEvents(200, false)), sent.filter(({ kind }) => kind !== "life"));
  }));
});

Deno.test("FrameEvents: texts come out as they went in, however the stream is cut", () => {
  fc.assert(fc.property(texts, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, sizes) => {
    const stream = joined(sent.map((text) => eventOfFrame(encoder.encode(text), true)));
    assertEquals(readIn(sizes, stream, new FrameEvents(1000, true)), sent.map((frame) => ({ kind: "frame", frame })));
  }));
});

/** What comes near to events, and any bytes. */
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(
    fc.constantFrom(
      "data: ",
      "event: base64\n",
      "event: close\n",
      "\n",
      "\n\n",
      ":",
      "AA==",
      '{"code":1,"reason":""}',
      "x",
      "\r",
      "é",
    ),
  )
    .map((parts) => encoder.encode(parts.join(""))),
);

Deno.test("FrameEvents: whatever bytes come, they are events or a ProtocolError", () => {
  fc.assert(
    fc.property(bodies, fc.boolean(), (bytes, text) => {
      try {
        for (const event of new FrameEvents(100, text).push(bytes)) assert(event.kind === "frame" || event.code >= 0);
      } catch (error) {
        assert(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("FrameEvents: an event that never ends is refused once it is longer than a frame can be", () => {
  const events = new FrameEvents(100, true);
  const piece = encoder.encode("data: xxxxxxxxxx\n");
  let bytes = 0;
  assertThrows(
    () => {
      for (; bytes < 1_000_000; bytes += piece.length) [...events.push(piece)];
    },
    ProtocolError,
    "Cannot read a frame: its event has more than 1056 characters",
  );
  assert(bytes <= 1056 + piece.length, `${bytes} B were held`);
});

Deno.test("FrameEvents: what is no event says what it is", () => {
  const faults = [
    ["hello\n\n", 'a line begins with "hello"'],
    ["event: other\ndata: x\n\n", 'it is called "other"'],
    ["event: base64\ndata: !\n\n", "it is no base64"],
    ["event: close\ndata: {}\n\n", "it has no code and reason"],
    ['event: close\ndata: {"code":-1,"reason":""}\n\n', "it has no code and reason"],
    ["event: close\ndata: [[[\n\n", "it has no code and reason"],
  ];
  for (const [text, message] of faults) {
    assertThrows(() => [...new FrameEvents(100, false).push(encoder.encode(text))], ProtocolError, message);
  }
  assertThrows(() => [...new FrameEvents(100, false).push(new Uint8Array([0xff]))], ProtocolError, "no UTF-8");
});

Deno.test("acceptPolling: whatever is posted, the answer is coded, and other links go on", async () => {
  const app = new Hono();
  const timers = new FakeTimers();
  const links: Link[] = [];
  acceptPolling(app, { path: "/poll", onLink: (link) => links.push(link), timers, frameBytesMax: 200, linksMax: 2 });
  const open = async (): Promise<string> => (await (await app.request("/poll", { method: "POST" })).json()).link;
  const post = (name: string, count: number, body: BodyInit) =>
    app.request("/poll", { method: "POST", headers: { "lockstep-link": name, "lockstep-post": String(count) }, body });
  const good = await open();
  const ear = new Ear(links[0]);
  let posts = 0;
  await fc.assert(
    fc.asyncProperty(bodies, fc.string({ maxLength: 30 }), async (body, name) => {
      const answer = await post(await open(), 0, new Uint8Array(body));
      assert([204, 400, 413].includes(answer.status), `status ${answer.status}`);
      if (answer.status !== 204) assert((await answer.json()).code >= 3000);
      links.pop()!.terminate();
      const header = encodeURIComponent(name);
      assertEquals((await post(header, 0, "data: x\n\n")).status, 404);
      assertEquals((await post(good, posts++, "data: still here\n\n")).status, 204);
    }),
    { numRuns: 300 },
  );
  assertEquals(ear.frames, Array(posts).fill("still here"));
  links[0].terminate();
  assertEquals(timers.waiting, 0);
});
