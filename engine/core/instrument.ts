import { type Decimal, formatDecimal, parseDecimal } from "./decimal.ts";

/** What trades, as a tape's metadata and `--instrument` files state it. Decimals are strings, so they are exact. */
export interface InstrumentSpec {
  /** The venue's own name of it, "BTCUSDT". */
  readonly symbol: string;
  /** Where it trades, "binance-usdm". */
  readonly venue: string;
  /** Smallest step of price, "0.1". */
  readonly tick: string;
  /** Smallest step of size, "0.001". */
  readonly lot: string;
  /** linear: value = price × size × multiplier. inverse: value = size × multiplier ÷ price, settled in base. */
  readonly kind?: "linear" | "inverse" | "quanto";
  /** Units of value per unit of size; "1" unless said. */
  readonly multiplier?: string;
  /** Currency that profit, loss and fees are paid in; "USD" unless said. */
  readonly currency?: string;
  /** ISO 8601 UTC time after which it no longer trades. */
  readonly expiry?: string;
  /** Trading hours; round the clock in UTC where absent. */
  readonly calendar?: Calendar;
  /** ISO 8601 UTC time from which this metadata holds. */
  readonly validFrom?: string;
  /** ISO 8601 UTC time until which it holds. */
  readonly validTo?: string;
}

/** When an instrument's trading day ends, for day orders. */
export interface Calendar {
  /** Minutes after midnight UTC at which the trading day ends; 0 is midnight itself. */
  readonly closeMinuteUtc: number;
}

/** An instrument with its scales worked out, as the engine uses it. */
export interface Instrument {
  /** The venue's own name of it, "BTCUSDT". */
  readonly symbol: string;
  /** Where it trades, "binance-usdm". */
  readonly venue: string;
  /** linear: value = price × size × multiplier. inverse: value = size × multiplier ÷ price, settled in base. */
  readonly kind: "linear" | "inverse" | "quanto";
  /** Smallest step of price. */
  readonly tick: Decimal;
  /** Smallest step of size. */
  readonly lot: Decimal;
  /** Units of value per unit of size. */
  readonly multiplier: Decimal;
  /** Currency that profit, loss and fees are paid in. */
  readonly currency: string;
  /** ISO 8601 UTC time after which it no longer trades. */
  readonly expiry?: string;
  /** Trading hours. */
  readonly calendar: Calendar;
  /** What it was made of. */
  readonly spec: InstrumentSpec;
  /** `tick` as a float, for figures only. */
  readonly tickSize: number;
  /** `lot` as a float, likewise. */
  readonly lotSize: number;
  /** `multiplier` as a float, likewise. */
  readonly contract: number;
}

/**
 * Checks a spec and works out its scales. Throws RangeError that names the field, its value and the remedy.
 *
 * @example
 * ```ts
 * import { instrument } from "./instrument.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.1", lot: "0.001", currency: "USDT" });
 * if (btc.tick.mantissa !== 1 || btc.tick.decimals !== 1) throw new Error("unexpected");
 * ```
 */
export function instrument(spec: InstrumentSpec): Instrument {
  const positive = (name: "tick" | "lot" | "multiplier", text: string): Decimal => {
    const value = parseDecimal(text);
    if (value.mantissa <= 0) {
      throw new RangeError(`Cannot use instrument ${spec.symbol}: ${name} is ${text}; it must be above 0`);
    }
    return value;
  };
  if (!spec.symbol) throw new RangeError(`Cannot use an instrument without a symbol: symbol is ${spec.symbol}`);
  const tick = positive("tick", spec.tick);
  const lot = positive("lot", spec.lot);
  const multiplier = positive("multiplier", spec.multiplier ?? "1");
  return {
    symbol: spec.symbol,
    venue: spec.venue,
    kind: spec.kind ?? "linear",
    tick,
    lot,
    multiplier,
    currency: spec.currency ?? "USD",
    expiry: spec.expiry,
    calendar: spec.calendar ?? { closeMinuteUtc: 0 },
    spec,
    tickSize: toFloat(tick),
    lotSize: toFloat(lot),
    contract: toFloat(multiplier),
  };
}

/** The nearest float of a decimal: one correctly rounded parse, so 616597 at 1 decimal is exactly 61659.7. */
export function toFloat({ mantissa, decimals }: Decimal): number {
  return Number(formatDecimal(mantissa, decimals));
}
