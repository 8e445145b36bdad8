import { formatDecimal } from "../../engine/core/decimal.ts";
import type { Decimal } from "../../engine/core/decimal.ts";
import type { Instrument } from "../../engine/core/instrument.ts";
import { instrumentNames } from "../../engine/core/instrument_names.ts";

/** Amounts of an asset are whole numbers of 10^-18 of it. */
export const AMOUNT_DECIMALS = 18;
/** Decimals that prices, sizes and amounts are written with, unless a grid needs more. */
const DECIMALS = 8;

/** One symbol of the exchange, "BTCUSDT", and how its numbers are written and read: an instrument of the session. */
export class SpotSymbol {
  readonly name: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: Decimal;
  readonly lot: Decimal;
  /** The session's name of it. */
  readonly instrument: string;

  /** `index` is the instrument's in the session. */
  constructor(readonly index: number, { tick, lot, ...about }: Instrument, instrument: string) {
    [this.base, this.quote] = assetsOf(about.symbol, about.currency);
    this.name = this.base + this.quote;
    this.tick = tick;
    this.lot = lot;
    this.instrument = instrument;
  }

  /** A price in ticks as text, "61800.20000000". */
  price(ticks: number): string {
    return written(ticks, this.tick);
  }

  /** Lots as text in the base asset. */
  size(lots: number): string {
    return written(lots, this.lot);
  }

  /** Lots as an amount of the base asset. */
  amount(lots: number): bigint {
    return BigInt(lots) * BigInt(this.lot.mantissa) * 10n ** BigInt(AMOUNT_DECIMALS - this.lot.decimals);
  }

  /** Ticks × lots as an amount of the quote asset. */
  value(ticksLots: bigint): bigint {
    const units = ticksLots * BigInt(this.tick.mantissa) * BigInt(this.lot.mantissa);
    return scaled(units, this.tick.decimals + this.lot.decimals);
  }

  /** What so many lots are worth at a price in ticks, as an amount of the quote asset: exact where a float is not. */
  worth(price: number, lots: number): bigint {
    return this.value(BigInt(price) * BigInt(lots));
  }

  /** What one of the base asset costs at a price in ticks, as an amount of the quote asset. */
  cost(ticks: number): bigint {
    return scaled(BigInt(ticks) * BigInt(this.tick.mantissa), this.tick.decimals);
  }

  /** Ticks of a price, however many digits it has; NaN where it is not on the grid. Throws RangeError for what is no number. */
  ticks(text: string): number {
    return onGrid(text, this.tick);
  }

  /** Lots of a size, likewise. */
  lots(text: string): number {
    return onGrid(text, this.lot);
  }
}

/**
 * The symbols of a session's instruments. Throws RangeError where a spot exchange could not have them: an inverse contract, one
 * with a multiplier, two of one name.
 */
export function spotSymbols(instruments: readonly Instrument[]): SpotSymbol[] {
  const names = instrumentNames(instruments), taken = new Map<string, string>();
  return instruments.map((each, index) => {
    if (each.kind !== "linear" || each.contract !== 1) {
      const what = each.kind === "linear" ? `has multiplier ${each.spec.multiplier}` : `is ${each.kind}`;
      throw new RangeError(
        `Cannot serve ${names[index]} as Binance spot does: it ${what}; give a tape of a spot market`,
      );
    }
    const symbol = new SpotSymbol(index, each, names[index]), other = taken.get(symbol.name);
    if (other !== undefined) {
      throw new RangeError(`Cannot serve ${names[index]} as ${symbol.name}: ${other} is; leave one of them out`);
    }
    taken.set(symbol.name, names[index]);
    return symbol;
  });
}

/** An amount as text, cut to 8 decimals: "0.12345678". */
export function amountText(amount: bigint): string {
  return formatDecimal(amount / 10n ** BigInt(AMOUNT_DECIMALS - DECIMALS), DECIMALS);
}

/** An amount of money as the engine writes it, "-61.80020000". */
export function amountOf(text: string): bigint {
  const [whole, part = ""] = text.replace("-", "").split(".");
  const units = scaled(BigInt(whole + part), part.length);
  return text.startsWith("-") ? -units : units;
}

function scaled(units: bigint, decimals: number): bigint {
  return decimals <= AMOUNT_DECIMALS
    ? units * 10n ** BigInt(AMOUNT_DECIMALS - decimals)
    : units / 10n ** BigInt(decimals - AMOUNT_DECIMALS);
}

/** "BTC-USDT" and "BTCUSDT" settled in USDT are both of BTC and USDT; what does not name its quote is quoted in its currency. */
function assetsOf(symbol: string, currency: string): readonly [base: string, quote: string] {
  const plain = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, ""), quote = plain(currency);
  const [first, second, more] = symbol.split(/[-/]/);
  if (second !== undefined && more === undefined && plain(first) !== "" && plain(second) !== "") {
    return [plain(first), plain(second)];
  }
  const whole = plain(symbol);
  return [whole.endsWith(quote) && whole.length > quote.length ? whole.slice(0, -quote.length) : whole, quote];
}

function written(steps: number, { mantissa, decimals }: Decimal): string {
  const units = steps * mantissa;
  const text = formatDecimal(Number.isSafeInteger(units) ? units : BigInt(steps) * BigInt(mantissa), decimals);
  if (decimals >= DECIMALS) return text;
  return `${text}${decimals === 0 ? "." : ""}${"0".repeat(DECIMALS - decimals)}`;
}

function onGrid(text: string, grid: Decimal): number {
  const [, whole, part = ""] = /^(\d+)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`Cannot read a number: ${JSON.stringify(text)} is not a decimal`);
  if (part.length > grid.decimals) return NaN;
  const units = BigInt(whole + part) * 10n ** BigInt(grid.decimals - part.length), step = BigInt(grid.mantissa);
  return units % step === 0n ? Number(units / step) : NaN;
}
