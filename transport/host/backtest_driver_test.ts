import { assert, assertEquals, assertThrows } from "@std/assert";
import { BUY } from "../../engine/core/event.ts";
import type { Strategy } from "../../engine/core/strategy.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { BacktestDriver, type BacktestDriverOptions } from "./backtest_driver.ts";
import type { ClockData } from "./driver.ts";
import { preparedRun } from "./_prepared.ts";

const trader = (): Strategy => ({
  onStart: (ctx) => void ctx.every("10s"),
  onTimer: (ctx) => void ctx.submit({ side: BUY, size: 1, tif: "ioc", price: ctx.book().bestAsk }),
});

/** Runs to the end on wall time that goes on by itself; `at` acts between two waits, by how many there were. */
async function driven(options: BacktestDriverOptions, at: (driver: BacktestDriver, waits: number) => void = () => {}) {
  const run = preparedRun(trader()), timers = new FakeTimers(), told: ClockData[] = [], { startsAt } = run.session;
  timers.tick = 0.01;
  const driver = new BacktestDriver(run, { ...options, timers, onClock: (clock) => void told.push(clock) });
  let over = false, waits = 0;
  const running = driver.run().finally(() => over = true);
  while (!over) {
    await timers.next();
    if (!over) at(driver, ++waits);
  }
  await running;
  run.close();
  return {
    run,
    startsAt,
    driver,
    told,
    waits,
    wall: timers.now(),
    digest: run.session.core.digest.hex(),
    steps: run.loop.steps,
  };
}

Deno.test("BacktestDriver: pace, pauses, steps and seeks change nothing that a session puts out", async () => {
  const free = await driven({});
  assert(free.run.session.core.flow.trades[0] > 0);
  const real = await driven({ pace: "real", speed: 600 });
  const hopping = await driven({ paused: true }, (driver, waits) => {
    if (waits === 3) driver.step(7);
    if (waits === 6) driver.seek(driver.clock.time + 600_000_000_000n);
    if (waits === 9 || driver.clock.state === "paused" && waits > 20) driver.resume();
    if (waits === 12) driver.pause();
  });
  for (const each of [real, hopping]) assertEquals([each.digest, each.steps], [free.digest, free.steps]);
  assertEquals([free, real, hopping].map(({ driver }) => driver.clock.state), ["ended", "ended", "ended"]);
});

Deno.test("BacktestDriver: at pace real, wall time goes as session time does", async () => {
  const { run, wall, startsAt } = await driven({ pace: "real", speed: 100 });
  const { core } = run.session;
  const simulated = Number(core.clock.toEpochNs(core.now) - startsAt) / 1e6;
  assert(Math.abs(wall - simulated / 100) < 2000, `${wall} ms of wall time for ${simulated} ms at 100`);
});

Deno.test("BacktestDriver: paused before its first move, its clock says when it begins", async () => {
  const { told, startsAt } = await driven({ paused: true }, (driver) => driver.resume());
  assertEquals([told[0].state, told[0].time], ["paused", startsAt]);
});

Deno.test("BacktestDriver: it makes as many moves as it is told, and pauses", async () => {
  const counts: number[] = [];
  await driven({ paused: true }, (driver, waits) => {
    if (waits === 1) driver.step(5);
    if (waits === 4) counts.push(driver.clock.state === "paused" ? 1 : 0);
    if (waits === 4) driver.resume();
  });
  assertEquals(counts, [1]);
});

Deno.test("BacktestDriver: it seeks to the first move at or after a time, and not back", async () => {
  let asked = 0n, before = 0n, at = 0n;
  await driven({ paused: true }, (driver, waits) => {
    if (waits === 1) {
      before = driver.clock.time;
      driver.step(1);
    }
    if (waits === 4) driver.seek(asked = driver.clock.time + 60_000_000_000n);
    if (asked > 0n && at === 0n && driver.clock.state === "paused" && driver.clock.time > asked - 1_000_000_000n) {
      at = driver.clock.time;
      assertThrows(() => driver.seek(before), RangeError, "clock_fork with a time");
      driver.resume();
    }
  });
  assert(at > 0n && at < asked, "the move at the time is still to come");
});

Deno.test("BacktestDriver: in lockstep it waits for each turn", async () => {
  let turns = 0;
  const plain = await driven({});
  const lockstep = await driven({ pace: "lockstep", waits: () => ++turns % 3 === 0 }, (driver) => driver.turn());
  assertEquals(lockstep.digest, plain.digest);
  assert(lockstep.waits > turns / 3 - 2);
});

Deno.test("BacktestDriver: a command reaches the session between two moves, also while it is paused", async () => {
  let order = 0;
  const { run } = await driven({ paused: true }, (driver, waits) => {
    if (waits === 1) driver.step(100);
    if (waits === 5) order = driver.command({ kind: "submit", side: "buy", size: 1 }).order;
    if (waits === 6) driver.resume();
  });
  assert(order > 0);
  assert(run.session.commands.notes.some((note) => note.includes("submit")));
});

Deno.test("BacktestDriver: stopped, it ends as failed, and the loop says why", async () => {
  const { driver, run } = await driven({ pace: "real" }, (driver, waits) => {
    if (waits === 5) driver.stop(new Error("enough"));
  });
  assertEquals([driver.clock.state, run.loop.incomplete?.message, driver.over], ["failed", "enough", true]);
});

Deno.test("BacktestDriver: a speed, count or pace that is none is refused by name", async () => {
  const run = preparedRun({});
  assertThrows(() => new BacktestDriver(run, { speed: 0 }), RangeError, "Cannot go at speed 0");
  const driver = new BacktestDriver(run);
  assertThrows(() => driver.step(0.5), RangeError, "count is 0.5");
  assertThrows(() => driver.speed(NaN), RangeError, "speed NaN");
  run.loop.stop(new Error("over"));
  await driver.run();
  assertEquals(driver.clock.state, "failed");
  run.close();
});

Deno.test("BacktestDriver: at pace real the clock is told ten times a second, also where it waits for most of the time", async () => {
  const { told, wall } = await driven({ pace: "real", speed: 100 });
  assert(told.length > wall / 400, `${told.length} times in ${wall} ms`);
});

Deno.test("BacktestDriver: while whoever listens is pressed it waits, and nothing is different for it", async () => {
  let asked = 0, waited = 0;
  const plain = await driven({});
  const pressed = await driven({ pressed: () => ++asked % 3 !== 0 && ++waited > 0 });
  assertEquals(pressed.digest, plain.digest);
  assert(waited > 2);
});
