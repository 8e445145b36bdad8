import { Buffer } from "node:buffer";
import { generateKeyPairSync, verify } from "node:crypto";
import type { InstrumentSpec } from "../../core/instrument.ts";
import {
  type Asked,
  type FarSocket,
  left,
  type Refused,
  ScriptedExchange,
  type Standing,
  type Traded,
} from "../_scripted_exchange.ts";
import { type Fields, object, objects, text } from "../json_fields.ts";
import { Keys } from "../keys.ts";
import type { HttpRequest, HttpResponse } from "../network.ts";
import type { OrderEntry } from "../order_entry.ts";
import { coinbaseOrders } from "./orders.ts";

/** The answer to a request, when there is one. */
type Reply = (response: HttpResponse | undefined) => void;

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = privateKey.export({ type: "sec1", format: "pem" }).toString();

/** Coinbase's end of the wire: what the documentation of the exchange says. */
export class ScriptedCoinbase extends ScriptedExchange<Reply> {
  readonly instrument: InstrumentSpec = {
    symbol: "BTC-USDT",
    venue: "coinbase",
    tick: "0.01",
    lot: "0.00000001",
    currency: "USDT",
  };
  readonly keys = new Keys("es256", "organizations/o/apiKeys/k", PEM);
  readonly replaces = false;
  readonly renews = false;
  readonly refusals: readonly Refused[] = ["cash", "new words", "429", "5xx", "not permitted"];
  /** What requests about orders said. */
  readonly bodies: Fields[] = [];
  /** Executions that are counted and not listed yet. */
  unlisted = 0;
  readonly #subscribed = new Map<FarSocket, number>();
  #beat: (() => void) | undefined;

  entry(): OrderEntry {
    const endpoints = { rest: "https://rest.test", market: "wss://stream.test", orders: "wss://orders.test" };
    return coinbaseOrders({ endpoints, keys: this.keys, instruments: [this.instrument] }, this.tools);
  }

  garbage(): void {
    for (const socket of this.#subscribed.keys()) this.say(socket, '{"channel":"user",');
  }

  /** A message of a channel; `skip` have been lost before it. */
  message(channel: string, events: readonly Fields[], skip = 0): void {
    for (const [socket, last] of this.#subscribed) {
      if (!socket.isOpen) {
        this.#subscribed.delete(socket);
        continue;
      }
      this.#subscribed.set(socket, last + 1 + skip);
      this.say(socket, { channel, client_id: "", timestamp: this.#now(), sequence_num: last + 1 + skip, events });
    }
  }

  protected hear(socket: FarSocket, frame: string): void {
    const { type, channel, jwt } = object(JSON.parse(frame));
    if (!this.#isGood(String(jwt), undefined)) {
      return this.say(socket, { type: "error", message: "authentication failure" });
    }
    if (type !== "subscribe" || !socket.isOpen) return;
    if (channel === "heartbeats") {
      this.#subscribed.set(socket, -1);
      this.#heartbeats();
      return;
    }
    this.message("subscriptions", [{ subscriptions: { user: ["our-account"], heartbeats: ["heartbeats"] } }]);
    this.message("user", [{ type: "snapshot", orders: [] }]);
  }

  protected async asked(request: HttpRequest): Promise<HttpResponse | undefined> {
    const { pathname, searchParams, host } = new URL(request.url), path = pathname.replace("/api/v3/brokerage", "");
    if (path === "/time") return this.response(200, { iso: "", epochSeconds: "0", epochMillis: String(this.theirMs) });
    const token = request.headers?.Authorization?.replace("Bearer ", "") ?? "";
    if (!this.#isGood(token, `${request.method} ${host}${pathname}`)) return this.response(401, "Unauthorized");
    if (request.method === "GET") return this.#known(path, Object.fromEntries(searchParams));
    const body = object(JSON.parse(request.body!));
    this.bodies.push(body);
    const { promise, resolve } = Promise.withResolvers<HttpResponse | undefined>();
    if (path === "/orders/batch_cancel" && (body.order_ids as string[]).length !== 1) {
      this.cancelOpen();
      return this.response(200, {
        results: (body.order_ids as string[]).map((order_id) => ({ success: true, order_id })),
      });
    }
    this.act(this.#asked(path, body, resolve));
    return await promise;
  }

  protected answer({ kind, reply }: Asked<Reply>, how: "accepted" | Refused, order?: Standing): void {
    if (how === "429") {
      return reply(this.response(429, { error: "RATE_LIMIT_EXCEEDED", message: "" }, { "retry-after": "60" }));
    }
    if (how === "5xx") return reply(this.response(503, "Service Unavailable"));
    if (how === "accepted") {
      const success = { success: true, order_id: order!.exchangeId };
      const answers = {
        submit: { ...success, success_response: success },
        cancel: { results: [success] },
        amend: success,
      };
      return reply(this.response(200, answers[kind]));
    }
    const reasons = { cash: "INSUFFICIENT_FUND", "new words": "WORDS_OF_TOMORROW" } as Partial<Record<Refused, string>>;
    const error_response = { error: reasons[how], message: "words of tomorrow" };
    const answers = {
      submit: { success: false, failure_reason: "UNKNOWN_FAILURE_REASON", error_response },
      cancel: { results: [{ success: false, failure_reason: "UNKNOWN_CANCEL_ORDER" }] },
      amend: { success: false, errors: [{ edit_failure_reason: "ONLY_OPEN_ORDERS_CAN_BE_EDITED" }] },
    };
    reply(this.response(200, answers[kind]));
  }

  override cut(): void {
    this.#beat?.();
    this.#beat = undefined;
    super.cut();
  }

  protected report(order: Standing, _what: "new" | "cancelled" | "amended" | Traded): void {
    this.message("user", [{ type: "update", orders: [this.#stated(order)] }]);
  }

  protected override exchangeId(count: number): string {
    return `0000-000-${count}`;
  }

  #stated(order: Standing): Fields {
    const { exchangeId: order_id, clientId: client_order_id, symbol: product_id, filled: cumulative_quantity } = order;
    const status = { open: "OPEN", filled: "FILLED", cancelled: "CANCELLED" }[order.state];
    const terms = { base_size: order.size, limit_price: order.price, post_only: false };
    const side = order.side.toUpperCase();
    return {
      ...{ order_id, client_order_id, product_id, cumulative_quantity, status, filled_size: order.filled },
      ...{ leaves_quantity: left(order), order_side: side, side, order_configuration: { limit_limit_gtc: terms } },
    };
  }

  #asked(path: string, body: Fields, reply: Reply): Asked<Reply> {
    const { symbol } = this.instrument;
    if (path === "/orders") {
      const [terms] = Object.values(object(body.order_configuration)).map(object);
      const price = terms.limit_price === undefined ? {} : { price: text(terms, "limit_price") };
      const side = body.side === "BUY" ? "buy" : "sell";
      return {
        kind: "submit",
        clientId: text(body, "client_order_id"),
        symbol,
        side,
        size: text(terms, "base_size"),
        ...price,
        reply,
      };
    }
    const id = path === "/orders/edit" ? text(body, "order_id") : (body.order_ids as string[])[0];
    const clientId = [...this.orders.values()].find(({ exchangeId }) => exchangeId === id)?.clientId ?? "?";
    if (path !== "/orders/edit") return { kind: "cancel", clientId, symbol, reply };
    return { kind: "amend", clientId, symbol, price: text(body, "price"), size: text(body, "size"), reply };
  }

  #known(path: string, query: Readonly<Record<string, string>>): HttpResponse {
    const orders = [...this.orders.values()], id = /^\/orders\/historical\/(0000-.*)$/.exec(path)?.[1];
    if (path === "/key_permissions") return this.response(200, { can_view: true, can_trade: this.mayTrade });
    if (id !== undefined) {
      const found = orders.find(({ exchangeId }) => exchangeId === id);
      return found === undefined
        ? this.response(404, { error: "NOT_FOUND" })
        : this.response(200, { order: this.#stated(found) });
    }
    if (path === "/orders/historical/batch") {
      const some = orders.filter(({ state }) => query.order_status === undefined || state === "open");
      return this.response(200, { orders: some.map((one) => this.#stated(one)), has_next: false, cursor: "" });
    }
    if (path === "/orders/historical/fills") return this.#fills(query);
    const account = (currency: string, free: string, hold: string) => ({
      currency,
      available_balance: { value: free, currency },
      hold: { value: hold, currency },
    });
    // Two pages.
    return query.cursor === undefined
      ? this.response(200, { accounts: [account("BTC", "1", "0.5")], has_next: true, cursor: "2" })
      : this.response(200, {
        accounts: [account("USDT", "1000", "0"), account("EUR", "0", "0")],
        has_next: false,
        cursor: "",
      });
  }

  /** The newest first. */
  #fills({ order_ids, start_sequence_timestamp: start }: Readonly<Record<string, string>>): HttpResponse {
    const listed = this.unlisted-- > 0 ? [] : this.trades;
    const fills = listed.filter(({ order, atMs }) =>
      order_ids === undefined ? atMs >= Date.parse(start) : order.exchangeId === order_ids
    ).map(({ order, execution, price, size, atMs }) => ({
      entry_id: `entry-${execution}`,
      trade_id: `trade-${execution}`,
      order_id: order.exchangeId,
      product_id: order.symbol,
      trade_time: new Date(atMs).toISOString(),
      price,
      size,
      commission: "0.01",
      liquidity_indicator: "MAKER",
      size_in_quote: false,
      side: order.side.toUpperCase(),
    }));
    return this.response(200, { fills: objects(fills).toReversed(), cursor: "" });
  }

  /** One a second, while someone listens. */
  #heartbeats(): void {
    if (this.#beat !== undefined) return;
    let counter = 0;
    const beat = () => {
      this.message("heartbeats", [{ current_time: this.#now(), heartbeat_counter: counter++ }]);
      this.#beat = this.#subscribed.size === 0 ? undefined : this.timers.after(1000, beat);
    };
    beat();
  }

  #isGood(token: string, uri: string | undefined): boolean {
    const [header, payload, signature] = token.split("."), now = this.theirMs / 1000;
    const part = (text: string) => object(JSON.parse(Buffer.from(text, "base64url").toString()));
    const { kid, alg } = part(header),
      claims = part(payload),
      signed = new TextEncoder().encode(`${header}.${payload}`);
    const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
    return alg === "ES256" && verify("sha256", signed, key, Buffer.from(signature, "base64url")) &&
      kid === this.keys.id &&
      claims.uri === uri && claims.sub === kid && Number(claims.nbf) <= now && Number(claims.exp) > now;
  }

  #now(): string {
    return new Date(this.theirMs).toISOString();
  }
}
