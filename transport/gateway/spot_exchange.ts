import type { AmountView } from "../../engine/core/amount.ts";
import type { Core } from "../../engine/core/core.ts";
import type { Feed } from "../../engine/core/feed.ts";
import {
  ACCOUNT_AFTER_FILL,
  ORDER_STATE,
  OWN_FILL,
  type RecordedOrders,
  type Recorder,
} from "../../engine/core/recorder.ts";
import { Code, codeName } from "../../engine/core/codes.ts";
import { BUY } from "../../engine/core/event.ts";
import { PENDING_NEW, PENDING_REPLACE, STATE_NAMES, TRIGGERED } from "../../engine/oms/order_life.ts";
import type { LimitName } from "../../engine/risk/limits.ts";
import type { OrderTable } from "../../engine/oms/order_table.ts";
import type { BookLevels } from "../host/book_watch.ts";
import { type Balance, Balances } from "./balances.ts";
import { type CommissionMode, Commissions } from "./commissions.ts";
import type { GatewayClock } from "./gateway_clock.ts";
import { SpotOrders } from "./spot_orders.ts";
import { SpotMarket } from "./spot_market.ts";
import type { SpotTrade } from "./spot_trade.ts";
import { type SpotFill, SpotOrder } from "./spot_order.ts";
import { amountOf, amountText, type SpotSymbol, spotSymbols } from "./spot_symbol.ts";

/** What became of an order: NEW, TRADE, CANCELED, REPLACED, REJECTED, EXPIRED. */
export interface Execution {
  readonly order: SpotOrder;
  readonly type: string;
  readonly time: number;
  readonly fill?: SpotFill;
  /** The account is further already: a fill of the order's arrival is booked, and comes next. */
  readonly ahead?: true;
  /** The name of the code that it ended with; "NONE" where there is nothing to say. */
  readonly reason: string;
}

/** Who hears what happens at the exchange, in its order. */
export interface ExchangeListener {
  /** A symbol's book changed, and is at an update. */
  book(market: SpotMarket, levels: BookLevels): void;
  trade(market: SpotMarket, trade: SpotTrade): void;
  /** Candles have changed, by a bar. */
  bar(market: SpotMarket): void;
  execution(execution: Execution): void;
  /** Cash changed for another reason than a trade, by an amount. */
  transfer(asset: string, amount: bigint, time: number): void;
}

/** What orders come to, by the state that they are in. */
const EXECUTIONS: Readonly<Record<string, string>> = {
  New: "NEW",
  Suspended: "NEW",
  Triggered: "NEW",
  Replaced: "REPLACED",
  Cancelled: "CANCELED",
  Rejected: "REJECTED",
  Expired: "EXPIRED",
};

/**
 * A session as a spot exchange knows it: markets by symbol, one account with its orders and balances. It is a recorder of the
 * session: it hears all and changes nothing.
 */
export class SpotExchange implements Recorder {
  readonly orders: SpotOrders = new SpotOrders();
  audience: ExchangeListener | undefined = undefined;
  readonly #symbols = new Map<string, SpotMarket>();
  readonly #markets: SpotMarket[] = [];
  readonly #commissions: Commissions;
  #clock!: GatewayClock;
  #core!: Core;
  #balances!: Balances;
  #fills = 0;
  /** What there was of each asset after its last change. */
  readonly #totals = new Map<string, bigint>();
  /** A fill was put out, and what the account is after it comes next. */
  #filling = false;
  #heard = false;

  /** Commissions are paid in the quote asset unless said. */
  constructor(commission: CommissionMode = "quote") {
    this.#commissions = new Commissions(commission);
  }

  /** Times are told by this clock; it is there before the first move. */
  set clock(clock: GatewayClock) {
    this.#clock = clock;
  }

  /** Throws RangeError for instruments that no spot exchange has. */
  attach(core: Core): void {
    this.#core = core;
    const symbols = spotSymbols(core.account.valuation.instruments);
    for (const symbol of symbols) {
      const market = new SpotMarket(symbol);
      this.#markets.push(market);
      this.#symbols.set(symbol.name, market);
    }
    this.#balances = new Balances(core, symbols, this.#commissions);
    for (const { asset, total } of this.balances()) this.#totals.set(asset, total);
  }

  /** The markets. */
  get markets(): readonly SpotMarket[] {
    return this.#markets;
  }

  /** Whether anything was heard of a market. */
  get heardOf(): boolean {
    return this.#heard;
  }

  /** Session time, ns since 1970-01-01 UTC. */
  get time(): bigint {
    const { clock } = this.#core;
    return clock.toEpochNs(clock.now);
  }

  /** Session time in ns of the clock's era. */
  get nowNs(): number {
    return this.#core.clock.now;
  }

  /** Whether anything of ours is on its way at this very moment: a fill behind an acknowledgement. */
  get more(): boolean {
    const { queue, clock } = this.#core;
    return queue.time <= clock.now;
  }

  /** The market of a symbol. */
  market(symbol: string): SpotMarket | undefined {
    return this.#symbols.get(symbol);
  }

  /** What the account has, of all assets or of some. */
  balances(assets: Iterable<string> = this.#balances.assets): Balance[] {
    return this.#balances.of(assets, this.orders.live);
  }

  /** A limit of risk on orders of a symbol, the strictest of all scopes that state it; undefined where none does. */
  limit({ instrument }: SpotSymbol, name: LimitName): number | undefined {
    const { risk } = this.#core, strictest = name.endsWith("Min") ? Math.max : Math.min;
    const stated = [`instruments.${instrument}`, "strategy", "account", "session"]
      .map((scope) => risk.limit(scope, name)).filter((limit) => typeof limit === "number");
    return stated.length > 0 ? strictest(...stated) : undefined;
  }

  /** The share of value that an execution pays, as text: "0.00100000". */
  rate({ index }: SpotSymbol, maker: boolean): string {
    const { fees } = this.#core.ledger, rate = fees.rates?.(index, maker ? 0 : 1).rate;
    return rate ? amountText(amountOf(`${rate.mantissa}`) / 10n ** BigInt(rate.decimals)) : amountText(0n);
  }

  heard(feed: Feed): void {
    this.#heard = true;
    const market = this.#markets[feed.index], { audience } = this;
    const { trades, levels } = market.heard(feed, this.#clock.of(this.time));
    if (!audience) return;
    for (const trade of trades) audience.trade(market, trade);
    if (levels) audience.book(market, levels);
    if (feed.view.pending.bar) audience.bar(market);
  }

  output(tag: number, _era: number, _ns: number, id: number, x: number): void {
    const kind = tag & 7;
    if (kind === ORDER_STATE) this.#state(id, x % 16, Math.floor(x / 16) % 4096);
    else if (kind === OWN_FILL) this.#filling = true;
    else if (kind === ACCOUNT_AFTER_FILL) this.#account();
  }

  fill(
    orders: RecordedOrders,
    slot: number,
    _ns: number,
    price: number,
    lots: number,
    liquidity: number,
    fee: AmountView,
  ): void {
    const order = this.orders.byId(orders.id[slot]), time = this.#clock.of(this.time);
    const index = orders.instrument[slot], { symbol } = this.#markets[index];
    const paid = amountOf(fee.toString(this.#core.account.valuation.scales[index]));
    const rate = this.#core.ledger.fees.rates?.(index, liquidity).rate, buys = orders.side[slot] === BUY;
    const commission = this.#commissions.take({ symbol, buys, price, lots, fee: paid, rate });
    for (const { asset, total } of this.balances()) this.#totals.set(asset, total);
    if (order === undefined) return;
    if (!order.working) this.#tell(order, "NEW", time, { ahead: true });
    const fill = { id: ++this.#fills, time, price, lots, commission, maker: liquidity === 0 };
    order.fills.push(fill);
    order.filled = orders.filled[slot];
    order.value += BigInt(price) * BigInt(lots);
    order.state = orders.state[slot];
    if (order.over) this.orders.ended(order);
    this.#tell(order, "TRADE", time, { fill });
  }

  /** An order is in a state, for a code. */
  #state(id: number, state: number, code: number): void {
    const table: OrderTable = this.#core.orders, slot = table.slotOf(id), time = this.#clock.of(this.time);
    if (slot < 0) return;
    const known = this.orders.byId(id);
    if (known === undefined) {
      if (state !== PENDING_NEW) return;
      const order = new SpotOrder(this.#markets[table.instrument[slot]].symbol, table, slot, time);
      order.state = state;
      return this.orders.add(order);
    }
    const before = known.state, over = known.over;
    const replaced = before === PENDING_REPLACE &&
      !(sameAs(known.price, table.price[slot]) && known.size === table.size[slot]);
    known.state = state;
    known.code = code;
    if (state === TRIGGERED) known.triggeredAt = time;
    known.price = table.price[slot];
    known.size = table.size[slot];
    if (known.over) this.orders.ended(known);
    if (replaced && !known.over) return this.#tell(known, "REPLACED", time);
    // A post-only order that would have traded was never there.
    const type = code === Code.WOULD_CROSS && !known.working ? "REJECTED" : EXECUTIONS[STATE_NAMES[state]];
    if (over || type === undefined || (type === "NEW" && known.working) || before === state) return;
    this.#tell(known, type, time, {}, code);
  }

  #tell(order: SpotOrder, type: string, time: number, more: Pick<Execution, "fill" | "ahead"> = {}, code = 0): void {
    if (type !== "REJECTED") order.working = true;
    order.updated = time;
    this.audience?.execution({ order, type, time, ...more, reason: code === 0 ? "NONE" : codeName(code) });
  }

  /** Whether a sale is of what was kept as commissions: the session holds it, and would sell it, and the account has it not. */
  sellsKept(symbol: SpotSymbol, lots: number): boolean {
    const kept = -this.#commissions.beside(symbol.base);
    if (kept <= 0n) return false;
    const [{ total, locked }] = this.balances([symbol.base]), missing = symbol.amount(lots) - (total - locked);
    return missing > 0n && missing <= kept;
  }

  /** The account changed: by a fill, of which `fill` hears behind it, or by a dividend, a split or an expiry. */
  #account(): void {
    if (this.#filling) return void (this.#filling = false);
    const time = this.#clock.of(this.time);
    for (const { asset, total } of this.balances()) {
      const change = total - (this.#totals.get(asset) ?? 0n);
      this.#totals.set(asset, total);
      if (change !== 0n) this.audience?.transfer(asset, change, time);
    }
  }
}

/** NaN is no price, twice. */
function sameAs(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
