import type { Decimal } from "../../engine/core/decimal.ts";
import { AMOUNT_DECIMALS, amountText, type SpotSymbol } from "./spot_symbol.ts";

/** What commissions are paid in. */
export const COMMISSIONS = ["quote", "received"] as const;

/** The quote asset always, or what is received: of a buy the base asset. */
export type CommissionMode = typeof COMMISSIONS[number];

/** What a fill cost. */
export interface Commission {
  readonly asset: string;
  /** Text of 8 decimals; below 0 a rebate. */
  readonly amount: string;
}

/** A fill as its commission hangs on it. */
export interface PaidFill {
  readonly symbol: SpotSymbol;
  readonly buys: boolean;
  /** Ticks. */
  readonly price: number;
  readonly lots: number;
  /** What the session booked, an amount of the quote asset. */
  readonly fee: bigint;
  /** The share of its value that it cost, where the session's fees say so. */
  readonly rate?: Decimal;
}

/** The smallest part of an asset in which an exchange keeps its commission: 10^-8, of amounts in 10^-18. */
const PART = 10n ** BigInt(AMOUNT_DECIMALS - 8);

/**
 * What fills cost as a spot exchange says it, and what there is of assets for that reason beside what the session books: it pays all
 * fees in money, and goes on to do so.
 *
 * - A commission in the quote asset is the session's fee, rounded to 8 decimals, half away from zero. The session may book more
 *   decimals: balances go by what was told, so that they are the sum of the trades to the last digit.
 * - A commission in the base asset is its share of what was bought, or, where the fee is no share, the session's fee at the price of
 *   the fill; rounded up to 8 decimals.
 * - A fill at a price of 0 or less has no worth in the base asset: its commission is in the quote.
 *
 * @example
 * ```ts
 * import { instrument } from "../../engine/core/instrument.ts";
 * import { Commissions } from "./commissions.ts";
 * import { amountOf, spotSymbols } from "./spot_symbol.ts";
 * const [symbol] = spotSymbols([instrument({ symbol: "BTC-USDT", venue: "v", tick: "0.1", lot: "0.001", currency: "USDT" })]);
 * const commissions = new Commissions("received");
 * const { asset, amount } = commissions.take({ symbol, buys: true, price: 300, lots: 1, fee: amountOf("0.02") });
 * // 0.02 at a price of 30.0.
 * if (asset !== "BTC" || amount !== "0.00066667") throw new Error(`${amount} ${asset}`);
 * if (commissions.beside("USDT") !== amountOf("0.02")) throw new Error("unexpected");
 * ```
 */
export class Commissions {
  /** By asset. */
  readonly #beside = new Map<string, bigint>();

  constructor(private readonly mode: CommissionMode) {}

  /** What a fill costs; noted in what there is. */
  take(fill: PaidFill): Commission {
    const { symbol: { base, quote }, buys, fee } = fill;
    const kept = this.mode === "received" && buys ? ofReceived(fill) : undefined;
    if (kept === undefined) {
      const paid = PART * nearest(fee, PART);
      this.#add(quote, fee - paid);
      return { asset: quote, amount: amountText(paid) };
    }
    this.#add(base, -kept);
    this.#add(quote, fee);
    return { asset: base, amount: amountText(kept) };
  }

  /** How much more there is of an asset than the session has booked; below 0 where it is less. */
  beside(asset: string): bigint {
    return this.#beside.get(asset) ?? 0n;
  }

  #add(asset: string, amount: bigint): void {
    this.#beside.set(asset, this.beside(asset) + amount);
  }
}

/** A commission in the base asset; undefined at a price at which nothing is worth anything. */
function ofReceived({ symbol, price, lots, fee, rate }: PaidFill): bigint | undefined {
  const worth = symbol.cost(price);
  if (worth <= 0n) return undefined;
  if (rate !== undefined) {
    const share = (amount: bigint) => amount * BigInt(rate.mantissa), of = 10n ** BigInt(rate.decimals);
    const difference = share(symbol.worth(price, lots)) - fee * of;
    // The session has rounded its fee; from the price it would not come back to the share that it is.
    if (difference < PART * of && -difference < PART * of) return PART * upward(share(symbol.amount(lots)), of * PART);
  }
  return PART * upward(fee * 10n ** 8n, worth);
}

/** a ÷ b, b above 0, as the next whole number. */
function upward(a: bigint, b: bigint): bigint {
  return a / b + (a % b > 0n ? 1n : 0n);
}

/** a ÷ b, b above 0, as the nearest whole number, half away from zero. */
function nearest(a: bigint, b: bigint): bigint {
  return (2n * a + (a < 0n ? -b : b)) / (2n * b);
}
