import { assert, assertEquals } from "@std/assert";
import { rig } from "../../core/_rig.ts";
import { BUY } from "../../core/event.ts";
import type { Context } from "../../core/strategy.ts";
import { seconds, START, worked } from "./_worked.ts";
import type { ParentRequest } from "./parent_request.ts";

type Request = Omit<ParentRequest, "side">;
const TEN = { size: 10, over: "10s", slice: "2s" };

Deno.test("Parents: vwap learns the curve from what was heard so far, and from nothing else", () => {
  // Ten seconds of 1, 1, 1, 1, 1, 9, 9, 9, 9, 9 lots, again and again; after the start it is the other way round.
  const market = (begins: number) => seconds(60, (i) => ({ bought: (i % 10 < 5) === (i < begins) ? 1 : 9 }));
  const request = { algo: "vwap", size: 50, over: "10s", slice: "1s" } as const;
  const run = (begins: number, learns: boolean) => {
    const begin = (ctx: Context) => {
      if (ctx.now < START + BigInt(begins) * 1_000_000_000n || ctx.parents.view(1)) return;
      ctx.parents.start({ ...request, side: BUY });
    };
    const sent: number[] = [];
    let notes: readonly string[] = [];
    const session = rig({
      tapes: { X: market(begins) },
      strategy: {
        onStart: (ctx) => learns && ctx.parents.learn(0, { period: "10s", bin: "1s" }),
        onBook: begin,
        onFill: (_ctx, { size }) => void sent.push(size),
        onStop: (ctx) => void (notes = ctx.parents.view(1)!.notes),
      },
    });
    session.run();
    return { sent, notes };
  };
  const learnt = run(20, true);
  assertEquals(learnt.sent, [1, 1, 1, 1, 1, 9, 9, 9, 9, 9]);
  assertEquals(learnt.notes, []);
  // With half a period heard, and with none, it is flat, and says so.
  for (const flat of [run(5, true), run(20, false)]) {
    assertEquals(flat.sent, Array(10).fill(5));
    assertEquals(flat.notes.map((note) => note.split(":")[0]), ["The volume curve is flat"]);
  }
});

Deno.test("Parents: is takes the volatility that the run has shown, and says where it has shown too little", () => {
  const wild = seconds(120, (i) => ({ bid: 999 + 9 * (i % 2), ask: 1001 + 9 * (i % 2), bought: 0 }));
  const run = (begins: number) => {
    const sent: number[] = [];
    let notes: readonly string[] = [];
    rig({
      tapes: { X: wild },
      strategy: {
        onStart(ctx) {
          ctx.parents.learn();
          ctx.after(`${begins}s`);
        },
        onTimer(ctx) {
          ctx.parents.start({ algo: "is", side: BUY, size: 90, over: "3s", slice: "1s", riskAversion: 1, impact: 40 });
        },
        onFill: (_ctx, { size }) => void sent.push(size),
        onStop: (ctx) => void (notes = ctx.parents.view(1)!.notes),
      },
    }).run();
    return { sent, notes };
  };
  // 9 ticks in each second: λσ²/η is 81 ÷ 40, and cosh κ = 1 + 81/80.
  const κ = Math.acosh(1 + 81 / 80), left = (t: number) => Math.sinh(κ * (3 - t)) / Math.sinh(3 * κ);
  const first = Math.round(90 * (1 - left(1))), second = Math.round(90 * (1 - left(2)));
  assertEquals(run(60), { sent: [first, second - first, 90 - second], notes: [] });
  const { sent, notes } = run(10);
  assertEquals([sent, notes.map((note) => note.split(":")[0])], [[30, 30, 30], ["The schedule is flat"]]);
});

Deno.test("Parents: jitter is the run's own chance: the same with one seed, another with the next", () => {
  const run = (seed: number, request: Request) =>
    worked(request, seconds(40, () => ({ bought: 0, sold: 60 })), { seed });
  const late = { algo: "twap", ...TEN, jitter: 1 } as const;
  const varied = { algo: "iceberg", size: 40, limit: 99, display: 8, jitter: 0.5 } as const;
  for (const request of [late, varied]) {
    const [one, again, other] = [run(1, request), run(1, request), run(2, request)];
    assertEquals([one.sent, one.digest], [again.sent, again.digest]);
    assert(one.sent !== other.sent && one.digest !== other.digest);
    assert(one.ended.startsWith(`Filled ${request.size}`), one.ended);
  }
  const sizes = run(1, varied).sent.split(", ").map((each) => Number(/ (\d+)@/.exec(each)![1]));
  assert(sizes.every((size, i) => i === sizes.length - 1 || (size >= 4 && size <= 12)), `${sizes}`);
  assertEquals(sizes.reduce((sum, each) => sum + each, 0), 40);
});
