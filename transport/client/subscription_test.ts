import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ProtocolError } from "../protocol/errors.ts";
import { Subscription } from "./subscription.ts";
import { take, trade, update } from "./_scripted_server.ts";

const bbo = (symbol: string, seq: number) => update("bbo", symbol, seq, { bid: seq });

Deno.test("Subscription: a full queue of a conflated channel merges by symbol, and says how many", async () => {
  const subscription = new Subscription("bbo", "*", { queue: 2 }, () => {});
  for (let seq = 1; seq <= 5; seq++) subscription.deliver(bbo("BTC", seq));
  subscription.deliver(bbo("ETH", 1));
  const [btc, eth] = await take(subscription, 2);
  assertEquals([btc.symbol, btc.seq, btc.prev, btc.merged], ["BTC", 5, 0, 4]);
  assertEquals([eth.symbol, eth.merged], ["ETH", undefined]);
});

Deno.test("Subscription: a full queue of more symbols than it is long drops the oldest", async () => {
  const subscription = new Subscription("bbo", "*", { queue: 2 }, () => {});
  for (const symbol of ["A", "B", "C"]) subscription.deliver(bbo(symbol, 1));
  assertEquals((await take(subscription, 2)).map(({ symbol }) => symbol), ["B", "C"]);
});

Deno.test("Subscription: a full queue of a lossless channel ends it after what it has", async () => {
  let left = 0;
  const subscription = new Subscription("trades", "BTC", { queue: 3 }, () => left++);
  for (let seq = 1; seq <= 5; seq++) subscription.deliver(trade("BTC", seq));
  assertEquals(subscription.waiting, 3);
  assertEquals((await take(subscription, 3)).map(({ seq }) => seq), [1, 2, 3]);
  const error = await assertRejects(() => subscription.next(), ProtocolError, "3 messages wait");
  assertEquals([error.data.name, left], ["SLOW_CONSUMER", 1]);
  assertEquals((await subscription.next()).done, true);
});

Deno.test("Subscription: several who wait are served in order, and all are told of the end", async () => {
  const subscription = new Subscription("trades", "BTC", {}, () => {});
  const waiting = [subscription.next(), subscription.next(), subscription.next()];
  subscription.deliver(trade("BTC", 1));
  subscription.deliver(trade("BTC", 2));
  subscription.close();
  assertEquals((await Promise.all(waiting)).map(({ done, value }) => done ? "end" : value.seq), [1, 2, "end"]);
  subscription.deliver(trade("BTC", 3));
  assertEquals((await subscription.next()).done, true);
});

Deno.test("Subscription: a queue of nothing is refused", () => {
  assertThrows(() => new Subscription("trades", "BTC", { queue: 0 }, () => {}), RangeError, "queue is 0");
});
