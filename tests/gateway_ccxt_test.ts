/**
 * The client that bots use, as it comes from npm, trades on a gateway over a recorded tape: what it believes at the end is what the
 * session itself has.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import ccxt, { type Order, type Trade } from "ccxt";
import { STATE_NAMES } from "../engine/oms/order_life.ts";
import type { Recorder } from "../engine/core/recorder.ts";
import { type GatewayWorld, gatewayWorld } from "../transport/gateway/_gateway_world.ts";

const SYMBOL = "ZERO/USD";
type Binance = InstanceType<typeof ccxt.pro.binance>;

/** The exchange class as it is, with the addresses of its servers at the gateway. */
function binance({ gateway: { url, key } }: GatewayWorld): Binance {
  const exchange = new ccxt.pro.binance({ apiKey: key.key, secret: key.secret, enableRateLimit: false });
  const { api } = exchange.urls, sockets = url.replace("http", "ws");
  for (const [name, address] of Object.entries(api)) {
    if (typeof address === "string") api[name] = address.replace(/^https:\/\/[^/]+/, url);
  }
  Object.assign(api.ws, { spot: `${sockets}/stream/ws`, "ws-api": { spot: `${sockets}/ws-api/v3` } });
  exchange.options.fetchMargins = true;
  return exchange;
}

/** What the session itself says of its orders and fills. */
function ownWords() {
  const orders: unknown[] = [], fills: unknown[] = [];
  const recorder: Recorder = {
    order: ({ id, side, size, filled, state }, slot) => {
      orders.push([id[slot], side[slot], size[slot], filled[slot], STATE_NAMES[state[slot]].toLowerCase()]);
    },
    fill: ({ id, side }, slot, _ns, price, lots, liquidity, fee) => {
      fills.push([id[slot], side[slot], price, lots, liquidity, fee.toNumber(8)]);
    },
  };
  return { orders, fills, recorder };
}

const STATUS: Readonly<Record<string, string>> = { closed: "filled", canceled: "cancelled", expired: "expired" };
const sign = (side: string) => side === "buy" ? 1 : -1;

/** An order and a trade of ccxt's in the session's words. */
const plainOrder = ({ id, side, amount, filled, status }: Order) => {
  return [Number(id), sign(`${side}`), amount, filled, STATUS[`${status}`]];
};
const plainTrade = ({ order, side, price, amount, takerOrMaker, fee }: Trade, tick: number) => {
  return [
    Number(order),
    sign(`${side}`),
    Math.round(price! / tick),
    amount,
    takerOrMaker === "maker" ? 0 : 1,
    fee!.cost,
  ];
};

Deno.test("Gateway: ccxt loads markets, follows the book, places, amends, cancels, is filled, and ends as the session does", async () => {
  const own = ownWords();
  await gatewayWorld(async (world) => {
    const exchange = binance(world);
    try {
      assertEquals(Object.keys(await exchange.loadMarkets()), [SYMBOL]);
      const market = exchange.market(SYMBOL);
      assertEquals([market.precision.price, market.precision.amount, market.limits.amount?.min], [0.05, 1, 1]);
      const { bids: [[first]] } = await exchange.fetchOrderBook(SYMBOL);
      const watched = await exchange.watchOrderBook(SYMBOL);
      assert(watched.bids[0][0]! < watched.asks[0][0]! && Math.abs(watched.bids[0][0]! - first!) < 1);

      await exchange.authenticate({ type: "spot" });
      const watching = [
        watch(() => exchange.watchOrders(SYMBOL)),
        watch(() => exchange.watchMyTrades(SYMBOL)),
        watch(() => exchange.watchBalance()),
      ];

      const bid = exchange.priceToPrecision(SYMBOL, first! - 5);
      const placed = await exchange.createOrder(SYMBOL, "limit", "buy", 3, Number(bid), { clientOrderId: "one" });
      assertEquals([placed.status, placed.clientOrderId, placed.price, placed.amount], ["open", "one", Number(bid), 3]);
      const amended = await exchange.editOrder(placed.id!, SYMBOL, "limit", "buy", 2, Number(bid) + 1);
      assertEquals([amended.status, amended.amount, amended.price], ["open", 2, Number(bid) + 1]);
      assertEquals((await exchange.fetchOpenOrders(SYMBOL)).map(({ id }) => id), [amended.id]);
      assertEquals((await exchange.cancelOrder(amended.id!, SYMBOL)).status, "canceled");

      const bought = await exchange.createOrder(SYMBOL, "market", "buy", 5);
      assertEquals([bought.status, bought.filled], ["closed", 5]);
      const sold = await exchange.createOrder(SYMBOL, "limit", "sell", 2, watched.bids[0][0]! - 2);
      assertEquals([sold.status, sold.filled], ["closed", 2]);
      await assertRejects(() => exchange.createOrder(SYMBOL, "limit", "sell", 50, 120), ccxt.InsufficientFunds);
      const crossing = () => exchange.createOrder(SYMBOL, "limit", "buy", 1, 120, { postOnly: true });
      await assertRejects(crossing, ccxt.OrderImmediatelyFillable);
      await assertRejects(() => exchange.cancelOrder(bought.id!, SYMBOL), ccxt.OrderNotFound);

      // What came by the user data stream; two reports that come together are one to who waits for them, but both are kept.
      const told = () => [...exchange.orders ?? []].map(({ id, status }) => [id, status]);
      while (exchange.myTrades?.length !== 2 || `${told().at(-1)}` !== `${sold.id},closed`) {
        await exchange.watchOrderBook(SYMBOL);
      }
      const orders = await exchange.fetchOrders(SYMBOL), trades = await exchange.fetchMyTrades(SYMBOL);
      const balance = await exchange.fetchBalance();
      await exchange.close();
      await Promise.all(watching);
      assertEquals(told(), orders.map(({ id, status }) => [id, status]));
      assertEquals([...exchange.myTrades].map(({ id }) => id), trades.map(({ id }) => id));
      assertEquals(exchange.balance.spot.ZERO.total, 3);

      await world.end();
      const { price: tick } = market.precision;
      // The post-only order that crossed never was one at the exchange.
      assertEquals(orders.map(plainOrder), own.orders.filter((order) => !`${order}`.endsWith("expired")));
      assertEquals(trades.map((trade) => plainTrade(trade, tick!)), own.fills);
      const paid = trades.reduce((sum, { side, cost, fee }) => sum + sign(`${side}`) * cost! + Number(fee!.cost), 0);
      assert(balance.ZERO.total === 3 && Math.abs(10_000 - paid - Number(balance.USD.total)) < 1e-9);
    } finally {
      await exchange.close();
    }
  }, { session: { recorders: [own.recorder], fees: "maker=0.0002,taker=0.0005" } });
});

Deno.test("Gateway: where commissions are kept of what is received, ccxt reads a buy's in the base currency", () =>
  gatewayWorld(async (world) => {
    const exchange = binance(world);
    try {
      await exchange.loadMarkets();
      const bought = await exchange.createOrder(SYMBOL, "market", "buy", 4);
      assertEquals(bought.fee, { currency: "ZERO", cost: 0.002 });
      await exchange.createOrder(SYMBOL, "market", "sell", 1);
      const trades = await exchange.fetchMyTrades(SYMBOL), { ZERO: { total } } = await exchange.fetchBalance();
      assertEquals(trades.map(({ fee }) => fee?.currency), ["ZERO", "USD"]);
      assertEquals(total, 2.998);
    } finally {
      await exchange.close();
    }
  }, { gateway: { commission: "received" }, session: { fees: "maker=0.0002,taker=0.0005" } }));

Deno.test("Gateway: ccxt's WebSocket API and its market streams", () =>
  gatewayWorld(async (world) => {
    const exchange = binance(world);
    try {
      await exchange.loadMarkets();
      const { bids: [[bid]] } = await exchange.fetchOrderBook(SYMBOL);
      const placed = await exchange.createOrderWs(SYMBOL, "limit", "buy", 2, bid! - 4);
      assertEquals((await exchange.fetchOpenOrdersWs(SYMBOL)).map(({ id }) => id), [placed.id]);
      const edited = await exchange.editOrderWs(placed.id!, SYMBOL, "limit", "buy", 1, bid! - 3);
      assertEquals((await exchange.fetchOrderWs(edited.id!, SYMBOL)).status, "open");
      assertEquals((await exchange.cancelOrderWs(edited.id!, SYMBOL)).status, "canceled");
      const [trade] = await exchange.watchTrades(SYMBOL);
      assert(trade.price! > 0);
      assert((await exchange.watchTicker(SYMBOL)).last! > 0);
      assert((await exchange.watchBidsAsks([SYMBOL]))[SYMBOL].bid! > 0);
      const [[opens, open]] = await exchange.watchOHLCV(SYMBOL, "1m");
      assert(opens! % 60_000 === 0 && open! > 0);
    } finally {
      await exchange.close();
    }
  }));

/** Waits for each that comes, until the client is closed. */
async function watch(next: () => Promise<unknown>): Promise<void> {
  try {
    for (;;) await next();
  } catch (error) {
    if (!(error instanceof ccxt.BaseError)) throw error;
  }
}
