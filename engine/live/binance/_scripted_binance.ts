import { createHmac, generateKeyPairSync, verify } from "node:crypto";
import type { InstrumentSpec } from "../../core/instrument.ts";
import {
  type Asked,
  type FarSocket,
  type Refused,
  ScriptedExchange,
  type Standing,
  type Traded,
} from "../_scripted_exchange.ts";
import { type Fields, object, text } from "../json_fields.ts";
import { Keys } from "../keys.ts";
import type { HttpRequest, HttpResponse } from "../network.ts";
import type { OrderEntry } from "../order_entry.ts";
import { binanceOrders } from "./orders.ts";

/** Where the answer to a request goes. */
interface Reply {
  readonly socket: FarSocket;
  readonly id: string;
}

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** Numbers and words as Binance has them. */
const SAID: Readonly<Record<Refused, readonly [status: number, code: number, msg: string]>> = {
  cash: [400, -2010, "Account has insufficient balance for requested action."],
  "new words": [400, -9876, "words of tomorrow"],
  "too late": [400, -2011, "Unknown order sent."],
  "not permitted": [401, -2015, "Invalid API-key, IP, or permissions for action."],
  clock: [400, -1021, "Timestamp for this request is outside of the recvWindow."],
  429: [429, -1003, "Too much request weight used."],
  418: [418, -1003, "Way too much request weight used; IP banned."],
  "5xx": [503, -1001, "Internal error; unable to process your request. Please try again."],
};

/** Binance's end of the wire, of both markets and both kinds of keys: what the documentation of the exchange says. */
export class ScriptedBinance extends ScriptedExchange<Reply> {
  readonly instrument: InstrumentSpec;
  readonly keys: Keys;
  readonly replaces: boolean;
  readonly renews = true;
  readonly refusals: readonly Refused[] = ["cash", "new words", "clock", "429", "418", "5xx", "not permitted"];
  /** What requests about orders said. */
  readonly params: Fields[] = [];
  /** What the next answers are, whatever was asked. */
  readonly answers: Fields[] = [];
  /** Whether the account has a position each way. */
  hedged = false;
  /** Funding that was paid, as the history of income lists it. */
  readonly income: {
    readonly symbol: string;
    readonly income: string;
    readonly tranId: number;
    readonly time: number;
  }[] = [];
  /** Listen keys that were given out, the last one good. */
  listenKeys = 0;
  readonly #spot: boolean;
  readonly #subscribed = new Set<FarSocket>();

  constructor(market: "spot" | "usdm", kind: "hmac" | "ed25519") {
    super();
    this.#spot = this.replaces = market === "spot";
    this.instrument = { symbol: "BTCUSDT", venue: `binance-${market}`, tick: "0.01", lot: "0.00001", currency: "USDT" };
    this.keys = new Keys(kind, "our-key", kind === "hmac" ? "our-secret" : PEM);
  }

  entry(): OrderEntry {
    const endpoints = { rest: "https://rest.test", market: "wss://stream.test", orders: "wss://orders.test" };
    const options = { endpoints, keys: this.keys, instruments: [this.instrument] };
    return binanceOrders(this.#spot ? "spot" : "usdm", options, this.tools);
  }

  garbage(): void {
    for (const socket of this.#streams()) this.say(socket, '{"e":"executionReport",');
  }

  /** A frame of the stream of reports. */
  event(event: Fields): void {
    for (const socket of this.#streams()) this.say(socket, this.#spot ? { subscriptionId: 0, event } : event);
  }

  /** Funding is paid on a cross position: the stream does not say on which; the history has it, at once or by and by. */
  fund(income: string, tranId: number): () => void {
    const time = this.theirMs, list = () => this.income.push({ symbol: "BTCUSDT", income, tranId, time });
    const a = { m: "FUNDING_FEE", B: [{ a: "USDT", wb: "999.5", cw: "999.5", bc: income }] };
    this.event({ e: "ACCOUNT_UPDATE", E: time, T: time, a });
    return list;
  }

  protected hear(socket: FarSocket, frame: string): void {
    const { id, method, params = {} } = object(JSON.parse(frame)) as { id: string; method: string; params?: Fields };
    const done = (result: unknown) => this.say(socket, { id, status: 200, result, rateLimits: [] });
    if (method === "LIST_SUBSCRIPTIONS") return this.say(socket, { id, result: [] });
    if (method === "ping") return done({});
    if (method === "userDataStream.subscribe") {
      this.#subscribed.add(socket);
      return done({ subscriptionId: 0 });
    }
    const fault = this.#fault(params, this.keys.kind === "hmac" || method === "session.logon");
    if (fault !== undefined) return this.#refuse({ socket, id }, fault);
    if (method === "session.logon") return done({ apiKey: this.keys.id });
    if (method === "userDataStream.subscribe.signature") {
      this.#subscribed.add(socket);
      return done({ subscriptionId: 0 });
    }
    this.params.push(params);
    this.act(this.#asked(method, params, { socket, id }));
  }

  protected asked(request: HttpRequest): HttpResponse {
    const { pathname, searchParams } = new URL(request.url), params = Object.fromEntries(searchParams);
    if (/\/time$/.test(pathname)) return this.response(200, { serverTime: this.theirMs });
    if (/listenKey$/.test(pathname)) {
      if (request.method === "POST") this.listenKeys++;
      return this.response(200, { listenKey: `key${this.listenKeys}` });
    }
    const { signature, ...rest } = params;
    const signed = this.#signs(new URLSearchParams(rest).toString(), signature) &&
      this.#inTime(Number(params.timestamp));
    if (!signed || request.headers?.["X-MBX-APIKEY"] !== this.keys.id) return this.response(401, said("not permitted"));
    return this.#known(request.method, pathname, params);
  }

  protected answer({ kind, clientId, nextClientId, reply }: Asked<Reply>, how: "accepted" | Refused, order?: Standing) {
    const scripted = this.answers.shift();
    if (scripted !== undefined) return this.say(reply.socket, { id: reply.id, ...scripted });
    if (how !== "accepted") {
      const replacing = kind === "amend" && this.#spot && how === "too late";
      return replacing
        ? this.#refuse(reply, how, { cancelResult: "FAILURE", cancelResponse: said(how) }, [400, -2022, "failed."])
        : this.#refuse(reply, how, /^4/.test(how) ? { retryAfter: this.theirMs + 60_000 } : undefined);
    }
    const { filled: executedQty, exchangeId } = order!;
    const result: Fields = kind !== "amend" || !this.#spot ? { clientId, orderId: Number(exchangeId), executedQty } : {
      cancelResponse: { executedQty },
      newOrderResponse: {
        orderId: Number(this.orders.get(nextClientId!)?.exchangeId ?? 0),
        clientOrderId: nextClientId,
      },
    };
    const rateLimits = [{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6000, count: 7 }];
    this.say(reply.socket, { id: reply.id, status: 200, result, rateLimits });
  }

  protected report(order: Standing, what: "new" | "cancelled" | "amended" | Traded): void {
    const trade = typeof what === "string" ? undefined : what;
    const type = typeof what === "string" ? { new: "NEW", cancelled: "CANCELED", amended: "AMENDMENT" }[what] : "TRADE";
    const cancelled = this.#spot && type === "CANCELED";
    const report = {
      e: "executionReport",
      E: this.theirMs,
      s: order.symbol,
      c: cancelled ? "cancel-of-it" : order.clientId,
      C: cancelled ? order.clientId : "",
      S: order.side.toUpperCase(),
      o: "LIMIT",
      f: "GTC",
      q: order.size,
      p: order.price,
      x: type,
      X: order.state === "filled" ? "FILLED" : "NEW",
      r: "NONE",
      i: Number(order.exchangeId),
      l: trade?.size ?? "0",
      z: order.filled,
      L: trade?.price ?? "0",
      n: trade === undefined ? "0" : "0.01000000",
      N: trade === undefined ? null : "USDT",
      T: this.theirMs,
      t: trade?.execution ?? -1,
      m: true,
    };
    this.event(this.#spot ? report : { e: "ORDER_TRADE_UPDATE", E: this.theirMs, o: report });
  }

  #streams(): FarSocket[] {
    return this.#spot
      ? [...this.#subscribed]
      : this.sockets.filter(({ url }) => url.endsWith(`=key${this.listenKeys}`));
  }

  #asked(method: string, params: Fields, reply: Reply): Asked<Reply> {
    const { symbol } = params as { symbol: string };
    const order = {
      ...(params.price === undefined ? {} : { price: text(params, "price") }),
      ...(params.quantity === undefined ? {} : { size: text(params, "quantity") }),
      ...(params.side === undefined ? {} : { side: params.side === "BUY" ? "buy" as const : "sell" as const }),
      symbol,
      reply,
    };
    if (method === "order.place") return { kind: "submit", clientId: text(params, "newClientOrderId"), ...order };
    if (method === "order.cancel") return { kind: "cancel", clientId: text(params, "origClientOrderId"), ...order };
    if (method === "order.modify") return { kind: "amend", clientId: text(params, "origClientOrderId"), ...order };
    const clientId = text(params, "cancelOrigClientOrderId"), nextClientId = text(params, "newClientOrderId");
    return { kind: "amend", clientId, nextClientId, ...order };
  }

  #fault(params: Fields, signed: boolean): Refused | undefined {
    if (!this.#inTime(Number(params.timestamp))) return "clock";
    if (!signed) return undefined;
    const { signature, ...rest } = params;
    const payload = Object.keys(rest).sort().map((key) => `${key}=${rest[key]}`).join("&");
    return this.#signs(payload, String(signature)) && params.apiKey === this.keys.id ? undefined : "not permitted";
  }

  #inTime(timestamp: number): boolean {
    return timestamp < this.theirMs + 1000 && this.theirMs - timestamp <= 5000;
  }

  #signs(payload: string, signature: string): boolean {
    if (this.keys.kind === "hmac") {
      return createHmac("sha256", this.keys.secret).update(payload).digest("hex") === signature;
    }
    return verify(null, new TextEncoder().encode(payload), publicKey, Uint8Array.fromBase64(signature));
  }

  #refuse({ socket, id }: Reply, how: Refused, data?: Fields, as = SAID[how]): void {
    const [status, code, msg] = as;
    this.say(socket, { id, status, error: { code, msg, ...(data === undefined ? {} : { data }) }, rateLimits: [] });
  }

  #known(method: string, path: string, params: Readonly<Record<string, string>>): HttpResponse {
    const orders = [...this.orders.values()];
    if (path.endsWith("/order/test")) {
      return this.mayTrade ? this.response(400, { code: -1013, msg: "Filter failure: NOTIONAL" }) : this.response(
        401,
        said("not permitted"),
      );
    }
    if (path.endsWith("/order")) {
      const found = orders.find(({ clientId, exchangeId }) =>
        clientId === params.origClientOrderId || exchangeId === params.orderId
      );
      return found === undefined
        ? this.response(400, { code: -2013, msg: "Order does not exist." })
        : this.response(200, stated(found));
    }
    if (method === "DELETE") {
      this.cancelOpen();
      return this.response(200, this.#spot ? [] : { code: 200, msg: "done" });
    }
    if (path.endsWith("/openOrders")) {
      return this.response(200, orders.filter(({ state }) => state === "open").map(stated));
    }
    if (/[tT]rades$/.test(path)) return this.response(200, this.#trades(params));
    if (path.endsWith("countdownCancelAll")) {
      this.deadManMs = Number(params.countdownTime);
      return this.response(200, { symbol: params.symbol, countdownTime: params.countdownTime });
    }
    if (path.endsWith("/income")) {
      const asked = params.incomeType === "FUNDING_FEE" ? this.income : [];
      const since = asked.filter(({ time }) => time >= Number(params.startTime));
      const from = (Number(params.page) - 1) * Number(params.limit),
        page = since.slice(from, from + Number(params.limit));
      return this.response(200, page.map((one) => ({ ...one, incomeType: "FUNDING_FEE", asset: "USDT", info: "" })));
    }
    if (path.endsWith("positionSide/dual")) return this.response(200, { dualSidePosition: this.hedged });
    if (path.endsWith("positionRisk")) return this.response(200, []);
    const balances = [{ asset: "BTC", free: "1.00000000", locked: "0.50000000" }, {
      asset: "USDT",
      free: "1000",
      locked: "0",
    }];
    const assets = [{ asset: "BTC", walletBalance: "1.50000000" }, { asset: "USDT", walletBalance: "1000" }];
    return this.response(200, this.#spot ? { canTrade: true, balances } : { canTrade: true, assets });
  }

  #trades({ startTime, endTime, fromId }: Readonly<Record<string, string>>): object[] {
    return this.trades.filter(({ execution, atMs }) =>
      fromId === undefined ? atMs >= Number(startTime) && atMs <= Number(endTime) : execution >= Number(fromId)
    ).map(({ order, execution, price, size, atMs }) => ({
      id: execution,
      symbol: order.symbol,
      orderId: Number(order.exchangeId),
      price,
      qty: size,
      commission: "0.01",
      commissionAsset: "USDT",
      time: atMs,
      [this.#spot ? "isBuyer" : "buyer"]: order.side === "buy",
      [this.#spot ? "isMaker" : "maker"]: true,
    }));
  }
}

function said(how: Refused): Fields {
  const [, code, msg] = SAID[how];
  return { code, msg };
}

function stated({ symbol, exchangeId, clientId, price, size, filled, state, side }: Standing): Fields {
  return {
    symbol,
    orderId: Number(exchangeId),
    clientOrderId: clientId,
    price,
    origQty: size,
    executedQty: filled,
    status: { open: filled === "0" ? "NEW" : "PARTIALLY_FILLED", filled: "FILLED", cancelled: "CANCELED" }[state],
    side: side.toUpperCase(),
  };
}
