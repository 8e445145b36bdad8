import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Code, codeName } from "../core/codes.ts";
import { SELL } from "../core/event.ts";
import { CANCEL_DONE, FILL, live, REPLACE_DONE, REPLACE_REQUESTED, REQUEST_REFUSED, SIZED } from "../oms/order_life.ts";
import { ICEBERG, MARKET, REDUCE_ONLY, STOP } from "../oms/order_table.ts";
import { BTC, BTCUSD, Desk, ETH, type Given } from "./_desk.ts";
import { checkLimit, LIMIT_NAMES, limits, type RiskScopes, type ScopeLimits, UNLIMITED } from "./limits.ts";
import { refusalText, REMEDIES } from "./remedies.ts";

const MS = 1e6;
const market = { type: MARKET, price: NaN };

/** Before the check: orders that are open, and what the market and the account are. */
type Before = (desk: Desk) => void;
type Row = readonly [limits: ScopeLimits, scopes: RiskScopes, before: Before, order: Given, says: string];

const nothing: Before = () => {};
const holds = (...positions: readonly number[]): Before => (desk) =>
  positions.forEach((lots, i) => desk.view.positions[i] = lots);
const open = (...orders: readonly Given[]): Before => (desk) => orders.forEach((order) => desk.leave(order));
const both = (...all: readonly Before[]): Before => (desk) => all.forEach((each) => each(desk));
const market1 = (change: Partial<Desk["view"]>): Before => (desk) => void Object.assign(desk.view, change);

// A lot of BTC is 500 USD at the middle, a lot of ETH 100 USD, one of BTCUSD 100 ÷ 500 = 0.2 BTC. Cash: 10,000 USD and 1 BTC.
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  "size and value have a least": [
    [{ orderSizeMin: 10 }, {}, nothing, {}, "approved"],
    [{ orderSizeMin: 11 }, {}, nothing, {}, "ORDER_SIZE_MIN instruments.BTC 11 10"],
    [{ notionalMin: 5000 }, {}, nothing, {}, "approved"],
    [{ notionalMin: 5000.5 }, {}, nothing, {}, "NOTIONAL_MIN instruments.BTC 5000.5 5000"],
    [{ notionalMin: 1000 }, {}, nothing, { instrument: BTCUSD }, "approved"],
    [{ notionalMin: 5001 }, {}, nothing, market, "NOTIONAL_MIN instruments.BTC 5001 5000"],
    [{ notionalMin: 0 }, {}, market1({ mids2: [NaN, NaN, NaN] }), market, "NO_PRICE  NaN NaN"],
  ],
  "collars from the last and the reference price": [
    [{ collarLast: 0.1 }, {}, nothing, { price: 1100 }, "approved"],
    [{ collarLast: 0.1 }, {}, nothing, { price: 1101 }, "COLLAR_LAST instruments.BTC 0.1 0.101"],
    [{ collarLast: 0.1 }, {}, nothing, { price: 899 }, "COLLAR_LAST instruments.BTC 0.1 0.101"],
    [{ collarLast: 0 }, {}, nothing, market, "approved"],
    [{ collarLast: 1 }, {}, market1({ lasts: [NaN, NaN, NaN] }), {}, "NO_PRICE  NaN NaN"],
    [{ collarReference: 0.1 }, {}, nothing, { price: 1101 }, "COLLAR_REFERENCE instruments.BTC 0.1 0.101"],
    [{ collarReference: 0.1, referencePrice: 550 }, {}, nothing, { price: 1210 }, "approved"],
    [
      { collarReference: 0.1, referencePrice: 550 },
      {},
      nothing,
      { price: 989 },
      "COLLAR_REFERENCE instruments.BTC 0.1 0.100909091",
    ],
  ],
  "halts, and how old data may be": [
    [{ haltedOrders: 0 }, {}, nothing, {}, "approved"],
    [{ haltedOrders: 0 }, {}, market1({ isHalted: true }), {}, "INSTRUMENT_HALTED instruments.BTC 0 1"],
    [{ haltedOrders: 1 }, {}, market1({ isHalted: true }), {}, "approved"],
    [{}, {}, market1({ isHalted: true }), {}, "approved"],
    [{ dataAgeMs: 500 }, {}, market1({ now: 500 * MS }), {}, "approved"],
    [{ dataAgeMs: 500 }, {}, market1({ now: 500 * MS + 1 }), {}, "STALE_DATA instruments.BTC 500 500.000001"],
    [{ dataAgeMs: 500 }, {}, market1({ heardAt: -Infinity }), {}, "STALE_DATA instruments.BTC 500 Infinity"],
    [{ restricted: true }, {}, nothing, {}, "RESTRICTED  NaN NaN"],
    [{ restricted: true }, {}, holds(10), { side: SELL, flags: REDUCE_ONLY }, "RESTRICTED  NaN NaN"],
  ],
  "reduce-only must reduce": [
    [{ reduceOnly: 0 }, {}, holds(10), { side: SELL, flags: REDUCE_ONLY }, "approved"],
    [{ reduceOnly: 0 }, {}, holds(9), { side: SELL, flags: REDUCE_ONLY }, "REDUCE_ONLY instruments.BTC 0 1"],
    [{ reduceOnly: 1 }, {}, holds(9), { side: SELL, flags: REDUCE_ONLY }, "approved"],
    [{ reduceOnly: 0 }, {}, holds(10), { flags: REDUCE_ONLY }, "REDUCE_ONLY instruments.BTC 0 10"],
    [{ reduceOnly: 0 }, {}, holds(0), {}, "approved"],
  ],
  "no trade with ourselves": [
    [{ selfTrade: 0 }, {}, open({ side: SELL, price: 1001 }), { price: 1000 }, "approved"],
    [{ selfTrade: 0 }, {}, open({ side: SELL, price: 1000 }), { price: 1000 }, "OWN_ORDER instruments.BTC 0 10"],
    [{ selfTrade: 10 }, {}, open({ side: SELL, price: 1000 }), { price: 1000 }, "approved"],
    [{ selfTrade: 0 }, {}, open({ side: SELL, price: 1005 }), market, "OWN_ORDER instruments.BTC 0 10"],
    [{ selfTrade: 0 }, {}, open({ price: 1005 }), { ...market, side: SELL }, "OWN_ORDER instruments.BTC 0 10"],
    [{ selfTrade: 0 }, {}, open({ price: 1005 }), market, "approved"],
    [{ selfTrade: 0 }, {}, open({ price: 1000, instrument: BTCUSD }), { side: SELL }, "approved"],
    [{ selfTrade: 0 }, {}, open({ side: SELL, type: ICEBERG, display: 1 }), {}, "OWN_ORDER instruments.BTC 0 10"],
    [{ selfTrade: 0 }, {}, open({ side: SELL, type: STOP, price: NaN, trigger: 900 }), {}, "approved"],
    [{ selfTrade: 0 }, {}, open({ side: SELL }), { type: STOP, price: NaN, trigger: 1100 }, "approved"],
  ],
  "short selling": [
    [{ shortSelling: 0 }, {}, holds(10), { side: SELL }, "approved"],
    [{ shortSelling: 0 }, {}, holds(9), { side: SELL }, "SHORT_SELLING instruments.BTC 0 1"],
    [{ shortSelling: 5 }, {}, holds(5), { side: SELL }, "approved"],
    [{ shortSelling: 4 }, {}, holds(5), { side: SELL }, "SHORT_SELLING instruments.BTC 4 5"],
    [
      { shortSelling: 0 },
      {},
      both(holds(15), open({ side: SELL })),
      { side: SELL, size: 6 },
      "SHORT_SELLING instruments.BTC 0 1",
    ],
    [{ shortSelling: 0 }, {}, holds(-5), {}, "approved"],
  ],
  "position, also of reduce-only orders beside others": [
    [{ position: 10 }, {}, both(holds(-5), open({ size: 12 })), { size: 4 }, "POSITION instruments.BTC 10 11"],
    [
      { position: 10 },
      {},
      both(holds(-5), open({ size: 12 })),
      { size: 5, flags: REDUCE_ONLY },
      "POSITION instruments.BTC 10 12",
    ],
    [{ position: 10 }, {}, both(holds(-5), open({ size: 10 })), { size: 5, flags: REDUCE_ONLY }, "approved"],
    [{ position: 10 }, {}, holds(30), { side: SELL, size: 30, flags: REDUCE_ONLY }, "approved"],
    [{ position: 10 }, {}, both(holds(10), open({ side: SELL, flags: REDUCE_ONLY })), {
      side: SELL,
      flags: REDUCE_ONLY,
    }, "approved"],
  ],
  "gross exposure": [
    [{}, { session: { grossExposure: 5000 } }, nothing, {}, "approved"],
    [{}, { session: { grossExposure: 4999 } }, nothing, {}, "GROSS_EXPOSURE session 4999 5000"],
    [{}, { session: { grossExposure: 6000 } }, holds(0, 0, -11), {}, "GROSS_EXPOSURE session 6000 6100"],
    [
      {},
      { session: { grossExposure: 6000 } },
      open({ instrument: ETH, size: 11 }),
      {},
      "GROSS_EXPOSURE session 6000 6100",
    ],
    [{ grossExposure: 5000 }, {}, holds(0, 0, -50), {}, "approved"],
    [{ grossExposure: 4999 }, {}, nothing, {}, "GROSS_EXPOSURE instruments.BTC 4999 5000"],
    // Another currency counts apart.
    [{}, { session: { grossExposure: 5000 } }, holds(0, 500), {}, "approved"],
    [{}, { session: { grossExposure: 2 } }, nothing, { instrument: BTCUSD }, "approved"],
    [{}, { session: { grossExposure: 1.99 } }, nothing, { instrument: BTCUSD }, "GROSS_EXPOSURE session 1.99 2"],
    // Far over it already, and what adds nothing goes out.
    [{}, { session: { grossExposure: 1 } }, holds(20), { side: SELL }, "approved"],
    [{}, { session: { grossExposure: 1 } }, holds(10), { side: SELL, size: 21 }, "GROSS_EXPOSURE session 1 5500"],
    [
      {},
      { session: { grossExposure: 1e9 } },
      both(holds(0, 0, 1), market1({ mids2: [2000, 2000, NaN] })),
      {},
      "NO_PRICE  NaN NaN",
    ],
  ],
  "net exposure": [
    [{}, { session: { netExposure: 5000 } }, nothing, {}, "approved"],
    [{}, { session: { netExposure: 4999 } }, nothing, {}, "NET_EXPOSURE session 4999 5000"],
    [{}, { session: { netExposure: 4000 } }, holds(0, 0, -10), {}, "approved"],
    [
      {},
      { session: { netExposure: 4000 } },
      both(holds(0, 0, -10), open({ instrument: ETH, size: 1 })),
      {},
      "NET_EXPOSURE session 4000 4100",
    ],
    [
      {},
      { session: { netExposure: 4000 } },
      holds(0, 0, -41),
      { side: SELL, size: 1 },
      "NET_EXPOSURE session 4000 4600",
    ],
  ],
  "concentration": [
    // Alone it is all of the gross exposure, but only half of the equity.
    [{}, { session: { concentration: 0.5 } }, nothing, {}, "approved"],
    [{}, { session: { concentration: 0.49 } }, nothing, {}, "CONCENTRATION session 0.49 0.5"],
    [{}, { session: { concentration: 0.5 } }, holds(0, 0, 200), { size: 40 }, "approved"],
    [{}, { session: { concentration: 0.5 } }, holds(0, 0, 200), { size: 41 }, "CONCENTRATION session 0.5 0.50617284"],
    [{}, { session: { concentration: 0.5 } }, market1({ account: undefined }), {}, "NO_ACCOUNT  NaN NaN"],
  ],
  "leverage": [
    [{}, { session: { leverage: 0.5 } }, nothing, {}, "approved"],
    [{}, { session: { leverage: 0.49 } }, nothing, {}, "LEVERAGE session 0.49 0.5"],
    [{}, { session: { leverage: 9 } }, market1({ cash: [0, 0] }), {}, "LEVERAGE session 9 Infinity"],
    [{}, { session: { leverage: 9 } }, both(holds(20), market1({ cash: [-5, 0] })), { side: SELL }, "approved"],
    [{}, { session: { leverage: 9 } }, market1({ account: undefined }), {}, "NO_ACCOUNT  NaN NaN"],
  ],
  "cash pays for what is bought": [
    [{}, { session: { overdraft: 0 } }, nothing, { size: 20 }, "approved"],
    [{}, { session: { overdraft: 0 } }, nothing, { size: 21 }, "CASH session 0 500"],
    [{}, { session: { overdraft: 500 } }, nothing, { size: 21 }, "approved"],
    [{}, { session: { overdraft: 0 } }, nothing, { size: 20, price: 1001 }, "CASH session 0 10"],
    [{}, { session: { overdraft: 0 } }, nothing, { ...market, size: 21 }, "CASH session 0 500"],
    [
      {},
      { session: { overdraft: 0 } },
      nothing,
      { type: STOP, price: NaN, trigger: 1100, size: 19 },
      "CASH session 0 450",
    ],
    [{}, { session: { overdraft: 0 } }, open({ size: 15 }), { size: 6 }, "CASH session 0 500"],
    [{}, { session: { overdraft: 0 } }, open({ size: 15 }), { instrument: ETH, size: 25 }, "approved"],
    [{}, { session: { overdraft: 0 } }, nothing, { side: SELL, size: 1000 }, "approved"],
    // Of an inverse contract the seller pays.
    [{}, { session: { overdraft: 0 } }, nothing, { instrument: BTCUSD, side: SELL, size: 5 }, "approved"],
    [{}, { session: { overdraft: 0 } }, nothing, { instrument: BTCUSD, side: SELL, size: 6 }, "CASH session 0 0.2"],
    [{}, { session: { overdraft: 0 } }, nothing, { instrument: BTCUSD, size: 1000 }, "approved"],
    [{}, { session: { overdraft: 0 } }, market1({ account: undefined }), {}, "NO_ACCOUNT  NaN NaN"],
    [{}, { session: { overdraft: 0 } }, market1({ mids2: [NaN, NaN, NaN] }), market, "NO_PRICE  NaN NaN"],
  ],
  "open orders, by scope": [
    [{ openOrders: 2 }, {}, open({}), {}, "approved"],
    [{ openOrders: 2 }, {}, open({}, {}), {}, "OPEN_ORDERS instruments.BTC 2 3"],
    [{ openOrders: 2 }, {}, open({ instrument: ETH }, {}), {}, "approved"],
    [{}, { session: { openOrders: 2 } }, open({ instrument: ETH }, {}), {}, "OPEN_ORDERS session 2 3"],
    [{}, { account: { openOrders: 2 } }, open({ instrument: ETH }, {}), {}, "OPEN_ORDERS account 2 3"],
    [
      { openOrders: 1 },
      { strategy: { openOrders: 1 }, session: { openOrders: 1 } },
      open({}),
      {},
      "OPEN_ORDERS instruments.BTC 1 2",
    ],
    [{}, { strategy: { openOrders: 1 }, session: { openOrders: 1 } }, open({}), {}, "OPEN_ORDERS strategy 1 2"],
  ],
};

for (const [what, rows] of Object.entries(TABLE)) {
  Deno.test(`Risk: ${what}, each at its edge`, () => {
    const run = ([limits, scopes, before, order]: Row): string => {
      const desk = new Desk(limits, scopes);
      before(desk);
      return desk.says(order);
    };
    const lines = rows.map(([limits, scopes, , order], i) => `${i}: ${JSON.stringify([limits, scopes, order])}`);
    assertEquals(rows.map((row, i) => [lines[i], run(row)]), rows.map((row, i) => [lines[i], row[4]]));
  });
}

Deno.test("Risk: the strategy lives while it is called, and as long after as its limit says", () => {
  const desk = new Desk({}, { strategy: { heartbeatAgeMs: 1000 } });
  const at = (ms: number): string => {
    desk.view.now = ms * MS;
    return desk.says({});
  };
  assertEquals(at(0), "HEARTBEAT strategy 1000 Infinity");
  desk.risk.called(true);
  assertEquals([at(0), at(60_000)], ["approved", "approved"]);
  desk.risk.called(false);
  assertEquals([at(61_000), at(61_001)], ["approved", "HEARTBEAT strategy 1000 1001"]);
  desk.risk.beat();
  assertEquals([at(62_001), at(62_002)], ["approved", "HEARTBEAT strategy 1000 1001"]);
  desk.risk.rebase(1e6 * MS);
  assertEquals(at(62_001 - 1e6), "approved");
});

Deno.test("Risk: the reference price is the day's first that was looked at, or the one that was set", () => {
  const desk = new Desk({ collarReference: 0.1 });
  const { view } = desk;
  assertEquals([desk.check({ price: 1100 }), desk.check({ price: 1101 })], ["approved", "COLLAR_REFERENCE"]);
  view.lasts[BTC] = 1200;
  assertEquals(desk.check({ price: 1101 }), "COLLAR_REFERENCE");
  view.day = 1;
  assertEquals([desk.check({ price: 1101 }), desk.check({ price: 1321 })], ["approved", "COLLAR_REFERENCE"]);
  desk.risk.set("instruments.BTC", "referencePrice", 1000);
  assertEquals([desk.check({ price: 2200 }), desk.check({ price: 1320 })], ["approved", "COLLAR_REFERENCE"]);
  desk.risk.set("instruments.BTC", "referencePrice", "unlimited");
  assertEquals(desk.check({ price: 1320 }), "approved");
});

Deno.test("Risk: an amend on its way counts as the larger size, and with both of its prices", () => {
  const desk = new Desk({ position: 20, selfTrade: 0 }, { session: { overdraft: 0 } });
  const slot = desk.leave({});
  const amend = (price: number, size: number): string => {
    const code = desk.risk.checkAmend(slot, price, size);
    if (code !== 0) return codeName(code);
    live(desk.orders, slot, REPLACE_REQUESTED);
    desk.risk.amends(slot, price, size);
    return "approved";
  };
  assertEquals([amend(1000, 21), amend(2001, 10), amend(1010, 15)], ["POSITION", "CASH", "approved"]);
  assertEquals(desk.says({ size: 6, price: 900 }), "POSITION instruments.BTC 20 21");
  assertEquals(desk.says({ side: SELL, price: 1005 }), "OWN_ORDER instruments.BTC 0 15");
  // 15 lots at 505.00 are held back, and 5 at 485.00 are all that is left.
  assertEquals([desk.says({ size: 5, price: 970 }), desk.says({ size: 5, price: 971 })], [
    "approved",
    "CASH session 0 2.5",
  ]);
  // Refused: it is what it was.
  desk.event(slot, REQUEST_REFUSED);
  assertEquals([desk.says({ size: 10 }), desk.says({ side: SELL, price: 1005 })], ["approved", "approved"]);
  // A smaller size holds back the larger one until it is done.
  assertEquals([amend(900, 2), desk.says({ size: 11 })], ["approved", "POSITION instruments.BTC 20 21"]);
  desk.orders.price[slot] = 900;
  desk.orders.size[slot] = 2;
  desk.event(slot, REPLACE_DONE);
  assertEquals([desk.check({ size: 18 }), desk.check({ size: 19 })], ["approved", "POSITION"]);
  assertEquals(desk.check({ side: SELL, price: 901, size: 1 }), "approved");
  desk.event(slot, CANCEL_DONE);
  assertEquals([desk.check({ size: 20 }), desk.risk.open(BTC)], ["approved", 0]);
});

Deno.test("Risk: an order of money counts as what it was judged as, until the venue has sized it", () => {
  const desk = new Desk({ position: 20 });
  const slot = desk.leave({ ...market, size: 0, quote: 15_000 });
  assertEquals([desk.check({ size: 5 }), desk.check({ size: 6 })], ["approved", "POSITION"]);
  desk.orders.size[slot] = 12;
  desk.event(slot, SIZED);
  assertEquals([desk.check({ size: 8 }), desk.check({ size: 9 })], ["approved", "POSITION"]);
  desk.orders.filled[slot] = 12;
  desk.view.positions[BTC] = 12;
  desk.event(slot, FILL);
  assertEquals([desk.check({ size: 8 }), desk.check({ size: 9 }), desk.risk.open(BTC)], ["approved", "POSITION", 0]);
});

Deno.test("Risk: failing closed, what is not stated is refused, and so is what cannot be known", () => {
  const wide = { session: UNLIMITED, failClosed: true };
  const says = (limits: ScopeLimits, scopes: RiskScopes, before: Before = nothing): string => {
    const desk = new Desk(limits, scopes);
    before(desk);
    return `${desk.check({})} ${desk.risk.last.check}`;
  };
  assertEquals(says({}, { failClosed: true }), "LIMIT_MISSING orderSize");
  assertEquals(says({}, { failClosed: false }), "approved ");
  assertEquals(says(UNLIMITED, { failClosed: true }), "approved ");
  assertEquals(says({}, wide), "approved ");
  assertEquals(says(UNLIMITED, wide, market1({ account: undefined })), "NO_ACCOUNT account");
  assertEquals(says(UNLIMITED, wide, market1({ mids2: [NaN, NaN, NaN] })), "NO_PRICE price");
  for (const name of LIMIT_NAMES) {
    const { [name]: _, ...others } = UNLIMITED;
    assertEquals(says(others, { failClosed: true }), `LIMIT_MISSING ${name}`);
    assertEquals(says(others, { failClosed: true, account: { [name]: "unlimited" } }), "approved ");
  }
});

Deno.test("limits: a number that is not finite is none; what has no bound is said to be unlimited", () => {
  for (const value of [Infinity, NaN, -1]) {
    assertThrows(() => limits({ position: value }), RangeError, 'neither a number of 0 or more nor "unlimited"');
    assertThrows(() => checkLimit("session", "openOrders", value), RangeError, `${value}`);
  }
});

Deno.test("Risk: a limit is changed by scope and name, and by nothing else", () => {
  const desk = new Desk({ position: 20 });
  const { risk } = desk;
  risk.set("instruments.BTC", "position", 9);
  assertEquals([desk.check({}), desk.check({ instrument: ETH })], ["POSITION", "approved"]);
  risk.set("instruments", "position", 9);
  assertEquals(desk.check({ instrument: ETH }), "POSITION");
  risk.set("instruments", "position", "unlimited");
  risk.set("session", "openOrders", 0);
  assertEquals(desk.says({}), "OPEN_ORDERS session 0 1");
  risk.set("session", "openOrders", "unlimited");
  risk.set("instruments.ETH", "restricted", true);
  assertEquals([desk.check({}), desk.check({ instrument: ETH })], ["approved", "RESTRICTED"]);
  risk.set("instruments.ETH", "restricted", false);
  assertEquals(desk.check({ instrument: ETH }), "approved");
  // What is open counts for a limit that comes later.
  desk.leave({ size: 15 });
  risk.set("session", "overdraft", 0);
  assertEquals([risk.limit("session", "overdraft"), desk.says({ size: 6 })], [0, "CASH session 0 500"]);
  assertEquals(risk.limit("session", "openOrders"), "unlimited");
  const wrong: readonly (readonly [scope: string, name: string, value: number | boolean, says: string])[] = [
    ["sesion", "openOrders", 1, "there is no such scope; did you mean session?"],
    ["instruments.BTX", "position", 1, "there is no such scope; did you mean instruments.BTC?"],
    ["session", "openOrder", 1, "did you mean openOrders?"],
    ["session", "openOrders", -1, "-1 is neither a number of 0 or more"],
    ["session", "openOrders", NaN, "NaN is neither a number of 0 or more"],
    ["session", "position", 1, "position is one of single instruments"],
    ["instruments.BTC", "leverage", 1, "leverage counts over all instruments"],
    ["instruments.BTC", "restricted", 1, "1 is not true or false"],
    ["instruments.BTC", "referencePrice", 0, "0 is not a price above 0"],
  ];
  for (const [scope, name, value, says] of wrong) assertThrows(() => risk.set(scope, name, value), RangeError, says);
});

Deno.test("Risk: a refusal says what, whose, how much, and what to do", () => {
  const desk = new Desk({ position: 500 });
  assertEquals(desk.risk.last.text, "");
  desk.view.lots = 502;
  desk.check({});
  const { code, check, scope, instrument, limit, observed, unit, text } = desk.risk.last;
  assertEquals([code, check, scope, instrument, limit, observed, unit], [
    1105,
    "position",
    "instruments.BTC",
    0,
    500,
    512,
    "lots",
  ]);
  assertEquals(
    text,
    "POSITION: limit 500 lots (instruments.BTC), would be 512; send fewer lots, or cancel open orders of the side",
  );
  desk.check({ price: 0.5 });
  assertMatch(desk.risk.last.text, /^PRICE_GRID: priceGrid is 0.5; give prices in whole ticks/);
  desk.check({});
  assertEquals(desk.risk.notes.map((note) => note.split(":")[0]), ["POSITION", "PRICE_GRID"]);
});

Deno.test("Risk: every code it can give has a remedy", () => {
  const desks = Object.entries(Code).filter(([, code]) =>
    code < 1020 || (code >= 1100 && code < 1120) || (code >= 1200 && code < 1220)
  );
  const notOurs = ["UNKNOWN_ORDER", "REQUEST_PENDING"];
  assertEquals(desks.filter(([name, code]) => !(code in REMEDIES) && !notOurs.includes(name)), []);
  const told = { code: Code.HALTED, check: "venue", scope: "", limit: NaN, observed: NaN, unit: "" };
  assertEquals(refusalText(told), "HALTED: venue; try again later");
});
