import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { madeBars, madeTape } from "../feed/_made_tape.ts";
import { LognormalLatency, RecordedLatency, SampledLatency } from "../venue/latency.ts";
import { busy, oddMarket, seenLate } from "./_busy.ts";
import { digestOf, OutputLog, rig } from "./_rig.ts";
import { AT_EXCHANGE, AT_LOCAL, BUY, LAST, SELL } from "./event.ts";
import { Code } from "./codes.ts";
import type { Instrument } from "./instrument.ts";
import { Rng } from "./rng.ts";
import { StrategyError } from "./caller.ts";
import type { Context, Strategy } from "./strategy.ts";

const START = 1_700_000_000_000_000_000n;

function market(seed: number, rows = 400) {
  const rng = new Rng(seed);
  return madeTape(seenLate(rng, oddMarket(rng, rows, START, 40), 60), { batch: 64 });
}

/** Latency models of every kind; each call makes new ones, with generators of their own. */
const LATENCIES = {
  none: () => ({}),
  constant: () => ({ order: 17, cancel: 5, response: 23 }),
  sampled: () => ({
    order: new SampledLatency([1, 10, 100], new Rng(1)),
    response: new SampledLatency([0, 7], new Rng(2)),
  }),
  lognormal: () => ({
    order: new LognormalLatency(20, 0.8, new Rng(3)),
    response: new LognormalLatency(9, 0.5, new Rng(4)),
    feed: ({ symbol }: Instrument) => new LognormalLatency(30, 1, new Rng(5).child(symbol)),
  }),
  recorded: () => ({
    order: new RecordedLatency(0.5),
    cancel: new RecordedLatency(),
    response: new RecordedLatency(2),
  }),
};

for (const [name, latency] of Object.entries(LATENCIES)) {
  Deno.test(`Session: one seed, one digest, and another seed another (latency: ${name})`, () => {
    const run = (seed: number) =>
      digestOf({
        tapes: { A: market(1), B: market(2) },
        seed,
        latency: latency(),
        strategy: busy({ interval: "13ns" }),
      });
    assertEquals([run(7), run(7)], [run(7), run(7)]);
    assertNotEquals(run(8), run(7));
  });

  Deno.test(`Session: a callback that does nothing changes nothing (latency: ${name})`, () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const run = (more: Strategy) => {
          const log = new OutputLog(), { onStart, onTimer } = busy({ interval: "53ns" });
          rig({
            tapes: { A: market(seed), B: market(seed + 1) },
            latency: latency(),
            strategy: { onStart, onTimer, ...more },
            recorder: log,
          }).run();
          return log.lines;
        };
        const quiet = run({});
        assert(quiet.length > 10);
        assertEquals(run({ onBook: () => {}, onTrade: () => {}, onOrder: () => {}, onFill: () => {} }), quiet);
      }),
      { numRuns: 25 },
    );
  });
}

Deno.test("Session: step by step is as at once", () => {
  const run = (go: (session: ReturnType<typeof rig>) => void) => {
    const log = new OutputLog();
    const session = rig({ tapes: { A: market(3) }, strategy: busy({ interval: "29ns" }), recorder: log });
    go(session);
    return [...log.lines, session.core.digest.hex()];
  };
  const atOnce = run((session) => session.run());
  assertEquals(
    run((session) => {
      session.start();
      while (session.step());
      session.finish();
    }),
    atOnce,
  );
});

Deno.test("Session: how a tape is cut into batches shows nowhere", () => {
  const rows = seenLate(new Rng(1), oddMarket(new Rng(2), 6000, START, 40), 900);
  const run = (batch: number) =>
    digestOf({ tapes: { A: madeTape(rows, { batch }) }, latency: { order: 5 }, strategy: busy({ interval: "101ns" }) });
  const whole = run(100_000);
  for (const batch of [1, 2, 7, 31, 32, 33, 100, 4095, 4096, 4097]) assertEquals(run(batch), whole, `${batch} rows`);
});

const QUIET = madeTape(
  [0, 5, 9, 14].map((at) => ({ exchange: START + BigInt(at), side: BUY, price: 10 + at, size: 5 })),
);
const TRADED = madeTape([
  { exchange: START, side: SELL, price: 12, size: 5 },
  { exchange: START + 5n, kind: 2, side: SELL, price: 9, size: 5 },
  { exchange: START + 9n, side: SELL, price: 12, size: 4 },
]);
const BARRED = madeBars([{ opens: START, closes: START + 5n, close: 7 }]);

const bang = () => {
  throw new Error("bang");
};
const buys = (ctx: Context) => void ctx.submit({ side: BUY, price: 9, size: 1 });

const THROWS: readonly [Strategy, typeof QUIET | typeof BARRED, number][] = [
  [{ onStart: bang }, TRADED, 0],
  [{ onBook: bang }, TRADED, 0],
  [{ onTrade: bang }, TRADED, 5],
  [{ onBar: bang }, BARRED, 5],
  [{ onStart: (ctx) => void ctx.after("3ns"), onTimer: bang }, TRADED, 3],
  [{ onStart: buys, onOrder: bang }, TRADED, 1],
  [{ onStart: buys, onFill: bang }, TRADED, 6],
  [{ onStop: bang }, TRADED, 9],
];

for (const [strategy, tape, at] of THROWS) {
  const callback = Object.keys(strategy).at(-1)!;
  Deno.test(`Session: a strategy that throws in ${callback} is told where and when, and what came before stands`, () => {
    const session = rig({ tapes: { X: tape }, strategy, latency: { response: 1 } });
    const error = assertThrows(
      () => session.run(),
      StrategyError,
      `threw in ${callback} at ${START + BigInt(at)} ns: bang`,
    );
    assertEquals((error.cause as Error).message, "bang");
    assertEquals(session.core.account.position(0), callback === "onFill" ? 1 : 0);
    assertEquals(session.core.digest.hex().length, 32);
  });
}

Deno.test("Session: an error of the tape is not put on the strategy, and what came before stands", () => {
  const tape = {
    ...madeTape(oddMarket(new Rng(1), 300, START, 40), { batch: 100 }),
  };
  const { batch } = tape;
  tape.batch = (index) => {
    if (index === 2) throw new RangeError("Cannot read made.arrow: it ends in the midst of batch 2");
    return batch(index);
  };
  const session = rig({ tapes: { X: tape }, strategy: busy({ interval: "50ns" }) });
  const error = assertThrows(() => session.run(), RangeError, "Cannot read made.arrow");
  assert(!(error instanceof StrategyError));
  assert(session.core.feeds[0].row > 190);
  assert(session.core.digest.records > 10);
});

Deno.test("Session: a tape of another program is checked as it is read", () => {
  const row = (at: number, more = {}) => ({ exchange: START + BigInt(at), side: BUY, price: 10, size: 5, ...more });
  const cases: [ReturnType<typeof row>[], string][] = [
    [
      [row(5), row(9), row(8)],
      "row 3: its exchange time is before that of a row above it; sort the rows by exchange time",
    ],
    [[row(5), row(9, { local: START + 8n })], "row 2: it is seen before it happens (NEGATIVE_LATENCY)"],
    [
      [row(5, { local: START + 20n }), row(9, { local: START + 19n })],
      "row 2: its local time is before that of a row above it",
    ],
    [[row(5), row(9, { price: 2 ** 53 })], "row 2: its price is 2^53 or more"],
    [[row(5), row(9, { price: -(2 ** 53) - 2 })], "row 2: its price is 2^53 or more"],
    [[row(5), row(9, { size: 2 ** 60 })], "row 2: its size is 2^53 or more"],
    [[row(5), row(9, { size: -1 })], "row 2: its size is below 0"],
    [[row(5), row(9, { kind: 99 })], "row 2: its kind is 99"],
    [[row(5), row(9, { side: 0 })], "row 2: it is a level without a side"],
  ];
  for (const batch of [1, 2, 100]) {
    for (const [rows, message] of cases) {
      const session = rig({ tapes: { X: madeTape(rows, { batch, checked: false }) } });
      assertThrows(() => session.run(), RangeError, `Cannot go on with made.arrow: ${message}`);
    }
  }
  // One clock's order does not bind the other's rows, and what is in order runs.
  const [ours, theirs] = [AT_LOCAL | LAST, AT_EXCHANGE | LAST];
  const split = [row(9, { flags: theirs }), row(5, { local: START + 6n, flags: ours }), row(10, { price: -5 })];
  rig({ tapes: { X: madeTape(split, { checked: false }) } }).run();
  const bars = [{ opens: START, closes: START - 1n, close: 5 }, { opens: START, closes: START, close: 5, low: 6 }];
  for (
    const [bar, message] of [[bars[0], "row 1: it closes before it opens"], [
      bars[1],
      "row 1: its low is not least",
    ]] as const
  ) {
    const session = rig({ tapes: { X: madeBars([bar], { checked: false }) } });
    assertThrows(() => session.run(), RangeError, message);
  }
});

const LOOPS: Readonly<Record<string, [Strategy, string]>> = {
  "orders without end in one callback": [{
    onBook: (ctx) => {
      for (;;) buys(ctx);
    },
  }, "onBook"],
  "refused orders without end": [{
    onBook: (ctx) => {
      for (;;) ctx.submit({ side: BUY, price: 9, size: NaN });
    },
  }, "onBook"],
  "cancels of what is not there": [{
    onBook: (ctx) => {
      while (!ctx.cancel(77));
    },
  }, "onBook"],
  "amends of what is not there": [{
    onBook: (ctx) => {
      while (!ctx.amend(77, { size: 1 }));
    },
  }, "onBook"],
  "an order for each that ends": [{
    onStart: (ctx) => void ctx.submit({ side: BUY, price: 1, size: 1, tif: "ioc" }),
    onOrder: (ctx, { state }) => void (state === "Expired" && ctx.submit({ side: BUY, price: 1, size: 1, tif: "ioc" })),
  }, "onOrder"],
  "an amend for each that is done": [
    { onStart: buys, onOrder: (ctx, { id, size }) => void ctx.amend(id, { size: size + 1 }) },
    "onOrder",
  ],
  "a timer for each that is over": [
    { onStart: (ctx) => void ctx.after("0ms"), onTimer: (ctx) => void ctx.after("0ms") },
    "onTimer",
  ],
};

for (const [name, [strategy, callback]] of Object.entries(LOOPS)) {
  Deno.test(`Session: ${name} ends as a loop`, () => {
    const session = rig({ tapes: { X: QUIET }, strategy });
    assertThrows(() => session.run(), StrategyError, `the strategy threw in ${callback} at ${START} ns: Cannot go on`);
    assert(session.core.queue.length < 110_000);
  });
}

Deno.test("Session: a strategy that sends for as long as it is answered does not keep its tape from ending", () => {
  let sent = 0;
  const again = (ctx: Context) => void (sent++, ctx.submit({ side: BUY, price: 1, size: 1, tif: "ioc" }));
  const session = rig({
    tapes: { X: QUIET },
    latency: { order: 1, response: 1 },
    strategy: { onStart: again, onOrder: (ctx, { state }) => void (state === "Expired" && again(ctx)) },
  });
  session.run();
  assert(sent > 1000 && sent < 1020, `${sent} orders`);
  assertEquals(session.core.flow.refusals[0].get("CLOSED"), 1);
});

Deno.test("Session: what is on its way when the tapes end arrives", () => {
  const told: string[] = [];
  const session = rig({
    tapes: { X: TRADED },
    latency: { order: 4, response: 1000 },
    strategy: {
      onStart(ctx) {
        buys(ctx); // filled by the trade at 5
        ctx.after("8ns");
        ctx.every("300ns");
      },
      onTimer(ctx, timer) {
        if (timer === 1) ctx.submit({ side: BUY, size: 1 }); // arrives at 12, when the tape has ended
        else told.push(`${ctx.now - START} timer`);
      },
      onFill: (ctx, { price }) => told.push(`${ctx.now - START} filled at ${price}`),
      onStop: (ctx) => told.push(`${ctx.now - START} stop with ${ctx.position()}`),
    },
  });
  session.run();
  assertEquals(told, [
    ...["300 timer", "600 timer", "900 timer"],
    ...["1005 filled at 9", "1012 filled at 12", "1012 stop with 2"],
  ]);
});

Deno.test("Session: memory does not grow with its orders", () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({
    exchange: START + BigInt(i) * 10n,
    side: i % 2 === 0 ? BUY : SELL,
    price: i % 2 === 0 ? 10 : 12,
    size: 1 + i % 5,
  }));
  let orders = 0;
  const session = rig({
    tapes: { X: madeTape(rows) },
    latency: { order: 3, response: 4 },
    strategy: {
      onBook(ctx) {
        for (const { id, cancellable } of ctx.openOrders()) if (cancellable) ctx.cancel(id);
        for (let i = 0; i < 10; i++) if (ctx.submit({ side: BUY, price: 9, size: 1 }) > 0) orders++;
      },
    },
  });
  session.run();
  const { core } = session;
  assertEquals([orders, core.orders.capacity <= 256], [200_000, true]);
  assert(core.orders.live <= 30 && core.queue.length < 100, `${core.orders.live} orders, ${core.queue.length} events`);
});

Deno.test("Session: a model of one's own that gives no number ends the run with its name", () => {
  const NONE = { name: "mine", front: () => NaN, latency: () => NaN };
  const joins = { onStart: (ctx: Context) => void ctx.submit({ side: BUY, price: 10, size: 1 }) };
  const level = madeTape([0, 5, 9].map((at) => ({ exchange: START + BigInt(at), side: BUY, price: 10, size: 9 - at })));
  for (const leg of ["order", "response", "feed"] as const) {
    const session = rig({ tapes: { X: level }, strategy: joins, latency: { [leg]: NONE } });
    assertThrows(() => session.run(), Error, "Cannot go on: the latency model mine gave NaN ns");
  }
  const session = rig({ tapes: { X: level }, strategy: joins, queue: NONE });
  assertThrows(() => session.run(), RangeError, "Cannot go on: the queue model mine gave NaN");
});

Deno.test("Session: when it has ended orders are refused, and more tapes than it can order are refused before", () => {
  const told: number[] = [];
  const session = rig({
    tapes: { X: QUIET },
    strategy: { onStop: (ctx) => void told.push(ctx.submit({ side: BUY, price: 9, size: 1 })) },
  });
  session.run();
  assertEquals(told, [-Code.CLOSED]);
  const many = Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`S${i}`, QUIET]));
  assertThrows(() => rig({ tapes: many }), RangeError, "Cannot run 1025 tapes in one session: it takes 1024");
});

Deno.test("Session: what we see is the same however many windows our cursor is behind the venue's", () => {
  const rows = oddMarket(new Rng(9), 30_000, START, 9);
  const run = (late: number, feed: boolean, batch: number, hears: boolean) => {
    const books: string[] = [];
    const look = (ctx: Context) => {
      const { bestBid, bestAsk } = ctx.book();
      books.push(`${ctx.now - BigInt(late)} ${bestBid} ${bestAsk}`);
    };
    rig({
      tapes: {
        X: madeTape(feed ? rows : rows.map((row) => ({ ...row, local: BigInt(row.exchange) + BigInt(late) })), {
          batch,
        }),
      },
      latency: feed ? { feed: late } : {},
      strategy: {
        onStart: (ctx) => void ctx.after(`${late + 500}ns`),
        onTimer(ctx) {
          if (ctx.now - START < late + 20_000) ctx.after("500ns");
          look(ctx);
        },
        ...hears ? { onBook: () => {} } : {},
      },
    }).run();
    return books;
  };
  const close = run(0, false, 100_000, true);
  assertEquals(close.length, 40);
  for (const late of [700, 12_000, 1_000_000]) {
    for (const feed of [false, true]) {
      for (const hears of [false, true]) assertEquals(run(late, feed, 3000, hears), close, `${late} ${feed} ${hears}`);
    }
  }
});

Deno.test("Session: nobody acts between two moves, however they hold the context", () => {
  let held: Context | undefined;
  const session = rig({
    tapes: { A: madeTape([{ exchange: 10n, side: BUY, price: 99 }, { exchange: 20n, side: BUY, price: 98 }]) },
    strategy: { onStart: (ctx) => void (held = ctx) },
  });
  session.start();
  const order = { side: BUY, price: 90, size: 1 };
  for (
    const act of [
      () => held!.submit(order),
      () => held!.after("1s"),
      () => held!.links.oco({ orders: [order, order] }),
      () => held!.parents.start({ algo: "twap", side: BUY, size: 5, over: "1s" }),
    ]
  ) {
    assertThrows(act, Error, "Cannot act between callbacks");
  }
  while (session.step());
  session.finish();
  assertThrows(() => held!.submit(order), Error, "Cannot act between callbacks");
  assertEquals(session.core.flow.approved[0], 0);
});
