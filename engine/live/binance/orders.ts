import { Code } from "../../core/codes.ts";
import type { OrderOptions } from "../exchange.ts";
import { type Fields, object, objects, text, textOr, whole } from "../json_fields.ts";
import type { LiveTools } from "../live_tools.ts";
import { leftAlone, LiveOrders, NO_REDUCE_ONLY, NOT_CONNECTED, type OrderRequest } from "../live_orders.ts";
import type {
  ExchangeAccount,
  ExchangeFill,
  ExchangeFunding,
  OrderEntry,
  OrderName,
  OrderStatus,
} from "../order_entry.ts";
import { OrderLink } from "../order_link.ts";
import { ExchangeError, type Refusal } from "../refusals.ts";
import { signer } from "../signing.ts";
import { BinanceFunding } from "./funding.ts";
import { ListenKey } from "./listen_key.ts";
import { type BinanceOrderMarket, SPOT, USDM } from "./order_market.ts";
import { type Params, sorted } from "./order_params.ts";
import { BinanceQuestions } from "./order_questions.ts";
import { BINANCE_REFUSALS, saysNothing } from "./order_refusals.ts";
import { ReportReader } from "./report_reader.ts";
import { RECEIVE_WINDOW_MS, SignedRest } from "./signed_rest.ts";

const DAY_MS = 86_400_000;
/** The exchange speaks every 20 s on its own, in frames that are not seen here: silence is asked about. */
const PING_MS = 15_000, SILENCE_MS = 40_000;

/**
 * Orders at Binance spot or USD-M: requests over the WebSocket API, questions over HTTP, reports over the user data stream.
 *
 * - Keys of Ed25519 log on once a connection; with a shared secret each request is signed.
 * - An amend at spot is `order.cancelReplace`: another order with the next name, at the end of the queue. Where a fill comes in
 *   between, it is refused (FILLED_MEANWHILE) if nothing had been filled before; otherwise the new order is larger by that fill, and
 *   the report says so. At USD-M it is `order.modify`, which keeps the order.
 * - An account of USD-M in hedge mode, with a position each way, is not opened.
 * - Stop orders of USD-M go over an interface of their own, which is not spoken here: they are rejected (ORDER_FORM).
 * - Funding of USD-M is announced by the stream, and read from the history of income.
 * - A request is taken by the exchange for 5 s after its time. An order that it does not know is not there only after these are over:
 *   `lookup` of one whose submit had no answer waits that long before it says so.
 */
export function binanceOrders(market: "spot" | "usdm", options: OrderOptions, tools: LiveTools): OrderEntry {
  return new BinanceOrders(market === "spot" ? SPOT : USDM, options, tools);
}

class BinanceOrders extends LiveOrders {
  readonly deadMan: ((ms: number) => Promise<void>) | undefined;
  readonly funding: ((since: bigint) => Promise<ExchangeFunding[]>) | undefined;
  protected readonly takenWithinMs = RECEIVE_WINDOW_MS + 1000;
  readonly #market: BinanceOrderMarket;
  readonly #sign: (text: string) => string;
  readonly #rest: SignedRest;
  readonly #questions: BinanceQuestions;
  readonly #link: OrderLink<OrderRequest>;
  readonly #reader: ReportReader;
  /** The stream of reports, where they do not come over the connection of orders. */
  readonly #listenKey: ListenKey | undefined;
  /** Of positions, where there are any. */
  readonly #funding: BinanceFunding | undefined;
  #count = 0;
  /** Until when, in ms of the timers, as many orders are sent as the exchange allows. */
  #spentUntil = -Infinity;

  constructor(market: BinanceOrderMarket, options: OrderOptions, tools: LiveTools) {
    const { venue, weight, path, socketPath } = market, { endpoints, keys } = options;
    super(venue, options, tools);
    this.#market = market;
    this.#reader = new ReportReader(this.reports, market.replaces);
    const sign = this.#sign = signer(keys);
    const rest = { venue, base: endpoints.rest, keys, sign, weightPerMinute: weight.minute, timePath: path.time };
    this.#rest = new SignedRest(rest, this.tools);
    this.#questions = new BinanceQuestions(market, this.#rest);
    this.#link = new OrderLink({
      venue,
      name: "orders",
      url: () => endpoints.orders + socketPath,
      hello: () => this.#hello(),
      greeted: (frame) => this.#greeted(frame),
      frame: (frame, at) => this.#frame(frame, at),
      missed: (reason) => market.reportsOverOrders && this.reports.gap(reason),
      unanswered: (request, why) => this.unanswered(request, why),
      lifeMs: DAY_MS,
      silenceMs: SILENCE_MS,
      ping: { everyMs: PING_MS, frame: () => JSON.stringify({ id: "ping", method: "ping" }) },
    }, this.tools);
    if (market.reportsOverOrders) return;
    const report = (frame: Fields, at: bigint) => this.#event(frame, at);
    const missed = (why: string) => this.reports.gap(why);
    this.#listenKey = new ListenKey(venue, endpoints.market, this.#rest, { report, missed }, this.tools);
    this.deadMan = (ms) => this.#deadMan(ms);
    const paid = this.#funding = new BinanceFunding(
      this.#rest,
      this.tools,
      (each, at) => this.reports.funding(each, at),
    );
    this.funding = (since) => paid.since(since);
  }

  holdsReduceOnly(): boolean {
    return !this.#market.reportsOverOrders;
  }

  get ready(): boolean {
    return this.#link.ready && (this.#listenKey?.ready ?? true) && this.#rest.client.limiter.waitMs(1) === 0;
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

  protected ask({ symbol, clientId }: OrderName): Promise<OrderStatus | undefined> {
    return this.#questions.order(symbol, { origClientOrderId: clientId });
  }

  protected async connect(): Promise<void> {
    await this.#rest.clock.start();
    await this.#checkPermission();
    if (!await this.#questions.hasOnePosition()) {
      throw new RangeError(`Cannot trade at ${this.venue}: the account is in hedge mode; set it to one-way mode there`);
    }
    await this.#link.open();
    await this.#listenKey?.open();
  }

  protected shut(): void {
    this.#listenKey?.close();
    this.#funding?.close();
    this.#link.close();
    this.#rest.close();
  }

  protected send(request: OrderRequest): void {
    const { kind, order } = request, { symbol, clientId } = order;
    if (kind === "submit") return this.#say("order.place", this.#market.place(order), request);
    if (kind === "cancel") return this.#say("order.cancel", { symbol, origClientOrderId: clientId }, request);
    const { method, params } = this.#market.amend(order);
    this.#reader.amending(order);
    this.#say(method, params, request);
  }

  /** Cancels are not counted as orders. */
  protected refusalHere(request: OrderRequest): Refusal | undefined {
    if (!this.#link.ready) return NOT_CONNECTED;
    const ms = this.#rest.client.limiter.waitMs(1), spentMs = this.#spentUntil - this.tools.timers.now();
    if (ms > 0) return leftAlone(ms);
    if (request.kind !== "cancel" && spentMs > 0) return leftAlone(spentMs);
    if (request.kind !== "submit") return undefined;
    if (this.#market.reportsOverOrders) return request.order.reduceOnly ? NO_REDUCE_ONLY : undefined;
    if (request.order.trigger === undefined) return undefined;
    return { code: Code.ORDER_FORM, reason: "stop orders of USD-M are not sent from here; hold the stop yourself" };
  }

  async #deadMan(ms: number): Promise<void> {
    for (const { symbol } of this.options.instruments) {
      await this.#rest.signed("POST", "/fapi/v1/countdownCancelAll", { symbol, countdownTime: ms }, 10);
    }
  }

  /** A test order changes nothing, and is refused for its key before it is looked at. */
  async #checkPermission(): Promise<void> {
    const { path } = this.#market, [spec] = this.options.instruments, { keys } = this.options;
    const account = object(await this.#rest.signed("GET", path.account, {}, 20));
    if (account.canTrade === false) {
      throw new ExchangeError(
        `Cannot trade at ${this.venue}: the account of ${keys} may not trade`,
        Code.NOT_PERMITTED,
      );
    }
    if (spec === undefined) return;
    const { symbol, tick: price, lot: quantity } = spec;
    const order = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity, price };
    try {
      await this.#rest.signed("POST", path.test, order, 1);
    } catch (error) {
      // Any other refusal is of the order, which was made up; its key was good.
      if (!(error instanceof ExchangeError) || error.code !== Code.NOT_PERMITTED) return;
      const message = `Cannot trade at ${this.venue}: ${keys} may not place orders (${error.message}); permit it there`;
      throw new ExchangeError(message, Code.NOT_PERMITTED);
    }
  }

  #say(method: string, params: Params, request: OrderRequest): void {
    const id = `o${++this.#count}`;
    this.#link.send(id, JSON.stringify({ id, method, params: this.#signed(params) }), request);
  }

  /** What the WebSocket API wants beside the parameters: with a session, the time alone. */
  #signed(params: Params, always = false): Params {
    const { keys } = this.options;
    const timed = { ...params, recvWindow: RECEIVE_WINDOW_MS, timestamp: this.#rest.clock.now() };
    if (keys.kind === "ed25519" && !always) return timed;
    const known: Params = { ...timed, apiKey: keys.id };
    return { ...known, signature: this.#sign(sorted(known)) };
  }

  /** With Ed25519 a session is logged on; reports are subscribed to, or a ping says that the connection works. */
  #hello(): string[] {
    const session = this.options.keys.kind === "ed25519", frames: object[] = [];
    if (session) frames.push({ id: "logon", method: "session.logon", params: this.#signed({}, true) });
    if (!this.#market.reportsOverOrders) frames.push({ id: "hello", method: "ping" });
    else if (session) frames.push({ id: "hello", method: "userDataStream.subscribe" });
    else frames.push({ id: "hello", method: "userDataStream.subscribe.signature", params: this.#subscription() });
    return frames.map((frame) => JSON.stringify(frame));
  }

  #subscription(): Params {
    const known: Params = { apiKey: this.options.keys.id, timestamp: this.#rest.clock.now() };
    return { ...known, signature: this.#sign(sorted(known)) };
  }

  #greeted(frame: Fields): true | ExchangeError | undefined {
    if (frame.id !== "hello" && frame.id !== "logon") return undefined;
    if (frame.status === 200) return frame.id === "hello" ? true : undefined;
    const { code, reason } = this.#refusal(frame);
    return new ExchangeError(`Cannot log on to ${this.venue}: it answered ${reason}`, code);
  }

  #frame(frame: Fields, at: bigint): void {
    if (frame.event !== undefined) return this.#event(object(frame.event), at);
    if (frame.rateLimits !== undefined) this.#counts(objects(frame.rateLimits));
    const request = this.#link.pending.take(textOr(frame, "id") ?? "");
    if (request !== undefined) this.#answer(request, frame, at);
    else if (textOr(frame, "e") !== undefined) this.#event(frame, at);
  }

  #event(event: Fields, at: bigint): void {
    const type = text(event, "e");
    if (type === "executionReport") this.#reader.read(event, at);
    else if (type === "ORDER_TRADE_UPDATE") this.#reader.read(object(event.o), at);
    else if (type === "ACCOUNT_UPDATE") this.#accountChanged(event);
    else if (type === "serverShutdown") this.#link.renew("the exchange said that it shuts down");
    else if (type === "eventStreamTerminated") this.#link.renew("the stream of reports was ended", true);
  }

  /** What trades change of an account, reports of orders say. */
  #accountChanged(event: Fields): void {
    if (object(event.a).m === "FUNDING_FEE") this.#funding?.heard(BigInt(whole(event, "T")) * 1_000_000n);
  }

  #answer(request: OrderRequest, frame: Fields, at: bigint): void {
    const status = whole(frame, "status");
    if (status === 200) return this.#accepted(request, object(frame.result), at);
    const error = object(frame.error), code = Number(textOr(error, "code") ?? NaN);
    if (saysNothing(status, Number.isNaN(code) ? undefined : code)) {
      return this.unanswered(request, `it answered ${status}: ${textOr(error, "msg") ?? ""}`);
    }
    if (status === 418 || status === 429) this.#throttled(error.data === undefined ? {} : object(error.data), status);
    const refusal = this.#refusal(frame);
    if (refusal.code === Code.CLOCK_OFF) void this.#rest.clock.anew();
    if (request.kind === "amend") this.#amendRefused(request, error, refusal, at);
    else this.refused(request, refusal, at);
  }

  #accepted(request: OrderRequest, result: Fields, at: bigint): void {
    const { kind, order } = request, { clientId, symbol } = order;
    if (kind === "submit") this.reports.acknowledged(order, text(result, "orderId"), at);
    else if (kind === "cancel") {
      const exchangeId = text(result, "orderId");
      this.reports.ended("cancelled", { clientId, symbol, exchangeId }, 0, textOr(result, "executedQty"), at);
    } else if (!this.#market.replaces) this.#reader.amended(order, undefined, text(result, "orderId"), at);
    else {
      const executed = textOr(object(result.cancelResponse), "executedQty");
      this.#reader.amended(order, executed, text(object(result.newOrderResponse), "orderId"), at);
    }
  }

  /** At spot the order may be cancelled, and the one in its place refused: then it is over. */
  #amendRefused(request: OrderRequest & { kind: "amend" }, error: Fields, whole: Refusal, at: bigint): void {
    const { order: change } = request;
    const data = error.data === undefined ? {} : object(error.data);
    const cancelled = data.cancelResult === "SUCCESS", part = cancelled ? data.newOrderResponse : data.cancelResponse;
    const refusal = part === undefined || part === null ? whole : this.#refusal({ error: part });
    this.refused(request, refusal, at);
    if (!cancelled) return this.#reader.amendRefused(change);
    this.#reader.forget(change);
    const { clientId, symbol } = change, executed = textOr(object(data.cancelResponse), "executedQty");
    this.reports.ended("cancelled", { clientId, symbol }, refusal.code, executed, at);
  }

  #refusal(frame: Fields): Refusal {
    const error = object(frame.error);
    return BINANCE_REFUSALS.read(whole(error, "code"), textOr(error, "msg") ?? "");
  }

  #throttled(data: Fields, status: number): void {
    const until = Number(textOr(data, "retryAfter") ?? NaN), { limiter } = this.#rest.client;
    const ms = until > 0 ? Math.max(0, until - this.#rest.clock.now()) : 60_000;
    limiter.halt(ms);
    const message = `it answered ${status}: nothing is sent for ${Math.ceil(ms / 1000)} s`;
    this.tools.tell({ name: "THROTTLED", venue: this.venue, message });
  }

  /** What the exchange counted of ours; a count that is used up begins anew with its interval, which begin at whole ones. */
  #counts(limits: readonly Fields[]): void {
    for (const limit of limits) {
      const count = whole(limit, "count");
      if (limit.rateLimitType === "REQUEST_WEIGHT") this.#rest.client.limiter.learn(count);
      if (limit.rateLimitType !== "ORDERS" || count < whole(limit, "limit")) continue;
      const ms = (INTERVALS_MS[text(limit, "interval")] ?? DAY_MS) * whole(limit, "intervalNum");
      const left = ms - this.#rest.clock.now() % ms,
        message = `${count} orders, as many as it allows in ${ms / 1000} s`;
      if (this.#spentUntil <= this.tools.timers.now()) {
        this.tools.tell({ name: "THROTTLED", venue: this.venue, message });
      }
      this.#spentUntil = Math.max(this.#spentUntil, this.tools.timers.now() + left);
    }
  }
}

const INTERVALS_MS: Readonly<Record<string, number>> = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: DAY_MS };
