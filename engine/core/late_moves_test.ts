import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { madeBars, madeTape } from "../feed/_made_tape.ts";
import { GrowingTape } from "../feed/growing_tape.ts";
import { MemoryFile } from "../feed/memory_file.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { TapeRecorder } from "../feed/tape_recorder.ts";
import { LognormalLatency, RecordedLatency, SampledLatency } from "../venue/latency.ts";
import { busy, oddMarket, seenLate } from "./_busy.ts";
import { OutputLog, rig, type RigOptions } from "./_rig.ts";
import { ERA } from "./clock.ts";
import { LAST } from "./event.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";
import { StateReader } from "./state_reader.ts";
import { StateWriter } from "./state_writer.ts";

const START = 1_700_000_000_000_000_000n;
/** A moment before times are counted from another era. */
const TURN = BigInt(ERA) * 380n - 3000n;
/** The feed takes this long at most. */
const DELAY = 60;

function market(seed: number, rows = 300) {
  const rng = new Rng(seed), start = seed % 3 === 0 ? TURN : START;
  const seen = seenLate(rng, oddMarket(rng, rows, start, 40), DELAY);
  const last = seen.reduce((most, { local = 0n }) => BigInt(local) > most ? BigInt(local) : most, 0n);
  return { ...madeTape(seen, { batch: 64 }), last };
}

/** What a session puts out, its moves, and what came late. */
function run(options: Omit<RigOptions, "recorder">, go = (session: Session) => session.run()) {
  const log = new OutputLog(), session = rig({ ...options, recorder: log });
  go(session);
  // Whatever comes late, time never goes back.
  const times = log.lines.map((line) => BigInt(line.split(" ")[1]));
  assert(times.every((time, i) => i === 0 || time >= times[i - 1]));
  return { lines: log.lines, digest: session.core.digest.hex(), steps: session.steps, late: session.late?.figures };
}

/** What a session put out while its tapes went on: behind their last row two may come to their ends at different timers. */
function untilRowsEnd(lines: readonly string[], rows: readonly { readonly last: bigint }[]): string[] {
  const last = rows.reduce((most, each) => each.last > most ? each.last : most, 0n);
  return lines.filter((line) => BigInt(line.split(" ")[1]) <= last);
}

const LATENCIES = {
  constant: () => ({ order: 17, cancel: 5, response: DELAY }),
  long: () => ({ order: 0, response: 3 * DELAY }),
  sampled: () => ({
    order: new SampledLatency([1, 10, 100], new Rng(1)),
    response: new SampledLatency([DELAY, 2 * DELAY], new Rng(2)),
  }),
};

for (const [name, latency] of Object.entries(LATENCIES)) {
  for (const symbols of [["A"], ["A", "B", "C"]]) {
    Deno.test(`LateMoves: what takes longer than the feed is never late, and the digest is the backtest's (${name}, ${symbols.length} tapes)`, () => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const tapes = Object.fromEntries(symbols.map((symbol, i) => [symbol, market(seed + 3 * i)]));
          const options = () => ({ tapes, latency: latency(), strategy: busy({ interval: "53ns" }), seed });
          const plain = run(options());
          const late = run({ ...options(), late: { silenceNs: DELAY } });
          const rows = Object.values(tapes);
          assertEquals(untilRowsEnd(late.lines, rows), untilRowsEnd(plain.lines, rows));
          if (late.lines.length === plain.lines.length) assertEquals(late.digest, plain.digest);
          assertEquals(late.late, { answers: 0, answersNsMax: 0, rows: 0, rowsNsMax: 0 });
          assert(plain.lines.length > 10);
        }),
        { numRuns: 25 },
      );
    });
  }
}

const EVERY = {
  ...LATENCIES,
  none: () => ({}),
  short: () => ({ order: 3, response: 11 }),
  lognormal: () => ({
    order: new LognormalLatency(20, 0.8, new Rng(3)),
    response: new LognormalLatency(9, 0.5, new Rng(4)),
  }),
  recorded: () => ({ order: new RecordedLatency(0.5), response: new RecordedLatency(2) }),
};

for (const [name, latency] of Object.entries(EVERY)) {
  Deno.test(`LateMoves: rows that arrive while it runs, in whatever pieces, come to what their recording does (latency: ${name})`, () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(Infinity, 25, DELAY, 400), fc.boolean(), (seed, silenceNs, l3) => {
        const late = { silenceNs };
        const made = ["A", "B"].map((symbol, i) => arrivals(seed + 3 * i, symbol, l3 && i === 0));
        const options = () => ({ latency: latency(), strategy: busy({ interval: "53ns" }), seed, late });
        const live = run({ ...options(), tapes: tapesOf(made) }, (session) => play(session, made, new Rng(seed)));
        const tapes = Object.fromEntries(made.map(({ tape, recorded }) => [tape.name, recorded()]));
        const again = run({ ...options(), tapes });
        assertEquals(again, live);
        assert(live.lines.length > 10);
      }),
      { numRuns: 20 },
    );
  });
}

/** Rows that overtake each other on their way, of a tape that grows and is recorded. */
function arrivals(seed: number, symbol: string, l3: boolean) {
  const rng = new Rng(seed), file = new MemoryFile(), instrument = { symbol, venue: "made", tick: "1", lot: "1" };
  const begins = seed % 3 === 0 ? TURN : START;
  const rows = seenLate(rng, oddMarket(rng, 300, begins, 40), DELAY);
  // A third of the messages tell of what happened earlier than what came before them.
  let shift = 0n;
  const moved = rows.map((row) => {
    const exchange = BigInt(row.exchange) - shift;
    if (row.flags! & LAST) shift = BigInt(rng.int(3) === 0 ? rng.int(90) : 0);
    return { ...row, exchange };
  });
  const record = new TapeRecorder({ file, instrument, layout: l3 ? "l3" : "l2" });
  const tape = new GrowingTape({ instrument, layout: l3 ? "l3" : "l2", begins, record });
  const recorded = () => {
    record.finish({ update: () => {}, hex: () => "00" });
    return new TapeReader(file);
  };
  return { tape, rows: moved, recorded, begins, at: 0 };
}

function tapesOf(made: readonly { readonly tape: GrowingTape }[]) {
  return Object.fromEntries(made.map(({ tape }) => [tape.name, tape]));
}

/** Lets time go on by leaps; at each, the rows that have arrived are added, and the session goes as far as it can. */
function play(session: Session, made: ReturnType<typeof arrivals>[], rng: Rng): void {
  let now = made[0].begins, started = false;
  for (let going = true; going;) {
    now += BigInt(rng.int(rng.int(4) === 0 ? 300 : 20));
    for (const each of made) arrive(each, now);
    if (!started && !session.late!.ready) continue;
    if (!started) session.start();
    started = true;
    session.late!.until = session.core.clock.fromEpochNs(now);
    for (let left = rng.int(50); left > 0; left--) {
      if (session.step()) continue;
      if (!session.late!.waits) going = false;
      break;
    }
  }
  session.finish();
}

function arrive(each: ReturnType<typeof arrivals>, now: bigint): void {
  const { tape, rows } = each;
  for (; each.at < rows.length && BigInt(rows[each.at].local!) <= now; each.at++) {
    const { local, exchange, kind, side, price, size, flags } = rows[each.at];
    Object.assign(tape.row, { kind, side, price, size, flags });
    [tape.row.localSec, tape.row.localNs] = secondsOf(BigInt(local!));
    [tape.row.exchangeSec, tape.row.exchangeNs] = secondsOf(BigInt(exchange));
    tape.add();
  }
  if (each.at === rows.length && tape.open) tape.end();
  tape.settle(now);
}

function secondsOf(ns: bigint): [sec: number, ns: number] {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

Deno.test("LateMoves: with no latency at all an answer is as late as the feed, and no later", () => {
  let answers = 0;
  for (let seed = 0; seed < 20; seed++) {
    const options = { tapes: { A: market(seed) }, strategy: busy({ interval: "53ns" }), seed };
    const { late } = run({ ...options, late: { silenceNs: DELAY } });
    answers += late!.answers;
    assert(late!.answersNsMax <= DELAY, `${late!.answersNsMax}`);
    assertEquals(late!.rows, 0);
  }
  assert(answers > 500, `${answers}`);
});

Deno.test("LateMoves: one that goes on from a snapshot ends as if it had not been kept", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 400 }), (seed, moves) => {
      const options = () => ({
        tapes: { A: market(seed), B: market(seed + 3) },
        latency: { order: 3, response: new LognormalLatency(30, 1, new Rng(4)) },
        strategy: { ...busy({ interval: "53ns" }), save: () => null, load: () => {} },
        late: { silenceNs: 70 },
        seed,
      });
      const whole = rig(options());
      whole.start();
      for (let left = moves; left > 0 && whole.step();) left--;
      const kept = new StateWriter();
      whole.save(kept);
      const again = rig(options());
      again.load(new StateReader(kept.bytes()));
      for (const session of [whole, again]) {
        while (session.step());
        session.finish();
      }
      assertEquals([again.core.digest.hex(), again.steps, again.late!.figures], [
        whole.core.digest.hex(),
        whole.steps,
        whole.late!.figures,
      ]);
    }),
    { numRuns: 30 },
  );
});

Deno.test("LateMoves: what is told bar by bar, or with another latency of the feed, is refused", () => {
  const late = { silenceNs: 0 };
  const bars = madeBars([{ opens: START, closes: START + 5n, close: 7 }]);
  assertThrows(() => rig({ tapes: { A: bars }, late }), RangeError, "each order would be answered a bar late");
  assertThrows(() => rig({ tapes: { A: market(1) }, late, latency: { feed: 5 } }), RangeError, "leave it out");
});
