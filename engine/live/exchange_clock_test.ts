import { assertEquals } from "@std/assert";
import { FakeNetwork } from "./_fake_network.ts";
import { FakeTimers } from "./_fake_timers.ts";
import { ExchangeClock } from "./exchange_clock.ts";

Deno.test("ExchangeClock: of the last samples the one with the least error counts, and a clock far off is told once", async () => {
  const timers = new FakeTimers(), told: string[] = [];
  const trips = [[50, 250], [5, 5], [400, 0], [0, 0]];
  let offset = 1272;
  const ask = async () => {
    const [there, back] = trips.shift() ?? [1, 1];
    await new Promise<void>((done) => timers.after(there, done));
    const theirs = timers.now() + offset;
    await new Promise<void>((done) => timers.after(back, done));
    if (trips.length === 0 && offset === 0) throw new Error("no answer");
    return theirs;
  };
  const clock = new ExchangeClock("x", ask, {
    network: new FakeNetwork(),
    timers,
    wall: () => BigInt(timers.now() * 1e6),
    random: () => 0,
    tell: ({ name, message }) => told.push(`${name} ${message}`),
  });
  assertEquals([clock.offsetMs, clock.errorMs], [undefined, Infinity]);
  void clock.start();
  await timers.advance(300);
  assertEquals([clock.offsetMs, clock.errorMs], [1172, 150]);
  await timers.advance(61_000);
  assertEquals([clock.offsetMs, clock.errorMs], [1272, 5]);
  await timers.advance(61_000);
  assertEquals([clock.offsetMs, clock.errorMs], [1272, 5]);
  assertEquals(told, ["CLOCK_OFF our clock is 1.172 s behind the exchange's; set it right (NTP)"]);
  offset = 0;
  await timers.advance(600_000);
  assertEquals(clock.offsetMs, 1272, "no answer changes nothing");
  clock.stop();
  await timers.advance(60_000);
  assertEquals(timers.waiting, 0);
});

Deno.test("ExchangeClock: a clock that jumped is measured anew, at once", async () => {
  const timers = new FakeTimers();
  let offset = 5000;
  const ask = () => Promise.resolve(timers.now() + offset);
  const wall = () => BigInt(timers.now() * 1e6);
  const clock = new ExchangeClock("x", ask, { network: new FakeNetwork(), timers, wall, random: () => 0, tell() {} });
  assertEquals(clock.now(), timers.now());
  await clock.start();
  assertEquals(clock.now(), timers.now() + 5000);
  offset = -3000;
  await clock.anew();
  assertEquals(clock.now(), timers.now() - 3000);
  clock.stop();
});
