import { assert, assertEquals, assertThrows } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { rig } from "./_rig.ts";
import { BUY, SELL } from "./event.ts";
import { Code, codeName } from "./codes.ts";
import type { Context, FillView, MarketTrade, OrderRequest, OrderView } from "./strategy.ts";

const START = 1_700_000_000_000_000_000n;
const TAPE = madeTape([
  { exchange: START, side: BUY, price: 10, size: 5, flags: 3 },
  { exchange: START, side: SELL, price: 12, size: 5 },
  { exchange: START + 5n, kind: 2, side: SELL, price: 9, size: 1, flags: 3 },
  { exchange: START + 5n, kind: 2, side: SELL, price: 8, size: 2 },
  { exchange: START + 9n, side: SELL, price: 12, size: 4 },
]);

/** What `act` sees of a session in its first message. */
function at(act: (ctx: Context) => void, tapes = { X: TAPE } as Record<string, typeof TAPE>): ReturnType<typeof rig> {
  let done = false;
  const session = rig({
    tapes,
    strategy: {
      onBook(ctx) {
        if (!done) act(ctx);
        done = true;
      },
    },
  });
  session.run();
  assert(done);
  return session;
}

const REFUSED: readonly [Partial<OrderRequest>, string][] = [
  ...[NaN, Infinity, -Infinity, 0.5, 2 ** 53, -(2 ** 60)].map((price) =>
    [{ price }, "PRICE_GRID"] as [OrderRequest, string]
  ),
  ...[NaN, Infinity, 0, -1, 1.5, 2 ** 53, 1e300].map((size) => [{ size }, "SIZE_GRID"] as [OrderRequest, string]),
  [{ instrument: 99 }, "UNKNOWN_INSTRUMENT"],
  [{ instrument: -1 }, "UNKNOWN_INSTRUMENT"],
  [{ instrument: 0.5 }, "UNKNOWN_INSTRUMENT"],
  [{ instrument: NaN }, "UNKNOWN_INSTRUMENT"],
  [{ instrument: 99, tif: "gtd", expires: 5n }, "UNKNOWN_INSTRUMENT"],
  [{ instrument: 99, tif: "day" }, "UNKNOWN_INSTRUMENT"],
  [{ instrument: 99, quote: 5, price: undefined }, "UNKNOWN_INSTRUMENT"],
  [{ type: "market" }, "PRICE_GRID"],
  [{ type: "limit", price: undefined }, "PRICE_GRID"],
  [{ type: "stop", price: undefined }, "PRICE_GRID"],
  [{ type: "stop", price: undefined, trigger: Infinity }, "PRICE_GRID"],
  [{ type: "trailing_stop", price: undefined, trigger: -3 }, "ORDER_FORM"],
  [{ type: "iceberg" }, "SIZE_GRID"],
  [{ type: "iceberg", display: 0 }, "SIZE_GRID"],
  [{ price: undefined, postOnly: true }, "ORDER_FORM"],
  [{ tif: "fok", postOnly: true }, "ORDER_FORM"],
  [{ price: undefined, quote: Infinity }, "SIZE_GRID"],
  [{ price: undefined, quote: 1e300 }, "SIZE_GRID"],
  [{ price: undefined, quote: NaN }, "SIZE_GRID"],
  [{ price: undefined, quote: -5 }, "SIZE_GRID"],
  [{ quote: 5 }, "ORDER_FORM"],
];

Deno.test("Context: an order that makes no sense is refused with a code, and leaves nothing behind", () => {
  for (const [order, code] of REFUSED) {
    const session = at((ctx) => {
      const result = ctx.submit({ side: BUY, price: 9, size: 1, ...order });
      assertEquals(
        result < 0 && codeName(-result),
        code,
        JSON.stringify(order, (_, v) => typeof v === "bigint" ? `${v}n` : v),
      );
    });
    assertEquals([session.core.orders.live, session.core.queue.length], [0, 1]);
    assertEquals([...session.core.flow.refusals[0]], [[code, 1]]);
  }
});

Deno.test("Context: what is of the wrong type throws, and leaves nothing behind", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ side: 0 }, "side is 0"],
    [{ side: 2 }, "side is 2"],
    [{ side: NaN }, "side is NaN"],
    [{ type: "limt" }, "type is limt; did you mean limit?"],
    [{ type: "toString" }, "type is toString"],
    [{ tif: "gtx" }, "tif is gtx; did you mean gtc?"],
    [{ tif: "constructor" }, "tif is constructor"],
    [{ tif: "gtd" }, "expires is undefined"],
    [{ tif: "gtd", expires: 5 }, "expires is 5; give it in ns since 1970, as 5n"],
    [{ size: "3" }, 'Cannot submit: size is "3"; give a number, of lots'],
    [{ size: null }, "size is null"],
    [{ size: undefined }, "size is undefined"],
    [{ size: 3n }, "size is 3"],
    [{ size: {} }, "size is an object"],
    [{ price: "9" }, 'Cannot submit: price is "9"; give a number, of ticks'],
    [{ price: null }, "price is null"],
  ];
  for (const [order, message] of wrong) {
    const session = at((ctx) => {
      assertThrows(() => ctx.submit({ side: BUY, price: 9, size: 1, ...order } as OrderRequest), TypeError, message);
    });
    assertEquals([session.core.orders.live, session.core.queue.length], [0, 1]);
  }
});

Deno.test("Context: sums of lots stay within what is counted exactly", () => {
  const session = at((ctx) => {
    const most = Number.MAX_SAFE_INTEGER;
    assertEquals(ctx.submit({ side: BUY, price: 9, size: most }), 1);
    assertEquals(ctx.submit({ side: BUY, price: 9, size: 1 }), -Code.POSITION);
    assertEquals(ctx.submit({ side: SELL, price: 13, size: most }), 3);
    assertEquals(ctx.submit({ side: SELL, price: 13, size: 1 }), -Code.POSITION);
  });
  assertEquals(session.core.account.position(0), 3);
});

Deno.test("Context: ids that are not there, and orders that are done, are let alone", () => {
  at((ctx) => {
    const done = ctx.submit({ side: BUY, price: 9, size: NaN });
    for (const id of [0, -1, 1, 77, 0.5, NaN, Infinity, 2 ** 60, done]) {
      assertEquals([ctx.cancel(id), ctx.amend(id, { size: 1 })], [false, false]);
    }
    ctx.cancelAll(77);
    assertEquals(ctx.openOrders(77), []);
  });
  const told: unknown[] = [];
  const session = rig({
    tapes: { X: TAPE },
    strategy: {
      onStart: (ctx) => void ctx.submit({ side: BUY, price: 12, size: 2 }),
      onOrder(ctx, { id, state }) {
        told.push(state, ctx.cancel(id), ctx.amend(id, { size: 3 }));
      },
    },
  });
  session.run();
  assertEquals(told, ["Filled", false, false]);
});

Deno.test("Context: an amend must make sense, too", () => {
  const told: unknown[] = [];
  const session = rig({
    tapes: { X: TAPE },
    strategy: {
      onStart(ctx) {
        ctx.submit({ side: BUY, price: 9, size: 9 });
        ctx.submit({ side: BUY, type: "stop", trigger: 30, size: 1 });
      },
      onOrder(ctx, { id, state }) {
        if (state !== "New" || ctx.openOrders().some((order) => order.state === "PendingNew")) return;
        for (const price of [NaN, Infinity, 1.5, 2 ** 53]) told.push(ctx.amend(1, { price }));
        for (const size of [NaN, Infinity, 0, -1, 1.5, 2 ** 53]) told.push(ctx.amend(1, { size }));
        told.push(ctx.amend(2, { price: 5 }), id);
      },
    },
  });
  session.run();
  assertEquals(told, [...Array(11).fill(false), 2]);
  assertEquals([...session.core.flow.refusals[0]], [["PRICE_GRID", 5], ["SIZE_GRID", 6]]);
});

Deno.test("Context: to look at what is not there throws, in words", () => {
  at((ctx) => {
    for (const instrument of [1, -1, 0.5, NaN]) {
      const message = `Cannot look at instrument ${instrument}: this session has 1, counted from 0`;
      for (const look of ["book", "position", "cash", "equity"] as const) {
        assertThrows(() => ctx[look](instrument), RangeError, message);
      }
    }
    assertThrows(() => ctx.instrument("Y"), RangeError, "Cannot find instrument Y: no tape of this session has it");
  });
});

Deno.test("Context: timers that make no sense throw, and many of them end as a loop", () => {
  at((ctx) => {
    for (const text of ["", "5", "5x", "-5ms", "0.1ns", "1e3s", "NaNs", "Infinityd", `${2 ** 60}d`]) {
      assertThrows(() => ctx.after(text), RangeError, "Cannot read a duration");
      assertThrows(() => ctx.every(text), RangeError, "Cannot read a duration");
    }
    assertThrows(() => ctx.every("0ms"), RangeError, "interval is 0ms; it must be above 0");
  });
});

Deno.test("Context: what a strategy is given it can write on and keep, and nothing comes of it", () => {
  const run = (spoil: (view: object) => void) => {
    const kept: object[] = [], told: string[] = [];
    const take = (view: OrderView | FillView | MarketTrade) => {
      told.push(JSON.stringify(view));
      kept.push(view);
      spoil(view);
    };
    const session = rig({
      tapes: { X: TAPE, Y: TAPE },
      strategy: {
        onStart(ctx) {
          for (const instrument of [0, 1]) ctx.submit({ instrument, side: BUY, price: 9, size: 3 });
        },
        onTrade: (_, trade) => take(trade),
        onFill: (_, fill) => take(fill),
        onOrder(ctx, order) {
          take(order);
          ctx.openOrders().forEach(spoil);
        },
      },
    });
    session.run();
    assert(kept.length > 5);
    return [...told, session.core.digest.hex()];
  };
  const spoil = (view: Record<string, unknown>) => Object.keys(view).forEach((key) => view[key] = NaN);
  assertEquals(run((view) => spoil(view as Record<string, unknown>)), run(() => {}));
});

Deno.test("Context: the notes are bounded", () => {
  const { context } = at((ctx) => {
    for (let i = 0; i < 1000; i++) ctx.log(`${i}`);
  });
  assertEquals([context.notes.length, context.notes[99]], [100, "99"]);
});

Deno.test("SessionContext.submit: a client's id is sent once; the same again is the first order, other contents are refused", () => {
  const session = at((ctx) => {
    const first = ctx.submit({ clientId: "a1", side: BUY, price: 9, size: 2 });
    assertEquals(first, 1);
    assertEquals(ctx.submit({ clientId: "a1", side: BUY, price: 9, size: 2, tif: "gtc", type: "limit" }), first);
    assertEquals(ctx.submit({ clientId: "a1", side: BUY, price: 9, size: 3 }), -Code.CLIENT_ID_REUSED);
    // What was refused here was not sent, and leaves its id free.
    assertEquals(ctx.submit({ clientId: "a2", side: BUY, price: 9, size: 0 }), -Code.SIZE_GRID);
    assert(ctx.submit({ clientId: "a2", side: BUY, price: 9, size: 1 }) > first);
    assertEquals(ctx.openOrders().length, 2);
  });
  assertEquals(session.core.flow.approved[0], 2);
  assertEquals(session.core.flow.refusals[0].get("CLIENT_ID_REUSED"), 1);
});

Deno.test("SessionContext.submit: a client's id is a text of 1 to 100 characters", () => {
  at((ctx) => {
    const order = { side: BUY, price: 9, size: 1 } as const;
    for (const clientId of ["", "x".repeat(101), "x".repeat(1 << 20), 5, null, {}, Symbol("a")]) {
      const said = { ...order, clientId: clientId as string };
      const error = assertThrows(() => ctx.submit(said), TypeError, "clientId is ");
      assert(error.message.length < 100, error.message);
    }
    assert(ctx.submit({ ...order, clientId: "x".repeat(100) }) > 0);
  });
});

Deno.test("SessionContext.submit: a repeated submit leaves the digest as it is", () => {
  const digest = (times: number) =>
    at((ctx) => {
      for (let i = 0; i < times; i++) ctx.submit({ clientId: "a1", side: BUY, price: 9, size: 2 });
    }).core.digest.hex();
  assertEquals(digest(3), digest(1));
});

Deno.test("Context.amend: a price or size that is no number throws, and leaves the order as it is", () => {
  const session = at((ctx) => {
    const id = ctx.submit({ side: BUY, price: 9, size: 2 });
    for (const change of [{ price: "8" }, { size: "1" }, { size: 1n }]) {
      const [[name, value]] = Object.entries(change), shown = typeof value === "string" ? `"${value}"` : value;
      const given = change as unknown as { price?: number };
      assertThrows(() => ctx.amend(id, given), TypeError, `Cannot amend: ${name} is ${shown}; `);
    }
  });
  assertEquals([session.core.orders.price[0], session.core.orders.size[0]], [9, 2]);
});
