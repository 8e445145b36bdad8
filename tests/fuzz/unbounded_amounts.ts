import type { Account } from "../../engine/account/account.ts";
import type { Instrument } from "../../engine/core/instrument.ts";

/** What a session's fills have cost, in numbers without a bound. */
export class UnboundedAmounts {
  /** By instrument: Σ signed ticks × lots, and fees in minor units. */
  readonly #ticks: bigint[];
  readonly #fees: bigint[];

  readonly #changed = new Set<number>();

  constructor(private readonly instruments: readonly Instrument[]) {
    this.#ticks = instruments.map(() => 0n);
    this.#fees = instruments.map(() => 0n);
  }

  fill(instrument: number, signedLots: number, price: number, fee: bigint): void {
    this.#ticks[instrument] += BigInt(signedLots) * BigInt(price);
    this.#fees[instrument] += fee;
  }

  /** Lots were turned into others, or into money: what they cost is not known here any more. */
  changed(instrument: number): void {
    this.#changed.add(instrument);
  }

  /** What an account has otherwise, as sentences. */
  *problems(account: Account): Generator<string> {
    const { valuation } = account, cash = valuation.currencies.map((_, c) => account.startingCash(c).toBigInt());
    for (const [i, { tick, lot, multiplier, symbol }] of this.instruments.entries()) {
      const decimals = tick.decimals + lot.decimals + multiplier.decimals, scale = valuation.scales[i];
      const unit = BigInt(tick.mantissa) * BigInt(lot.mantissa) * BigInt(multiplier.mantissa);
      // Both sides by the larger power of ten, so that neither is rounded.
      const paid = -this.#ticks[i] * unit * 10n ** BigInt(scale), balance = account.balance(i).toBigInt();
      const same = this.#changed.has(i) || paid === balance * 10n ** BigInt(decimals);
      if (!same) yield `${symbol}: a balance of ${balance}, and not ${paid}`;
      const fees = account.fees(i).toBigInt();
      if (fees !== this.#fees[i]) yield `${symbol}: fees of ${fees}, and not ${this.#fees[i]}`;
      const other = account.funding(i).toBigInt() + account.dividends(i).toBigInt();
      cash[valuation.currencyOf[i]] += balance - fees + other;
    }
    for (const [c, expected] of cash.entries()) {
      const has = account.cash(c).toBigInt();
      if (has !== expected) yield `${valuation.currencies[c]}: cash of ${has}, and not ${expected}`;
    }
  }
}
