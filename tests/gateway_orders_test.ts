/**
 * Our own order entry of Binance spot and ccxt run one script on a gateway: both end with the same orders, and each knows of its
 * orders, fills and balances what the session itself has.
 */
import { assert, assertEquals } from "@std/assert";
import ccxt from "ccxt";
import { binanceOrders } from "../engine/live/binance/orders.ts";
import { ccxtOrders } from "../engine/live/ccxt/orders.ts";
import { Keys } from "../engine/live/keys.ts";
import type { LiveEvent } from "../engine/live/live_event.ts";
import type { NewOrder, OrderReport } from "../engine/live/order_entry.ts";
import { systemTimers } from "../engine/live/timers.ts";
import { machineNetwork } from "../engine/run/network.ts";
import { wallClock } from "../engine/run/wall_clock.ts";
import { STATE_NAMES } from "../engine/oms/order_life.ts";
import type { Recorder } from "../engine/core/recorder.ts";
import { type GatewayWorld, gatewayWorld } from "../transport/gateway/_gateway_world.ts";

/** No time goes on between two requests, on the slowest machine: what is asked for at a price meets the market that had it. */
const STILL = { quietMs: 60_000 };
const SYMBOL = "ZEROUSD", TICK = "0.05", FEES = "maker=0.0002,taker=0.0005";

/** What a client may do, in the words of the script. */
interface Trader {
  /** Places a limit order, whose price is so far above the best bid; resolves when it is known how it stands. */
  place(name: string, side: "buy" | "sell", size: number, above: number): Promise<void>;
  amend(name: string, size: number, above: number): Promise<void>;
  cancel(name: string): Promise<void>;
}

/** One that rests, is amended and cancelled, one that buys at once, one that sells some of it, and one that rests to the end. */
async function script(trader: Trader): Promise<void> {
  await trader.place("one", "buy", 3, -5);
  await trader.amend("one", 2, -4);
  await trader.cancel("one");
  await trader.place("two", "buy", 5, 4);
  await trader.place("three", "sell", 2, -3);
  await trader.place("four", "sell", 1, 12);
}

/** What the session itself says: of orders side, size, filled and state; of fills side, ticks, lots and fee. */
function ownWords() {
  const orders: string[] = [], fills: string[] = [];
  const recorder: Recorder = {
    order: ({ side, size, filled, state }, slot) =>
      void orders.push([side[slot], size[slot], filled[slot], STATE_NAMES[state[slot]]].join(" ")),
    fill: ({ side }, slot, _ns, price, lots, _liquidity, fee) =>
      void fills.push([side[slot], price, lots, fee.toNumber(8)].join(" ")),
  };
  return { orders, fills, recorder };
}

/** An entry as a trader, and all that it reported: in Binance's dialect, or through ccxt. */
function ourTrader({ gateway: { url, key } }: GatewayWorld, through: "dialect" | "ccxt" = "dialect") {
  const sockets = url.replace("http", "ws"), endpoints = { rest: url, market: `${sockets}/stream`, orders: sockets };
  const symbol = through === "ccxt" ? "ZERO/USD" : SYMBOL;
  const wall = wallClock(), events: LiveEvent[] = [], reports: AboutOrder[] = [];
  const network = machineNetwork({ wall });
  const tools = {
    network,
    timers: systemTimers,
    wall,
    random: Math.random,
    tell: (one: LiveEvent) => events.push(one),
  };
  const instruments = [{ symbol, venue: "binance-spot", tick: TICK, lot: "1", currency: "USD" }];
  const keys = new Keys("hmac", key.key, key.secret), options = { endpoints, keys, instruments };
  const entry = through === "ccxt"
    ? ccxtOrders("binance", () => Promise.resolve(ccxtAt(url, key)), options, tools)
    : binanceOrders("spot", options, tools);
  let wake = () => {};
  const listener = {
    report(report: OrderReport) {
      if (report.kind === "funding") throw new Error("spot has none");
      reports.push(report);
      wake();
    },
    gap: () => assert(false, "a gap"),
  };
  /** Waits until a report passes. */
  const heard = async (passes: (report: AboutOrder) => boolean) => {
    while (!reports.some(passes)) await new Promise<void>((resolve) => wake = resolve);
  };
  const names = new Map<string, NewOrder>();
  const bestBid = async () => {
    const { text } = await network.request({ method: "GET", url: `${url}/api/v3/depth?symbol=${SYMBOL}&limit=5` });
    return Number(JSON.parse(text).bids[0][0]);
  };
  const trader: Trader = {
    async place(name, side, size, above) {
      const price = (await bestBid() + above).toFixed(2);
      const fixed = { type: "limit", tif: "gtc", postOnly: false, reduceOnly: false } as const;
      const order = { clientId: name, symbol, side, size: String(size), price, ...fixed };
      names.set(name, order);
      entry.submit(order);
      const filled = () => reports.reduce((sum, one) => sum + (ofFill(one, name) ? Number(one.fill.size) : 0), 0);
      const crosses = side === "buy" ? above > 1 : above < 0;
      await heard((one) => one.order.clientId === name && (!crosses || filled() === size));
    },
    async amend(name, size, above) {
      const order = names.get(name)!, nextClientId = `${name}_1`, price = (await bestBid() + above).toFixed(2);
      entry.amend({ ...order, nextClientId, price, size: String(size), filled: "0" });
      await heard((one) => one.kind === "amended");
      names.set(name, { ...order, clientId: nextClientId });
    },
    async cancel(name) {
      entry.cancel(names.get(name)!);
      await heard((one) => one.kind === "cancelled");
    },
  };
  return { trader, entry, listener, reports, events };
}

/** What is said of an order. */
type AboutOrder = Exclude<OrderReport, { readonly kind: "funding" }>;

function ofFill(report: AboutOrder, name: string): report is Extract<AboutOrder, { readonly kind: "fill" }> {
  return report.kind === "fill" && report.order.clientId === name;
}

/** ccxt's class as it is, with the addresses of its servers at the gateway. */
function ccxtAt(url: string, key: { readonly key: string; readonly secret: string }) {
  const exchange = new ccxt.pro.binance({ apiKey: key.key, secret: key.secret, enableRateLimit: false });
  const { api } = exchange.urls, sockets = url.replace("http", "ws");
  for (const [name, address] of Object.entries(api)) {
    if (typeof address === "string") api[name] = address.replace(/^https:\/\/[^/]+/, url);
  }
  Object.assign(api.ws, { spot: `${sockets}/stream/ws`, "ws-api": { spot: `${sockets}/ws-api/v3` } });
  return exchange;
}

/** ccxt as a trader. */
function ccxtTrader({ gateway: { url, key } }: GatewayWorld) {
  const exchange = ccxtAt(url, key);
  const ids = new Map<string, string>(), symbol = "ZERO/USD";
  const price = async (above: number) => (await exchange.fetchOrderBook(symbol)).bids[0][0]! + above;
  const trader: Trader = {
    async place(name, side, size, above) {
      ids.set(name, (await exchange.createOrder(symbol, "limit", side, size, await price(above))).id!);
    },
    async amend(name, size, above) {
      ids.set(name, (await exchange.editOrder(ids.get(name)!, symbol, "limit", "buy", size, await price(above))).id!);
    },
    async cancel(name) {
      await exchange.cancelOrder(ids.get(name)!, symbol);
    },
  };
  return { trader, exchange };
}

Deno.test("binanceOrders: trades on a gateway, and knows what the session knows", async () => {
  const own = ownWords();
  await gatewayWorld(async (world) => {
    const { trader, entry, listener, reports, events } = ourTrader(world), since = wallClock()() - 60_000_000_000n;
    await entry.open(listener);
    assert(entry.ready);
    await script(trader);

    const told = reports.map(({ kind, order: { clientId } }) => `${kind} ${clientId}`);
    assertEquals(told.filter((what) => !what.startsWith("fill")), [
      "acknowledged one",
      "amended one_1",
      "cancelled one_1",
      "acknowledged two",
      "acknowledged three",
      "acknowledged four",
    ]);
    assertEquals((await entry.openOrders(SYMBOL)).map(({ clientId, filled }) => [clientId, filled]), [["four", "0"]]);
    const two = await entry.lookup({ clientId: "two", symbol: SYMBOL });
    assertEquals([two?.state, two?.filled, two?.side], ["filled", "5", "buy"]);
    assertEquals(await entry.lookup({ clientId: "never", symbol: SYMBOL }), undefined);

    const heard = reports.flatMap((one) => one.kind === "fill" ? [one.fill] : []);
    const asked = await entry.fills(SYMBOL, since);
    assertEquals(asked, heard.map((fill, i) => ({ ...fill, time: asked[i].time })));
    const written = heard.map(({ side, price, size, fee }) =>
      [side === "buy" ? 1 : -1, Math.round(Number(price) / Number(TICK)), Number(size), Number(fee)].join(" ")
    );
    const { balances } = await entry.account();
    assertEquals(balances.ZERO, "3");
    await entry.cancelAll(SYMBOL);
    await entry.close();
    await world.end();
    assertEquals(written, own.fills);
    const paid = heard.reduce(
      (sum, { side, price, size, fee }) => sum + (side === "buy" ? 1 : -1) * Number(price) * Number(size) + Number(fee),
      0,
    );
    assert(Math.abs(10_000 - paid - Number(balances.USD)) < 1e-6);
    assertEquals(events.filter(({ name }) => name !== "CONNECTED"), []);
  }, { gateway: STILL, session: { recorders: [own.recorder], fees: FEES } });
});

Deno.test("binanceOrders, ccxt: one script on a gateway ends with the same orders", async () => {
  const ours = ownWords(), theirs = ownWords();
  await gatewayWorld(async (world) => {
    const { trader, entry, listener } = ourTrader(world);
    await entry.open(listener);
    await script(trader);
    await entry.close();
    await world.end();
  }, { gateway: STILL, session: { recorders: [ours.recorder], fees: FEES } });
  await gatewayWorld(async (world) => {
    const { trader, exchange } = ccxtTrader(world);
    await exchange.loadMarkets();
    await script(trader);
    await exchange.close();
    await world.end();
  }, { gateway: STILL, session: { recorders: [theirs.recorder], fees: FEES } });
  assertEquals(ours.orders, theirs.orders);
  assertEquals(ours.orders.length, 5);
  // When a fill happens hangs on when its order was sent, and so does its price.
  const sizes = (fills: readonly string[]) => {
    const sums = new Map<string, number>();
    for (const fill of fills) {
      const [side, , lots] = fill.split(" ");
      sums.set(side, (sums.get(side) ?? 0) + Number(lots));
    }
    return [...sums];
  };
  assertEquals(sizes(ours.fills), sizes(theirs.fills));
});

Deno.test("ccxtOrders: trades on a gateway through the library itself, and knows what the session knows", async () => {
  const own = ownWords();
  await gatewayWorld(async (world) => {
    const { trader, entry, listener, reports, events } = ourTrader(world, "ccxt"), symbol = "ZERO/USD";
    await entry.open(listener);
    const since = wallClock()() - 60_000_000_000n;
    await script(trader);
    const ends = new Map(reports.map(({ kind, order: { clientId } }) => [clientId, kind]));
    assertEquals([...ends], [["one", "acknowledged"], ["one_1", "cancelled"], ["two", "fill"], ["three", "fill"], [
      "four",
      "acknowledged",
    ]]);
    assertEquals((await entry.openOrders(symbol)).map(({ clientId, size }) => [clientId, size]), [["four", "1"]]);
    assertEquals((await entry.lookup({ clientId: "two", symbol }))?.state, "filled");
    assertEquals(await entry.lookup({ clientId: "never", symbol }), undefined);
    const heard = reports.flatMap((one) => one.kind === "fill" ? [one.fill] : []),
      asked = await entry.fills(symbol, since);
    const plain = (fills: typeof asked) =>
      fills.map(({ execution, price, size, side }) => [execution, price, size, side].join(" "));
    assertEquals(plain(asked), plain(heard));
    assertEquals((await entry.account()).balances.ZERO, "3");
    await entry.cancelAll(symbol);
    await entry.close();
    await world.end();
    assertEquals(heard.map(({ side, size }) => `${side} ${size}`).length, own.fills.length);
    assertEquals(
      events.filter(({ name }) => name !== "CLOCK_OFF").map(({ name, message }) => `${name} ${message}`),
      [],
    );
  }, { gateway: STILL, session: { recorders: [own.recorder], fees: FEES } });
});
