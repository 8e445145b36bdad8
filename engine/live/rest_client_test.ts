import { assertEquals, assertRejects, assertThrows } from "@std/assert";
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

Deno.test("RestClient.parse: an answer that is no JSON is told with its place, and without its words", () => {
  const tools = {
    network: new FakeNetwork(),
    timers: new FakeTimers(),
    wall: () => 0n,
    random: () => 0,
    tell: () => {},
  };
  const client = new RestClient({ venue: "made", weightPerMinute: 10 }, tools);
  const { message } = assertThrows(
    () =>
      client.parse({ url: "https://rest.test/v3/account?signature=a" }, {
        status: 200,
        headers: {},
        text: "<key>",
        at: 0n,
      }),
    Error,
  );
  assertEquals(message, "Cannot read /v3/account of made: its answer is no JSON, of 5 characters; check its address");
});
