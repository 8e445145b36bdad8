// Over 400 lines because all that changes a resting order must keep queues, index, account and digest in step.
import { BUY, SELL } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import { Digest } from "../core/digest.ts";
import { FOK, GTC, IOC, POST_ONLY } from "../oms/order_table.ts";
import {
  HEAD,
  ID_HIGH,
  ID_LOW,
  LEVEL,
  LEVEL_PRICE,
  LEVEL_SIZE,
  NEXT,
  OrderQueues,
  OWNER,
  SIZE,
} from "../book/order_queues.ts";
import { SequentialIndex } from "../book/sequential_index.ts";
import type { MarketOptions, MarketSink } from "./market_options.ts";
import { MarketRisk } from "./market_risk.ts";
import type { SelfTradePolicy } from "./venue_options.ts";

/** Kinds of digest records. */
const ORDER = 1, FILL = 2, REDUCED = 3, REFUSED = 4, AMENDED = 5;
/** In the tag of an ORDER record: it has no limit price. */
const NO_LIMIT = 1 << 16;

/**
 * An order-driven market for one instrument: accounts send orders, which meet by price and then time.
 *
 * - A trade is at the resting order's price.
 * - Orders get ids from 1 in the order of submission, refused ones too.
 * - What an IOC or market order cannot fill at once is cancelled; a FOK order fills whole or is refused.
 * - A post-only order that would trade is refused.
 * - A market order goes no further than the price band.
 * - An amend to the same price and no larger size keeps its place; any other meets the market as a new order would, under
 *   its old id.
 * - Self-trades are allowed unless a policy says otherwise: cancel_newest drops the rest of the arriving order,
 *   cancel_oldest the resting one, cancel_both both, decrement takes the smaller size off both without a trade.
 *
 * Sizes are lots, prices integer ticks. The digest covers every order, fill, reduction, amend and refusal with the time in
 * `era` and `now`, which the owner sets. No objects are made per order.
 *
 * | operation | cost |
 * |---|---|
 * | `submit` | O(1) + O(orders it trades with) |
 * | `cancel`, `amend` | O(1) |
 * | `cancelAll` | O(resting orders) |
 * | memory | 36 to 100 bytes a resting order, slots reused; 44 bytes an account |
 *
 * @example
 * ```ts
 * import { BUY, SELL } from "../core/event.ts";
 * import { Market } from "./market.ts";
 * const market = new Market({ accounts: 2 });
 * market.submit(0, SELL, 101, 5);
 * market.submit(1, BUY, 102, 3);
 * if (market.trades !== 1 || market.position(1) !== 3 || market.bestAskSize !== 2) throw new Error("unexpected");
 * ```
 */
export class Market {
  /** Market time: an era of clock.ts and nanoseconds within it. */
  era = 0;
  now = 0;
  /** No orders are taken; cancels are. */
  halted = false;
  /** Orders submitted so far, which is also the last id. */
  orders = 0;
  /** Trades so far, one for each resting order that was met. */
  trades = 0;
  /** Price of the last trade in ticks, NaN before the first. */
  lastPrice = NaN;
  /** Lots that the last submit or amend filled at once. */
  filled = 0;
  /** Why the rest of the last order neither was filled nor rests: a code, or 0. */
  restCode = 0;
  readonly digest = new Digest();

  readonly #queues = new OrderQueues();
  readonly #index = new SequentialIndex();
  readonly #risk: MarketRisk;
  readonly #selfTrade: SelfTradePolicy;
  readonly #sink: MarketSink | undefined;

  /** Throws RangeError for a number of accounts or a limit that makes no sense. */
  constructor(options: MarketOptions) {
    this.#risk = new MarketRisk(options.accounts, options.limits ?? {});
    this.#selfTrade = options.selfTrade ?? "allow";
    this.#sink = options.sink;
  }

  /** Best bid in ticks, -Infinity where there is none. */
  get bestBid(): number {
    return this.#queues.bestBid;
  }

  /** Best ask in ticks, Infinity where there is none. */
  get bestAsk(): number {
    return this.#queues.bestAsk;
  }

  /** Lots at the best bid, 0 where there is none. */
  get bestBidSize(): number {
    return this.#queues.levelNumbers[this.#queues.bestLevel(BUY) * 4 + LEVEL_SIZE];
  }

  /** Lots at the best ask, 0 where there is none. */
  get bestAskSize(): number {
    return this.#queues.levelNumbers[this.#queues.bestLevel(SELL) * 4 + LEVEL_SIZE];
  }

  /** Orders that rest. */
  get resting(): number {
    return this.#queues.count;
  }

  /** Lots at a price of `side`, 0 where there is no level. */
  levelSize(side: number, price: number): number {
    return this.#queues.levelSize(side, price);
  }

  /** Copies the best `n` levels of `side`, best first, into three columns; returns how many there are. */
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array, counts: Int32Array): number {
    return this.#queues.top(side, n, prices, sizes, counts);
  }

  /** Lots an account holds, negative when short. */
  position(account: number): number {
    return this.#risk.positions[account];
  }

  /** Orders of an account that rest. */
  openOrders(account: number): number {
    return this.#risk.openOrders[account];
  }

  /** Lots a resting order has left, 0 where it does not rest. */
  orderSize(id: number): number {
    const slot = this.#slotOf(id);
    return slot === 0 ? 0 : this.#queues.orderSizes[slot * 4 + SIZE];
  }

  /** Price of a resting order in ticks, NaN where it does not rest. */
  orderPrice(id: number): number {
    const slot = this.#slotOf(id);
    return slot === 0 ? NaN : this.#queues.price(slot);
  }

  /** Lots in front of a resting order in its queue, -1 where it does not rest. */
  lotsAhead(id: number): number {
    const slot = this.#slotOf(id);
    return slot === 0 ? -1 : this.#queues.lotsAhead(slot);
  }

  /**
   * A limit order: `price` in ticks, `size` in lots, GTC, IOC or FOK, and POST_ONLY as a flag. Returns its id, or minus the
   * code of its refusal. Throws RangeError for an account that is not there.
   */
  submit(account: number, side: number, price: number, size: number, timeInForce = GTC, flags = 0): number {
    this.#expectAccount(account);
    const id = ++this.orders;
    this.filled = this.restCode = 0;
    if (this.halted) return this.#refuse(id, account, Code.HALTED);
    if ((side !== BUY && side !== SELL) || !isForm(timeInForce, flags)) {
      return this.#refuse(id, account, Code.ORDER_FORM);
    }
    const refusal = this.#risk.check(account, side, price, size, this.#reference(), this.now);
    if (refusal !== 0) return this.#refuse(id, account, refusal);
    if (timeInForce === FOK && this.#available(account, side, price, size) < size) {
      return this.#refuse(id, account, Code.NOT_FILLED_WHOLE);
    }
    if (flags === POST_ONLY && this.#crosses(side, price)) return this.#refuse(id, account, Code.WOULD_CROSS);
    const tag = ORDER | (side & 3) << 8 | timeInForce << 10 | flags << 13;
    this.digest.record(tag, this.era, this.now, id, account, price, size);
    const left = this.#match(id, account, side, price, size);
    if (left > 0) this.#rest(id, account, side, price, left, timeInForce, flags);
    return id;
  }

  /**
   * A market order: trades at once up to the end of the price band, and what is left is cancelled. Returns its id, or minus
   * the code of its refusal. Risk judges it by the best opposite price.
   */
  submitMarket(account: number, side: number, size: number): number {
    this.#expectAccount(account);
    const id = ++this.orders;
    this.filled = this.restCode = 0;
    if (this.halted) return this.#refuse(id, account, Code.HALTED);
    if (side !== BUY && side !== SELL) return this.#refuse(id, account, Code.ORDER_FORM);
    const touch = side === BUY ? this.bestAsk : this.bestBid;
    if (Math.abs(touch) === Infinity) return this.#refuse(id, account, Code.NO_LIQUIDITY);
    const reference = this.#reference();
    const refusal = this.#risk.check(account, side, touch, size, reference, this.now);
    if (refusal !== 0) return this.#refuse(id, account, refusal);
    this.digest.record(ORDER | (side & 3) << 8 | NO_LIMIT, this.era, this.now, id, account, 0, size);
    const worst = this.#risk.worstPrice(side, reference);
    const left = this.#match(id, account, side, worst, size);
    if (left > 0) this.#rest(id, account, side, worst, left, IOC, 0);
    return id;
  }

  /** Takes a resting order of an account out. Returns 0, or UNKNOWN_ORDER. */
  cancel(account: number, id: number): number {
    const slot = this.#ownSlot(account, id);
    if (slot === 0) return Code.UNKNOWN_ORDER;
    this.#reduce(slot, this.#queues.orderSizes[slot * 4 + SIZE], 0);
    return 0;
  }

  /** Takes all resting orders of an account out, bids before asks, each from the best; returns how many. */
  cancelAll(account: number): number {
    const queues = this.#queues;
    let count = 0;
    for (const side of [BUY, SELL]) {
      for (let level = queues.bestLevel(side); level !== 0;) {
        const behind = queues.levelBehind(level);
        for (let slot = queues.levels[level * 8 + HEAD]; slot !== 0;) {
          const next = queues.orders[slot * 8 + NEXT];
          if (queues.orders[slot * 8 + OWNER] >> 1 === account) {
            this.#reduce(slot, queues.orderSizes[slot * 4 + SIZE], 0);
            count++;
          }
          slot = next;
        }
        level = behind;
      }
    }
    return count;
  }

  /**
   * Gives a resting order of an account a new price, and `size` lots left to fill. Returns 0, or the code of the refusal,
   * upon which the order stays as it was.
   */
  amend(account: number, id: number, price: number, size: number): number {
    const slot = this.#ownSlot(account, id);
    if (slot === 0) return Code.UNKNOWN_ORDER;
    this.filled = this.restCode = 0;
    if (this.halted) return -this.#refuse(id, account, Code.HALTED);
    const queues = this.#queues, left = queues.orderSizes[slot * 4 + SIZE], side = queues.side(slot);
    const refusal = this.#risk.check(account, side, price, size, this.#reference(), this.now, left);
    if (refusal !== 0) return -this.#refuse(id, account, refusal);
    const flags = queues.orders[slot * 8 + OWNER] & 1 ? POST_ONLY : 0;
    if (flags === POST_ONLY && this.#crosses(side, price)) return -this.#refuse(id, account, Code.WOULD_CROSS);
    this.digest.record(AMENDED, this.era, this.now, id, account, price, size);
    if (price === queues.price(slot) && size <= left) {
      if (size < left) this.#reduce(slot, left - size, 0);
      return 0;
    }
    this.#index.hold(id, slot); // Until it rests again, or is gone.
    this.#reduce(slot, left, 0);
    const rest = this.#match(id, account, side, price, size);
    if (rest > 0) this.#rest(id, account, side, price, rest, GTC, flags);
    this.#index.release(id);
    return 0;
  }

  /** Trades an order against the other side up to its limit; returns the lots left of it, 0 also if a policy ended it. */
  #match(id: number, account: number, side: number, limit: number, size: number): number {
    const queues = this.#queues, { positions, openOrders, openBuys, openSells } = this.#risk;
    const { orders, orderSizes, levels, levelNumbers } = queues;
    const makersOpen = side === BUY ? openSells : openBuys, sink = this.#sink;
    const policed = this.#selfTrade !== "allow";
    let left = size;
    while (left > 0) {
      const level = queues.bestLevel(-side);
      if (level === 0) break;
      const price = levelNumbers[level * 4 + LEVEL_PRICE];
      if (side === BUY ? price > limit : price < limit) break;
      const slot = levels[level * 8 + HEAD], at = slot * 8;
      const makerAccount = orders[at + OWNER] >> 1, makerLeft = orderSizes[slot * 4 + SIZE];
      if (policed && makerAccount === account) {
        left = this.#meetSelf(id, price, slot, left);
        if (this.restCode !== 0) break;
        continue;
      }
      const maker = this.#idOf(slot);
      const lots = left < makerLeft ? left : makerLeft;
      left -= lots;
      this.trades++;
      this.filled += lots;
      this.lastPrice = price;
      positions[account] += side === BUY ? lots : -lots;
      positions[makerAccount] -= side === BUY ? lots : -lots;
      makersOpen[makerAccount] -= lots;
      if (lots === makerLeft) {
        openOrders[makerAccount]--;
        this.#index.release(maker);
        queues.remove(slot);
      } else {
        queues.reduce(slot, lots);
      }
      this.digest.record(FILL, this.era, this.now, maker, id, price, lots);
      if (sink !== undefined) sink.onTrade(maker, id, makerAccount, account, side, price, lots);
    }
    return left;
  }

  /** What is left of an order after matching rests, or is cancelled if it may not. */
  #rest(
    id: number,
    account: number,
    side: number,
    price: number,
    size: number,
    timeInForce: number,
    flags: number,
  ): void {
    if (this.restCode !== 0 || timeInForce !== GTC) {
      if (this.restCode === 0) this.restCode = Code.NOT_IMMEDIATE;
      this.digest.record(REDUCED, this.era, this.now, id, this.restCode, price, size);
      return;
    }
    const idHigh = (id / 4294967296) | 0, owner = account << 1 | (flags === POST_ONLY ? 1 : 0);
    this.#index.hold(id, this.#queues.append(side, price, size, owner, id | 0, idHigh));
    const risk = this.#risk;
    risk.openOrders[account]++;
    if (side === BUY) risk.openBuys[account] += size;
    else risk.openSells[account] += size;
    this.#sink?.onAdd?.(id, account, side, price, size);
  }
  /** An order meets one of its own account's; returns what is left of it. */
  #meetSelf(id: number, price: number, slot: number, left: number): number {
    const policy = this.#selfTrade, own = this.#queues.orderSizes[slot * 4 + SIZE];
    if (policy === "decrement") {
      const lots = Math.min(left, own);
      this.#reduce(slot, lots, Code.SELF_TRADE);
      this.digest.record(REDUCED, this.era, this.now, id, Code.SELF_TRADE, price, lots);
      if (lots === left) this.restCode = Code.SELF_TRADE;
      return left - lots;
    }
    if (policy !== "cancel_newest") this.#reduce(slot, own, Code.SELF_TRADE);
    if (policy !== "cancel_oldest") this.restCode = Code.SELF_TRADE;
    return left;
  }

  /** Takes lots off a resting order without a trade, and the order out with its last. */
  #reduce(slot: number, lots: number, code: number): void {
    const queues = this.#queues, risk = this.#risk, at = slot * 8;
    const account = queues.orders[at + OWNER] >> 1, id = this.#idOf(slot);
    const side = queues.side(slot), price = queues.price(slot);
    if (side === BUY) risk.openBuys[account] -= lots;
    else risk.openSells[account] -= lots;
    if (lots < queues.orderSizes[slot * 4 + SIZE]) {
      queues.reduce(slot, lots);
    } else {
      risk.openOrders[account]--;
      this.#index.release(id);
      queues.remove(slot);
    }
    this.digest.record(REDUCED, this.era, this.now, id, code, price, lots);
    this.#sink?.onReduce?.(id, account, side, price, lots, code);
  }

  #refuse(id: number, account: number, code: number): number {
    this.digest.record(REFUSED, this.era, this.now, id, account, code, 0);
    return -code;
  }

  #crosses(side: number, price: number): boolean {
    return side === BUY ? price >= this.bestAsk : price <= this.bestBid;
  }

  /** Lots that an order could trade at once up to its limit, counted no further than `enough`. */
  #available(account: number, side: number, limit: number, enough: number): number {
    const queues = this.#queues, policy = this.#selfTrade;
    let lots = 0;
    for (let level = queues.bestLevel(-side); level !== 0 && lots < enough; level = queues.levelBehind(level)) {
      const price = queues.levelNumbers[level * 4 + LEVEL_PRICE];
      if (side === BUY ? price > limit : price < limit) break;
      if (policy === "allow") {
        lots += queues.levelNumbers[level * 4 + LEVEL_SIZE];
        continue;
      }
      for (let slot = queues.levels[level * 8 + HEAD]; slot !== 0; slot = queues.orders[slot * 8 + NEXT]) {
        if (queues.orders[slot * 8 + OWNER] >> 1 !== account) lots += queues.orderSizes[slot * 4 + SIZE];
        else if (policy !== "cancel_oldest") return lots;
      }
    }
    return lots;
  }

  /** The middle of the book, else the last trade's price, which is NaN before the first. */
  #reference(): number {
    const middle = (this.#queues.bids.best - this.#queues.asks.best) / 2;
    return middle - middle === 0 ? middle : this.lastPrice;
  }

  #idOf(slot: number): number {
    const { orders } = this.#queues;
    return (orders[slot * 8 + ID_HIGH] >>> 0) * 4294967296 + (orders[slot * 8 + ID_LOW] >>> 0);
  }

  #slotOf(id: number): number {
    const slot = this.#index.get(id);
    return this.#queues.orders[slot * 8 + LEVEL] !== 0 && this.#idOf(slot) === id ? slot : 0;
  }

  #ownSlot(account: number, id: number): number {
    const slot = this.#slotOf(id);
    return slot !== 0 && this.#queues.orders[slot * 8 + OWNER] >> 1 === account ? slot : 0;
  }

  #expectAccount(account: number): void {
    if (account >= 0 && account < this.#risk.accounts && Number.isInteger(account)) return;
    throw new RangeError(`Cannot submit: account is ${account}; give one from 0 to ${this.#risk.accounts - 1}`);
  }
}

/** Whether a time in force and flags go together. */
function isForm(timeInForce: number, flags: number): boolean {
  if (flags === POST_ONLY) return timeInForce === GTC;
  return flags === 0 && (timeInForce === GTC || timeInForce === IOC || timeInForce === FOK);
}
