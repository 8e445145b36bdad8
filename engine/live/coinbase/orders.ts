import { Code } from "../../core/codes.ts";
import { compare } from "../decimals.ts";
import type { OrderOptions } from "../exchange.ts";
import { type Fields, object, objects, text, textOr, whole } from "../json_fields.ts";
import { leftAlone, LiveOrders, NO_REDUCE_ONLY, NOT_CONNECTED, type OrderRequest } from "../live_orders.ts";
import type { LiveTools } from "../live_tools.ts";
import type { HttpResponse } from "../network.ts";
import type { ExchangeAccount, ExchangeFill, NewOrder, OrderEntry, OrderName, OrderStatus } from "../order_entry.ts";
import { OrderLink } from "../order_link.ts";
import { pause } from "../pause.ts";
import { ExchangeError, type Refusal } from "../refusals.ts";
import { Brokerage } from "./brokerage.ts";
import { COINBASE_STATES, CoinbaseQuestions } from "./order_questions.ts";
import { COINBASE_REFUSALS } from "./order_refusals.ts";

/** A heartbeat comes each second. */
const SILENCE_MS = 15_000;
/** Between two questions for fills that are counted and not listed yet, and how often they are asked. */
const FILLS_MS = 400, FILLS_ATTEMPTS = 8;
/** Orders that one request cancels at most. */
const CANCELS = 100;

/**
 * Orders at Coinbase Advanced Trade: requests and questions over HTTP, each with a token of its own; reports over the `user` channel.
 *
 * - The channel says how much of an order is filled, not at which prices: executions are asked for whenever it says more than was heard.
 *   So a fill is known later than at other exchanges, by the time of one question.
 * - An amend is an edit, which keeps the order and its name; only good-till-cancelled limit orders can be edited.
 * - A cancel needs the exchange's name of the order: for one that was not acknowledged yet it is asked for first.
 * - There are no stop orders that trade at any price, and no resting reduce-only ones: rejected here (ORDER_FORM). There is no dead man's switch.
 */
export function coinbaseOrders(options: OrderOptions, tools: LiveTools): OrderEntry {
  return new CoinbaseOrders(options, tools);
}

class CoinbaseOrders extends LiveOrders {
  /** A token lives for two minutes, and the machine's network gives a request up long before. */
  protected readonly takenWithinMs = 20_000;
  readonly #rest: Brokerage;
  readonly #questions: CoinbaseQuestions;
  readonly #link: OrderLink<never>;
  /** The number of the connection's last message; -1 before its first. */
  #sequence = -1;
  /** Of orders whose executions are asked for: how much the exchange counts. */
  readonly #counted = new Map<string, string>();
  #closed = false;

  constructor(options: OrderOptions, tools: LiveTools) {
    super("coinbase", options, tools);
    const { endpoints, keys, instruments } = options;
    this.#rest = new Brokerage(this.venue, endpoints.rest, keys, this.tools);
    this.#questions = new CoinbaseQuestions(this.#rest);
    const product_ids = instruments.map(({ symbol }) => symbol);
    this.#link = new OrderLink<never>({
      venue: this.venue,
      name: "reports",
      url: () => endpoints.orders,
      hello: () => {
        const common = { type: "subscribe", jwt: this.#rest.token() };
        this.#sequence = -1;
        return [{ ...common, channel: "heartbeats" }, { ...common, channel: "user", product_ids }].map((one) =>
          JSON.stringify(one)
        );
      },
      greeted: (frame) => this.#greeted(frame),
      frame: (frame, at) => this.#frame(frame, at),
      missed: (reason) => this.reports.gap(reason),
      unanswered: () => {},
      lifeMs: Infinity,
      silenceMs: SILENCE_MS,
    }, this.tools);
  }

  get ready(): boolean {
    return this.#link.ready && this.#rest.client.limiter.waitMs(1) === 0;
  }

  holdsReduceOnly(): boolean {
    return false;
  }

  async cancelAll(symbol: string): Promise<void> {
    const open = await this.#questions.openOrders(symbol);
    for (let i = 0; i < open.length; i += CANCELS) {
      const order_ids = open.slice(i, i + CANCELS).map(({ exchangeId }) => exchangeId);
      const response = await this.#rest.send("POST", "/orders/batch_cancel", { order_ids });
      if (response.status === 200) continue;
      const { code, reason } = this.#rest.refusal(response);
      throw new ExchangeError(`Cannot cancel the orders of ${symbol}: coinbase answered ${reason}`, code);
    }
  }

  openOrders(symbol: string): Promise<OrderStatus[]> {
    return this.#questions.openOrders(symbol);
  }

  fills(symbol: string, since: bigint): Promise<ExchangeFill[]> {
    return this.#questions.fills({ symbol, since }, (exchangeId) => this.reports.clientIdOf(exchangeId));
  }

  account(): Promise<ExchangeAccount> {
    return this.#questions.account();
  }

  protected ask({ clientId, symbol }: OrderName): Promise<OrderStatus | undefined> {
    const exchangeId = this.reports.exchangeIdOf(clientId);
    return this.#questions.order({ clientId, symbol, ...(exchangeId === undefined ? {} : { exchangeId }) });
  }

  protected async connect(): Promise<void> {
    await this.#rest.clock.start();
    const { can_trade } = await this.#rest.ask("/key_permissions");
    if (can_trade !== true) {
      throw new ExchangeError(
        `Cannot trade at coinbase: ${this.options.keys} may not trade; permit it there`,
        Code.NOT_PERMITTED,
      );
    }
    await this.#link.open();
  }

  protected shut(): void {
    this.#closed = true;
    this.#link.close();
    this.#rest.close();
  }

  protected send(request: OrderRequest): void {
    this.#request(request).then(
      (response) => response !== undefined && this.#answer(request, response),
      (error) => this.unanswered(request, error instanceof Error ? error.message : String(error)),
    );
  }

  protected refusalHere({ kind, order }: OrderRequest): Refusal | undefined {
    if (!this.#link.ready) return NOT_CONNECTED;
    const ms = this.#rest.client.limiter.waitMs(1);
    if (ms > 0) return leftAlone(ms);
    if (kind !== "submit") return undefined;
    if (order.reduceOnly) return NO_REDUCE_ONLY;
    if (configuration(order) !== undefined) return undefined;
    return { code: Code.ORDER_FORM, reason: `it has no ${order.type} order that is ${order.tif}; send a limit order` };
  }

  /** Sends what was asked for; undefined where it was refused here after all. */
  async #request({ kind, order }: OrderRequest): Promise<HttpResponse | undefined> {
    const { clientId: client_order_id, symbol: product_id } = order;
    if (kind === "submit") {
      const side = order.side.toUpperCase(), order_configuration = configuration(order)!;
      return await this.#rest.send("POST", "/orders", { client_order_id, product_id, side, order_configuration });
    }
    const order_id = this.reports.exchangeIdOf(client_order_id) ?? await this.#exchangeId(order);
    if (order_id === undefined) {
      const refusal = { code: Code.UNKNOWN_ORDER, reason: "the exchange does not know the order, or not yet" };
      this.reports.refused(kind, order, refusal, this.tools.wall());
      return undefined;
    }
    if (kind === "cancel") return await this.#rest.send("POST", "/orders/batch_cancel", { order_ids: [order_id] });
    return await this.#rest.send("POST", "/orders/edit", { order_id, price: order.price, size: order.size });
  }

  async #exchangeId(order: OrderName): Promise<string | undefined> {
    const found = await this.#questions.order({ clientId: order.clientId, symbol: order.symbol });
    if (found !== undefined) this.reports.ours(found);
    return found?.exchangeId;
  }

  #answer(request: OrderRequest, response: HttpResponse): void {
    const { kind, order } = request, { status, at } = response;
    const body = status === 200 ? parsed(response.text) : undefined;
    if (status >= 500 || (status === 200 && body === undefined)) {
      return this.unanswered(request, `it answered ${status}: ${response.text.slice(0, 200)}`);
    }
    if (body === undefined) {
      if (status === 401) void this.#rest.clock.anew();
      return this.refused(request, this.#rest.refusal(response), at);
    }
    const outcome = kind === "cancel" ? objects(body.results)[0] ?? {} : body;
    if (outcome.success !== true) return this.refused(request, reasonOf(outcome), at);
    if (kind === "submit") this.reports.acknowledged(order, text(object(outcome.success_response), "order_id"), at);
    else if (kind === "amend") this.reports.amended(order, { price: order.price, size: order.size }, at);
    // The end of an order is told by the channel, with what was filled.
  }

  #greeted(frame: Fields): true | ExchangeError | undefined {
    if (frame.type === "error") {
      const reason = textOr(frame, "message") ?? "no reason";
      return new ExchangeError(`Cannot subscribe to reports of coinbase: it answered ${reason}`, Code.NOT_PERMITTED);
    }
    this.#number(frame);
    if (frame.channel !== "subscriptions") return undefined;
    return objects(frame.events).some((event) => object(event.subscriptions).user !== undefined) ? true : undefined;
  }

  /** Messages of a connection are numbered, of all channels together. */
  #number(frame: Fields): void {
    if (frame.sequence_num === undefined) return;
    const sequence = whole(frame, "sequence_num"), last = this.#sequence;
    this.#sequence = Math.max(sequence, last);
    if (last >= 0 && sequence > last + 1) this.reports.gap(`messages ${last + 1} to ${sequence - 1} are missing`);
  }

  #frame(frame: Fields, at: bigint): void {
    if (frame.channel !== "user") return;
    for (const event of objects(frame.events)) {
      // A snapshot is of what is open: who was away reads that anew.
      if (event.type === "update") { for (const order of objects(event.orders ?? [])) this.#report(order, at); }
    }
  }

  #report(order: Fields, at: bigint): void {
    const exchangeId = text(order, "order_id"), symbol = text(order, "product_id");
    const name = { clientId: text(order, "client_order_id"), symbol, exchangeId };
    const state = COINBASE_STATES[text(order, "status")], filled = text(order, "cumulative_quantity");
    if (state === "rejected") {
      const refusal = COINBASE_REFUSALS.read(
        textOr(order, "reject_reason") ?? textOr(order, "reject_Reason") ?? "",
        "",
      );
      return this.reports.rejected(name, refusal, at);
    }
    this.reports.acknowledged(name, exchangeId, at);
    if (compare(filled, this.reports.filledOf(name.clientId)) > 0) void this.#readFills(name, filled);
    if (state === "cancelled") this.reports.ended("cancelled", name, 0, filled, at);
    else if (state === "expired") this.reports.ended("expired", name, Code.TIME_UP, filled, at);
  }

  /** Asks for an order's executions until they are what the exchange counts. */
  async #readFills(order: OrderName & { readonly exchangeId: string }, filled: string): Promise<void> {
    const { clientId, exchangeId } = order, asking = this.#counted.has(exchangeId);
    this.#counted.set(exchangeId, filled);
    if (asking) return;
    const missing = () => compare(this.#counted.get(exchangeId)!, this.reports.filledOf(clientId)) > 0;
    for (let i = 0; i < FILLS_ATTEMPTS && !this.#closed && missing(); i++) {
      if (i > 0) await pause(this.tools.timers, FILLS_MS);
      try {
        const fills = await this.#questions.fills({ exchangeId }, () => clientId);
        for (const fill of fills) if (!this.#closed) this.reports.fill(fill, this.tools.wall());
      } catch {
        // No answer: it is asked again.
      }
    }
    if (!this.#closed && missing()) this.reports.gap(`executions of order ${clientId} are counted, and not listed`);
    this.#counted.delete(exchangeId);
  }
}

/** What an order is to Coinbase; undefined for one that it has not. */
function configuration(
  { type, tif, side, size: base_size, price: limit_price, trigger, postOnly }: NewOrder,
): Fields | undefined {
  if (type === "market") return { market_market_ioc: { base_size } };
  if (type === "limit") {
    if (tif === "ioc") return { sor_limit_ioc: { base_size, limit_price } };
    if (tif === "fok") return { limit_limit_fok: { base_size, limit_price } };
    return { limit_limit_gtc: { base_size, limit_price, post_only: postOnly } };
  }
  if (type !== "stop_limit" || tif !== "gtc") return undefined;
  const stop_direction = side === "buy" ? "STOP_DIRECTION_STOP_UP" : "STOP_DIRECTION_STOP_DOWN";
  return { stop_limit_stop_limit_gtc: { base_size, limit_price, stop_price: trigger, stop_direction } };
}

/** Why it says no, of a new order, a cancel or an edit. */
function reasonOf(outcome: Fields): Refusal {
  const error = outcome.error_response === undefined ? {} : object(outcome.error_response);
  const [edit = {}] = Array.isArray(outcome.errors) ? objects(outcome.errors) : [];
  const reasons = [error.error, error.new_order_failure_reason, error.preview_failure_reason, edit.edit_failure_reason];
  const known = [...reasons, edit.preview_failure_reason, outcome.failure_reason]
    .filter((reason) => typeof reason === "string" && reason !== "" && !reason.startsWith("UNKNOWN_FAILURE"));
  const reason = known.find((one) => !String(one).startsWith("UNKNOWN_") || one === "UNKNOWN_CANCEL_ORDER") ?? known[0];
  return COINBASE_REFUSALS.read(String(reason ?? "no reason"), textOr(error, "message") ?? "");
}

function parsed(text: string): Fields | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}
