/** A touch maker's fills are those of hftbacktest on a real capture, and those of a naive program on odd markets. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { oddMarket, seenLate } from "../engine/core/_busy.ts";
import { rig } from "../engine/core/_rig.ts";
import { Rng } from "../engine/core/rng.ts";
import { madeTape } from "../engine/feed/_made_tape.ts";
import { backtest } from "../engine/run/backtest.ts";
import { convert } from "../engine/run/convert.ts";
import { StepsFile } from "../engine/run/steps_file.ts";
import { feeModel, parseFees } from "../engine/venue/fees.ts";
import touchMaker from "../strategies/touch_maker.ts";
import { NaiveTouch, type TouchOptions } from "./naive_touch.ts";
import { sharedData } from "./shared_data.ts";

const FEES = "maker=0.0002,taker=0.0007";
const npz = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
const missing = npz ? "" : " (ignored: the hftbacktest capture is not beside the project)";

/** A steps file that is kept as text. */
function stepsAsText(): { readonly steps: StepsFile; lines(): string[] } {
  let text = "";
  const decoder = new TextDecoder();
  const sink = { write: (bytes: Uint8Array) => void (text += decoder.decode(bytes)), close: () => {} };
  const steps = new StepsFile(sink, { byFill: false });
  return {
    steps,
    lines() {
      steps.close();
      return text.trim().split("\n");
    },
  };
}

/** The numbers of a steps file's lines. */
function numbers(lines: readonly string[]): number[][] {
  return lines.slice(1).map((line) => line.split(",").map(Number));
}

async function withTape(use: (tape: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await convert({ sources: [npz!], format: "hftbacktest", out: `${folder}/x.arrow` });
    await use(`${folder}/x.arrow`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [queue, trades] of [["risk", 447], ["power3", 483], ["log", 498]] as const) {
  Deno.test({
    name: `hftbacktest: touch_maker with queue ${queue} is equal at every step${missing}`,
    ignore: !npz,
    fn: () =>
      withTape(async (tape) => {
        const { steps, lines } = stepsAsText();
        const options = { strategy: touchMaker, tape, queue, latency: "10ms", fees: FEES, fills: "whole" as const };
        const result = backtest({ ...options, recorders: [steps] });
        // On this tape, the two never differ.
        assertEquals(backtest({ ...options, like: "hftbacktest" }).digest, result.digest);
        const theirs = numbers(
          (await Deno.readTextFile(sharedData(`hftbacktest/touch_${queue}_10ms.csv`)!)).trim().split("\n"),
        );
        const ours = numbers(lines());
        assertEquals(ours.map((row) => row.slice(0, 3)), theirs.map((row) => row.slice(0, 3)));
        for (let i = 0; i < ours.length; i++) {
          assert(
            Math.abs(ours[i][3] - theirs[i][3]) < 1e-6 && Math.abs(ours[i][4] - theirs[i][4]) < 1e-6,
            `${ours[i]}`,
          );
        }
        assertEquals(result.trades, trades);
      }),
  });
}

/** What hftbacktest 2.4.4 ends with at other latencies: trades, lots, balance and fee. */
const ENDS:
  readonly (readonly [queue: string, latency: string, trades: number, lots: number, balance: number, fee: number])[] = [
    ["risk", "0ns", 512, -8, 491.1545, 6.320064],
    ["risk", "1ns", 508, -10, 614.726, 6.270674],
    ["risk", "1ms", 505, -7, 429.8483, 6.233698],
    ["risk", "5ms", 480, -6, 368.2466, 5.925038],
    ["risk", "50ms", 343, -3, 183.1114, 4.234011],
    ["risk", "137ms", 284, -4, 244.0799, 3.505695],
    ["risk", "500ms", 225, 11, -678.4338, 2.777238],
    ["power3", "0ns", 543, -11, 676.0782, 6.702702],
    ["power3", "1ns", 540, -12, 738.0154, 6.665638],
    ["power3", "1ms", 537, -9, 553.1377, 6.628663],
    ["power3", "5ms", 517, -7, 430.1724, 6.381818],
    ["power3", "50ms", 372, -2, 121.626, 4.592034],
    ["power3", "137ms", 310, -4, 244.2715, 3.826752],
    ["power3", "500ms", 235, 9, -555.1562, 2.900718],
    ["log", "0ns", 567, -11, 676.0306, 6.99898],
    ["log", "1ns", 563, -11, 676.2882, 6.949583],
    ["log", "1ms", 561, -9, 553.0819, 6.924942],
    ["log", "5ms", 535, -7, 429.7352, 6.60397],
    ["log", "50ms", 391, -5, 306.3224, 4.826576],
    ["log", "137ms", 324, -6, 367.4544, 3.99956],
    ["log", "500ms", 241, 5, -308.2267, 2.974766],
  ];

Deno.test({
  name: `hftbacktest: touch_maker ends as it does at every latency${missing}`,
  ignore: !npz,
  fn: () =>
    withTape((tape) => {
      for (const [queue, latency, ...end] of ENDS) {
        const result = backtest({ strategy: touchMaker, tape, queue, latency, fees: FEES, fills: "whole" });
        const rounded = (value: number) => Math.round(value * 1e6) / 1e6;
        const ours = [result.trades, result.position, rounded(result.balance!), rounded(result.fees!)];
        assertEquals(ours, end, `${queue} ${latency}`);
      }
    }),
});

Deno.test("touch_maker: on odd markets its fills are those of a program of lists and maps", () => {
  const optionsOf = fc.record({
    seed: fc.nat(),
    queue: fc.constantFrom("risk" as const, "power3" as const, "log" as const),
    latency: fc.constantFrom(0, 1, 7, 40, 1000),
    interval: fc.constantFrom(3, 20, 100),
    limit: fc.constantFrom(1, 4, 20),
  });
  let steps = 0;
  const compare = ({ seed, ...options }: TouchOptions & { readonly seed: number }) => {
    const rng = new Rng(seed), start = 1_700_000_000_000_000_000n;
    const rows = seenLate(rng, oddMarket(rng, 300, start, 20), rng.int(3) * 25);
    const { steps: file, lines } = stepsAsText();
    const session = rig({
      tapes: { X: madeTape(rows, { batch: 70 }) },
      strategy: touchMaker.create({ interval: `${options.interval}ns`, limit: options.limit, size: 1 }),
      queue: options.queue,
      latency: { order: options.latency, response: options.latency },
      venue: { fills: "whole", impact: "frozen", selfTrade: "allow" },
      fees: (valuation) => feeModel(parseFees(FEES), valuation),
      recorder: file,
    });
    file.attach(session.core);
    session.run();
    const found = lines().slice(1);
    assertEquals(found, new NaiveTouch(rows, options).lines);
    steps += found.length;
  };
  fc.assert(fc.property(optionsOf, compare), { numRuns: 150 });
  assert(steps > 150, `${steps} steps`);
});
