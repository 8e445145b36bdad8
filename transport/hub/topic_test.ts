import { assertEquals } from "@std/assert";
import type { Data } from "./entry.ts";
import { DepthTopic } from "./depth_topic.ts";
import { Topic } from "./topic.ts";

function topic(channel: "trades" | "clock" | "book" | "pnl", room = { left: 1_000_000 }, snapshot?: () => Data): Topic {
  return new Topic({ channel, symbol: "X", epoch: "e", snapshot: snapshot ?? (() => undefined), room });
}

function publish(to: Topic, ...list: Data[]): void {
  for (const data of list) to.append(data, BigInt(to.seq), { place: to.seq + 1, at: 0 });
}

Deno.test("Topic: history holds as many messages as its channel says, and says which it covers", () => {
  const clock = topic("clock");
  for (let i = 1; i <= 40; i++) publish(clock, { i });
  assertEquals([clock.seq, clock.oldest, clock.count], [40, 25, 16]);
  assertEquals([23, 24, 39, 40, 41, -1].map((seq) => clock.covers(seq)), [false, true, true, true, false, false]);
  assertEquals(clock.after(24)?.fields.seq, 25);
  assertEquals(clock.listAfter(30, 3).map(({ fields }) => fields.seq), [31, 32, 33]);
  assertEquals(clock.after(40), undefined);
});

Deno.test("Topic: histories grow no more once all together have their room", () => {
  const room = { left: 100 }, trades = topic("trades", room), more = topic("trades", room);
  for (let i = 0; i < 500; i++) publish(trades, { i });
  for (let i = 0; i < 500; i++) publish(more, { i });
  assertEquals([trades.count, more.count, room.left], [64, 64, -28]);
});

Deno.test("Topic: updates of P&L merge by field, and what was merged last is merged once", () => {
  const pnl = topic("pnl");
  publish(pnl, { cash: "1" }, { equity: 2, fees: "0" }, { cash: "3" });
  const merged = pnl.merged(0);
  assertEquals(merged.fields.data, { cash: "3", equity: 2, fees: "0" });
  assertEquals([merged.fields.prev, merged.fields.seq], [0, 3]);
  assertEquals(pnl.merged(0), merged);
  assertEquals(pnl.merged(2).fields.data, { cash: "3" });
});

Deno.test("Topic: a merged book has a checksum only where its last update has one", () => {
  const book = topic("book");
  publish(book, { bids: [[1, 1]], asks: [], checksum: 7 }, { bids: [[2, 1]], asks: [] });
  assertEquals(book.merged(0).fields.data, { bids: [[2, 1], [1, 1]], asks: [] });
  publish(book, { bids: [], asks: [[3, 1]], checksum: 9 });
  assertEquals(book.merged(0).fields.data, { bids: [[2, 1], [1, 1]], asks: [[3, 1]], checksum: 9 });
});

Deno.test("Topic: without a provider its history says its state, as far as it can", () => {
  const book = topic("book");
  assertEquals(book.snapshot(0), undefined);
  publish(book, { bids: [[1, 1]], asks: [] }, { bids: [[2, 1]], asks: [] });
  assertEquals(book.snapshot(0)?.fields.data, { bids: [[2, 1], [1, 1]], asks: [] });
  assertEquals(book.snapshot(0)?.message().epoch, "e");
});

Deno.test("Topic: a snapshot is made once for each sequence, and encoded once for each codec", () => {
  let made = 0;
  const pnl = topic("pnl", undefined, () => ({ cash: String(++made) }));
  publish(pnl, { cash: "0" });
  assertEquals(pnl.snapshot(0), pnl.snapshot(1));
  assertEquals(made, 1);
  publish(pnl, { cash: "0" });
  assertEquals(pnl.snapshot(0)?.fields.seq, 2);
  assertEquals(made, 2);
});

Deno.test("DepthTopic: tells what changes among the best levels, in the book's sequences, and nothing else", () => {
  const book = topic("book", undefined, () => ({ bids: [[9, 1], [8, 1], [7, 1]], asks: [[11, 1]] }));
  const room = { left: 1000 };
  const best = new DepthTopic(book, 2, 0, {
    channel: "book",
    symbol: "X",
    epoch: "e",
    snapshot: () => undefined,
    room,
  });
  book.sinks.push(best);
  assertEquals(best.snapshot(0)?.fields.data, { bids: [[9, 1], [8, 1]], asks: [[11, 1]] });
  publish(book, { bids: [[7, 5]], asks: [] }, { bids: [[9, 0]], asks: [], checksum: 5 }, { bids: [[10, 2]], asks: [] });
  assertEquals(best.listAfter(0, 9).map(({ fields: { prev, seq, data } }) => [prev, seq, data]), [
    [0, 2, { bids: [[9, 0], [7, 5]], asks: [] }],
    [2, 3, { bids: [[10, 2], [7, 0]], asks: [] }],
  ]);
  assertEquals([best.covers(0), best.covers(1), best.covers(3)], [true, true, true]);
});
