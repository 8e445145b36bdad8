import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { BUY, SELL } from "../core/event.ts";
import { BAR_NS, BarScript, type Prices, type ScriptOrder, type ScriptStep } from "./_bar_script.ts";

/** A scenario: our position before, the bars, what we do when, and what comes of it. */
interface Scenario {
  readonly name: string;
  readonly position?: number;
  readonly bars: readonly Prices[];
  readonly steps: readonly ScriptStep[];
  readonly lines: readonly string[];
}

const sent = (at: number, order: ScriptOrder): ScriptStep => ({ at, order });
/** Sent before the first bar opens. */
const before = (order: ScriptOrder) => sent(-1, order);
const stop = (side: 1 | -1, trigger: number, more: Partial<ScriptOrder> = {}): ScriptOrder => (
  { side, type: "stop", trigger, ...more }
);
const limit = (side: 1 | -1, price: number, more: Partial<ScriptOrder> = {}): ScriptOrder => ({ side, price, ...more });
const touch = (side: 1 | -1, trigger: number): ScriptOrder => ({ side, type: "touch", trigger });
const trailing = (side: 1 | -1, trigger: number): ScriptOrder => ({ side, type: "trailing", trigger });

const SCENARIOS: readonly Scenario[] = [
  // Market orders
  {
    name: "a market order sent between two bars trades at the open of the next",
    bars: [[100, 110, 90, 105], [107, 108, 106, 107]],
    steps: [sent(299, { side: BUY, size: 3 })],
    lines: ["300 buy 3 @ 107"],
  },
  {
    name: "a market order sent within a bar trades at the next point of its path",
    bars: [[100, 110, 95, 105]],
    steps: [sent(0, { side: BUY }), sent(120, { side: BUY }), sent(250, { side: SELL })],
    lines: ["99 buy 1 @ 95", "199 buy 1 @ 110", "298 sell 1 @ 105"],
  },
  {
    name: "a market order sent when the last bar has closed never trades",
    bars: [[100, 110, 95, 105]],
    steps: [sent(299, { side: BUY })],
    lines: [],
  },
  {
    name: "an order of money is as large as the open makes it, size and all",
    bars: [[99, 110, 95, 105]],
    steps: [before({ side: BUY, size: 0, quote: 1000 }), before({ side: SELL, size: 4, quote: 1000 })],
    lines: ["0 #0 Sized", "0 buy 10 @ 99", "0 #1 Sized", "0 sell 14 @ 99"],
  },
  {
    name: "IOC and FOK limits wait for a price, and trade there or not at all",
    bars: [[100, 110, 95, 105]],
    steps: [
      before(limit(BUY, 101, { tif: "ioc", size: 5 })),
      before(limit(BUY, 99, { tif: "ioc" })),
      before(limit(SELL, 100, { tif: "fok", size: 7 })),
      before(limit(SELL, 101, { tif: "fok" })),
    ],
    lines: ["0 buy 5 @ 100", "0 #1 Expire NOT_IMMEDIATE", "0 sell 7 @ 100", "0 #3 Expire NOT_FILLED_WHOLE"],
  },
  // Which extreme is first
  {
    name: "a stop and a target in one bar resolve to the stop (long), though the high is nearer",
    position: 1,
    bars: [[100, 106, 90, 104]],
    steps: [before(limit(SELL, 105, { reduce: true })), before(stop(SELL, 95, { reduce: true }))],
    lines: ["99 sell 1 @ 95", "199 #0 CancelDone NOT_REDUCING"],
  },
  {
    name: "a stop and a target in one bar resolve to the stop (short), though the low is nearer",
    position: -1,
    bars: [[100, 110, 94, 96]],
    steps: [before(touch(BUY, 95)), before(stop(BUY, 105, { reduce: true }))],
    lines: ["99 buy 1 @ 105", "199 buy 1 @ 95"],
  },
  {
    name: "with nothing at one extreme the one nearer to the open is first, the low where both are as near",
    bars: [[100, 106, 90, 104], [100, 110, 94, 104], [100, 105, 95, 100]],
    steps: [
      before(stop(BUY, 104)),
      sent(299, stop(BUY, 104)),
      sent(599, { side: BUY }),
      sent(600, { side: BUY }),
    ],
    lines: ["99 buy 1 @ 104", "499 buy 1 @ 104", "600 buy 1 @ 100", "699 buy 1 @ 95"],
  },
  {
    name: "with limits at both extremes and a position, the one against it is first",
    position: 5,
    bars: [[100, 102, 90, 101], [100, 102, 90, 101]],
    steps: [before(limit(BUY, 95)), before(limit(SELL, 101)), sent(299, limit(SELL, 101))],
    lines: ["99 buy 1 @ 95", "199 sell 1 @ 101", "399 sell 1 @ 101"],
  },
  // Stops
  {
    name: "a stop trades at its trigger, touched is enough",
    bars: [[100, 110, 95, 105]],
    steps: [before(stop(SELL, 95)), before(stop(BUY, 110))],
    lines: ["99 sell 1 @ 95", "199 buy 1 @ 110"],
  },
  {
    name: "a gap through a stop trades at the open",
    bars: [[100, 101, 99, 100], [90, 92, 88, 91]],
    steps: [before(stop(SELL, 95))],
    lines: ["300 sell 1 @ 90"],
  },
  {
    name: "a stop that the price is beyond when it arrives trades at the next point",
    bars: [[100, 110, 95, 105]],
    steps: [sent(0, stop(SELL, 103)), sent(150, stop(BUY, 90))],
    lines: ["99 sell 1 @ 95", "199 buy 1 @ 110"],
  },
  {
    name: "a stop that arrives on the way down trades no better than at the end of the way",
    bars: [[100, 110, 80, 105]],
    steps: [sent(0, { side: BUY }), sent(150, stop(SELL, 95))],
    lines: ["99 buy 1 @ 110", "199 sell 1 @ 80"],
  },
  {
    name: "a stop that arrives at a point trades at its trigger on the way to the next",
    bars: [[100, 110, 80, 105]],
    steps: [sent(0, stop(SELL, 95))],
    lines: ["199 sell 1 @ 95"],
  },
  {
    name: "a stop-limit trades at its trigger where its limit allows",
    bars: [[100, 110, 99, 105]],
    steps: [before({ side: BUY, type: "stop_limit", trigger: 105, price: 106 })],
    lines: ["199 buy 1 @ 105"],
  },
  {
    name: "a gap beyond a stop-limit's limit leaves it resting, and it trades when the price comes back through",
    bars: [[100, 101, 99, 100], [110, 112, 104, 111]],
    steps: [before({ side: BUY, type: "stop_limit", trigger: 105, price: 106 })],
    lines: ["499 buy 1 @ 106"],
  },
  {
    name: "a trailing stop follows the highs from the first point on, and trades at its distance below",
    bars: [[100, 104, 98, 103], [105, 110, 104, 108], [108, 109, 100, 101]],
    steps: [before(trailing(SELL, 7))],
    lines: ["799 sell 1 @ 103"],
  },
  {
    name: "a trailing stop that the open jumps over trades at the open",
    bars: [[100, 104, 98, 103], [90, 91, 89, 90]],
    steps: [before(trailing(SELL, 7)), before(trailing(BUY, 90))],
    lines: ["300 sell 1 @ 90"],
  },
  {
    name: "a trailing stop that arrives within the way starts at the next point",
    bars: [[100, 110, 95, 105]],
    steps: [sent(120, trailing(SELL, 5)), sent(120, trailing(SELL, 4))],
    lines: ["298 sell 1 @ 106", "298 sell 1 @ 105"],
  },
  // Limits
  {
    name: "a limit that is touched but not passed does not trade",
    bars: [[100, 110, 95, 105], [95, 95, 95, 95]],
    steps: [before(limit(BUY, 95)), before(limit(SELL, 110)), before(limit(BUY, 100, { tif: "gtc" }))],
    lines: ["99 buy 1 @ 100"],
  },
  {
    name: "a limit that is passed trades at its own price",
    bars: [[100, 110, 95, 105]],
    steps: [before(limit(BUY, 96)), before(limit(SELL, 109, { size: 1000 }))],
    lines: ["99 buy 1 @ 96", "199 sell 1000 @ 109"],
  },
  {
    name: "a gap through a limit trades at the open, which is better",
    bars: [[100, 101, 99, 100], [90, 92, 88, 91], [100, 101, 99, 100]],
    steps: [before(limit(BUY, 95)), sent(350, limit(SELL, 96))],
    lines: ["300 buy 1 @ 90", "600 sell 1 @ 100"],
  },
  {
    name:
      "a limit that the price may have passed before it arrived trades at the worse end of the way, at most its price",
    bars: [[100, 110, 80, 85], [85, 85, 85, 85]],
    steps: [sent(150, limit(BUY, 95)), sent(250, limit(BUY, 90)), sent(250, limit(BUY, 84))],
    lines: ["199 buy 1 @ 95", "298 buy 1 @ 85"],
  },
  {
    name: "limits trade in the order of the path, those at one price in the order in which they came",
    bars: [[100, 101, 90, 95]],
    steps: [
      before(limit(BUY, 92, { size: 1 })),
      before(limit(BUY, 96, { size: 2 })),
      before(limit(BUY, 96, { size: 3 })),
      before(stop(SELL, 94, { size: 4 })),
    ],
    lines: ["199 buy 2 @ 96", "199 buy 3 @ 96", "199 sell 4 @ 94", "199 buy 1 @ 92"],
  },
  {
    name: "an iceberg is filled whole",
    bars: [[100, 101, 90, 95]],
    steps: [before({ side: BUY, type: "iceberg", price: 95, size: 50 })],
    lines: ["199 buy 50 @ 95"],
  },
  {
    name: "a post-only order cannot cross between two points, and trades as a maker",
    bars: [[100, 101, 90, 95]],
    steps: [sent(50, limit(BUY, 99, { post: true }))],
    lines: ["199 buy 1 @ 99"],
  },
  // Touches
  {
    name: "a market-if-touched order trades at its trigger, or at an open beyond it",
    bars: [[100, 110, 95, 105], [120, 121, 119, 120]],
    steps: [before(touch(BUY, 95)), before(touch(SELL, 115))],
    lines: ["99 buy 1 @ 95", "300 sell 1 @ 120"],
  },
  // Brackets, cancels, ends
  {
    name: "a bracket without OCO trades on both sides, a reduce-only one never opens the other",
    bars: [[100, 110, 90, 105]],
    steps: [
      before({ side: BUY }),
      sent(0, limit(SELL, 108)),
      sent(0, stop(SELL, 95)),
      sent(0, stop(SELL, 94, { reduce: true })),
    ],
    lines: ["0 buy 1 @ 100", "99 sell 1 @ 95", "99 #3 Expire NOT_REDUCING", "199 sell 1 @ 108"],
  },
  {
    name: "a cancel between two points takes an order off the rest of the path",
    bars: [[100, 110, 90, 105]],
    steps: [before(limit(SELL, 108)), before({ side: BUY }), { at: 100, cancel: 0 }, { at: 100, cancel: 1 }],
    lines: ["0 buy 1 @ 100", "100 #0 CancelDone", "100 #1 RequestRefused TOO_LATE"],
  },
  {
    name: "an amended limit stands at its new price for the rest of the path",
    bars: [[100, 110, 90, 105]],
    steps: [before(limit(SELL, 120)), { at: 100, amend: 0, price: 109, size: 2 }],
    lines: ["100 #0 ReplaceDone", "199 sell 2 @ 109"],
  },
  {
    name: "GTD and day orders end at their time, within a bar too",
    bars: [[100, 110, 90, 105]],
    steps: [
      before(limit(SELL, 108, { tif: "gtd", expires: 150 })),
      before(limit(SELL, 107, { tif: "day", expires: 200 })),
      before(stop(SELL, 91, { tif: "gtd", expires: 98 })),
    ],
    lines: ["98 #2 Expire TIME_UP", "150 #0 Expire TIME_UP", "199 sell 1 @ 107"],
  },
];

for (const { name, position, bars, steps, lines } of SCENARIOS) {
  Deno.test(`BarVenue: ${name}`, () => {
    assertEquals(new BarScript(position).play(bars, steps).lines, lines);
  });
}

Deno.test("BarVenue: a bar that closes as it opens has its four points at one time", () => {
  const { lines } = new BarScript().play([[100, 110, 90, 105]], [before(limit(BUY, 95)), before({ side: BUY })], 0);
  assertEquals(lines, ["0 buy 1 @ 100", "0 buy 1 @ 95"]);
});

Deno.test("BarVenue: an order after many bars without one finds what is left of the bar it arrives in", () => {
  const bars = Array.from({ length: 1000 }, (_, i): Prices => [100 + i, 110 + i, 95 + i, 105 + i]);
  const { lines } = new BarScript().play(bars, [sent(700 * BAR_NS + 120, { side: BUY })]);
  assertEquals(lines, [`${700 * BAR_NS + 199} buy 1 @ 810`]);
});

const price = fc.integer({ min: 90, max: 110 });
const bar = fc.tuple(price, price, price, price).map(([a, b, c, d]): Prices => [
  a,
  Math.max(a, b, c, d),
  Math.min(a, b, c, d),
  d,
]);
const order: fc.Arbitrary<ScriptOrder> = fc.record({
  side: fc.constantFrom<1 | -1>(1, -1),
  type: fc.constantFrom("market", "limit", "stop", "stop_limit", "touch", "trailing", "iceberg"),
  size: fc.integer({ min: 1, max: 3 }),
  price,
  trigger: price,
  tif: fc.constantFrom("gtc", "ioc", "fok"),
  reduce: fc.boolean(),
}).map((drawn) => {
  const priced = ["limit", "stop_limit", "iceberg"].includes(drawn.type);
  const trigger = drawn.type === "trailing" ? drawn.trigger - 89 : drawn.trigger;
  return { ...drawn, price: priced ? drawn.price : undefined, trigger } as ScriptOrder;
});

/** When the points of six bars are. */
const POINTS_NS = Array.from({ length: 7 }, (_, i) => [0, 99, 199, 298].map((point) => i * BAR_NS + point)).flat();

Deno.test("BarVenue: no fill is better than its order, nor outside its bar, nor before its arrival (fuzz)", () => {
  fc.assert(
    fc.property(
      fc.array(bar, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.integer({ min: -1, max: 6 * BAR_NS }), order), { maxLength: 12 }),
      (bars, drawn) => {
        generated(bars.length + drawn.length);
        const steps = drawn.sort(([a], [b]) => a - b).map(([at, order]) => sent(at, order));
        const script = new BarScript().play(bars, steps);
        const filled = new Map<number, number>();
        for (const { time, order: place, side, lots, price } of script.fills) {
          const { at, order } = steps[place] as { at: number; order: ScriptOrder };
          const [open, high, low] = bars[Math.floor(time / BAR_NS)];
          assert(low <= price && price <= high && time > at);
          if (order.price !== undefined) assert(side * price <= side * order.price);
          const opens = time % BAR_NS === 0;
          if (opens) assertEquals(price, open);
          // A stop never trades better than at its trigger, unless the price was beyond that when it arrived: then it trades
          // at the next point whatever comes, as a market order does.
          const next = POINTS_NS.find((point) => point > at)!;
          if (order.type === "stop" && time !== next) assert(side * price >= side * order.trigger!);
          const sum = (filled.get(place) ?? 0) + lots;
          assert(sum <= order.size!);
          filled.set(place, sum);
        }
        assertEquals(script.venue.position, script.fills.reduce((sum, { side, lots }) => sum + side * lots, 0));
      },
    ),
    { numRuns: fuzzRuns(100) },
  );
});
