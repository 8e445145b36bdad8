import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Channel } from "../protocol/channels.ts";
import type { ChannelMessage } from "../protocol/messages.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { trade, update } from "./_scripted_server.ts";
import { Topic } from "./topic.ts";

function followed(channel: Channel = "trades") {
  const clock = new FakeTimers(0);
  const seen = { seqs: [] as number[], lost: [] as number[], gaps: 0, duplicates: 0 };
  const topic = new Topic(channel, "BTC", clock, {
    deliver: (_, { seq }, lost) => {
      seen.seqs.push(seq);
      if (lost > 0) seen.lost.push(lost);
    },
    gap: () => seen.gaps++,
    duplicate: () => seen.duplicates++,
  }, { messages: 4, ms: 100 });
  return { clock, seen, topic };
}

const position = (seq: number, prev = seq - 1) => update("positions", "BTC", seq, {}, { prev });
const snapshot = (channel: Channel, seq: number, epoch = "e") =>
  update(channel, "BTC", seq, {}, { type: "snapshot", prev: 0, epoch });

Deno.test("Topic: one that was merged stands for those between, and may overlap with what is there", () => {
  const { seen, topic } = followed("positions");
  topic.begin("e", 5, false);
  topic.take(snapshot("positions", 5));
  topic.take(position(8, 5));
  topic.take(position(9, 7));
  assertEquals([seen.seqs, seen.gaps], [[5, 8, 9], 0]);
});

Deno.test("Topic: updates before the snapshot wait for it, and those it holds already are dropped", () => {
  const { seen, topic } = followed("positions");
  topic.begin("e", 5, false);
  topic.take(position(7));
  topic.take(position(4));
  topic.take(position(6));
  assertEquals(seen.seqs, []);
  topic.take(snapshot("positions", 5));
  assertEquals([seen.seqs, seen.duplicates], [[5, 6, 7], 1]);
});

Deno.test("Topic: a full window, or a long wait, is a gap", async () => {
  const { clock, seen, topic } = followed();
  topic.begin("e", 0, false);
  for (const seq of [2, 3, 4, 5]) topic.take(trade("BTC", seq));
  assertEquals(seen.gaps, 0);
  topic.take(trade("BTC", 6));
  assertEquals(seen.gaps, 1);
  topic.take(trade("BTC", 8));
  await clock.advance(99);
  assertEquals(seen.gaps, 1);
  await clock.advance(1);
  assertEquals([seen.gaps, seen.seqs, clock.waiting], [2, [], 0]);
});

Deno.test("Topic: another epoch begins anew, and nobody knows what was lost", () => {
  const { seen, topic } = followed();
  topic.begin("e", 0, false);
  topic.take(trade("BTC", 1));
  topic.begin("f", 100, false);
  topic.take(trade("BTC", 101));
  assertEquals([seen.seqs, seen.lost, topic.position], [[1, 101], [Infinity], { epoch: "f", seq: 101 }]);
});

Deno.test("Topic: of channels whose newest stands for all, gaps are none", () => {
  const { seen, topic } = followed("bbo");
  topic.begin("e", 0, false);
  topic.take(update("bbo", "BTC", 4, {}));
  topic.take(update("bbo", "BTC", 3, {}));
  assertEquals([seen.seqs, seen.gaps, seen.duplicates], [[4], 0, 1]);
});

Deno.test("Topic: in whatever order and however often they come, each is delivered once and in order", () => {
  const shuffled = fc.integer({ min: 1, max: 4 }).chain((count) =>
    fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i + 1), { minLength: count })
      .chain((order) => fc.array(fc.constantFrom(...order), { maxLength: 6 }).map((more) => [...order, ...more]))
  );
  fc.assert(fc.property(fc.array(shuffled, { maxLength: 10 }), (blocks) => {
    const { seen, topic } = followed();
    topic.begin("e", 0, false);
    let base = 0;
    const sent: ChannelMessage[] = [];
    for (const block of blocks) {
      for (const at of block) sent.push(trade("BTC", base + at));
      base += Math.max(...block);
    }
    for (const message of sent) topic.take(message);
    assertEquals(seen.seqs, Array.from({ length: base }, (_, i) => i + 1));
    assertEquals(seen.duplicates, sent.length - base);
    topic.close();
  }));
});
