import { assert, assertEquals, assertThrows } from "@std/assert";
import { BUY, SELL } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import { rig } from "../core/_rig.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { bid, BOOK, MS, play, START, trade } from "./_played_links.ts";

Deno.test("Links.bracket: exits follow the entry's fills, and what the target fills the stop has less", () => {
  const { log, view, position } = play(
    [
      ...BOOK,
      trade(10 * MS, SELL, 100, 4),
      trade(20 * MS, SELL, 100, 6),
      bid(25 * MS, 98, 1),
      trade(30 * MS, BUY, 110, 7),
      trade(40 * MS, BUY, 110, 3),
      bid(50 * MS, 99, 49),
    ],
    (ctx) =>
      assertEquals(
        ctx.links.bracket({
          entry: { side: BUY, price: 100, size: 10 },
          stop: { trigger: 95 },
          target: { price: 110 },
        }),
        1,
      ),
  );
  assertEquals(log, [
    "0 #1 buy 0/10 @100 New",
    "10 #1 buy 4/10 @100 PartiallyFilled",
    "10 #2 sell 0/4 New",
    "10 #3 sell 0/4 @110 New",
    "20 #1 buy 10/10 @100 Filled",
    "20 #2 sell 0/10 Replaced",
    "20 #3 sell 0/10 @110 Replaced",
    "30 #3 sell 7/10 @110 PartiallyFilled",
    "30 #2 sell 0/3 Replaced",
    "40 #3 sell 10/10 @110 Filled",
    "40 #2 sell 0/3 Cancelled",
  ]);
  assertEquals(view, {
    id: 1,
    kind: "bracket",
    state: "Done",
    filled: 10,
    open: 0,
    excess: 0,
    code: 0,
    orders: [1, 2, 3],
  });
  assertEquals(position, 0);
});

Deno.test("Links.oco: the first to trade, if only in part, cancels the others", () => {
  const { log, view, position } = play(
    [
      ...BOOK,
      trade(10 * MS, BUY, 105, 2),
      bid(20 * MS, 98, 1),
      trade(30 * MS, SELL, 95, 9),
      trade(40 * MS, BUY, 105, 9),
    ],
    (ctx) => ctx.links.oco({ orders: [{ side: SELL, price: 105, size: 5 }, { side: BUY, price: 95, size: 5 }] }),
  );
  assertEquals(log, [
    "0 #1 sell 0/5 @105 New",
    "0 #2 buy 0/5 @95 New",
    "10 #1 sell 2/5 @105 PartiallyFilled",
    "10 #2 buy 0/5 @95 Cancelled",
    "40 #1 sell 5/5 @105 Filled",
  ]);
  assertEquals([view.state, view.filled, view.excess, position], ["Done", 5, 0, -5]);
});

Deno.test("Links.oco: what both fill before the venue hears of it is counted and goes back at once", () => {
  const { log, view, position } = play(
    [...BOOK, trade(10 * MS, BUY, 105, 5), trade(11 * MS, SELL, 95, 4), bid(90 * MS, 98, 1)],
    (ctx) => ctx.links.oco({ orders: [{ side: SELL, price: 105, size: 5 }, { side: BUY, price: 95, size: 5 }] }),
    { latency: { order: 3 * MS, response: 3 * MS } },
  );
  assertEquals(log.slice(2), [
    "13 #1 sell 5/5 @105 Filled",
    "14 #2 buy 4/5 @95 PendingCancel",
    "19 #2 buy 4/5 @95 Cancelled",
    "20 #3 sell 4/4 Filled",
  ]);
  assertEquals([view.state, view.filled, view.excess, position], ["Done", 9, 4, -5]);
});

Deno.test("Links.ouo: what one fills the others have less", () => {
  const { log, view, position } = play(
    [
      ...BOOK,
      trade(10 * MS, BUY, 105, 2),
      bid(20 * MS, 98, 1),
      trade(30 * MS, SELL, 95, 2),
      trade(40 * MS, BUY, 105, 9),
    ],
    (ctx) => ctx.links.ouo({ orders: [{ side: SELL, price: 105, size: 5 }, { side: BUY, price: 95, size: 5 }] }),
  );
  assertEquals(log.slice(2), [
    "10 #1 sell 2/5 @105 PartiallyFilled",
    "10 #2 buy 0/3 @95 Replaced",
    "30 #2 buy 2/3 @95 PartiallyFilled",
    "30 #1 sell 2/3 @105 Replaced",
    "40 #1 sell 3/3 @105 Filled",
    "40 #2 buy 2/3 @95 Cancelled",
  ]);
  assertEquals([view.state, view.filled, view.excess, position], ["Done", 5, 0, -1]);
});

Deno.test("Links.oto: the entry's fills bring the others in proportion, rounded down until it is whole", () => {
  const { log } = play(
    [...BOOK, trade(10 * MS, SELL, 100, 4), bid(20 * MS, 98, 1), trade(30 * MS, SELL, 100, 6)],
    (ctx) =>
      ctx.links.oto({
        entry: { side: BUY, price: 100, size: 10 },
        orders: [{ side: SELL, price: 120, size: 3 }, { side: BUY, price: 80 }],
      }),
  );
  assertEquals(log, [
    "0 #1 buy 0/10 @100 New",
    "10 #1 buy 4/10 @100 PartiallyFilled",
    "10 #2 sell 0/1 @120 New",
    "10 #3 buy 0/4 @80 New",
    "30 #1 buy 10/10 @100 Filled",
    "30 #2 sell 0/3 @120 Replaced",
    "30 #3 buy 0/10 @80 Replaced",
  ]);
});

Deno.test("Links.bracket: a stop that is reached closes, and the target goes", () => {
  const { log, view, position } = play(
    [
      ...BOOK,
      trade(10 * MS, SELL, 100, 9),
      bid(20 * MS, 99, 0),
      bid(20 * MS, 94, 6),
      bid(30 * MS, 93, 9),
      bid(90 * MS, 93, 8),
    ],
    (ctx) =>
      ctx.links.bracket({
        entry: { side: BUY, price: 100, size: 9 },
        stop: { trigger: 95 },
        target: { price: 110 },
      }),
    { latency: { order: MS, response: MS } },
  );
  assertEquals(log.slice(1), [
    "11 #1 buy 9/9 @100 Filled",
    "13 #2 sell 0/9 New",
    "13 #3 sell 0/9 @110 New",
    "21 #2 sell 0/9 Triggered",
    // The book was thin: what is left goes out again after a pause, in which its target is still there.
    "21 #2 sell 6/9 PartiallyFilled",
    "21 #2 sell 6/9 Expired",
    "23 #3 sell 0/3 @110 Replaced",
    "73 #4 sell 3/3 Filled",
    "75 #3 sell 0/3 @110 Cancelled",
  ]);
  assertEquals([view.state, view.open, view.excess, view.code, position], ["Done", 0, 0, Code.NOT_IMMEDIATE, 0]);
});

Deno.test("Links.bracket: reduce-only exits never turn the position, where both are reached at once", () => {
  const rows = [...BOOK, trade(10 * MS, SELL, 100, 9), trade(30 * MS, BUY, 110, 9), trade(31 * MS, SELL, 95, 1)];
  const bracket = (reduceOnly: boolean) =>
    play([...rows, bid(90 * MS, 98, 1)], (ctx) =>
      ctx.links.bracket({
        entry: { side: BUY, price: 100, size: 9 },
        stop: { trigger: 95 },
        target: { price: 110 },
        reduceOnly,
      }), { latency: { order: 5 * MS, response: 5 * MS } });
  const held = bracket(true), free = bracket(false);
  assertEquals([held.view.excess, held.position, held.view.state], [0, 0, "Done"]);
  // Without that both fill, and the excess is bought back: 9 lots from 36 to 41 ms.
  assertEquals([free.view.excess, free.position, free.view.state], [9, 0, "Done"]);
  assertEquals(free.log.at(-1), "46 #4 buy 9/9 Filled");
});

Deno.test("Links.bracket: a position is without its stop for one order latency at most, however fast fills come", () => {
  const ORDER = 5 * MS, RESPONSE = 7 * MS;
  const rows = [...BOOK];
  for (let i = 1; i <= 40; i++) rows.push(trade(i * MS, SELL, 100, 1));
  const told: { at: number; filled: number }[] = [], covers: { at: number; lots: number }[] = [];
  const session = rig({
    tapes: { X: madeTape([...rows, bid(200 * MS, 98, 1)]) },
    latency: { order: ORDER, response: RESPONSE },
    strategy: {
      onStart: (ctx) =>
        void ctx.links.bracket({
          entry: { side: BUY, price: 100, size: 40 },
          stop: { trigger: 90 },
          target: { price: 120 },
        }),
      onFill: (ctx) => void told.push({ at: Number(ctx.now - START), filled: ctx.position() }),
    },
  });
  // What stops the venue has, as it comes to have them.
  const { core } = session, { venue } = core.feeds[0], sizes = new Map<number, number>();
  const arrive = venue.arrive.bind(venue), amend = venue.amend.bind(venue), cancel = venue.cancel.bind(venue);
  const covered = () => {
    const at = Number(core.clock.toEpochNs(core.now) - START);
    covers.push({ at, lots: [...sizes.values()].reduce((sum, lots) => sum + lots, 0) });
  };
  venue.arrive = (slot) => {
    if (core.orders.trigger[slot] === 90) sizes.set(slot, core.orders.size[slot]);
    arrive(slot);
    covered();
  };
  venue.amend = (slot, price, size) => {
    if (core.orders.trigger[slot] === 90) sizes.set(slot, size);
    amend(slot, price, size);
    covered();
  };
  venue.cancel = (slot) => {
    sizes.delete(slot);
    cancel(slot);
    covered();
  };
  session.run();
  assertEquals(told.length, 35);
  for (const { at, filled } of told) {
    const lots = covers.findLast((cover) => cover.at <= at + ORDER)?.lots ?? 0;
    assert(lots >= filled, `told of ${filled} at ${at}, covered ${lots} at ${at + ORDER}`);
  }
  assertEquals(covers.at(-1)!.lots, 35);
});

Deno.test("Links.bracket: an exit that is refused is tried again, then the position is closed at the market", () => {
  const { log, view, position } = play(
    [...BOOK, trade(10 * MS, SELL, 100, 9), bid(500 * MS, 98, 1)],
    (ctx) =>
      ctx.links.bracket({
        entry: { side: BUY, price: 100, size: 9 },
        stop: { trigger: 95.5 },
        target: { price: 110 },
        tries: 2,
        retryAfter: "20ms",
      }),
  );
  assertEquals(
    log.slice(1),
    [
      "10 #1 buy 9/9 @100 Filled",
      "10 #3 sell 0/9 @110 New",
      "50 #3 sell 0/9 @110 Cancelled",
      "50 #6 sell 9/9 Filled",
    ].map((line) => line),
  );
  assertEquals([view.state, view.open, view.code, position], ["Done", 0, Code.PRICE_GRID, 0]);
});

Deno.test("Links.bracket: an exit that the venue rejects is tried again, then the position is closed at the market", () => {
  const { log, view, position } = play(
    [...BOOK, trade(10 * MS, SELL, 100, 9), bid(500 * MS, 98, 1)],
    (ctx) =>
      ctx.links.bracket({
        entry: { side: BUY, price: 100, size: 9 },
        stop: { trigger: 90 },
        target: { price: 97, postOnly: true },
        tries: 1,
        retryAfter: "20ms",
      }),
  );
  assertEquals(log.slice(1), [
    "10 #1 buy 9/9 @100 Filled",
    "10 #2 sell 0/9 New",
    "10 #3 sell 0/9 @97 Expired",
    "30 #4 sell 0/9 @97 Expired",
    "30 #2 sell 0/9 Cancelled",
    "30 #5 sell 9/9 Filled",
  ]);
  assertEquals([view.state, view.open, view.code, position], ["Done", 0, Code.WOULD_CROSS, 0]);
});

Deno.test("Links.bracket: what someone cancels is not sent again", () => {
  const { log, view, position } = play(
    [...BOOK, trade(10 * MS, SELL, 100, 4), trade(20 * MS, SELL, 100, 9), bid(500 * MS, 98, 1)],
    (ctx) => ctx.links.bracket({ entry: { side: BUY, price: 100, size: 9 }, stop: { trigger: 90 } }),
    { then: { onOrder: (ctx, { id, state }) => void (id === 2 && state === "New" && ctx.cancel(2)) } },
  );
  assertEquals(log.slice(1), [
    "10 #1 buy 4/9 @100 PartiallyFilled",
    "10 #2 sell 0/4 New",
    "10 #2 sell 0/4 Cancelled",
    "20 #1 buy 9/9 @100 Filled",
  ]);
  assertEquals([view.state, view.open, position], ["Done", 9, 9]);
});

Deno.test("Links.cancel and close: one leaves what was filled as it is, the other trades it back", () => {
  const run = (act: "cancel" | "close") =>
    play(
      [...BOOK, trade(10 * MS, SELL, 100, 4), bid(500 * MS, 98, 1)],
      (ctx) => {
        ctx.links.bracket({ entry: { side: BUY, price: 100, size: 9 }, stop: { trigger: 90 }, target: { price: 110 } });
        ctx.after("20ms");
      },
      { then: { onTimer: (ctx) => assert(ctx.links[act](1) && !ctx.links[act](1)) }, latency: { order: MS } },
    );
  const cancelled = run("cancel"), closed = run("close");
  assertEquals([cancelled.view.state, cancelled.position, cancelled.view.open], ["Cancelled", 4, 4]);
  assertEquals([closed.view.state, closed.position, closed.view.open], ["Done", 0, 0]);
  assertEquals(closed.log.at(-1), "21 #4 sell 4/4 Filled");
});

Deno.test("Links: an entry that is refused opens nothing, one that is rejected or cancelled ends its group", () => {
  const stop = { trigger: 90 };
  const refused = play(
    BOOK,
    (ctx) => assertEquals(ctx.links.bracket({ entry: { side: BUY, price: 100, size: 0 }, stop }), -Code.SIZE_GRID),
  );
  assertEquals(refused.view, undefined);
  const rejected = play(
    BOOK,
    (ctx) => void ctx.links.bracket({ entry: { side: BUY, price: 101, size: 1, postOnly: true }, stop }),
  );
  assertEquals([rejected.view.state, rejected.view.code], ["Failed", Code.WOULD_CROSS]);
  const cancelled = play([...BOOK, bid(9, 98, 1)], (ctx) => {
    ctx.links.bracket({ entry: { side: BUY, price: 90, size: 1 }, stop });
    ctx.after("5ns");
  }, { then: { onTimer: (ctx) => ctx.cancelAll() } });
  assertEquals([cancelled.view.state, cancelled.view.code], ["Cancelled", 0]);
});

Deno.test("Links: a size that is no number of lots is refused, at the start and in an amend", () => {
  play(BOOK, (ctx) => {
    const order = { side: BUY, price: 90, size: 1 } as const, exit = { side: SELL, price: 110 } as const;
    for (const size of [NaN, -1, 0, 0.5, Infinity, "3", null]) {
      const said = { ...exit, size: size as number };
      assertThrows(() => ctx.links.oto({ entry: order, orders: [said] }), RangeError, `size is ${size}; `);
      assertThrows(() => ctx.links.oco({ orders: [order, said] }), RangeError, `size is ${size}; `);
      assertThrows(() => ctx.links.amend(1, { size: size as number }), RangeError, `size is ${size}; `);
    }
    assertEquals(ctx.openOrders(), []);
  });
});

Deno.test("Links: a group that cannot be one is refused", () => {
  play(BOOK, (ctx) => {
    const entry = { side: BUY, price: 90, size: 1 } as const;
    assertThrows(() => ctx.links.bracket({ entry }), TypeError, "neither stop nor target");
    assertThrows(() => ctx.links.bracket({ entry, stop: { price: 80 } }), TypeError, "no trigger");
    assertThrows(() => ctx.links.oco({ orders: [entry] }), TypeError, "an oco has 1 orders");
    assertThrows(() => ctx.links.oto({ entry, orders: [] }), TypeError, "no orders beside its entry");
    const named = { ...entry, clientId: "a" };
    assertThrows(() => ctx.links.oto({ entry: named, orders: [entry] }), TypeError, "clientId");
    assertThrows(() => ctx.links.oco({ orders: [entry, entry], tries: -1 }), RangeError, "tries is -1");
    assertEquals(ctx.openOrders(), []);
  });
});
