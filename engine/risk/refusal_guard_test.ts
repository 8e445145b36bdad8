import { assert, assertEquals, assertThrows } from "@std/assert";
import { OutputLog, rig, type RigOptions } from "../core/_rig.ts";
import { codeName } from "../core/codes.ts";
import { BUY, SELL } from "../core/event.ts";
import type { Session } from "../core/session.ts";
import { StateReader } from "../core/state_reader.ts";
import { StateWriter } from "../core/state_writer.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { at, gate, market, stepping, trade } from "./_watched.ts";
import type { RefusalsOptions } from "./guard_options.ts";
import { guardSpecs } from "./guard_specs.ts";
import { CHECK_NAMES } from "./refusal.ts";

/** What is done at which ms. */
type Step = readonly [ms: number, act: (ctx: Context, session: Session) => unknown];

/** A market that stands still for ten seconds, at 99 to 101. */
const STILL = market([[0, 99, 101], [10_000, 99, 101]]);
const SHORTER = market([[0, 99, 101], [2000, 99, 101]]);

/** A session in which a position may have 10 lots, an order 50, and three orders be open; flat by the market if killed. */
function limited(refusals: RefusalsOptions, more: Partial<RigOptions>): Session {
  const session = rig({
    tapes: { X: madeTape(STILL) },
    guards: guardSpecs({ refusals, kill: { flatten: "market" } }, ["X"]),
    risk: { session: { openOrders: 3 } },
    latency: { order: 1e6, response: 1e6 },
    ...more,
  });
  session.core.risk.set("instruments.X", "position", 10);
  session.core.risk.set("instruments.X", "orderSize", 50);
  return session;
}

/** Runs steps; what came of each, and alerts, with their ms. */
function told(refusals: RefusalsOptions, steps: readonly Step[], more: Partial<RigOptions> = {}) {
  const heard: string[] = [];
  const session: Session = limited(refusals, {
    strategy: stepping(steps.map(([ms, act]) => [ms, (ctx) => act(ctx, session)]), heard),
    ...more,
  });
  session.run();
  return { heard, session };
}

/** Refused by position, by order size, by the form. */
const far = trade(11), large = trade(51), none = trade(0);
/** The gate, and what the order came to. */
const now = (ctx: Context) => gate(ctx);
const release = (_: Context, { guards }: Session) => guards.release("REFUSALS");

/** What is sent at which ms ("position 11 lots: refused by position"), and what a rule makes of it. */
const SCENARIOS: readonly {
  readonly about: string;
  readonly refusals: RefusalsOptions;
  readonly steps: readonly Step[];
  readonly heard: readonly string[];
}[] = [
  {
    about: "one refusal is enough unless said, and only of its own check",
    refusals: { position: {} },
    steps: [[10, large], [20, none], [30, far], [40, trade(1)]],
    heard: [
      "10 ORDER_SIZE",
      "20 SIZE_GRID",
      "30 POSITION",
      "30 critical REFUSALS 1 request was refused by position, limit 1; the last: POSITION: limit 10 lots (instruments.X), would be 11; send fewer lots, or cancel open orders of the side",
      "40 REFUSALS",
    ],
  },
  {
    about: "any counts them all, and the last is named",
    refusals: { any: { count: 3, then: "alert" } },
    steps: [[10, large], [20, none], [25, trade(1, 90)], [30, far], [40, far]],
    heard: [
      "10 ORDER_SIZE",
      "20 SIZE_GRID",
      "25 sent",
      "30 POSITION",
      "30 warning REFUSALS 3 requests were refused, limit 3; the last: POSITION: limit 10 lots (instruments.X), would be 12; send fewer lots, or cancel open orders of the side",
      // Without a window it is said once.
      "40 POSITION",
    ],
  },
  {
    about: "a window's length apart is not within it; an alert comes again after they came slower",
    refusals: { orderSize: { count: 2, window: "100ms", then: "alert" } },
    steps: [[0, large], [100, large], [199, large], [200, large], [400, large], [450, large]],
    heard: ["0", "100", "199", "199 warning", "200", "400", "450", "450 warning"],
  },
  {
    about: "a halt with a pause ends with it, and counts anew; what the gate refuses counts for nothing",
    refusals: { any: { count: 2, window: "1s", pause: "100ms" } },
    steps: [[0, far], [10, far], [20, far], [30, far], [111, far], [120, trade(1, 90)], [130, far], [140, now]],
    heard: [
      "0 POSITION",
      "10 POSITION",
      "10 critical",
      "20 REFUSALS",
      "30 REFUSALS",
      "110 info",
      "111 POSITION",
      "120 sent",
      "130 POSITION",
      "130 critical",
      "140 halted REFUSALS",
      "230 info",
    ],
  },
  {
    about: "a manual one is ended by command; a pause of before its release does not end the next",
    refusals: { position: { count: 2, pause: "100ms" }, orderSize: {} },
    steps: [[0, large], [10, release], [20, far], [30, far], [40, release], [50, far], [60, far], [140, now], [
      170,
      now,
    ]],
    heard: [
      "0 ORDER_SIZE",
      "0 critical",
      "10 true",
      "10 info",
      "20 POSITION",
      "30 POSITION",
      "30 critical",
      "40 true",
      "40 info",
      "50 POSITION",
      "60 POSITION",
      "60 critical",
      "140 halted REFUSALS",
      "160 info",
      "170 open",
    ],
  },
  {
    about: "reducing: what reduces passes, what the gate refuses does not count, what risk refuses of the rest does",
    refusals: { position: { then: "reduce" }, orderSize: { then: "kill" } },
    steps: [[0, trade(5)], [10, far], [20, trade(1)], [30, trade(-2)], [40, large], [50, now]],
    heard: [
      "0 sent",
      "10 POSITION",
      "10 warning",
      "20 NOT_REDUCING_POSITION",
      "30 sent",
      "40 NOT_REDUCING_POSITION",
      "50 reducing REFUSALS",
    ],
  },
  {
    about: "two rules that one refusal trips: the strictest holds, until the last is over",
    refusals: {
      position: { pause: "50ms" },
      any: { then: "reduce", pause: "200ms" },
    },
    steps: [[0, far], [40, now], [100, now], [201, now]],
    heard: [
      "0 POSITION",
      "0 critical",
      "0 critical",
      "40 halted REFUSALS",
      "100 halted REFUSALS",
      "200 info",
      "201 open",
    ],
  },
  {
    about: "an amend that risk refuses counts",
    refusals: { position: {} },
    steps: [
      [0, trade(5, 90)],
      [10, (ctx) => `${ctx.amend(1, { size: 11 })}`],
      [11, (ctx) => `${ctx.amend(1, { size: 4 })}`],
    ],
    heard: ["0 sent", "10 false", "10 critical", "11 false"],
  },
  {
    about: "a kill takes what rests, closes the position, and once it is reset counts anew",
    refusals: { position: { count: 2, then: "kill" } },
    steps: [
      [0, trade(5)],
      [10, trade(5, 90)],
      [20, far],
      [30, far],
      [31, far],
      [100, (ctx) => ctx.openOrders().length + ctx.position()],
      [110, (_, { guards }) => guards.reset()],
      [120, far],
      [130, now],
    ],
    heard: [
      "0 sent",
      "10 sent",
      "20 POSITION",
      "30 POSITION",
      "30 critical",
      "30 critical",
      "31 KILLED",
      "32 info",
      "100 sent",
      "110 true",
      "110 info",
      "120 POSITION",
      "130 open",
    ],
  },
];

Deno.test("RefusalGuard: scenarios", async (t) => {
  for (const { about, refusals, steps, heard } of SCENARIOS) {
    await t.step(about, () => {
      const found = told(refusals, steps).heard;
      // As much of each line as the table has.
      assertEquals(found.map((line, i) => line.slice(0, heard[i]?.length)), [...heard], found.join("\n"));
    });
  }
});

Deno.test("RefusalGuard: at the n-th refusal nothing more leaves, though the strategy goes on in the same callback", () => {
  for (const count of [1, 2, 5, 11]) {
    for (const window of [undefined, "1ns", "1s"]) {
      const log = new OutputLog(), results: number[] = [];
      const then: number[] = [];
      let alerted = 0;
      const fire = (ctx: Context, into: number[]) => {
        for (let i = 0; i < 100; i++) into.push(far(ctx), ctx.submit({ side: SELL, size: 1, price: 200 }));
      };
      const session = limited({ position: { count, ...window ? { window } : {}, then: "kill" } }, {
        risk: {},
        recorder: log,
        strategy: {
          onStart: (ctx) => void ctx.after("1ms"),
          onTimer(ctx) {
            fire(ctx, results);
            assertEquals(alerted, 0, "it hears of it when its callback is over");
          },
          onAlert(ctx) {
            alerted++;
            fire(ctx, then);
          },
          onOrder: (ctx) => fire(ctx, then),
        },
      });
      session.run();
      const refused = results.filter((_, i) => i % 2 === 0), others = results.filter((_, i) => i % 2 === 1);
      assertEquals(refused.slice(0, count).map((code) => codeName(-code)), Array(count).fill("POSITION"));
      assertEquals(new Set(refused.slice(count)), new Set([-1220]));
      // Those between the refusals, and none behind the n-th.
      const left = others.filter((id) => id > 0).length;
      assertEquals(left, count - 1);
      assertEquals(new Set(others.slice(count - 1)), new Set([-1220]));
      assert(then.length > 0 && then.every((code) => code === -1220));
      assert(alerted >= 2);
      assertEquals(session.core.flow.approved[0], left);
      assertEquals(session.context.openOrders().length, 0);
    }
  }
});

Deno.test("RefusalGuard: orders of a bracket and of a parent count, and what they were in the midst of stands", () => {
  const { heard, session } = told({ position: { count: 2, then: "kill" } }, [
    [
      0,
      (ctx) =>
        `${
          ctx.links.bracket({
            entry: { side: BUY, size: 11, price: 98 },
            stop: { trigger: 90 },
            target: { price: 110 },
          }) > 0
        }`,
    ],
    [10, (ctx) => void ctx.parents.start({ algo: "iceberg", side: BUY, size: 100, display: 12, limit: 98 })],
    [100, now],
  ]);
  assertEquals(heard.filter((line) => /REFUSALS|halted/.test(line)).map((line) => line.slice(0, 50)), [
    "10 critical REFUSALS 2 requests were refused by po",
    "10 critical KILLED Killed: REFUSALS: 2 requests we",
    "100 halted KILLED",
  ]);
  assertEquals(session.core.flow.approved[0], 0);
});

Deno.test("RefusalGuard: neither warm-up, the kill's own orders nor a client id used twice count", () => {
  const { heard } = told({ any: { then: "kill" } }, [
    [0, trade(1)],
    [60, (ctx) => ctx.submit({ side: BUY, size: 1, price: 90, clientId: "a" })],
    [70, (ctx) => ctx.submit({ side: BUY, size: 2, price: 90, clientId: "a" })],
    [80, (ctx) => void ctx.guards.kill("drill", { flatten: "market" })],
    [90, (ctx) => ctx.submit({ side: BUY, size: 1 })],
  ], { warmup: "50ms" });
  assertEquals(heard.filter((line) => /REFUSALS/.test(line)), []);
  assertEquals(heard.slice(0, 3), ["0 WARMING_UP", "60 sent", "70 CLIENT_ID_REUSED"]);
});

Deno.test("RefusalGuard: at the last moment of the tape the strategy still hears of it, before onStop", () => {
  const heard: string[] = [];
  const session = limited({ position: { then: "kill" } }, {
    strategy: {
      onBook: (ctx) => void (at(ctx) === 10_000 && heard.push(codeName(-far(ctx)))),
      onAlert: (ctx, { code }) => void heard.push(`${code} ${codeName(-trade(1)(ctx))}`),
      onStop: () => void heard.push("stop"),
    },
  });
  session.run();
  assertEquals(heard, ["POSITION", "REFUSALS KILLED", "KILLED KILLED", "KILLED KILLED", "stop"]);
  assert(session.guards.killSwitch.thrown);
});

/** Trips rules again and again, and keeps nothing itself. */
const RECKLESS: Strategy = {
  onStart: (ctx) => void ctx.after("7ms"),
  onTimer(ctx) {
    for (const act of [far, large, trade(2), far, trade(-2)]) if (ctx.random.int(3) > 0) act(ctx);
    ctx.after("7ms");
  },
  onAlert: (ctx) => void large(ctx),
  save: () => null,
  load: () => {},
};
const RULES: RefusalsOptions = {
  any: { count: 9, window: "60ms", pause: "40ms" },
  position: { count: 3, window: "30ms", then: "reduce", pause: "11ms" },
  orderSize: { count: 20, window: "700ms", then: "alert" },
};

Deno.test("RefusalGuard: the same each time, whatever order its rules are in, and from any snapshot", () => {
  const make = (log: OutputLog, rules = RULES) =>
    limited(rules, { tapes: { X: madeTape(SHORTER) }, strategy: RECKLESS, recorder: log });
  const log = new OutputLog(), whole = make(log);
  whole.start();
  const kept: { lines: number; bytes: Uint8Array }[] = [];
  while (whole.step()) {
    if (whole.steps > 600 || whole.steps % 7 !== 0) continue;
    const to = new StateWriter();
    whole.save(to);
    kept.push({ lines: log.lines.length, bytes: to.bytes().slice() });
  }
  whole.finish();
  const { counts } = whole.core.alerts;
  assert(kept.length > 50 && counts.critical > 3 && counts.warning > 20 && counts.info > 20, JSON.stringify(counts));
  const turned = new OutputLog();
  make(turned, Object.fromEntries(Object.entries(RULES).reverse())).run();
  assertEquals(turned.lines, log.lines);
  for (const { lines, bytes } of kept) {
    const after = new OutputLog(), rest = make(after);
    rest.load(new StateReader(bytes));
    while (rest.step());
    rest.finish();
    assertEquals(after.lines.length, log.lines.length - lines);
    assertEquals(rest.core.digest.hex(), whole.core.digest.hex());
    assertEquals(rest.core.alerts.list, whole.core.alerts.list);
  }
});

Deno.test("RefusalGuard: rules that never trip change nothing", () => {
  const run = (refusals: RefusalsOptions) => {
    const log = new OutputLog();
    limited(refusals, { strategy: RECKLESS, recorder: log }).run();
    return log.lines;
  };
  assertEquals(run({ any: { count: 1e6, window: "1d" }, position: { count: 1e6 } }), run({}));
});

Deno.test("RefusalGuard: every check that risk refuses by has a name, and others are none", () => {
  const files = ["risk", "form_check", "collar_check", "holding_check", "load_check"];
  const source = files.map((name) => Deno.readTextFileSync(new URL(`${name}.ts`, import.meta.url))).join("\n");
  const found = source.matchAll(/refusals\.(?:refuse|tell)\((?:Code\.\w+|code), i, "(\w+)"/g);
  const named = new Set(Array.from(found, ([, name]) => name));
  assert(named.size > 8);
  for (const name of named) assert((CHECK_NAMES as readonly string[]).includes(name), name);
  const wrong: readonly (readonly [given: unknown, says: string])[] = [
    [{ postion: {} }, "Cannot set guards.refusals: there is no postion; did you mean position?"],
    [{ position: { count: 0 } }, "guards.refusals.position.count: 0 is not a whole number above 0"],
    [{ any: { window: "0s" } }, 'guards.refusals.any.window: "0s" is not a duration above 0'],
    [{ any: { then: "kil" } }, "did you mean kill?"],
    [{ any: { wait: "1s" } }, "there is no wait"],
  ];
  for (const [given, says] of wrong) {
    assertThrows(() => guardSpecs({ refusals: given as RefusalsOptions }, ["X"]), RangeError, says);
  }
});
