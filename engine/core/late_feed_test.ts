import { assertEquals } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { rig } from "./_rig.ts";
import { BUY, SELL } from "./event.ts";

const START = 1_700_000_000_000_000_000n;

/** A frame: when it happened, when it reached us, and lots offered at 12. */
type Frame = readonly [exchange: number, local: number, offered: number];

/** What is asked, of a strategy that takes 5 at 12, or what there is, when it sees the first frame, at 5 ns; the order arrives at 15. */
interface Scenario {
  readonly says: string;
  readonly frames: readonly Frame[];
  readonly response?: number;
  readonly silence?: number;
  /** Lots filled and when, each as "lots at time". */
  readonly fills: readonly string[];
  /** Answers and rows that were late, and by how much at most. */
  readonly late: readonly [answers: number, answersNsMax: number, rows: number, rowsNsMax: number];
}

const SCENARIOS: readonly Scenario[] = [
  {
    says: "an order is answered when the first frame of after it arrives",
    frames: [[0, 5, 9], [100, 120, 9]],
    fills: ["5 at 120"],
    late: [1, 105, 0, 0],
  },
  {
    says: "or, if that is later, when its answer takes so long",
    frames: [[0, 5, 9], [100, 120, 9]],
    response: 200,
    fills: ["5 at 215"],
    late: [0, 0, 0, 0],
  },
  {
    says: "a frame of the very moment does not tell: another may follow",
    frames: [[0, 5, 9], [15, 20, 9], [15, 25, 3], [16, 30, 9]],
    fills: ["3 at 30"],
    late: [2, 15, 0, 0],
  },
  {
    says: "a silence tells as well",
    frames: [[0, 5, 9], [100, 120, 9]],
    silence: 40,
    fills: ["5 at 55"],
    late: [1, 40, 0, 0],
  },
  {
    says: "what arrives at the end of a silence still counts",
    frames: [[0, 5, 9], [15, 55, 3], [100, 120, 9]],
    silence: 40,
    fills: ["3 at 55"],
    late: [2, 40, 0, 0],
  },
  {
    says: "what arrives after it comes too late for its place",
    frames: [[0, 5, 9], [14, 56, 3], [100, 120, 9]],
    silence: 40,
    fills: ["5 at 55"],
    late: [1, 40, 1, 1],
  },
  {
    says: "frames that overtake each other come into their order while there is time",
    frames: [[0, 5, 9], [100, 110, 9], [14, 112, 3], [120, 130, 9]],
    response: 100,
    fills: ["3 at 115"],
    late: [0, 0, 0, 0],
  },
  {
    says: "and not where there is none",
    frames: [[0, 5, 9], [100, 110, 9], [14, 112, 3], [120, 130, 9]],
    fills: ["5 at 110"],
    late: [1, 95, 1, 86],
  },
  {
    says: "when the feed has ended, all is known",
    frames: [[0, 5, 9], [2, 6, 9]],
    fills: ["5 at 15"],
    late: [0, 0, 0, 0],
  },
];

for (const { says, frames, response = 0, silence = Infinity, fills, late } of SCENARIOS) {
  Deno.test(`LateFeed: ${says}`, () => {
    const found: string[] = [];
    const rows = frames.map(([exchange, local, size]) => ({
      exchange: START + BigInt(exchange),
      local: START + BigInt(local),
      side: SELL,
      price: 12,
      size,
    }));
    const session = rig({
      tapes: { A: madeTape(rows) },
      latency: { order: 10, response },
      late: { silenceNs: silence },
      strategy: {
        onBook: (ctx) =>
          void (ctx.position() === 0 && ctx.openOrders().length === 0 && found.length === 0 &&
            ctx.submit({ side: BUY, size: 5, price: 12, tif: "ioc" })),
        onFill: (ctx, { size }) => void found.push(`${size} at ${ctx.now - START}`),
      },
    });
    session.run();
    const { answers, answersNsMax, rows: lateRows, rowsNsMax } = session.late!.figures;
    assertEquals([found, [answers, answersNsMax, lateRows, rowsNsMax]], [fills, late]);
  });
}
