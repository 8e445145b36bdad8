import { assertEquals, assertThrows } from "@std/assert";
import { Code, codeName } from "../core/codes.ts";
import { SELL } from "../core/event.ts";
import { CANCEL_DONE } from "../oms/order_life.ts";
import {
  FOK,
  ICEBERG,
  IOC,
  MARKET,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  STOP_LIMIT,
  TRAILING_STOP,
} from "../oms/order_table.ts";
import { Desk, type Given } from "./_desk.ts";
import { type Limits, limits, UNLIMITED } from "./limits.ts";

const SECOND = 1e9;

const FORMS: readonly (readonly [says: string, order: Given])[] = [
  ["approved", {}],
  ["approved", { price: -7 }],
  ["UNKNOWN_INSTRUMENT", { instrument: 3, price: 0.5 }],
  ["UNKNOWN_INSTRUMENT", { instrument: -1 }],
  ["PRICE_GRID", { price: 0.5, size: 0.5 }],
  ["PRICE_GRID", { price: NaN }],
  ["PRICE_GRID", { price: Infinity }],
  ["PRICE_GRID", { price: 2 ** 53 }],
  ["PRICE_GRID", { type: MARKET, price: 1000 }],
  ["approved", { type: MARKET, price: NaN }],
  ["PRICE_GRID", { type: STOP, price: NaN }],
  ["PRICE_GRID", { type: STOP, price: NaN, trigger: 0.5 }],
  ["approved", { type: STOP, price: NaN, trigger: 900 }],
  ["PRICE_GRID", { type: STOP_LIMIT, price: NaN, trigger: 900 }],
  ["approved", { type: STOP_LIMIT, trigger: 900 }],
  ["ORDER_FORM", { type: TRAILING_STOP, price: NaN, trigger: 0 }],
  ["approved", { type: TRAILING_STOP, price: NaN, trigger: 1 }],
  ["SIZE_GRID", { size: 0 }],
  ["SIZE_GRID", { size: -1 }],
  ["SIZE_GRID", { size: 0.5 }],
  ["SIZE_GRID", { size: NaN }],
  ["SIZE_GRID", { size: 2 ** 53 }],
  ["SIZE_GRID", { type: ICEBERG }],
  ["SIZE_GRID", { type: ICEBERG, display: 0 }],
  ["approved", { type: ICEBERG, display: 3 }],
  ["approved", { type: MARKET, price: NaN, size: 0, quote: 5000 }],
  ["SIZE_GRID", { type: MARKET, price: NaN, size: 0, quote: -1 }],
  ["SIZE_GRID", { type: MARKET, price: NaN, size: 0.5, quote: 5000 }],
  ["ORDER_FORM", { size: 1, quote: 5000 }],
  ["approved", { flags: POST_ONLY }],
  ["ORDER_FORM", { type: MARKET, price: NaN, flags: POST_ONLY }],
  ["ORDER_FORM", { tif: IOC, flags: POST_ONLY }],
  ["ORDER_FORM", { tif: FOK, flags: POST_ONLY }],
];

Deno.test("Risk: the form of an order", () => {
  const desk = new Desk({});
  assertEquals(FORMS.map(([, order]) => [desk.check(order), order]), FORMS.map(([says, order]) => [says, order]));
});

// Value of a lot: 1 tick of 0.5 × 0.1 × 10 = 0.5 a tick; of the inverse one 100.
const LIMITED: readonly (readonly [limit: Partial<Limits>, says: string, order: Given])[] = [
  [{ orderSize: 10 }, "approved", {}],
  [{ orderSize: 9 }, "ORDER_SIZE", {}],
  [{ orderSize: 9 }, "ORDER_SIZE", { type: MARKET, price: NaN, size: 0, quote: 10_000 }],
  [{ orderSize: 10 }, "approved", { type: MARKET, price: NaN, size: 0, quote: 10_000 }],
  [{ notional: 5000 }, "approved", {}],
  [{ notional: 4999 }, "NOTIONAL", {}],
  [{ notional: 5000 }, "NOTIONAL", { price: 1001 }],
  [{ notional: 5000 }, "NOTIONAL", { price: -1001 }],
  [{ notional: 5000 }, "approved", { type: MARKET, price: NaN }],
  [{ notional: 4999 }, "NOTIONAL", { type: MARKET, price: NaN }],
  [{ notional: 1000 }, "approved", { instrument: 1 }],
  [{ notional: 999 }, "NOTIONAL", { instrument: 1 }],
  [{ priceBand: 0.1 }, "approved", { price: 1100 }],
  [{ priceBand: 0.1 }, "PRICE_BAND", { price: 1101 }],
  [{ priceBand: 0.1 }, "approved", { price: 900 }],
  [{ priceBand: 0.1 }, "PRICE_BAND", { price: 899 }],
  [{ priceBand: 0 }, "approved", { type: MARKET, price: NaN }],
  [{ position: 10 }, "approved", {}],
  [{ position: 9 }, "POSITION", {}],
  [{ position: 9 }, "approved", { flags: REDUCE_ONLY }],
  [{ position: 9 }, "POSITION", { type: MARKET, price: NaN, size: 0, quote: 10_000 }],
  [{ openOrders: 0 }, "OPEN_ORDERS", {}],
  [{ openOrders: 1 }, "approved", {}],
  [{ messageRate: 0 }, "MESSAGE_RATE", {}],
  [{ messageRate: 0.5 }, "MESSAGE_RATE", {}],
  [{ messageRate: 2.5 }, "approved", {}],
];

Deno.test("Risk: each limit at its edge", () => {
  assertEquals(
    LIMITED.map(([limit, , order]) => [limit, new Desk(limit).check(order), order]),
    LIMITED.map(([limit, says, order]) => [limit, says, order]),
  );
});

Deno.test("Risk: of several failures the first in order gives the code", () => {
  const desk = new Desk({ orderSize: 1, notional: 1, priceBand: 0, position: 1, openOrders: 0, messageRate: 0 });
  const said: string[] = [];
  const next = (order: Given): number => said.push(desk.check(order));
  desk.view.isStale = desk.view.isExpired = true;
  next({ instrument: 9, size: 0.5 });
  next({ size: 0.5 });
  desk.view.isExpired = false;
  next({ size: 0.5, price: 0.5 });
  next({ size: 0.5 });
  next({ price: 2000 });
  desk.view.isStale = false;
  next({ price: 2000 });
  next({ price: 2000, size: 1 });
  assertEquals(
    said,
    ["UNKNOWN_INSTRUMENT", "EXPIRED_INSTRUMENT", "PRICE_GRID", "SIZE_GRID", "STALE_BOOK", "ORDER_SIZE", "NOTIONAL"],
  );
  const later: readonly (readonly [Partial<Limits>, string])[] = [
    [{ priceBand: 0, position: 1, openOrders: 0, messageRate: 0 }, "PRICE_BAND"],
    [{ position: 1, openOrders: 0, messageRate: 0 }, "POSITION"],
    [{ openOrders: 0, messageRate: 0 }, "OPEN_ORDERS"],
    [{ messageRate: 0 }, "MESSAGE_RATE"],
  ];
  for (const [limit, says] of later) assertEquals(new Desk(limit).check({ price: 2000 }), says);
});

Deno.test("Risk: without a price nothing that needs one is approved", () => {
  for (const mid of [NaN, Infinity, -Infinity]) {
    const says = (limit: Partial<Limits>, order: Given): string => {
      const desk = new Desk(limit);
      desk.view.mid = mid;
      return desk.check(order);
    };
    const market = { type: MARKET, price: NaN };
    assertEquals(says({ notional: 1e9 }, market), "NO_PRICE");
    assertEquals(says({ notional: 1e9 }, {}), "approved");
    assertEquals(says({ priceBand: 1 }, {}), "NO_PRICE");
    assertEquals(says({ orderSize: 1e9 }, { ...market, quote: 10 }), "NO_PRICE");
    assertEquals(says({ position: 1e9 }, { ...market, quote: 10 }), "NO_PRICE");
    assertEquals(says({}, { ...market, quote: 10 }), "approved");
  }
});

Deno.test("Risk: the position limit counts every open order of the side as filled", () => {
  const desk = new Desk({ position: 20 });
  desk.view.lots = 5;
  const slot = desk.leave({});
  assertEquals(desk.check({ size: 5 }), "approved");
  assertEquals(desk.check({ size: 6 }), "POSITION");
  assertEquals(desk.check({ side: SELL, size: 25 }), "approved");
  assertEquals(desk.check({ side: SELL, size: 26 }), "POSITION");
  assertEquals(desk.check({ instrument: 1, size: 15 }), "approved");
  // Four of the ten are filled: the sum stays.
  desk.fill(slot, 4);
  desk.view.lots = 9;
  assertEquals([desk.check({ size: 5 }), desk.check({ size: 6 })], ["approved", "POSITION"]);
  // The rest is cancelled.
  desk.event(slot, CANCEL_DONE);
  assertEquals([desk.check({ size: 11 }), desk.check({ size: 12 }), desk.risk.open(0)], ["approved", "POSITION", 0]);
});

Deno.test("Risk: an amend is judged by what it adds", () => {
  const desk = new Desk({ position: 20, orderSize: 15, priceBand: 0.1 });
  desk.view.lots = 5;
  const slot = desk.leave({});
  const says = (price: number, size: number): string => codeName(desk.risk.checkAmend(slot, price, size));
  assertEquals(
    [says(1000, 15), says(1000, 16), says(1000, 0.5), says(1000, 0), says(0.5, 5), says(1200, 5), says(1000, 1)],
    ["0", "ORDER_SIZE", "SIZE_GRID", "SIZE_GRID", "PRICE_GRID", "PRICE_BAND", "0"],
  );
  desk.view.lots = 6;
  assertEquals([says(1000, 15), says(1000, 14)], ["POSITION", "0"]);
  desk.view.isStale = true;
  assertEquals(says(1000, 1), "STALE_BOOK");
});

Deno.test("Risk: as many requests a second as allowed, whatever second it is", () => {
  const desk = new Desk({ messageRate: 3 });
  const said: string[] = [];
  const at = (now: number): void => {
    desk.view.now = now;
    const says = desk.check({});
    said.push(`${now / SECOND} ${says}`);
    if (says === "approved") desk.risk.sent(0, false);
  };
  for (const now of [0, 0.4, 0.5, 0.9, 0.999, 1, 1.3, 1.4, 1.45, 1.5]) at(now * SECOND);
  assertEquals(said, [
    "0 approved",
    "0.4 approved",
    "0.5 approved",
    "0.9 MESSAGE_RATE",
    "0.999 MESSAGE_RATE",
    "1 approved",
    "1.3 MESSAGE_RATE",
    "1.4 approved",
    "1.45 MESSAGE_RATE",
    "1.5 approved",
  ]);
  // The clock counts from another era.
  desk.risk.rebase(1e6 * SECOND);
  desk.view.now = (1.9 - 1e6) * SECOND;
  assertEquals(desk.check({}), "MESSAGE_RATE");
  desk.view.now = (2 - 1e6) * SECOND;
  assertEquals([desk.check({}), desk.check({ instrument: 1 })], ["approved", "approved"]);
});

Deno.test("Risk: open orders count until they end", () => {
  const desk = new Desk({ openOrders: 2 });
  desk.leave({});
  const slot = desk.leave({ side: SELL });
  assertEquals([desk.check({}), desk.check({ instrument: 1 })], ["OPEN_ORDERS", "approved"]);
  desk.event(slot, CANCEL_DONE);
  assertEquals(desk.check({}), "approved");
});

Deno.test("limits: what is absent is unlimited, what makes no sense is named", () => {
  assertEquals(limits({}), UNLIMITED);
  assertEquals(limits({ position: 5 }), { ...UNLIMITED, position: 5 });
  assertThrows(() => limits({ position: -1 }), RangeError, "Cannot set limit position: -1");
  assertThrows(() => limits({ orderSize: NaN }), RangeError, "Cannot set limit orderSize: NaN");
  assertThrows(() => limits({ positions: 1 } as Partial<Limits>), RangeError, "Cannot set limit positions");
  assertEquals(codeName(Code.POSITION), "POSITION");
});
