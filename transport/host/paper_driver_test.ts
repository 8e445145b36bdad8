import { assert, assertEquals, assertThrows } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { MemoryFile } from "../../engine/feed/memory_file.ts";
import { TapeReader } from "../../engine/feed/tape_reader.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { backtest } from "../../engine/run/backtest.ts";
import { openTape } from "../../engine/run/open_tape.ts";
import { ArrivingSession } from "../../engine/run/arriving_session.ts";
import { playedPaper, tapeTime } from "../../engine/run/played_paper.ts";
import { RecordedFrames } from "../../engine/run/recorded_frames.ts";
import { PaperDriver } from "./paper_driver.ts";

const OPTIONS = { strategy: touchMaker, latency: "order=1ms,response=500us", lateKnowledge: { silence: "20ms" } };

/** A paper session on the first seconds of a tape, whose frames arrive by a timer of their own. */
function world(seconds: number) {
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow"), file = new MemoryFile("seen.arrow");
  const timers = new FakeTimers(), begins = BigInt(tape.meta.span!.localFirst) - 1n;
  const wall = () => begins + BigInt(Math.round(timers.now() * 1e6));
  const paper = new ArrivingSession({ ...OPTIONS, feeds: [{ instrument: tape.meta.instrument, file }], wall });
  const frames = new RecordedFrames([{ tape, into: [...paper.feeds.values()][0] }]);
  const play = (): void => {
    frames.push(wall());
    const { next } = frames;
    if (next === undefined || next > begins + BigInt(seconds) * 1_000_000_000n) return;
    timers.after(Number(next - wall()) / 1e6, play);
  };
  let looks = 0;
  const states: string[] = [];
  const onClock = ({ state }: { readonly state: string }) => void (states.at(-1) !== state && states.push(state));
  const driver = new PaperDriver(paper, { timers, look: () => void looks++, onClock });
  return { paper, driver, timers, wall, play, file, close, states, looks: () => looks };
}

Deno.test("PaperDriver: rows that arrive and time that goes on move the session, and it sleeps in between", async () => {
  const { paper, driver, timers, wall, play, file, close, states, looks } = world(60);
  const running = driver.run();
  play();
  let orders = 0;
  for (let at = 0; at < 61_000;) {
    at = (await timers.next())!;
    if (orders < 5 && at > 10_000 * (orders + 1)) {
      assertEquals(driver.command({ kind: "submit", side: "buy", size: 1, price: 1 }).code, 0);
      orders++;
      // It was carried out when it came, and not at the move before.
      const { clock } = paper.run.session.core;
      assertEquals(clock.toEpochNs(clock.now), wall());
    }
  }
  const { steps } = paper.run.loop;
  driver.stop(new Error("enough"));
  await running;
  assertThrows(() => paper.finish(), Error, "enough");
  close();
  assertEquals([driver.over, states], [true, ["running", "failed"]]);
  // A look for each frame that came, each thing that was due, and each quarter of a second.
  assert(steps > 1000 && looks() < 2.5 * steps, `${steps} steps, ${looks()} looks`);
  assertEquals(new TapeReader(file).meta.incomplete?.reason, "enough");
});

Deno.test("PaperDriver: what it puts out is what its recording does", async () => {
  const { paper, driver, timers, play, file, close } = world(1e6);
  const running = driver.run();
  play();
  while (!driver.over) await timers.next();
  await running;
  const result = paper.finish(), again = backtest({ ...OPTIONS, tape: new TapeReader(file) });
  close();
  assertEquals([result.digest, result.late, result.trades], [again.digest, again.late, again.trades]);
  assert(result.trades > 10 && result.late!.answers > 10);
});

Deno.test("PaperDriver: who drives it has a turn after each move, at its time, however far the world has gone", async () => {
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow"), timers = new FakeTimers();
  timers.tick = 1;
  const now = tapeTime([tape], { speed: 1000, nowMs: () => timers.now() });
  const { paper } = playedPaper({ ...OPTIONS, tapes: [tape], now });
  const { session, loop } = paper.run, turns: [steps: number, time: bigint][] = [];
  let waiting = false;
  const waits = (): boolean => {
    waiting = loop.steps % 100 === 0;
    if (waiting) turns.push([loop.steps, session.context.now]);
    return waiting;
  };
  const driver = new PaperDriver(paper, { timers, waits, paused: true });
  const running = driver.run();
  await timers.next();
  assertEquals([driver.clock.state, turns.length], ["paused", 0]);
  driver.begin();
  for (let i = 0; i < 1e5 && turns.length < 40; i++) {
    await timers.next();
    if (!waiting) continue;
    waiting = false;
    const [steps, time] = turns.at(-1)!;
    await timers.next();
    assertEquals(loop.steps, steps);
    assertEquals(driver.command({ kind: "submit", side: "buy", size: 1, price: 1 }).code, 0);
    assertEquals(session.context.now, time);
    driver.turn();
  }
  assertEquals(turns.map(([steps]) => steps), Array.from({ length: 40 }, (_, i) => 100 * i));
  driver.stop(new Error("enough"));
  await running;
  close();
});

Deno.test("PaperDriver: before the first row its clock is the wall's, and the session's from then on", async () => {
  const { paper, driver, timers, wall, play, close } = world(1);
  const running = driver.run(), told: boolean[] = [];
  for (let i = 0; i < 5; i++) {
    await timers.next();
    told.push(driver.clock.time === wall());
  }
  assertEquals(told, [true, true, true, true, true]);
  play();
  await timers.next();
  const { clock } = paper.run.session.core;
  assert(paper.run.loop.started);
  assertEquals(driver.clock.time, clock.toEpochNs(clock.now));
  driver.stop(new Error("enough"));
  await running;
  close();
});

Deno.test("PaperDriver: its clock is the world's", () => {
  const { driver, close } = world(1);
  assertEquals(driver.tape, undefined);
  assertEquals([driver.clock.pace, driver.clock.speed, driver.clock.state], ["real", 1, "waiting"]);
  close();
});
