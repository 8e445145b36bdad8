import { Code } from "../../core/codes.ts";
import type { OrderOptions } from "../exchange.ts";
import { type Fields, object, objects, text, textOr, whole } from "../json_fields.ts";
import { leftAlone, LiveOrders, NOT_CONNECTED, type OrderRequest } from "../live_orders.ts";
import type { LiveTools } from "../live_tools.ts";
import type { ExchangeAccount, ExchangeFill, NewOrder, OrderEntry, OrderName, OrderStatus } from "../order_entry.ts";
import { OrderLink } from "../order_link.ts";
import { ExchangeError, type Refusal } from "../refusals.ts";
import { krakenName } from "./client_ids.ts";
import { ExecutionReader } from "./execution_reader.ts";
import { pairOf } from "./names.ts";
import { KrakenQuestions } from "./order_questions.ts";
import { krakenRefusal, saysNothing } from "./order_refusals.ts";
import { PrivateRest } from "./private_rest.ts";

/** Within what the exchange has to take an order, or drop it: it is told with each. */
const DEADLINE_MS = 5000;
/** A connection of reports has a heartbeat each second. */
const PING_MS = 15_000, SILENCE_MS = 40_000;
/** How long requests wait after one that came too fast: counters fall by one to four a second. */
const THROTTLED_MS = 5000;

/**
 * Orders at Kraken, by version 2 of its WebSocket interface: requests and the `executions` channel on one connection, questions over
 * HTTP.
 *
 * - The connection is opened with a token that is asked for over HTTP each time.
 * - Messages of the channel are numbered: one that is missing is a gap.
 * - A request has a deadline of 5 s, after which the exchange drops it.
 * - An amend keeps the order and its name. There is no fill-or-kill (rejected here: ORDER_FORM), and no cancel of all of a symbol:
 *   each is cancelled by itself. The dead man's switch is of the whole account.
 */
export function krakenOrders(options: OrderOptions, tools: LiveTools): OrderEntry {
  return new KrakenOrders(options, tools);
}

class KrakenOrders extends LiveOrders {
  protected readonly takenWithinMs = DEADLINE_MS + 1000;
  readonly #rest: PrivateRest;
  readonly #questions: KrakenQuestions;
  readonly #reader: ExecutionReader;
  readonly #link: OrderLink<OrderRequest>;
  #token = "";
  #count = 0;
  /** The number of the channel's last message on the connection in use; 0 before its snapshot. */
  #sequence = 0;
  #throttledUntil = -Infinity;

  constructor(options: OrderOptions, tools: LiveTools) {
    super("kraken", options, tools);
    const { endpoints, keys, instruments } = options, symbols = instruments.map(({ symbol }) => symbol);
    this.#rest = new PrivateRest(this.venue, endpoints.rest, keys, this.tools);
    this.#questions = new KrakenQuestions(this.#rest, symbols);
    this.#reader = new ExecutionReader(this.reports, symbols);
    this.#link = new OrderLink({
      venue: this.venue,
      name: "orders",
      url: async () => {
        this.#token = text(await this.#rest.ask("GetWebSocketsToken", {}), "token");
        return `${endpoints.orders}/v2`;
      },
      hello: () => {
        const params = { channel: "executions", token: this.#token, snap_orders: true, snap_trades: false };
        return [JSON.stringify({ method: "subscribe", params, req_id: 0 })];
      },
      greeted: (frame) => this.#greeted(frame),
      frame: (frame, at) => this.#frame(frame, at),
      missed: (reason) => this.reports.gap(reason),
      unanswered: (request, why) => this.unanswered(request, why),
      lifeMs: Infinity,
      silenceMs: SILENCE_MS,
      ping: { everyMs: PING_MS, frame: () => JSON.stringify({ method: "ping" }) },
    }, this.tools);
  }

  get ready(): boolean {
    return this.#link.ready && this.#waitMs() <= 0;
  }

  holdsReduceOnly(): boolean {
    return false;
  }

  cancelAll(symbol: string): Promise<void> {
    return this.#questions.cancelAll(symbol);
  }

  openOrders(symbol: string): Promise<OrderStatus[]> {
    return this.#questions.openOrders(symbol);
  }

  fills(symbol: string, since: bigint): Promise<ExchangeFill[]> {
    return this.#questions.fills(symbol, since, (exchangeId) => this.reports.clientIdOf(exchangeId));
  }

  account(): Promise<ExchangeAccount> {
    return this.#questions.account();
  }

  async deadMan(ms: number): Promise<void> {
    await this.#rest.ask("CancelAllOrdersAfter", { timeout: Math.ceil(ms / 1000) });
  }

  protected ask({ clientId, symbol }: OrderName): Promise<OrderStatus | undefined> {
    const exchangeId = this.reports.exchangeIdOf(clientId);
    return this.#questions.order({ clientId, symbol, ...(exchangeId === undefined ? {} : { exchangeId }) });
  }

  protected async connect(): Promise<void> {
    await this.#rest.clock.start();
    await this.#checkPermission();
    await this.#link.open();
  }

  protected shut(): void {
    this.#link.close();
    this.#rest.close();
  }

  protected send(request: OrderRequest): void {
    const { kind, order } = request, cl_ord_id = krakenName(order.clientId)!;
    if (kind === "submit") {
      return this.#say("add_order", { ...newOrder(order), cl_ord_id, ...this.#deadline() }, request);
    }
    if (kind === "cancel") return this.#say("cancel_order", { cl_ord_id: [cl_ord_id] }, request);
    this.#reader.amending(order);
    const change = { order_qty: Number(order.size), limit_price: Number(order.price), post_only: order.postOnly };
    this.#say("amend_order", { cl_ord_id, ...change, ...this.#deadline() }, request);
  }

  protected refusalHere({ kind, order }: OrderRequest): Refusal | undefined {
    if (!this.#link.ready) return NOT_CONNECTED;
    const ms = this.#waitMs();
    if (ms > 0) return leftAlone(ms);
    if (krakenName(order.clientId) === undefined) {
      return { code: Code.ORDER_FORM, reason: `it takes no name like ${order.clientId}; give one of 18 characters` };
    }
    if (kind !== "submit" || order.tif !== "fok") return undefined;
    return { code: Code.ORDER_FORM, reason: "it has no fill-or-kill; send immediate-or-cancel" };
  }

  /** An order that is only looked at, not placed, says whether the key may place one. */
  async #checkPermission(): Promise<void> {
    const [spec] = this.options.instruments;
    if (spec === undefined) return;
    const { symbol, tick: price, lot: volume } = spec;
    const order = { pair: pairOf(symbol), type: "buy", ordertype: "limit", price, volume, validate: true };
    try {
      await this.#rest.ask("AddOrder", order, 0);
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      // Any other refusal is of the order, which was made up; its key was good.
      if (error.code !== Code.NOT_PERMITTED) return;
      const message =
        `Cannot trade at kraken: ${this.options.keys} may not place orders (${error.message}); permit it there`;
      throw new ExchangeError(message, Code.NOT_PERMITTED);
    }
  }

  #say(method: string, params: Fields, request: OrderRequest): void {
    const req_id = ++this.#count;
    this.#link.send(
      String(req_id),
      JSON.stringify({ method, params: { ...params, token: this.#token }, req_id }),
      request,
    );
  }

  #deadline(): { readonly deadline: string } {
    return { deadline: new Date(this.#rest.clock.now() + DEADLINE_MS).toISOString() };
  }

  #waitMs(): number {
    return this.#throttledUntil - this.tools.timers.now();
  }

  #greeted(frame: Fields): true | ExchangeError | undefined {
    if (frame.method !== "subscribe") return undefined;
    if (frame.success === true) {
      this.#sequence = 0;
      return true;
    }
    const { code, reason } = krakenRefusal(textOr(frame, "error") ?? "");
    return new ExchangeError(`Cannot subscribe to reports of kraken: it answered ${reason}`, code);
  }

  #frame(frame: Fields, at: bigint): void {
    if (frame.channel === "executions") return this.#executions(frame, at);
    if (frame.method === undefined || frame.req_id === undefined) return;
    const request = this.#link.pending.take(String(whole(frame, "req_id")));
    if (request !== undefined) this.#answer(request, frame, at);
  }

  /** A snapshot is of what is open: who was away reads that anew. */
  #executions(frame: Fields, at: bigint): void {
    const sequence = frame.sequence === undefined ? undefined : whole(frame, "sequence"), last = this.#sequence;
    if (sequence !== undefined) this.#sequence = Math.max(sequence, last);
    if (frame.type === "update") { for (const report of objects(frame.data)) this.#reader.read(report, at); }
    if (sequence === undefined || last === 0 || sequence <= last + 1) return;
    this.reports.gap(`reports ${last + 1} to ${sequence - 1} are missing`);
  }

  #answer(request: OrderRequest, frame: Fields, at: bigint): void {
    const { kind, order } = request;
    if (frame.success === true) {
      if (kind === "submit") this.reports.acknowledged(order, text(object(frame.result), "order_id"), at);
      else if (kind === "amend") this.#reader.amended(order, at);
      return; // the end of an order is told by the channel, with what was filled
    }
    const error = textOr(frame, "error") ?? "";
    if (saysNothing(error)) return this.unanswered(request, `it answered ${error}`);
    const refusal = krakenRefusal(error);
    if (refusal.code === Code.CLOCK_OFF) void this.#rest.clock.anew();
    if (refusal.code === Code.THROTTLED) this.#throttled(refusal.reason);
    if (kind === "amend") this.#reader.forget(order);
    this.refused(request, refusal, at);
  }

  #throttled(reason: string): void {
    this.#throttledUntil = this.tools.timers.now() + THROTTLED_MS;
    const message = `${reason}: nothing is sent for ${THROTTLED_MS / 1000} s`;
    this.tools.tell({ name: "THROTTLED", venue: this.venue, message });
  }
}

const TYPES = { market: "market", limit: "limit", stop: "stop-loss", stop_limit: "stop-loss-limit" } as const;

function newOrder(order: NewOrder): Fields {
  const { type, side, symbol, size, price, trigger, tif, postOnly, reduceOnly } = order;
  return {
    order_type: TYPES[type],
    side,
    symbol,
    order_qty: Number(size),
    ...(price === undefined ? {} : { limit_price: Number(price) }),
    ...(trigger === undefined ? {} : { triggers: { reference: "last", price: Number(trigger), price_type: "static" } }),
    ...(type === "limit" ? { time_in_force: tif } : {}),
    ...(postOnly ? { post_only: true } : {}),
    ...(reduceOnly ? { reduce_only: true } : {}),
  };
}
