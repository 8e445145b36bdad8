import type { Instrument } from "../core/instrument.ts";
import {
  FOK,
  ICEBERG,
  IOC,
  LIMIT,
  MARKET,
  MARKET_IF_TOUCHED,
  STOP,
  STOP_LIMIT,
  TRAILING_STOP,
} from "../oms/order_table.ts";
import type { LimitName, RiskScopes, ScopeLimits } from "./limits.ts";

/** An order as the twin keeps it: all of it, for good. */
export interface NaiveOrder {
  readonly instrument: number;
  readonly side: number;
  readonly type: number;
  readonly tif: number;
  readonly trigger: number;
  readonly quote: number;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  price: number;
  size: number;
  filled: number;
  /** An amend on its way. */
  next?: { readonly price: number; readonly size: number };
  /** Lots that an order of money was judged as, until it has a size. */
  judged?: number;
  /** Minor units that a lot of an order without a limit price was taken to cost when it left. */
  each?: number;
  open: boolean;
}

/** The market and the account, which the twin and what it is held against look at alike. */
export interface NaiveWorld {
  now: number;
  readonly mids2: number[];
  readonly lasts: number[];
  readonly stale: boolean[];
  readonly halted: boolean[];
  readonly heard: number[];
  readonly positions: number[];
  /** Minor units by currency. */
  readonly cash: number[];
  beatAt: number;
}

/** What the twin says: "approved", or code, check, scope and observed value. */
export type Verdict = readonly ["approved"] | readonly [code: string, check: string, scope: string, observed: number];

const APPROVED: Verdict = ["approved"];
const WIDE = ["strategy", "account", "session"] as const;

/**
 * The slow, obvious twin of {@linkcode Risk}: it keeps every order and request for good, and works everything out from those
 * at each check, in the order of the table, with one line for each.
 */
export class NaiveRisk {
  readonly orders: NaiveOrder[] = [];
  readonly requests: { readonly at: number; readonly instrument: number; readonly cancel: boolean }[] = [];
  readonly fills: number[] = [];

  constructor(
    readonly instruments: readonly Instrument[],
    readonly limits: readonly ScopeLimits[],
    readonly scopes: RiskScopes,
    readonly world: NaiveWorld,
  ) {}

  /** Judges an order, or its amend to `next`. */
  judge(order: NaiveOrder, next?: { readonly price: number; readonly size: number }): Verdict {
    for (const check of next ? this.#amendChecks(order, next) : this.#orderChecks(order)) {
      if (check !== undefined) return check;
    }
    return APPROVED;
  }

  /** Lots that an order of money is judged as; its size otherwise. */
  lots({ quote, size, instrument }: NaiveOrder): number {
    return quote > 0 ? size + Math.floor(2 * quote / this.world.mids2[instrument]) : size;
  }

  *#orderChecks(order: NaiveOrder): Generator<Verdict | undefined> {
    const { instrument: i, price, quote } = order, mid2 = this.world.mids2[i];
    yield* this.#allowed(i);
    yield* this.#form(order);
    yield* this.#market(i, true);
    const money = ["orderSize", "orderSizeMin", "notional", "notionalMin", "position", "shortSelling", "reduceOnly"];
    const wide = ["grossExposure", "netExposure", "concentration", "leverage", "overdraft"];
    const judged = [...money, ...wide].some((name) => this.#over(i, name as LimitName, -1).limited);
    if (quote > 0 && judged && !(mid2 > 0)) yield this.#noPrice();
    yield* this.#sizes(order, price, this.lots(order));
    yield* this.#holds(order, price, this.lots(order), this.lots(order));
    yield* this.#loads(i, true);
  }

  *#amendChecks(
    order: NaiveOrder,
    next: { readonly price: number; readonly size: number },
  ): Generator<Verdict | undefined> {
    const { instrument: i } = order, { price, size } = next;
    yield* this.#allowed(i);
    if (!Number.isSafeInteger(size) || size <= 0) yield ["SIZE_GRID", "sizeGrid", "", size];
    if (Number.isNaN(order.price) ? !Number.isNaN(price) : !Number.isSafeInteger(price)) {
      yield ["PRICE_GRID", "priceGrid", "", price];
    }
    yield* this.#market(i, false);
    yield* this.#sizes(order, price, size);
    yield* this.#holds(order, price, size - order.filled, size - order.filled);
    yield* this.#loads(i, false);
  }

  *#allowed(i: number): Generator<Verdict | undefined> {
    if (this.limits[i].restricted) yield ["RESTRICTED", "restricted", "", NaN];
  }

  *#form(order: NaiveOrder): Generator<Verdict | undefined> {
    const { type, price, trigger, size, quote, tif, postOnly } = order;
    const priced = [LIMIT, STOP_LIMIT, ICEBERG].includes(type);
    const triggered = [STOP, STOP_LIMIT, MARKET_IF_TOUCHED, TRAILING_STOP].includes(type);
    if (priced !== Number.isSafeInteger(price)) yield ["PRICE_GRID", "priceGrid", "", price];
    if (triggered && !Number.isSafeInteger(trigger)) yield ["PRICE_GRID", "priceGrid", "", trigger];
    if (!Number.isSafeInteger(size) || (quote === 0 && size <= 0)) yield ["SIZE_GRID", "sizeGrid", "", quote || size];
    if (quote > 0 && (type !== MARKET || this.#inverse(order.instrument))) yield ["ORDER_FORM", "form", "", NaN];
    if (type === TRAILING_STOP && trigger <= 0) yield ["ORDER_FORM", "form", "", NaN];
    if (postOnly && (!priced || tif === IOC || tif === FOK)) yield ["ORDER_FORM", "form", "", NaN];
  }

  *#market(i: number, fresh: boolean): Generator<Verdict | undefined> {
    const { world } = this;
    const open = this.orders.filter((each) => each.open && each.instrument === i).length;
    if (world.halted[i]) yield this.#over(i, "haltedOrders", open + (fresh ? 1 : 0), "INSTRUMENT_HALTED").says;
    if (world.stale[i]) yield ["STALE_BOOK", "book", "", NaN];
    yield this.#over(i, "dataAgeMs", (world.now - world.heard[i]) / 1e6, "STALE_DATA").says;
    yield this.#over(i, "heartbeatAgeMs", (world.now - world.beatAt) / 1e6, "HEARTBEAT").says;
  }

  *#sizes({ instrument: i }: NaiveOrder, price: number, lots: number): Generator<Verdict | undefined> {
    const mid2 = this.world.mids2[i], last = this.world.lasts[i];
    yield this.#over(i, "orderSize", lots, "ORDER_SIZE").says;
    yield this.#over(i, "orderSizeMin", lots, "ORDER_SIZE_MIN", true).says;
    const { lotSize, contract } = this.instruments[i], at2 = Number.isNaN(price) ? mid2 : 2 * price;
    const value = this.#inverse(i) ? lots * lotSize * contract : this.#value(i, lots, at2);
    if (["notional", "notionalMin"].some((name) => this.#over(i, name as LimitName, -1).limited)) {
      if (Number.isNaN(at2)) yield this.#noPrice();
    }
    yield this.#over(i, "notional", value, "NOTIONAL").says;
    yield this.#over(i, "notionalMin", value, "NOTIONAL_MIN", true).says;
    if (Number.isNaN(price)) return;
    const reference = (this.limits[i].referencePrice as number | undefined ?? NaN) / this.instruments[i].tickSize;
    const collars = [
      ["priceBand", mid2, "PRICE_BAND"],
      ["collarLast", 2 * last, "COLLAR_LAST"],
      ["collarReference", 2 * reference, "COLLAR_REFERENCE"],
    ] as const;
    for (const [name, from2, code] of collars) {
      if (!this.#over(i, name, -1).limited) continue;
      if (Number.isNaN(from2)) yield this.#noPrice();
      yield this.#over(i, name, Math.abs(2 * price - from2) / Math.abs(from2), code).says;
    }
  }

  /** `size` is what may still be filled of the order. */
  *#holds(order: NaiveOrder, price: number, left: number, size: number): Generator<Verdict | undefined> {
    const { instrument: i, side, reduceOnly, type } = order, { positions } = this.world;
    if (reduceOnly) {
      yield this.#over(i, "reduceOnly", size - Math.max(0, -side * positions[i]), "REDUCE_ONLY", false, 0).says;
    }
    if (![STOP, STOP_LIMIT, MARKET_IF_TOUCHED, TRAILING_STOP].includes(type)) {
      yield this.#over(i, "selfTrade", this.#own(order, price), "OWN_ORDER").says;
    }
    // All that follows is told with the order as it would be, and without.
    const others = this.orders.filter((each) => each.open && each !== order);
    const before = order.open ? [...others, order] : others;
    const after = [...others, {
      ...order,
      open: true,
      price,
      size: order.filled + Math.max(left, this.#left(order)),
      judged: 0,
      next: undefined,
    }];
    const lots = this.#worst(after, i, side), added = lots - this.#worst(before, i, side);
    if (left > this.#left(order) && added > 0) {
      if (side < 0) yield this.#over(i, "shortSelling", lots, "SHORT_SELLING").says;
      yield this.#over(i, "position", lots, "POSITION").says;
      yield* this.#exposures(i, side, before, after);
    }
    if (!reduceOnly) yield this.#cash(order, price, Math.max(left, this.#left(order)));
  }

  *#exposures(
    i: number,
    side: number,
    before: readonly NaiveOrder[],
    after: readonly NaiveOrder[],
  ): Generator<Verdict | undefined> {
    const same = this.instruments.map((_, j) => j).filter((j) =>
      this.instruments[j].currency === this.instruments[i].currency
    );
    const worse = (orders: readonly NaiveOrder[], j: number) =>
      Math.max(this.#worst(orders, j, 1), this.#worst(orders, j, -1));
    const own = this.#value(i, worse(after, i));
    const gross = same.reduce((sum, j) => sum + this.#value(j, worse(after, j)), 0);
    const net = same.reduce((sum, j) => sum + this.#value(j, this.#worst(after, j, side)), 0);
    const grows = worse(after, i) > worse(before, i);
    const gauge = (name: LimitName) => this.#over(i, name, -1).limited;
    const missing = same.some((j) => worse(after, j) !== 0 && Number.isNaN(this.world.mids2[j]));
    if (grows && missing && (gauge("grossExposure") || gauge("concentration") || gauge("leverage"))) {
      yield this.#noPrice();
    }
    if (grows) {
      const alone = this.limits[i].grossExposure;
      if (typeof alone === "number" && own > alone) yield ["GROSS_EXPOSURE", "grossExposure", this.#name(i), own];
      for (const scope of WIDE) {
        const limit = this.scopes[scope]?.grossExposure;
        if (typeof limit === "number" && gross > limit) yield ["GROSS_EXPOSURE", "grossExposure", scope, gross];
      }
    }
    if (gauge("netExposure") && Number.isNaN(net)) yield this.#noPrice();
    yield this.#over(i, "netExposure", net, "NET_EXPOSURE").says;
    if (!grows) return;
    const equity = this.#equity(i), base = Math.max(gross, equity);
    if (base > 0) yield this.#over(i, "concentration", own / base, "CONCENTRATION").says;
    yield this.#over(i, "leverage", equity > 0 ? gross / equity : Infinity, "LEVERAGE").says;
  }

  #cash(order: NaiveOrder, price: number, left: number): Verdict | undefined {
    const { instrument: i } = order, { currency } = this.instruments[i];
    const { limited } = this.#over(i, "overdraft", -1);
    if (!limited) return undefined;
    const each = !order.open
      ? this.each(order, price)
      : Number.isNaN(price)
      ? this.#eachOf(order)
      : Math.max(this.each(order, price), this.#eachOf(order));
    const before = this.#left(order) * this.#eachOf(order), money = left * each;
    if (money <= before) return undefined;
    if (Number.isNaN(money)) return this.#noPrice();
    const others = this.orders.filter((other) => other.open && other !== order);
    const reserved = others.filter((other) => this.instruments[other.instrument].currency === currency)
      .reduce((sum, other) => sum + this.#left(other) * this.#eachOf(other), 0);
    const short = reserved + money - this.world.cash[this.#currency(i)];
    return short > 0 ? this.#over(i, "overdraft", short / 1e8, "CASH").says : undefined;
  }

  *#loads(i: number, fresh: boolean): Generator<Verdict | undefined> {
    const open = (j?: number) =>
      this.orders.filter((each) => each.open && (j === undefined || each.instrument === j)).length;
    if (fresh) yield this.#counted(i, "openOrders", "OPEN_ORDERS", (j) => open(j) + 1);
    const within = (j: number | undefined, kinds: readonly boolean[]) =>
      this.requests.filter(({ at, instrument, cancel }) =>
        at > this.world.now - 1e9 && (j === undefined || instrument === j) && kinds.includes(cancel)
      ).length;
    const rates = [
      ["messageRate", "MESSAGE_RATE", [true, false]],
      ["orderRate", "ORDER_RATE", [false]],
      ["cancelRate", "CANCEL_RATE", [true]],
    ] as const;
    for (const [name, code, kinds] of rates) {
      // Cancels pass whatever the rate: no more are counted than twice the limit and 16.
      const kept = (limit: number) => 2 * Math.max(1, Math.floor(limit)) + 16;
      yield this.#counted(i, name, code, (j, limit) => Math.min(kept(limit), within(j, kinds)) + 1);
    }
    yield this.#counted(i, "orderToTrade", "ORDER_TO_TRADE", (j, _, from) => {
      const sent = 1 +
        this.requests.filter(({ instrument, cancel }) => !cancel && (j === undefined || instrument === j)).length;
      const fills = this.fills.filter((instrument) => j === undefined || instrument === j).length;
      return sent > from ? sent / Math.max(1, fills) : 0;
    });
  }

  /** What counts apart in each scope: `count` of one instrument, or of all. */
  #counted(
    i: number,
    name: LimitName,
    code: string,
    count: (instrument: number | undefined, limit: number, from: number) => number,
  ): Verdict | undefined {
    for (const scope of [undefined, ...WIDE]) {
      const given = scope === undefined ? this.limits[i] : this.scopes[scope], limit = given?.[name];
      if (typeof limit !== "number") continue;
      const observed = count(scope === undefined ? i : undefined, limit, given?.orderToTradeFrom ?? 100);
      if (observed > limit) return [code, name, scope ?? this.#name(i), observed];
    }
    return undefined;
  }

  /** Holds a value against a limit in all scopes of an instrument, its own first. */
  #over(
    i: number,
    name: LimitName,
    observed: number,
    code = "",
    least = false,
    floor = -Infinity,
  ): { readonly limited: boolean; readonly says: Verdict | undefined } {
    const found = [
      [this.#name(i), this.limits[i][name]],
      ...WIDE.map((scope) => [scope, this.scopes[scope]?.[name]]),
    ] as const;
    const given = found.filter(([, limit]) => typeof limit === "number");
    const value = Math.max(floor, observed);
    const broken = given.find(([, limit]) => least ? value < Number(limit) : value > Number(limit));
    return { limited: given.length > 0, says: broken && [code, name, String(broken[0]), value] };
  }

  /** The position towards `side` with all open orders of the side filled; reduce-only ones bring it to zero at most. */
  #worst(orders: readonly NaiveOrder[], i: number, side: number): number {
    const of = orders.filter((each) => each.instrument === i && each.side === side);
    const lots = (reduceOnly: boolean) =>
      of.filter((each) => each.reduceOnly === reduceOnly).reduce((sum, each) => sum + this.#left(each), 0);
    const held = side * this.world.positions[i];
    return lots(false) + (held >= 0 ? held : Math.min(0, held + lots(true)));
  }

  #left(order: NaiveOrder): number {
    if (!order.open) return 0;
    return Math.max(0, Math.max(order.size, order.next?.size ?? 0, order.judged ?? 0) - order.filled);
  }

  #own({ instrument, side }: NaiveOrder, price: number): number {
    const reaches = (at: number) => Number.isNaN(price) || (at - price) * side <= 0;
    return this.orders.filter((other) =>
      other.open && other.instrument === instrument && other.side === -side && [LIMIT, ICEBERG].includes(other.type) &&
      (reaches(other.price) || (other.next !== undefined && reaches(other.next.price)))
    ).reduce((sum, other) => sum + this.#left(other), 0);
  }

  /** Minor units that a lot of an order would take out of the cash at a price. */
  each({ instrument: i, side, type, trigger }: NaiveOrder, price: number): number {
    if (side !== (this.#inverse(i) ? -1 : 1)) return 0;
    const mid2 = this.world.mids2[i];
    const at = (price2: number) =>
      Math.ceil(this.#inverse(i) ? this.#units(i) * 2 / price2 : Math.max(0, this.#units(i) * price2 / 2));
    if (!Number.isNaN(price)) return at(2 * price);
    return type === STOP || type === MARKET_IF_TOUCHED ? Math.max(at(mid2), at(2 * trigger)) : at(mid2);
  }

  #eachOf(order: NaiveOrder): number {
    if (Number.isNaN(order.price)) return order.each ?? 0;
    return Math.max(this.each(order, order.price), order.next ? this.each(order, order.next.price) : 0);
  }

  #equity(i: number): number {
    return this.world.cash[this.#currency(i)] / 1e8;
  }

  #value(i: number, lots: number, price2 = this.world.mids2[i]): number {
    if (lots === 0) return 0;
    const units = this.#inverse(i) ? 2 * lots * this.#units(i) / price2 : lots * this.#units(i) * Math.abs(price2) / 2;
    return units / 1e8;
  }

  /** Minor units, 1e-8, of a lot at a price of one tick. */
  #units(i: number): number {
    const { tickSize, lotSize, contract } = this.instruments[i];
    return Math.round(1e8 * (this.#inverse(i) ? lotSize * contract / tickSize : tickSize * lotSize * contract));
  }

  #currency(i: number): number {
    return [...new Set(this.instruments.map(({ currency }) => currency))].indexOf(this.instruments[i].currency);
  }

  #inverse(i: number): boolean {
    return this.instruments[i].kind === "inverse";
  }

  #name(i: number): string {
    return `instruments.${this.instruments[i].symbol}`;
  }

  #noPrice(): Verdict {
    return ["NO_PRICE", "price", "", NaN];
  }
}
