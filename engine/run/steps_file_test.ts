import { assert, assertEquals } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { sharedData } from "../../tests/shared_data.ts";
import { BUY, SELL, strategy } from "../../mod.ts";
import { backtest } from "./backtest.ts";
import { convert } from "./convert.ts";
import { StepsFile } from "./steps_file.ts";

/** Collects text. */
function memory() {
  const decoder = new TextDecoder();
  const sink = { text: "", write: (bytes: Uint8Array) => void (sink.text += decoder.decode(bytes)), close: () => {} };
  return sink;
}

const NPZ = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
const absent = NPZ === undefined ? " (ignored: ../shared/data is not there)" : "";

Deno.test({
  name: `StepsFile: hftbacktest's outcome fill by fill, risk 447, power3 483, log 498 trades${absent}`,
  ignore: !NPZ,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const tape = `${folder}/x.arrow`;
      await convert({ sources: [NPZ!], format: "hftbacktest", out: tape, instrument: { symbol: "BTCUSDT" } });
      for (const [queue, trades] of [["risk", 447], ["power3", 483], ["log", 498]] as const) {
        const sink = memory();
        const steps = new StepsFile(sink, { byFill: false });
        const result = backtest({
          strategy: touchMaker,
          tape,
          queue,
          latency: "10ms",
          fees: "maker=0.0002,taker=0.0007",
          fills: "whole",
          recorders: [steps],
        });
        steps.close();
        assertEquals(result.trades, trades);
        const theirs = (await Deno.readTextFile(sharedData(`hftbacktest/touch_${queue}_10ms.csv`)!)).trim().split(
          /\r?\n/,
        );
        const ours = sink.text.trim().split("\n");
        assertEquals(ours.length, theirs.length);
        ours.forEach((line, i) => assert(same(line, theirs[i]), `row ${i + 1}: ${line} is not ${theirs[i]}`));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Time, position and trades alike, money within 1e-6. */
function same(a: string, b: string): boolean {
  const [left, right] = [a.split(","), b.split(",")];
  if (left[0] === "local_ns") return a === b;
  const money = [3, 4].every((i) => Math.abs(Number(left[i]) - Number(right[i])) < 1e-6);
  return money && left.slice(0, 3).join() === right.slice(0, 3).join();
}

Deno.test("StepsFile: a strategy without timers has a row for each fill; of two instruments each is named", () => {
  const sink = memory();
  const steps = new StepsFile(sink, { byFill: true });
  backtest({
    strategy: strategy({
      name: "pair",
      about: "Buys one and sells the other.",
      params: {},
      create: () => ({
        onStart(ctx) {
          ctx.submit({ instrument: 0, side: BUY, size: 1 });
          ctx.submit({ instrument: 1, side: SELL, size: 2 });
        },
      }),
    }),
    tape: ["fixtures/data/pair_a.arrow", "fixtures/data/pair_b.arrow"],
    recorders: [steps],
  });
  steps.close();
  const [head, ...rows] = sink.text.trim().split("\n");
  assertEquals(head, "local_ns,position_lots,trades,balance,fee,instrument");
  assertEquals(rows.map((row) => row.split(",").filter((_, i) => [1, 2, 5].includes(i)).join()), [
    "1,1,TWIN_A",
    "-2,1,TWIN_B",
  ]);
});
