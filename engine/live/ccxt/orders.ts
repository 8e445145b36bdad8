import { Code } from "../../core/codes.ts";
import { plain } from "../decimals.ts";
import type { OrderOptions } from "../exchange.ts";
import { ExchangeClock } from "../exchange_clock.ts";
import { leftAlone, LiveOrders, NOT_CONNECTED, type OrderRequest } from "../live_orders.ts";
import type { LiveTools } from "../live_tools.ts";
import type { ExchangeAccount, ExchangeFill, OrderEntry, OrderName, OrderStatus } from "../order_entry.ts";
import { pause } from "../pause.ts";
import { ExchangeError, type Refusal } from "../refusals.ts";
import type { CcxtClient, CcxtOrder, CcxtTrade } from "./client.ts";
import { CcxtQuestions, fillOf } from "./order_questions.ts";
import { ccxtRefusal, ccxtWords } from "./refusals.ts";
import { WatchLoop } from "./watch_loop.ts";

/** Between two questions, where an exchange has no stream for what is asked. */
const POLL_MS = 2000;
/** Executions are asked for again from so long before, as an exchange may list one late. */
const MARGIN_MS = 60_000;
/** How long executions of orders that are not known are held while submits have no answer: they may be of those. */
const HELD_MS = 12_000, LOOK_MS = 100;
/** How long an exchange is left alone that says "too many". */
const THROTTLED_MS = 10_000;

/**
 * Orders at any exchange that ccxt knows, as far and as fast as ccxt has them.
 *
 * - ccxt opens its own connections, not those that are handed in, signs with its own means and paces by its own limiter: a request may
 *   wait in it, and its weights are not seen here.
 * - Reports come by `watchOrders` and `watchMyTrades` where an exchange has them; else they are asked for every 2 s. After a stream was
 *   lost there is a gap; what ccxt loses without an error is found by the session's own look every 30 s.
 * - Prices and sizes are floats there, which its precision rounds again; a number of 15 digits passes unharmed.
 * - An amend is only sent where ccxt edits orders in one request, and only of an order of which nothing is filled: what the size of a
 *   partly filled one means differs from exchange to exchange (ORDER_FORM).
 * - Whether a key may trade shows with its first order; `open` finds keys that may not even read.
 * - A cancel needs the exchange's name of the order: for one that was not acknowledged yet it is asked for first.
 * - An order without an answer is looked for by our name. Where an exchange does not list orders that are over, that cannot be done, and
 *   `lookup` rejects: whoever trades there looks for himself.
 */
export function ccxtOrders(
  id: string,
  client: () => Promise<CcxtClient>,
  options: OrderOptions,
  tools: LiveTools,
): OrderEntry {
  return new CcxtOrders(id, client, options, tools);
}

class CcxtOrders extends LiveOrders {
  deadMan: ((ms: number) => Promise<void>) | undefined;
  protected readonly takenWithinMs = 20_000;
  readonly #make: () => Promise<CcxtClient>;
  readonly #symbols: readonly string[];
  /** Those that are held as positions. */
  readonly #contracts = new Set<string>();
  readonly #loops: WatchLoop<unknown>[] = [];
  readonly #answering = new Set<OrderRequest>();
  /** Orders that work, as far as is known, by name: they are asked after where there is no stream of them. */
  readonly #working = new Map<string, OrderName>();
  #client: CcxtClient | undefined;
  #questions: CcxtQuestions | undefined;
  #clock: ExchangeClock | undefined;
  #opened = false;
  #throttledUntil = -Infinity;

  constructor(id: string, client: () => Promise<CcxtClient>, options: OrderOptions, tools: LiveTools) {
    super(`ccxt:${id}`, options, tools);
    this.#make = client;
    this.#symbols = options.instruments.map(({ symbol }) => symbol);
  }

  get ready(): boolean {
    return this.#heard && this.#waitMs() <= 0;
  }

  holdsReduceOnly(symbol: string): boolean {
    return this.#contracts.has(symbol);
  }

  cancelAll(symbol: string): Promise<void> {
    return this.#known.cancelAll(symbol);
  }

  openOrders(symbol: string): Promise<OrderStatus[]> {
    return this.#known.openOrders(symbol, (id) => this.reports.clientIdOf(id));
  }

  fills(symbol: string, since: bigint): Promise<ExchangeFill[]> {
    return this.#known.fills(symbol, since, (id) => this.reports.clientIdOf(id));
  }

  account(): Promise<ExchangeAccount> {
    return this.#known.account(this.#symbols);
  }

  protected ask({ clientId, symbol }: OrderName): Promise<OrderStatus | undefined> {
    const exchangeId = this.reports.exchangeIdOf(clientId);
    return this.#known.order({ clientId, symbol, ...(exchangeId === undefined ? {} : { exchangeId }) });
  }

  protected async connect(): Promise<void> {
    const client = this.#client = await this.#make();
    try {
      const markets = await client.loadMarkets();
      const missing = this.#symbols.find((symbol) => markets[symbol] === undefined);
      if (missing !== undefined) {
        throw new RangeError(
          `Cannot trade ${missing}: ${this.venue} does not list it; name it as ccxt does, like BTC/USDT`,
        );
      }
      for (const symbol of this.#symbols) if (markets[symbol]?.contract === true) this.#contracts.add(symbol);
      this.#questions = new CcxtQuestions(client, markets);
      if (client.has.fetchTime === true) await this.#measure(client);
      await client.fetchBalance();
    } catch (error) {
      const refusal = ccxtRefusal(error);
      if (refusal === undefined) throw error;
      const reason = this.options.keys.redact(refusal.reason);
      throw new ExchangeError(`Cannot trade at ${this.venue}: it answered ${reason}`, refusal.code);
    }
    if (client.has.cancelAllOrdersAfter === true) {
      this.deadMan = async (ms) => void await client.cancelAllOrdersAfter(ms);
    }
    for (const symbol of this.#symbols) this.#watch(client, symbol);
    this.#opened = true;
  }

  protected shut(): void {
    this.#opened = false;
    this.#clock?.stop();
    for (const loop of this.#loops) loop.close();
    this.#client?.close().catch(() => {});
  }

  protected send(request: OrderRequest): void {
    this.#answering.add(request);
    this.#request(request).then(
      (order) => order && this.#answer(request, order),
      (error) => this.#failed(request, error),
    ).finally(() => this.#answering.delete(request));
  }

  protected refusalHere({ kind, order }: OrderRequest): Refusal | undefined {
    if (!this.#heard) return NOT_CONNECTED;
    const ms = this.#waitMs();
    if (ms > 0) return leftAlone(ms);
    if (kind !== "amend") return undefined;
    if (this.reports.isOver(order.clientId)) return { code: Code.TOO_LATE, reason: "the order is over" };
    if (this.#client?.has.editOrder === true && order.filled === "0") return undefined;
    return {
      code: Code.ORDER_FORM,
      reason: "it does not amend such an order in one request; cancel it and send another",
    };
  }

  /** Sends what was asked for; undefined where it was refused here after all. */
  async #request({ kind, order }: OrderRequest): Promise<CcxtOrder | undefined> {
    const client = this.#client!, { clientId, symbol } = order;
    if (kind === "submit") {
      const { side, size, price, trigger, tif, postOnly, reduceOnly } = order;
      const type = order.type === "market" || order.type === "stop" ? "market" : "limit";
      return await client.createOrder(
        symbol,
        type,
        side,
        Number(size),
        price === undefined ? undefined : Number(price),
        {
          clientOrderId: clientId,
          ...(type === "limit" ? { timeInForce: postOnly ? "PO" : tif.toUpperCase() } : {}),
          ...(postOnly ? { postOnly } : {}),
          ...(reduceOnly ? { reduceOnly } : {}),
          ...(trigger === undefined ? {} : { triggerPrice: Number(trigger) }),
        },
      );
    }
    const id = this.reports.exchangeIdOf(clientId) ?? (await this.#known.order({ clientId, symbol }))?.exchangeId;
    if (id === undefined) {
      const reason = "the exchange does not know the order, or not yet";
      this.reports.refused(kind, order, { code: Code.UNKNOWN_ORDER, reason }, this.tools.wall());
      return undefined;
    }
    if (kind === "cancel") return await client.cancelOrder(id, symbol);
    const { side, size, price, nextClientId } = order;
    const params = { clientOrderId: nextClientId };
    return await client.editOrder(id, symbol, "limit", side, Number(size), Number(price), params);
  }

  #answer(request: OrderRequest, answer: CcxtOrder): void {
    const { kind, order } = request;
    const at = this.tools.wall(), { id = "" } = answer, { clientId, symbol } = order;
    if (id === "" && kind !== "cancel") return this.unanswered(request, "the answer names no order");
    if (kind === "submit") {
      this.#working.set(clientId, { clientId, symbol });
      this.reports.acknowledged(order, id, at);
    } else if (kind === "amend") {
      const { price, size, nextClientId } = order, other = id !== this.reports.exchangeIdOf(clientId);
      const next = { clientId: nextClientId, exchangeId: id, rest: size, executed: "0" };
      this.reports.amended(order, { price, size, ...(other ? { next } : {}) }, at);
      if (other) this.#working.set(nextClientId, { clientId: nextClientId, symbol });
    }
    // The end of an order is told by its stream, with what was filled.
  }

  #failed(request: OrderRequest, error: unknown): void {
    const refusal = ccxtRefusal(error);
    if (refusal === undefined) {
      return this.unanswered(request, ccxtWords(error));
    }
    if (refusal.code === Code.CLOCK_OFF) {
      this.#client!.loadTimeDifference().catch(() => {}); // it is told with the next refusal
      void this.#clock?.anew();
    } else if (refusal.code === Code.THROTTLED) {
      this.#throttledUntil = this.tools.timers.now() + THROTTLED_MS;
      const message = `${refusal.reason}: nothing is sent for ${THROTTLED_MS / 1000} s`;
      this.tools.tell({ name: "THROTTLED", venue: this.venue, message });
    }
    this.refused(request, refusal, this.tools.wall());
  }

  /** Streams of a symbol, or questions in their place. */
  #watch(client: CcxtClient, symbol: string): void {
    const { venue, tools } = this, missed = (why: string) => this.#heard && this.reports.gap(why);
    const take = (orders: readonly CcxtOrder[]) => orders.forEach((order) => void this.#order(order, symbol));
    const filled = (trades: readonly CcxtTrade[]) => trades.forEach((trade) => void this.#trade(trade, symbol));
    const orders = client.has.watchOrders === true
      ? { next: () => client.watchOrders(symbol) }
      : { next: () => this.#orders(client, symbol), everyMs: POLL_MS };
    const trades = client.has.watchMyTrades === true
      ? { next: () => client.watchMyTrades(symbol) }
      : { next: this.#trades(client, symbol), everyMs: POLL_MS };
    this.#loops.push(
      new WatchLoop({ ...orders, venue, name: `orders of ${symbol}`, take, missed }, tools),
      new WatchLoop({ ...trades, venue, name: `executions of ${symbol}`, take: filled, missed }, tools),
    );
  }

  /** Asks for executions since shortly before the last one; what comes again is dropped where it is reported. */
  #trades(client: CcxtClient, symbol: string): () => Promise<readonly CcxtTrade[]> {
    let since = this.#nowMs();
    return async () => {
      const trades = await client.fetchMyTrades(symbol, since - MARGIN_MS);
      since = Math.max(since, ...trades.map(({ timestamp = 0 }) => timestamp));
      return trades;
    };
  }

  /** All that is open, and how those stand that no longer are. */
  async #orders(client: CcxtClient, symbol: string): Promise<readonly CcxtOrder[]> {
    const open = await client.fetchOpenOrders(symbol), ids = new Set(open.map(({ id }) => id)), gone: CcxtOrder[] = [];
    for (const { clientId, symbol: its } of this.#working.values()) {
      const id = this.reports.exchangeIdOf(clientId);
      if (its === symbol && id !== undefined && !ids.has(id)) gone.push(await client.fetchOrder(id, symbol));
    }
    return [...open, ...gone];
  }

  /** While an order is amended, what is said may be of the one that is replaced, or of the one in its place: the answer tells. */
  async #order(order: CcxtOrder, symbol: string): Promise<void> {
    while (
      this.#opened && [...this.#answering].some(({ kind, order: its }) => kind === "amend" && its.symbol === symbol)
    ) {
      await pause(this.tools.timers, LOOK_MS);
    }
    if (!this.#opened) return;
    const { id: exchangeId = "", clientOrderId, status, filled } = order, at = this.tools.wall();
    const clientId = this.reports.clientIdOf(exchangeId) ?? clientOrderId ?? exchangeId,
      name = { clientId, symbol, exchangeId };
    if (status === "rejected") return this.reports.rejected(name, { code: Code.VENUE_REFUSED, reason: "rejected" }, at);
    if (this.#isStranger(exchangeId, clientOrderId)) return; // its answer is awaited, and then it is heard again
    this.reports.acknowledged(name, exchangeId, at);
    const executed = filled === undefined ? undefined : plain(filled);
    if (status === "canceled") this.reports.ended("cancelled", name, 0, executed, at);
    else if (status === "expired") this.reports.ended("expired", name, Code.TIME_UP, executed, at);
    if (status !== undefined && status !== "open") this.#working.delete(clientId);
  }

  /** An execution names its order by the exchange's name alone: one that is not known is asked for. */
  async #trade(trade: CcxtTrade, symbol: string): Promise<void> {
    const exchangeId = trade.order ?? "";
    for (let ms = 0; ms < HELD_MS && this.#isStranger(exchangeId, undefined); ms += LOOK_MS) {
      await pause(this.tools.timers, LOOK_MS);
    }
    let clientId = this.reports.clientIdOf(exchangeId);
    if (clientId === undefined) {
      const found = await this.#known.order({ clientId: exchangeId, symbol, exchangeId }).catch(() => undefined);
      clientId = this.reports.clientIdOf(exchangeId) ?? found?.clientId ?? exchangeId;
    }
    if (this.#opened) this.reports.fill(fillOf(trade, { clientId, symbol, exchangeId }), this.tools.wall());
  }

  /** Whether an order is not known by name, while a submit has no answer that would say it. */
  #isStranger(exchangeId: string, clientOrderId: string | undefined): boolean {
    if (clientOrderId !== undefined || this.reports.clientIdOf(exchangeId) !== undefined) return false;
    return [...this.#answering].some(({ kind }) => kind === "submit");
  }

  /** Its clock is told where it is far off; ccxt signs by what it has measured itself. */
  async #measure(client: CcxtClient): Promise<void> {
    await client.loadTimeDifference();
    this.#clock = new ExchangeClock(this.venue, async () => await client.fetchTime() ?? this.#nowMs(), this.tools);
    await this.#clock.start();
  }

  get #known(): CcxtQuestions {
    if (this.#questions === undefined) throw new Error(`Cannot ask ${this.venue}: it is not open; open it first`);
    return this.#questions;
  }

  get #heard(): boolean {
    return this.#opened && this.#loops.every(({ heard }) => heard);
  }

  #waitMs(): number {
    return this.#throttledUntil - this.tools.timers.now();
  }

  #nowMs(): number {
    return Number(this.tools.wall() / 1_000_000n);
  }
}
