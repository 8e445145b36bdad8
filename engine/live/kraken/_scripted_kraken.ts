import { generateKeyPairSync } from "node:crypto";
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
import { krakenSignature } from "../signing.ts";
import { krakenOrders } from "./orders.ts";

/** Where the answer to a request goes. */
interface Reply {
  readonly socket: FarSocket;
  readonly id: number;
  readonly method: string;
}

const SAID: Partial<Record<Refused, string>> = {
  cash: "EOrder:Insufficient funds",
  "new words": "EOrder:words of tomorrow",
  "too late": "EOrder:Unknown order",
  "not permitted": "EGeneral:Permission denied",
  clock: "EService:Deadline elapsed",
  429: "EOrder:Rate limit exceeded",
  "5xx": "EService:Unavailable",
};

/** A secret in base64, of no account. */
const SECRET = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");

/** Kraken's end of the wire: what the documentation of the exchange says. */
export class ScriptedKraken extends ScriptedExchange<Reply> {
  readonly instrument: InstrumentSpec = {
    symbol: "BTC/USDT",
    venue: "kraken",
    tick: "0.1",
    lot: "0.00001",
    currency: "USDT",
  };
  readonly keys = new Keys("hmac", "our-key", SECRET);
  readonly replaces = false;
  readonly renews = false;
  readonly refusals: readonly Refused[] = ["cash", "new words", "clock", "429", "5xx", "not permitted"];
  /** What requests about orders said. */
  readonly params: Fields[] = [];
  /** Tokens that were given out. */
  tokens = 0;
  readonly #subscribed = new Map<FarSocket, number>();
  #nonce = 0n;

  entry(): OrderEntry {
    const endpoints = { rest: "https://rest.test", market: "wss://stream.test", orders: "wss://orders.test" };
    return krakenOrders({ endpoints, keys: this.keys, instruments: [this.instrument] }, this.tools);
  }

  garbage(): void {
    for (const socket of this.#subscribed.keys()) this.say(socket, '{"channel":"executions",');
  }

  /** A message of the channel; `skip` have been lost before it. */
  executions(report: Fields, skip = 0): void {
    for (const [socket, last] of this.#subscribed) {
      const sequence = last + 1 + skip;
      this.#subscribed.set(socket, sequence);
      this.say(socket, { channel: "executions", type: "update", data: [report], sequence });
    }
  }

  protected hear(socket: FarSocket, frame: string): void {
    const { method, params = {}, req_id } = object(JSON.parse(frame)) as {
      method: string;
      params?: Fields;
      req_id: number;
    };
    if (method === "ping") return this.say(socket, { method: "pong" });
    if (params.token !== `token${this.tokens}`) {
      return this.say(socket, { method, req_id, success: false, error: "ESession:Invalid session" });
    }
    if (method === "subscribe") {
      this.say(socket, { method, req_id, success: true, result: { channel: "executions" } });
      this.say(socket, { channel: "executions", type: "snapshot", data: [], sequence: 1 });
      this.#subscribed.set(socket, 1);
      return;
    }
    this.params.push(params);
    const reply = { socket, id: req_id, method };
    const ms = Date.parse(String(params.deadline ?? new Date(this.theirMs + 1000).toISOString())) - this.theirMs;
    const asked = this.#asked(method, params, reply);
    if (ms < 500 || ms > 60_000) return this.answer(asked, "clock");
    this.act(asked);
  }

  protected asked(request: HttpRequest): HttpResponse {
    const { pathname } = new URL(request.url), name = pathname.split("/").at(-1)!;
    const result = (result: unknown) => this.response(200, { error: [], result });
    if (name === "Time") return result({ unixtime: Math.floor(this.theirMs / 1000) });
    const params = Object.fromEntries(new URLSearchParams(request.body));
    const signature = krakenSignature(this.keys, pathname, params.nonce, request.body!);
    const good = request.headers?.["API-Sign"] === signature && request.headers["API-Key"] === this.keys.id;
    if (!good || BigInt(params.nonce) <= this.#nonce) return this.response(200, { error: ["EAPI:Invalid nonce"] });
    this.#nonce = BigInt(params.nonce);
    const found = this.#known(name, params);
    return typeof found === "string" ? this.response(200, { error: [found] }) : result(found);
  }

  protected answer({ clientId, reply }: Asked<Reply>, how: "accepted" | Refused, order?: Standing): void {
    const { socket, id: req_id, method } = reply;
    const result = { order_id: order?.exchangeId, cl_ord_id: clientId };
    const said = how === "accepted" ? { success: true, result } : { success: false, error: SAID[how] };
    this.say(socket, { method, req_id, ...said, time_in: "", time_out: "" });
  }

  protected report(order: Standing, what: "new" | "cancelled" | "amended" | Traded): void {
    const timestamp = new Date(this.theirMs).toISOString(), named = { order_id: order.exchangeId, timestamp };
    if (typeof what !== "string") {
      return this.executions({
        ...named,
        exec_type: "trade",
        trade_id: what.execution,
        symbol: order.symbol,
        side: order.side,
        last_qty: Number(what.size),
        last_price: Number(what.price),
        liquidity_ind: "m",
        fees: [{ asset: "USDT", qty: 0.01 }],
        cl_ord_id: order.clientId,
      });
    }
    const cum_qty = Number(order.filled), exec_type = what === "cancelled" ? "canceled" : what;
    const first = what === "new" ? { symbol: order.symbol, side: order.side, order_qty: Number(order.size) } : {};
    this.executions({ ...named, exec_type, cl_ord_id: order.clientId, cum_qty, ...first });
  }

  protected override exchangeId(count: number): string {
    return `O${count}-AAAAA-BBBBBB`;
  }

  #asked(method: string, params: Fields, reply: Reply): Asked<Reply> {
    const { symbol } = this.instrument,
      named = Array.isArray(params.cl_ord_id) ? params.cl_ord_id[0] : params.cl_ord_id;
    const price = params.limit_price === undefined ? {} : { price: text(params, "limit_price") };
    const size = params.order_qty === undefined ? {} : { size: text(params, "order_qty") };
    const side = params.side === undefined ? {} : { side: params.side as "buy" | "sell" };
    const kind = ({ add_order: "submit", cancel_order: "cancel", amend_order: "amend" } as const)[method]!;
    return { kind, clientId: String(named), symbol, ...price, ...size, ...side, reply };
  }

  #known(name: string, params: Readonly<Record<string, string>>): Fields | string {
    const orders = [...this.orders.values()],
      named = orders.filter(({ clientId }) => clientId === (params.cl_ord_id ?? clientId));
    const table = (orders: readonly Standing[]) =>
      Object.fromEntries(orders.map((one) => [one.exchangeId, stated(one)]));
    switch (name) {
      case "GetWebSocketsToken":
        return { token: `token${++this.tokens}`, expires: 900 };
      case "AddOrder":
        return this.mayTrade ? "EGeneral:Invalid arguments:volume minimum not met" : "EGeneral:Permission denied";
      case "OpenOrders":
        return { open: table(named.filter(({ state }) => state === "open")) };
      case "ClosedOrders":
        return { closed: table(named.filter(({ state }) => state !== "open")), count: 0 };
      case "QueryOrders":
        return table(orders.filter(({ exchangeId }) => params.txid.split(",").includes(exchangeId)));
      case "CancelOrder":
        this.cancelOpen();
        return { count: 1 };
      case "CancelAllOrdersAfter":
        this.deadManMs = Number(params.timeout) * 1000;
        return {};
      case "Balance":
        return { XXBT: "1.2500000000", "XBT.F": "0.25", USDT: "1000.0000", ZEUR: "0.0000" };
      default:
        return this.#history(params);
    }
  }

  /** The newest first, two a page. */
  #history({ start, end, ofs }: Readonly<Record<string, string>>): Fields {
    const all = this.trades.filter(({ atMs }) => atMs > Number(start) * 1000 && atMs <= Number(end) * 1000)
      .toReversed();
    const trades = all.slice(Number(ofs), Number(ofs) + 2).map((
      { order, execution, price, size, atMs },
    ) => [`T${execution}`, {
      ordertxid: order.exchangeId,
      pair: "XBTUSDT",
      time: atMs / 1000,
      type: order.side,
      price,
      vol: size,
      fee: "0.01",
      maker: true,
      trade_id: execution,
    }]);
    return { trades: Object.fromEntries(trades), count: all.length };
  }
}

function stated({ clientId, state, side, price, size, filled }: Standing): Fields {
  return {
    cl_ord_id: clientId,
    status: { open: "open", filled: "closed", cancelled: "canceled" }[state],
    descr: { pair: "XBTUSDT", type: side, ordertype: "limit", price },
    vol: size,
    vol_exec: filled,
  };
}
