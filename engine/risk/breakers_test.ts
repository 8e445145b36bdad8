import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { AT_EXCHANGE, AT_LOCAL, BUY, GAP, LAST, SNAPSHOT } from "../core/event.ts";
import { madeBars } from "../feed/_made_tape.ts";
import { gate, market, type Moment, START, type Step, trade, watched } from "./_watched.ts";
import type { GuardOptions } from "./guard_options.ts";
import { PriceBands } from "./price_bands.ts";

const S = 1000;

interface Scenario {
  readonly says: string;
  readonly breakers: NonNullable<GuardOptions["breakers"]>;
  readonly market: readonly Moment[];
  /** When the gate is asked, in ms. */
  readonly asked: readonly number[];
  readonly heard: readonly string[];
}

const SCENARIOS: readonly Scenario[] = [
  {
    says: "bands: a bid at the upper band for 15 s halts for 5 minutes; the bands lie around the new price then",
    breakers: { bands: { band: 0.05 } },
    market: [
      [0, 999, 1001, 1000],
      [10 * S, 1050, 1052],
      [400 * S, 1060, 1062],
    ],
    asked: [10 * S, 24_999, 25 * S + 1, 324_999, 325 * S + 1],
    heard: [
      "10000 open",
      "24999 open",
      "25000 critical BANDS X: 1050 stood at the band, 1050",
      "25001 halted BANDS",
      "324999 halted BANDS",
      "325000 info BANDS X: it is over",
      "325001 open",
    ],
  },
  {
    says: "bands: one tick below the band is within it, and who leaves it in time starts the 15 s anew",
    breakers: { bands: { band: 0.05 } },
    market: [
      [0, 999, 1001, 1000],
      [10 * S, 1049, 1052],
      [30 * S, 1050, 1052],
      [44 * S, 1049, 1052],
      [45 * S, 1050, 1052],
      [70 * S, 1050, 1053],
    ],
    asked: [59 * S],
    heard: ["59000 open", "60000 critical BANDS X: 1050 stood at the band, 1050"],
  },
  {
    says: "bands: the lower band is the ask's; trades move the reference, those outside the bands do not",
    breakers: { bands: { band: 0.1, limitState: "1s", pause: "10s" } },
    market: [
      [0, 999, 1001, 1000],
      [1 * S, 999, 1001, 900],
      [2 * S, 999, 1001, 899],
      [3 * S, 850, 855],
      [4 * S, 849, 854],
      [9 * S, 800, 810],
    ],
    asked: [],
    // The mean of 1000, 900 and 899 is 933: the band is at 839.7, and no ask comes there before 9 s.
    heard: [],
  },
  {
    says: "jump: more than 2 % away from the lowest within 5 s; just 2 % is within the limit",
    breakers: { jump: { rate: 0.02, window: "6400ms", pause: "10s" } },
    market: [
      [0, 999, 1001],
      [1 * S, 1019, 1021],
      [2 * S, 1020, 1022],
      [8 * S, 1020, 1022],
      [20 * S, 1020, 1022],
    ],
    asked: [1500, 2500, 11_999, 12_001],
    heard: [
      "1500 open",
      "2000 critical PRICE_JUMP X: the middle moved by 2.1 %, limit 2 %",
      "2500 halted PRICE_JUMP",
      "11999 halted PRICE_JUMP",
      "12000 info PRICE_JUMP X: it is over",
      "12001 open",
    ],
  },
  {
    says: "jump: slower than the window it is none",
    breakers: { jump: { rate: 0.02, window: "1s" } },
    market: [[0, 999, 1001], [1 * S, 1009, 1011], [2 * S, 1019, 1021], [3 * S, 1029, 1031]],
    asked: [],
    heard: [],
  },
  {
    says:
      "spread: above 20 ticks for a second; shorter is forgiven; it returns when it is narrow and the pause is over",
    breakers: { spread: { ticks: 20, lasts: "1s", pause: "5s" } },
    market: [
      [0, 990, 1010],
      [1 * S, 990, 1011],
      [1999, 990, 1010],
      [3 * S, 989, 1010],
      [7 * S, 990, 1010],
      [20 * S, 990, 1010],
    ],
    asked: [2500, 4001, 8999, 9001],
    heard: [
      "2500 open",
      "4000 critical WIDE_SPREAD X: a spread of 21, limit 20",
      "4001 halted WIDE_SPREAD",
      "8999 halted WIDE_SPREAD",
      "9000 info WIDE_SPREAD X: it is over",
      "9001 open",
    ],
  },
  {
    says: "spread: wide for longer than the pause, it returns with the message that narrows it",
    breakers: { spread: { rate: 0.03, pause: "1s" } },
    market: [[0, 990, 1010], [1 * S, 980, 1011], [8 * S, 990, 1010], [9 * S, 990, 1010]],
    asked: [7999],
    heard: [
      "1000 critical WIDE_SPREAD X: a spread of 31, limit 29.865",
      "7999 halted WIDE_SPREAD",
      "8000 info WIDE_SPREAD X: it is over",
    ],
  },
  {
    says: "spread: a side that has gone is the widest; before there were two sides nothing is judged",
    breakers: { spread: { ticks: 1000, pause: "0s" } },
    market: [[0, 990, 0], [1 * S, 990, 1010], [2 * S, 990, 0], [3 * S, 990, 1010], [4 * S, 990, 1010]],
    asked: [500],
    heard: [
      "500 open",
      "2000 critical WIDE_SPREAD X: one side of the book is empty",
      "3000 info WIDE_SPREAD X: it is over",
    ],
  },
  {
    says: "silence: 5 s without a message, to the nanosecond; the next ends it",
    breakers: { silence: { after: "5s" } },
    market: [[0, 990, 1010], [4 * S, 990, 1010], [8_999.999, 990, 1010], [20 * S, 990, 1010], [21 * S, 990, 1010]],
    asked: [13_999, 14 * S],
    heard: [
      "13999 open",
      "13999.999 critical FEED_SILENT X: no message for 5 s",
      "14000 halted FEED_SILENT",
      "20000 info FEED_SILENT X: it is over",
    ],
  },
  {
    says: "crossed: locked is not crossed; reducing lets through what reduces",
    breakers: { crossed: { then: "reduce" } },
    market: [[0, 999, 1001], [1 * S, 1001, 1001], [2 * S, 1003, 1001], [3 * S, 999, 1001], [4 * S, 999, 1001]],
    asked: [1500, 2500],
    heard: [
      "1500 open",
      "2000 warning CROSSED_BOOK X: the best bid is 2 above the best ask",
      "2500 reducing CROSSED_BOOK",
      "3000 info CROSSED_BOOK X: it is over",
    ],
  },
  {
    says: "alert: nothing is held, and it is said again only after the condition was gone",
    breakers: { spread: { ticks: 20, then: "alert", pause: "0s" } },
    market: [
      [0, 990, 1010],
      [1 * S, 980, 1010],
      [2 * S, 979, 1010],
      [3 * S, 990, 1010],
      [4 * S, 980, 1010],
      [5 * S, 990, 1010],
    ],
    asked: [1500],
    heard: [
      "1000 warning WIDE_SPREAD X: a spread of 30, limit 20",
      "1500 open",
      "4000 warning WIDE_SPREAD X: a spread of 30, limit 20",
    ],
  },
  {
    says: "kill: the switch is thrown, and the breaker's end does not take that back",
    breakers: { crossed: { then: "kill" } },
    market: [[0, 999, 1001], [1 * S, 1003, 1001], [2 * S, 999, 1001], [3 * S, 999, 1001]],
    asked: [2500],
    heard: [
      "1000 critical CROSSED_BOOK X: the best bid is 2 above the best ask",
      "1000 critical KILLED Killed: CROSSED_BOOK: X: the best bid is 2 above the best ask; no orders leave, all that rest " +
      "are cancelled, positions stay",
      "1000 info KILLED No order is open any more",
      "2500 halted KILLED",
    ],
  },
];

for (const { says, breakers, market: moments, asked, heard } of SCENARIOS) {
  Deno.test(`Breakers: ${says}`, () => {
    assertEquals(watched(moments, { breakers }, asked.map((ms) => [ms, gate] as const)).heard, heard);
  });
}

Deno.test("Breakers: manual return waits for a command, and trips again where the condition still holds", () => {
  const moments: Moment[] = [[0, 990, 1010], [1 * S, 980, 1010], [3 * S, 990, 1010], [9 * S, 990, 1010]];
  const { heard } = watched(moments, { breakers: { spread: { ticks: 20, back: "manual" } } }, [
    [2 * S, (_, guards) => guards.release("WIDE_SPREAD", 0)],
    [2500, (ctx) => gate(ctx)],
    [4 * S, (ctx) => gate(ctx)],
    [5 * S, (_, guards) => guards.release("WIDE_SPREAD")],
    [6 * S, (_, guards) => guards.release("WIDE_SPREAD", 0)],
    [7 * S, (ctx) => gate(ctx)],
  ]);
  assertEquals(heard, [
    "1000 critical WIDE_SPREAD X: a spread of 30, limit 20",
    "2000 true",
    "2000 info WIDE_SPREAD X: ended by command",
    "2500 open",
    "4000 open",
    "5000 false",
    "6000 false",
    "7000 open",
  ]);
});

Deno.test("Breakers: lost messages halt until the snapshot, and what cannot be judged meanwhile stands as it stood", () => {
  const row = (ms: number) => START + BigInt(ms) * 1_000_000n;
  const flags = AT_EXCHANGE | AT_LOCAL | LAST;
  const rows = [
    ...market([[0, 999, 1001]]),
    { exchange: row(1000), kind: GAP, flags },
    { exchange: row(2000), side: BUY, price: 1005, size: 1, flags },
    { exchange: row(3000), kind: SNAPSHOT, side: BUY, price: 999, size: 1, flags: flags & ~LAST },
    { exchange: row(3000), side: BUY, price: 1005, size: 0, flags },
    { exchange: row(9000), side: BUY, price: 998, size: 1, flags },
  ];
  const { heard } = watched(rows, { breakers: { gap: { pause: "4s" }, crossed: {} } }, [
    [500, trade(1, 998)],
    [1500, trade(1)],
    [3500, trade(1)],
    [5500, trade(1)],
  ]);
  assertEquals(heard, [
    "500 sent",
    "1000 critical FEED_GAP X: messages were lost",
    "1500 FEED_GAP",
    "3500 FEED_GAP",
    "5000 info FEED_GAP X: it is over",
    "5500 sent",
  ]);
});

Deno.test("Breakers: a halt cancels what rests unless told not to, and reducing what would not reduce", () => {
  const moments: Moment[] = [[0, 999, 1001], [1 * S, 1003, 1001], [2 * S, 999, 1001], [3 * S, 999, 1001]];
  const open = (then: "halt" | "reduce", cancel: boolean) => {
    const { session } = watched(moments, { breakers: { crossed: { then, cancel } } }, [
      [1, trade(10)],
      [2, trade(5, 900)],
      [3, trade(-6, 1100)],
      [4, trade(-5, 1200)],
      [5, trade(-4, 1300)],
    ]);
    return session.context.openOrders().map(({ side, size, price }) => `${side * size} at ${price}`);
  };
  assertEquals(open("halt", true), []);
  assertEquals(open("halt", false), ["5 at 900", "-6 at 1100", "-5 at 1200", "-4 at 1300"]);
  // Of the sells only the oldest may stay, up to the position.
  assertEquals(open("reduce", true), ["-6 at 1100"]);
});

Deno.test("Breakers: a halt leaves the stop and target of a bracket, and a kill takes them", () => {
  const moments: Moment[] = [[0, 100, 101], [10, 100, 101], [20, 100, 120], [30, 100, 101], [40, 90, 91], [50, 90, 91]];
  const bracket: Step = [1, (ctx) => {
    ctx.links.bracket({
      entry: { side: BUY, size: 2 },
      stop: { type: "stop", trigger: 95 },
      target: { price: 110 },
    });
  }];
  const open: Step[] = [[25, (ctx) => `${ctx.openOrders().length} open, ${gate(ctx)}`], [
    45,
    (ctx) => `holds ${ctx.position()}`,
  ]];
  const spread = (then: "halt" | "kill"): GuardOptions => ({ breakers: { spread: { ticks: 6, lasts: "1ms", then } } });
  const halted = watched(moments, spread("halt"), [bracket, ...open]).heard;
  const own = (line: string) => / open, | holds /.test(line);
  assertEquals(halted.filter(own), ["25 2 open, halted WIDE_SPREAD", "45 holds 0"]);
  const killed = watched(moments, spread("kill"), [bracket, ...open]).heard;
  assertEquals(killed.filter(own), ["25 0 open, halted KILLED", "45 holds 2"]);
});

Deno.test("Breakers: on bars the close is both bid and ask", () => {
  const minute = 60_000_000_000n;
  const closes = [1000, 1001, 1049, 1060, 1060, 1060];
  const bars = closes.map((close, i) => ({
    opens: START + minute * BigInt(i),
    closes: START + minute * BigInt(i + 1),
    close,
  }));
  const heard: string[] = [];
  watched(
    [[0, 1, 2]],
    { breakers: { bands: { band: 0.02, window: "2m", limitState: "30s", pause: "1m" } } },
    [],
    {
      tapes: { X: madeBars(bars) },
      strategy: {
        onAlert: (ctx, { code, text }) => void heard.push(`${(ctx.now - START) / minute} ${code} ${text}`),
        onBar: () => {},
      },
    },
  );
  assertEquals(heard, ["3 BANDS X: 1049 stood at the band, 1021.02", "4 BANDS X: it is over"]);
});

Deno.test("PriceBands: the reference is as a naive mean of the trades that were allowed has it", () => {
  const step = fc.record({ wait: fc.nat(30), price: fc.integer({ min: 900, max: 1100 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      generated(steps.length);
      // 300 parts of one tick of time each: nothing is rounded.
      const bands = new PriceBands(0.05, 300), kept: { at: number; price: number }[] = [];
      let now = 0, reference = NaN;
      const mean = () => {
        const live = kept.filter(({ at }) => at > now - 300);
        return live.length === 0 ? reference : live.reduce((sum, { price }) => sum + price, 0) / live.length;
      };
      for (const { wait, price } of steps) {
        now += wait;
        reference = mean();
        if (!(Math.abs(price - reference) > 0.05 * reference)) kept.push({ at: now, price });
        reference = mean();
        bands.trade(now, price);
        assertEquals(bands.reference, reference);
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
});
