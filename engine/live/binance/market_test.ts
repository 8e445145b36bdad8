import { assertEquals, assertRejects } from "@std/assert";
import { FakeNetwork } from "../_fake_network.ts";
import { FakeTimers } from "../_fake_timers.ts";
import { RestClient } from "../rest_client.ts";
import { binanceSpot, binanceUsdm } from "./market.ts";

/** A client that is answered so, whatever it asks. */
function answered(venue: string, answer: unknown): RestClient {
  const network = new FakeNetwork();
  network.answer = () => ({ status: 200, headers: {}, text: JSON.stringify(answer), at: 0n });
  const tools = { network, timers: new FakeTimers(), wall: () => 0n, random: () => 0, tell: () => {} };
  return new RestClient({ venue, weightPerMinute: 60 }, tools);
}

for (const dialect of [binanceSpot, binanceUsdm]) {
  const { venue, endpoints } = dialect;

  Deno.test(`${venue}: a time that is none is named, with what to look at`, async () => {
    assertEquals(await dialect.time!(endpoints, answered(venue, { serverTime: 5 })), 5);
    const { message } = await assertRejects(
      () => dialect.time!(endpoints, answered(venue, { serverTime: "5" })),
      RangeError,
    );
    assertEquals(message, `Cannot read the time of ${venue}: serverTime is "5"; is the endpoint Binance's?`);
  });

  Deno.test(`${venue}: an instrument without its steps is not traded, nor is one that trading has not`, async () => {
    const of = (more: object) => {
      const symbols = [{ symbol: "A", status: "TRADING", quoteAsset: "B", filters: [], ...more }];
      return dialect.instruments(["A"], endpoints, answered(venue, { symbols }));
    };
    const steps = (await assertRejects(() => of({}), TypeError)).message;
    assertEquals(steps, `Cannot trade A: ${venue} tells no tick or no lot of it; choose another`);
    const halted = (await assertRejects(() => of({ status: "BREAK" }), RangeError)).message;
    assertEquals(halted, `Cannot trade A: at ${venue} its status is BREAK; wait, or choose another`);
  });
}
