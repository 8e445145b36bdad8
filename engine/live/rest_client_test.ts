import { assertEquals, assertRejects } from "@std/assert";
import { FakeNetwork } from "./_fake_network.ts";
import { FakeTimers } from "./_fake_timers.ts";
import { RestClient } from "./rest_client.ts";

Deno.test("RestClient: who waits for a turn when it is closed is told so, and what to do", async () => {
  const network = new FakeNetwork(), request = { method: "GET", url: "https://rest.test/time" } as const;
  const tools = { network, timers: new FakeTimers(), wall: () => 0n, random: () => 0, tell: () => {} };
  const client = new RestClient({ venue: "made", weightPerMinute: 10 }, tools);
  await client.send(request, 10);
  const waiting = client.send(request, 1);
  client.close();
  const { message } = await assertRejects(() => waiting, Error);
  assertEquals([message, network.requests.length], ["Cannot ask made: its connection was closed; start it again", 1]);
});
