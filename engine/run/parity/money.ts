import { minus, plus } from "../../live/decimals.ts";
import type { RunResult } from "../../stats/result.ts";

/** Exact amounts by currency, as decimals: `{ USDT: "-1.25" }`. */
export type CurrencyAmounts = Readonly<Record<string, string>>;

/** What a run gained, by currency. */
export function pnlOf({ instruments }: Pick<RunResult, "instruments">): CurrencyAmounts {
  const sums: Record<string, string> = {};
  for (const { currency, exact } of Object.values(instruments)) {
    sums[currency] = plus(sums[currency] ?? "0", exact.pnl);
  }
  return sums;
}

/**
 * a − b, currency by currency.
 *
 * @example
 * ```ts
 * import { less } from "./money.ts";
 * if (less({ USDT: "0.3" }, { USDT: "0.1" }).USDT !== "0.2") throw new Error("unexpected");
 * ```
 */
export function less(a: CurrencyAmounts, b: CurrencyAmounts): CurrencyAmounts {
  return each(a, b, minus);
}

/** a + b, currency by currency. */
export function sum(a: CurrencyAmounts, b: CurrencyAmounts): CurrencyAmounts {
  return each(a, b, plus);
}

/** Whether there is nothing of any currency. */
export function isNothing(amounts: CurrencyAmounts): boolean {
  return Object.values(amounts).every((amount) => amount === "0");
}

function each(a: CurrencyAmounts, b: CurrencyAmounts, of: (a: string, b: string) => string): CurrencyAmounts {
  const currencies = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...currencies].map((currency) => [currency, of(a[currency] ?? "0", b[currency] ?? "0")]));
}
