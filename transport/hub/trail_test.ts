import { assert, assertEquals } from "@std/assert";
import { Topic } from "./topic.ts";

function topic(channel: "bbo" | "trades", room = { left: 1_000_000 }): Topic {
  return new Topic({ channel, symbol: "X", epoch: "e", snapshot: () => undefined, room });
}

function publish(to: Topic, count: number): void {
  for (let i = 0; i < count; i++) to.append({ bid: i }, BigInt(to.seq), { place: to.seq + 1, at: 0 });
}

const seqs = (of: Topic, after = 0, most = Infinity) => of.trailAfter(after, most).map(({ fields }) => fields.seq);

Deno.test("Trail: reaches back to the first message however many there are, evenly spaced and bounded", () => {
  const bbo = topic("bbo");
  for (let count = 1; count < 100_000; count *= 3) {
    publish(bbo, count);
    const kept = seqs(bbo), gap = (kept[1] ?? 2) - kept[0];
    assertEquals(kept, Array.from(kept, (_, i) => 1 + i * gap));
    assert(kept.length <= 1024 && (gap === 1 || kept.length > 500), `${kept.length} of ${bbo.seq}`);
    assert(bbo.seq - kept[kept.length - 1] < gap, "up to the newest");
  }
  assert(bbo.oldest > 10_000, "the history has forgotten");
});

Deno.test("Trail: is read from a sequence on, so many at a time; other channels leave none", () => {
  const bbo = topic("bbo"), trades = topic("trades");
  publish(bbo, 10);
  publish(trades, 10);
  assertEquals([seqs(bbo, 4, 3), seqs(bbo, 8), seqs(bbo, 10), seqs(trades)], [[5, 6, 7], [9, 10], [], []]);
});

Deno.test("Trail: counts to the room of all histories, keeps little where there is none, and gives it back", () => {
  const room = { left: 100 }, bbo = topic("bbo", room);
  publish(bbo, 5000);
  const kept = seqs(bbo);
  assert(kept[0] === 1 && kept.length >= 32 && kept.length <= 128, `${kept.length}`);
  bbo.release();
  assertEquals([room.left, seqs(bbo)], [100, []]);
});
