import type { Core } from "../../engine/core/core.ts";
import type { Commissions } from "./commissions.ts";
import { amountOf, amountText, type SpotSymbol } from "./spot_symbol.ts";
import type { SpotOrder } from "./spot_order.ts";

/** What the account has of an asset, and how much of that open orders hold. */
export interface Balance {
  readonly asset: string;
  readonly total: bigint;
  readonly locked: bigint;
}

/**
 * The account as a spot exchange tells of it: of a symbol's base asset the position, of its quote the cash, as commissions have it,
 * less what open orders would take. Where the session sells short or spends what it has not, there is less than nothing of an asset, and it says so.
 */
export class Balances {
  /** By asset: the instruments whose base it is, and the currency whose name it is. */
  readonly #assets = new Map<string, { readonly bases: SpotSymbol[]; readonly currencies: Set<number> }>();
  readonly #core: Core;
  readonly #commissions: Commissions;

  constructor(core: Core, symbols: readonly SpotSymbol[], commissions: Commissions) {
    this.#core = core;
    this.#commissions = commissions;
    const { currencyOf } = core.account.valuation;
    for (const symbol of symbols) {
      this.#asset(symbol.base).bases.push(symbol);
      this.#asset(symbol.quote).currencies.add(currencyOf[symbol.index]);
    }
  }

  /** Names of the assets. */
  get assets(): readonly string[] {
    return [...this.#assets.keys()];
  }

  /** Of some assets, with these orders open. */
  of(assets: Iterable<string>, open: Iterable<SpotOrder>): Balance[] {
    const locked = new Map<string, bigint>();
    for (const { symbol, side, open: lots, price } of open) {
      const sells = side === "SELL";
      if (!sells && Number.isNaN(price)) continue;
      const asset = sells ? symbol.base : symbol.quote;
      locked.set(asset, (locked.get(asset) ?? 0n) + (sells ? symbol.amount(lots) : symbol.worth(price, lots)));
    }
    return Array.from(assets, (asset) => ({ asset, total: this.#total(asset), locked: locked.get(asset) ?? 0n }));
  }

  #total(asset: string): bigint {
    const { account } = this.#core, { currencyScales } = account.valuation;
    const { bases, currencies } = this.#asset(asset);
    let total = this.#commissions.beside(asset);
    for (const symbol of bases) total += symbol.amount(account.position(symbol.index));
    for (const currency of currencies) total += amountOf(account.cash(currency).toString(currencyScales[currency]));
    return total;
  }

  #asset(name: string) {
    const known = this.#assets.get(name) ?? { bases: [], currencies: new Set<number>() };
    this.#assets.set(name, known);
    return known;
  }
}

/** Free and locked as text. */
export function freeAndLocked({ total, locked }: Balance): { readonly free: string; readonly locked: string } {
  return { free: amountText(total - locked), locked: amountText(locked) };
}
