import { BUY } from "../core/event.ts";
import { Code } from "../core/codes.ts";

/** What a {@linkcode Market} lets its accounts do; what is left out is unlimited. Each account has these limits for itself. */
export interface MarketLimits {
  /** Lowest and highest price in ticks. */
  readonly priceMin?: number;
  readonly priceMax?: number;
  /** Lots in one order. */
  readonly orderSizeMax?: number;
  /** Price × size in ticks × lots of one order, whatever the sign of the price. */
  readonly notionalMax?: number;
  /** Ticks from the reference price: the middle of the book, else the last trade, else `referencePrice`. */
  readonly priceBand?: number;
  /** Ticks: where the price band lies before there is a market. */
  readonly referencePrice?: number;
  /** Lots long or short, with all open orders of that direction filled; never more than 2^53 − 1, so that sums stay exact. */
  readonly positionMax?: number;
  /** Orders that rest at one time. */
  readonly openOrdersMax?: number;
  /** Submits and amends in one second of market time. */
  readonly messagesPerSecondMax?: number;
}

/**
 * The accounts of a {@linkcode Market} and the checks of what they send.
 *
 * Checks run in a fixed order, grid, bounds, size, notional, band, position, open orders, messages, and the first that fails
 * gives its code; 0 approves. Cancels are never checked. All columns are by account.
 */
export class MarketRisk {
  /** Lots held, negative when short. The sum over all accounts is 0 at any time. */
  readonly positions: Float64Array;
  /** Lots of resting bids, and of resting asks. */
  readonly openBuys: Float64Array;
  readonly openSells: Float64Array;
  /** Orders that rest. */
  readonly openOrders: Int32Array;

  readonly #priceMin: number;
  readonly #priceMax: number;
  readonly #orderSizeMax: number;
  readonly #notionalMax: number;
  readonly #priceBand: number;
  readonly #referencePrice: number;
  readonly #positionMax: number;
  readonly #openOrdersMax: number;
  readonly #messagesMax: number;
  readonly #secondEnds: Float64Array;
  readonly #messages: Int32Array;

  /** Throws RangeError for a number of accounts that is not an integer from 1 to below 2^30, and for limits below 0 or NaN. */
  constructor(readonly accounts: number, limits: MarketLimits) {
    if (!(Number.isInteger(accounts) && accounts >= 1 && accounts < 2 ** 30)) {
      throw new RangeError(`Cannot open a market: accounts is ${accounts}; give an integer from 1`);
    }
    this.positions = new Float64Array(accounts);
    this.openBuys = new Float64Array(accounts);
    this.openSells = new Float64Array(accounts);
    this.openOrders = new Int32Array(accounts);
    this.#secondEnds = new Float64Array(accounts);
    this.#messages = new Int32Array(accounts);
    this.#priceMin = limits.priceMin ?? Number.MIN_SAFE_INTEGER;
    this.#priceMax = limits.priceMax ?? Number.MAX_SAFE_INTEGER;
    if (!(this.#priceMin <= this.#priceMax)) {
      throw new RangeError(
        `Cannot open a market: priceMin is ${this.#priceMin}, priceMax ${this.#priceMax}; give them in order`,
      );
    }
    this.#orderSizeMax = atLeastZero("orderSizeMax", limits.orderSizeMax);
    this.#notionalMax = atLeastZero("notionalMax", limits.notionalMax);
    this.#priceBand = atLeastZero("priceBand", limits.priceBand);
    this.#positionMax = atLeastZero("positionMax", limits.positionMax ?? Number.MAX_SAFE_INTEGER);
    this.#openOrdersMax = atLeastZero("openOrdersMax", limits.openOrdersMax);
    this.#messagesMax = atLeastZero("messagesPerSecondMax", limits.messagesPerSecondMax);
    this.#referencePrice = limits.referencePrice ?? NaN;
  }

  /**
   * Judges an order: 0, or the code of the first check that fails. `resting` is what of it rests already, in an amend.
   * `reference` is the middle of the book or the last trade, NaN where there is none.
   */
  check(
    account: number,
    side: number,
    price: number,
    size: number,
    reference: number,
    now: number,
    resting = 0,
  ): number {
    if (!Number.isSafeInteger(price) || price < this.#priceMin || price > this.#priceMax) return Code.PRICE_GRID;
    if (!(size > 0 && Number.isSafeInteger(size))) return Code.SIZE_GRID;
    if (size > this.#orderSizeMax) return Code.ORDER_SIZE;
    if (Math.abs(price) * size > this.#notionalMax) return Code.NOTIONAL;
    if (this.#priceBand !== Infinity) {
      const middle = this.reference(reference);
      if (middle !== middle) return Code.NO_PRICE;
      if (Math.abs(price - middle) > this.#priceBand) return Code.PRICE_BAND;
    }
    const position = this.positions[account], more = size - resting;
    const worst = side === BUY ? position + this.openBuys[account] + more : this.openSells[account] + more - position;
    if (worst > this.#positionMax) return Code.POSITION;
    if (resting === 0 && this.openOrders[account] >= this.#openOrdersMax) return Code.OPEN_ORDERS;
    if (this.#messagesMax !== Infinity && !this.#countMessage(account, now)) return Code.MESSAGE_RATE;
    return 0;
  }

  /** The worst price that a market order may trade at: the far end of the band and the bounds; NaN where the band hangs in the air. */
  worstPrice(side: number, reference: number): number {
    if (this.#priceBand === Infinity) return side === BUY ? this.#priceMax : this.#priceMin;
    const middle = this.reference(reference);
    return side === BUY
      ? Math.min(Math.floor(middle + this.#priceBand), this.#priceMax)
      : Math.max(Math.ceil(middle - this.#priceBand), this.#priceMin);
  }

  /** The market's own reference price where it has one, else the one that was given. */
  reference(ofMarket: number): number {
    return ofMarket === ofMarket ? ofMarket : this.#referencePrice;
  }

  #countMessage(account: number, now: number): boolean {
    const end = this.#secondEnds[account];
    if (!(now < end && now >= end - 1e9)) {
      this.#secondEnds[account] = Math.floor(now / 1e9) * 1e9 + 1e9;
      this.#messages[account] = 0;
    }
    if (this.#messages[account] >= this.#messagesMax) return false;
    this.#messages[account]++;
    return true;
  }
}

function atLeastZero(name: string, limit = Infinity): number {
  if (limit >= 0) return limit;
  throw new RangeError(`Cannot open a market: ${name} is ${limit}; give a number from 0, or leave it out`);
}
