import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns } from "../../tests/fuzz_runs.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { parseFees, TieredFees } from "../venue/fees.ts";
import { marginModel } from "../account/margin.ts";
import { LognormalLatency, RecordedLatency, SampledLatency } from "../venue/latency.ts";
import { feeModel } from "../venue/fees.ts";
import { busy, oddMarket, seenLate } from "./_busy.ts";
import { OutputLog, rig, type RigOptions } from "./_rig.ts";
import { guardSpecs } from "../risk/guard_specs.ts";
import { BUY, SELL } from "./event.ts";
import type { Instrument } from "./instrument.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";
import type { Strategy } from "./strategy.ts";
import { StateReader } from "./state_reader.ts";
import { StateWriter } from "./state_writer.ts";

const START = 1_700_000_000_000_000_000n;

function market(seed: number, rows = 300, gap = 40) {
  const rng = new Rng(seed);
  return madeTape(seenLate(rng, oddMarket(rng, rows, START, gap), 60), { batch: 64 });
}

/** Works by linked and parent orders, by its dice alone. */
const desk: Strategy = {
  save: () => null,
  onStart: (ctx) => void ctx.every("97ns"),
  onTimer(ctx) {
    const { random } = ctx, instrument = random.int(ctx.instruments.length), side = random.int(2) === 0 ? BUY : SELL;
    const price = 1000 + random.int(9) - 4, size = 1 + random.int(6);
    const entry = { instrument, side, price, size };
    switch (random.int(9)) {
      case 0:
        return void ctx.links.bracket({
          entry,
          stop: { trigger: price - 3 * side },
          target: { price: price + 2 * side },
        });
      case 1:
        return void ctx.links.oco({ orders: [entry, { ...entry, price: price - side }] });
      case 2:
        return void ctx.links.oto({ entry, orders: [{ side: -side, price: price + 3 * side, size }] });
      case 3:
        return void ctx.parents.start({ algo: "twap", instrument, side, size: 20, over: "2us", jitter: 0.3 });
      case 4:
        return void ctx.parents.start({
          algo: "iceberg",
          instrument,
          side,
          size: 9,
          limit: price,
          display: 2,
          over: "1us",
        });
      case 5:
        return void ctx.parents.start({
          algo: "pov",
          instrument,
          side,
          size: 15,
          rate: 0.2,
          over: "3us",
          slice: "200ns",
        });
      case 6:
        return ctx.cancelAll(instrument);
      default:
        return void ctx.submit(entry);
    }
  },
};

/** Its state is in its dice, which are the context's. */
const trader = (interval: string) => ({ ...busy({ interval }), save: () => null });

const OPTIONS: Readonly<Record<string, (seed: number) => Partial<RigOptions>>> = {
  "one instrument": (seed) => ({ tapes: { A: market(seed) } }),
  "three instruments": (seed) => ({ tapes: { C: market(seed), A: market(seed + 1), B: market(seed + 2) } }),
  "whole fills, power queue": () => ({
    venue: { fills: "whole", impact: "frozen", selfTrade: "allow" },
    queue: "power2",
  }),
  "inserted orders": () => ({
    venue: { fills: "partial", impact: "insert", selfTrade: "cancel_oldest" },
    queue: "log",
  }),
  "like hftbacktest": () => ({
    venue: { fills: "whole", impact: "frozen", selfTrade: "allow", like: "hftbacktest" },
  }),
  "constant latency": () => ({ latency: { order: 17, cancel: 5, response: 23 } }),
  "drawn latency": () => ({
    latency: {
      order: new SampledLatency([1, 10, 100], new Rng(1)),
      response: new LognormalLatency(9, 0.5, new Rng(4)),
      feed: ({ symbol }: Instrument) => new LognormalLatency(30, 1, new Rng(5).child(symbol)),
    },
  }),
  "recorded latency": () => ({ latency: { order: new RecordedLatency(0.5), response: new RecordedLatency(2) } }),
  "margin": () => ({
    cash: { USD: "20000" },
    margin: (valuation) => marginModel({ mode: "cross", initial: "0.5", maintenance: "0.4" }, valuation),
  }),
  "tiered fees": () => ({
    fees: (valuation) =>
      new TieredFees(
        [{ from: "0", maker: "0.0002", taker: "0.0005" }, { from: "50000", maker: "0", taker: "0.0003" }],
        valuation,
        { days: 2 },
      ),
  }),
  "fees a lot": () => ({ fees: (valuation) => feeModel(parseFees("lot=0.01,minimum=1"), valuation) }),
  "warm-up": () => ({ warmup: "3us" }),
  "linked and parent orders": () => ({ strategy: desk, latency: { order: 13, response: 7 } }),
  "guards": () => ({
    strategy: desk,
    sampleNs: 900,
    guards: guardSpecs({
      postTrade: {
        drawdown: { limit: 400, then: "reduce" },
        lossStreak: { count: 3, pause: "400ns" },
        pnlJump: { limit: 90, window: "500ns", pause: "100ns" },
        slippage: { rate: 0.002, fills: 3, of: "all" },
        positionAge: { limit: "3us", then: "alert" },
      },
      breakers: {
        spread: { ticks: 6, pause: "100ns" },
        jump: { rate: 0.01, window: "300ns", pause: "90ns" },
        crossed: { lasts: "30ns" },
        silence: { after: "70ns" },
      },
      compliance: { washTrades: {}, layering: {} },
    }, ["A", "B"]),
  }),
  "commands": () => ({}),
  "eras": (seed) => ({
    tapes: { A: market(seed, 150, 3e14), B: market(seed + 1, 150, 2e14) },
    strategy: trader("9h"),
    latency: { order: 3e15, response: 1e9 },
    sampleNs: 5e14,
  }),
  "samples": () => ({ sampleNs: 700 }),
};

function session(name: string, seed: number, log: OutputLog): Session {
  const tapes = { A: market(seed), B: market(seed + 1) };
  const made = rig({ tapes, strategy: trader("43ns"), recorder: log, seed, ...OPTIONS[name](seed) });
  if (name === "commands") {
    made.commands.schedule(["+500ns submit buy 3 id=x instrument=A", "+1us cancel_all", "+2us submit sell 2"]);
  }
  return made;
}

function saved(from: Session): Uint8Array {
  const to = new StateWriter();
  from.save(to);
  return to.bytes();
}

/** Ends a session; returns the records it put out since `before`, its digest and its account. */
function ending(session: Session, log: OutputLog, before: number) {
  while (session.step());
  session.finish();
  const { core, steps, context } = session;
  return [...log.lines.slice(before), core.digest.hex(), steps, ...core.account.snapshot(), ...context.notes];
}

for (const name of Object.keys(OPTIONS)) {
  Deno.test(`Session: goes on from a snapshot as if there had been none (${name})`, () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(400), (seed, steps) => {
        const log = new OutputLog(), whole = session(name, seed, log);
        whole.start();
        for (let i = 0; i < steps; i++) if (!whole.step()) return;
        const state = saved(whole), before = log.lines.length;
        const again = new OutputLog(), fresh = session(name, seed, again);
        fresh.load(new StateReader(state));
        // What was loaded is, saved once more, the same to the byte.
        assertEquals(saved(fresh), state);
        const expected = ending(whole, log, before);
        assertEquals(ending(fresh, again, 0), expected);
      }),
      { numRuns: fuzzRuns(15) },
    );
  });
}
