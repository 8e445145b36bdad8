import type { InstrumentSpec } from "../../core/instrument.ts";
import { type Asked, type Refused, ScriptedExchange, type Standing, type Traded } from "../_scripted_exchange.ts";
import { Keys } from "../keys.ts";
import type { OrderEntry } from "../order_entry.ts";
import type { CcxtClient, CcxtOrder, CcxtTrade } from "./client.ts";
import { ccxtOrders } from "./orders.ts";

/** Errors with the names that ccxt's have. */
class BaseError extends Error {}
class ExchangeError extends BaseError {}
class InsufficientFunds extends ExchangeError {}
class InvalidOrder extends ExchangeError {}
class OrderNotFound extends InvalidOrder {}
class AuthenticationError extends ExchangeError {}
class OperationFailed extends BaseError {}
class NetworkError extends OperationFailed {}
class RateLimitExceeded extends NetworkError {}
class InvalidNonce extends NetworkError {}
class RequestTimeout extends NetworkError {}
class ExchangeNotAvailable extends NetworkError {}
class BadResponse extends OperationFailed {}

const SAID: Readonly<Record<Refused, Error>> = {
  cash: new InsufficientFunds("made insufficient balance"),
  "new words": new ExchangeError("made words of tomorrow"),
  "too late": new OrderNotFound("made unknown order"),
  "not permitted": new AuthenticationError("made invalid key"),
  clock: new InvalidNonce("made timestamp is too old"),
  429: new RateLimitExceeded("made too many requests"),
  418: new RateLimitExceeded("made banned"),
  "5xx": new ExchangeNotAvailable("made 503"),
};

/** The answer to a request. */
type Reply = PromiseWithResolvers<CcxtOrder>;

/** How long the library waits for an answer, and things take on their way. */
const TIMEOUT_MS = 10_000, WAY_MS = 1;

/** An exchange behind a library that has what ccxt has: with streams, or with questions alone. */
export class ScriptedCcxt extends ScriptedExchange<Reply> {
  readonly instrument: InstrumentSpec = {
    symbol: "BTC/USDT",
    venue: "ccxt:made",
    tick: "0.1",
    lot: "0.01",
    currency: "USDT",
  };
  readonly keys = new Keys("hmac", "our-key", "our-secret");
  readonly replaces = false;
  readonly renews = false;
  override readonly partAmends = false;
  override readonly saysPermission = false;
  readonly refusals: readonly Refused[] = ["cash", "new words", "clock", "429", "5xx", "not permitted"];
  override readonly connected: boolean;
  readonly #streams: boolean;
  /** Those who wait for what comes next, and what has come that nobody waited for. */
  readonly #waiting = { orders: [] as PromiseWithResolvers<unknown>[], trades: [] as PromiseWithResolvers<unknown>[] };
  readonly #come = { orders: [] as CcxtOrder[], trades: [] as CcxtTrade[] };
  #knownOffMs = 0;
  #garbled = false;

  constructor(streams: boolean) {
    super();
    this.connected = this.#streams = streams;
  }

  entry(): OrderEntry {
    const endpoints = { rest: "", market: "", orders: "" };
    const options = { endpoints, keys: this.keys, instruments: [this.instrument] };
    return ccxtOrders("made", () => Promise.resolve(this.client()), options, this.tools);
  }

  /** The library's side. */
  client(): CcxtClient {
    const { symbol } = this.instrument, has = this.#streams;
    const ask = <T>(value: () => T) => this.#ask(value);
    return {
      id: "made",
      precisionMode: 4,
      has: {
        watchOrders: has,
        watchMyTrades: has,
        editOrder: true,
        fetchOrders: true,
        fetchTime: true,
        cancelAllOrders: has,
        cancelAllOrdersAfter: true,
      },
      loadMarkets: () => ask(() => ({ [symbol]: { symbol, quote: "USDT" } })),
      createOrder: (_symbol, _type, side, amount, price, params) =>
        this.#send({
          kind: "submit",
          clientId: (params as { clientOrderId: string }).clientOrderId,
          side: side as "buy",
          size: String(amount),
          price: String(price),
        }),
      cancelOrder: (id) => this.#send({ kind: "cancel", clientId: this.#named(id)?.clientId ?? "?" }),
      editOrder: (id, _symbol, _type, _side, amount, price) =>
        this.#send({
          kind: "amend",
          clientId: this.#named(id)?.clientId ?? "?",
          size: String(amount),
          price: String(price),
        }),
      cancelAllOrders: () => ask(() => this.cancelOpen()),
      cancelAllOrdersAfter: (ms) => ask(() => this.deadManMs = ms),
      fetchOrder: (id) => ask(() => stated(this.#named(id)!)),
      fetchOrders: () => ask(() => [...this.orders.values()].map(stated)),
      fetchOpenOrders: () => ask(() => [...this.orders.values()].filter(({ state }) => state === "open").map(stated)),
      fetchMyTrades: (_symbol, since = 0) => ask(() => this.trades.filter(({ atMs }) => atMs >= since).map(executed)),
      fetchBalance: () => ask(() => ({ info: {}, total: { BTC: 1.5, USDT: 1000, EUR: 0 } })),
      fetchPositions: () => ask(() => []),
      fetchTime: () => ask(() => this.theirMs),
      fetchOrderBook: () => ask(() => ({ bids: [], asks: [] })),
      fetchTrades: () => ask(() => []),
      loadTimeDifference: () => ask(() => this.#knownOffMs = this.clockOffMs),
      watchOrders: () => this.#next("orders") as Promise<CcxtOrder[]>,
      watchMyTrades: () => this.#next("trades") as Promise<CcxtTrade[]>,
      watchOrderBook: () => ask(() => ({ bids: [], asks: [] })),
      watchTrades: () => ask(() => []),
      setSandboxMode: () => {},
      close: () => Promise.resolve(this.#fail(new ExchangeError("closed by user"))),
    };
  }

  garbage(): void {
    if (this.#streams) this.#fail(new BadResponse("no JSON"));
    else this.#garbled = true;
  }

  override cut(): void {
    this.#fail(new NetworkError("the connection is lost"));
    if (!this.#streams) this.#garbled = true;
  }

  protected hear(): void {}

  protected asked(): undefined {}

  protected answer({ reply }: Asked<Reply>, how: "accepted" | Refused, order?: Standing): void {
    if (how === "accepted") reply.resolve(stated(order!));
    else reply.reject(SAID[how]);
  }

  protected report(order: Standing, what: "new" | "cancelled" | "amended" | Traded): void {
    if (!this.#streams) return;
    if (typeof what === "string") this.#say("orders", stated(order));
    else this.#say("trades", executed(what));
  }

  #send(asked: Omit<Asked<Reply>, "symbol" | "reply">): Promise<CcxtOrder> {
    const reply = Promise.withResolvers<CcxtOrder>(), { symbol } = this.instrument;
    const timeout = this.timers.after(TIMEOUT_MS, () => reply.reject(new RequestTimeout("no answer")));
    this.timers.after(WAY_MS, () => {
      if (Math.abs(this.clockOffMs - this.#knownOffMs) > 5000) reply.reject(SAID.clock);
      else this.act({ ...asked, symbol, reply });
    });
    return reply.promise.finally(timeout);
  }

  #ask<T>(value: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.timers.after(WAY_MS, () => {
      if (this.#garbled) {
        this.#garbled = false;
        return reject(new BadResponse("no JSON"));
      }
      try {
        resolve(value());
      } catch {
        reject(SAID["too late"]);
      }
    });
    return promise;
  }

  #named(id: string): Standing | undefined {
    return [...this.orders.values()].find(({ exchangeId }) => exchangeId === id);
  }

  #next(what: "orders" | "trades"): Promise<unknown> {
    const come = this.#come[what].splice(0), waiting = Promise.withResolvers<unknown>();
    if (come.length > 0) return Promise.resolve(come);
    this.#waiting[what].push(waiting);
    return waiting.promise;
  }

  #say(what: "orders" | "trades", one: CcxtOrder & CcxtTrade): void {
    this.timers.after(WAY_MS, () => {
      this.#come[what].push(one);
      const waiting = this.#waiting[what].splice(0);
      if (waiting.length > 0) this.#come[what].splice(0).forEach((come, i) => i === 0 && waiting[0].resolve([come]));
    });
  }

  #fail(error: Error): void {
    for (const { reject } of [...this.#waiting.orders.splice(0), ...this.#waiting.trades.splice(0)]) reject(error);
  }
}

function stated({ clientId, exchangeId, symbol, side, price, size, filled, state }: Standing): CcxtOrder {
  return {
    id: exchangeId,
    clientOrderId: clientId,
    symbol,
    side,
    price: Number(price),
    amount: Number(size),
    filled: Number(filled),
    status: { open: "open", filled: "closed", cancelled: "canceled" }[state],
  };
}

function executed({ order, execution, price, size, atMs }: Traded): CcxtTrade {
  return {
    id: String(execution),
    order: order.exchangeId,
    symbol: order.symbol,
    timestamp: atMs,
    side: order.side,
    price: Number(price),
    amount: Number(size),
    takerOrMaker: "maker",
    fee: { cost: 0.01, currency: "USDT" },
  };
}
