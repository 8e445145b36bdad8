import { assertEquals, assertThrows } from "@std/assert";
import type { Data } from "./entry.ts";
import { only, shown, TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";

const trade = (price: number): Data => ({ price, size: 1, side: "buy" });

Deno.test("Hub: a hello is answered, and what is published after a subscription comes in one frame", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  const hello = only(client.drain(), "hello");
  assertEquals(hello.id, "h");
  assertEquals(hello.data.instruments.map(({ symbol }) => symbol), ["BTC", "ETH"]);
  assertEquals(hello.data.commands, ["cancel", "submit"]);
  hub.publish("trades", "BTC", trade(1), 5n);
  const { data } = only(client.subscribe("trades", "BTC"), "subscribed");
  assertEquals(data.topics, [{ symbol: "BTC", epoch: hub.epoch, seq: 1, recovered: false }]);
  hub.publish("trades", "BTC", trade(2), 6n);
  hub.publish("trades", "ETH", trade(9), 6n);
  hub.publish("trades", "BTC", trade(3), 7n);
  hub.flush();
  assertEquals(client.link.frames.length, 1);
  assertEquals(shown(client.drain()), ["update trades BTC 1-2", "update trades BTC 2-3"]);
  hub.close();
});

Deno.test("Hub: a message waits no longer than the flush age, one of the urgent lane not at all", () => {
  const { hub, clock } = hubWith();
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC");
  client.subscribe("alerts", "");
  hub.publish("trades", "BTC", trade(1), 0n);
  clock.pass(0.5);
  assertEquals(client.link.frames.length, 0);
  clock.pass(0.5);
  assertEquals(shown(client.drain()), ["update trades BTC 0-1"]);
  hub.publish("trades", "BTC", trade(2), 0n);
  hub.publish("alerts", "", { code: "X", severity: "info", message: "" }, 0n);
  clock.pass(0);
  assertEquals(shown(client.drain()), ["update alerts  0-1", "update trades BTC 1-2"]);
  hub.close();
  assertEquals(clock.waiting, 0);
});

Deno.test("Hub: after its close nobody is taken", () => {
  const { hub } = hubWith();
  hub.close();
  assertThrows(() => new TestClient(hub), Error, "stopping");
});
