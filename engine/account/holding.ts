import { type Amount, Money } from "../core/money.ts";

/** Limbs of the amounts below and the four plain numbers: what a snapshot keeps of one holding. */
const AMOUNTS = 11;
/** Numbers in a snapshot of one holding. */
export const HOLDING_NUMBERS = 2 * AMOUNTS + 3;

/**
 * What an account keeps of one instrument: the netted position, what it cost, and what has come of it.
 *
 * - `cost` is the total cost of the open position, signed as its value is, so no remainder of an average is ever lost:
 *   reducing by r of h lots takes cost × r ÷ h off it, rounded half away from zero, and the rest stays.
 * - `balance` + `cost` = `realised` after every change.
 * - A round trip goes from flat to flat. A fill through zero ends one and begins the next.
 *
 * All methods take constant time and allocate nothing.
 */
export class Holding {
  /** Signed lots: below 0 is short. */
  lots = 0;
  /** Round trips that have ended. */
  trips = 0;
  /** Lots opened in the round trip under way. */
  tripLots = 0;
  /** Signed value that the open lots were taken on at. */
  readonly cost = new Money();
  /** −Σ of the signed values of all fills. */
  readonly balance = new Money();
  /** Profit less loss of the lots given up again, before fees. */
  readonly realised = new Money();
  /** Fees paid, less rebates. */
  readonly fees = new Money();
  /** Funding received, less paid. */
  readonly funding = new Money();
  /** Dividends received, less owed. */
  readonly dividends = new Money();
  /** Of the round trip under way: signed values of entries and exits, profit before fees, fees, funding and dividends. */
  readonly tripEntry = new Money();
  readonly tripExit = new Money();
  readonly tripRealised = new Money();
  readonly tripFees = new Money();
  readonly tripIncome = new Money();

  /** All amounts in the order in which a snapshot keeps them. */
  readonly #amounts = [
    this.cost,
    this.balance,
    this.realised,
    this.fees,
    this.funding,
    this.dividends,
    this.tripEntry,
    this.tripExit,
    this.tripRealised,
    this.tripFees,
    this.tripIncome,
  ];

  /** Takes on `lots` (signed, of the position's own sign or from flat) for a signed value. */
  open(lots: number, value: Amount): void {
    this.lots += lots;
    this.tripLots += Math.abs(lots);
    this.cost.add(value);
    this.balance.subtract(value);
    this.tripEntry.add(value);
  }

  /**
   * Gives up `numerator` ÷ `denominator` of the position for a signed value of the other sign; the caller sets `lots`.
   *
   * `scratch` is overwritten.
   */
  reduce(numerator: number, denominator: number, value: Amount, scratch: Money): void {
    const part = scratch.set(this.cost).mulDiv(numerator, denominator);
    this.cost.subtract(part);
    this.balance.subtract(value);
    this.tripExit.subtract(value);
    const gain = part.add(value).negate();
    this.realised.add(gain);
    this.tripRealised.add(gain);
  }

  /** Pays a fee (below zero: takes a rebate). */
  pay(fee: Amount): void {
    this.fees.add(fee);
    this.tripFees.add(fee);
  }

  /** Forgets the round trip that has ended. */
  endTrip(): void {
    this.trips++;
    this.tripLots = 0;
    this.tripEntry.clear();
    this.tripExit.clear();
    this.tripRealised.clear();
    this.tripFees.clear();
    this.tripIncome.clear();
  }

  /** Writes HOLDING_NUMBERS numbers at an offset. */
  snapshot(into: Float64Array, offset: number): void {
    into[offset++] = this.lots;
    into[offset++] = this.trips;
    into[offset++] = this.tripLots;
    for (const amount of this.#amounts) {
      into[offset++] = amount.hi;
      into[offset++] = amount.lo;
    }
  }

  /** Takes back what snapshot wrote. */
  restore(from: ArrayLike<number>, offset: number): void {
    this.lots = from[offset++];
    this.trips = from[offset++];
    this.tripLots = from[offset++];
    for (const amount of this.#amounts) {
      amount.setLimbs(from[offset], from[offset + 1]);
      offset += 2;
    }
  }
}
