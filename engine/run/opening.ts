import { type Decimal, parseDecimal, POWERS_OF_TEN } from "../core/decimal.ts";
import type { Instrument } from "../core/instrument.ts";
import { findInstrument } from "../core/instrument_names.ts";
import type { OpeningPosition } from "../core/session_options.ts";

/** What a session begins with of an instrument. */
export interface PositionSpec {
  /** A decimal, below 0 where it is short: "0.250". */
  readonly size: string;
  /** What it was bought or sold at, a decimal; the nearest tick is taken. */
  readonly price: string;
}

/**
 * Positions by instrument, in lots and ticks; undefined where a session begins with nothing of it. Throws RangeError for an unknown
 * name, and for a size that is no whole number of lots.
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { openingPositions } from "./opening.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance-spot", tick: "0.1", lot: "0.001" });
 * const [position] = openingPositions({ BTCUSDT: { size: "-0.25", price: "61000.04" } }, [btc]);
 * if (position?.lots !== -250 || position.price !== 610000) throw new Error("unexpected");
 * ```
 */
export function openingPositions(
  positions: Readonly<Record<string, PositionSpec>>,
  instruments: readonly Instrument[],
): readonly (OpeningPosition | undefined)[] {
  const found: (OpeningPosition | undefined)[] = instruments.map(() => undefined);
  const specs = instruments.map(({ spec }) => spec);
  for (const [name, { size, price }] of Object.entries(positions)) {
    const index = findInstrument(specs, name), { tick, lot } = instruments[index];
    const lots = steps(size, lot);
    if (Math.abs(lots - Math.round(lots)) > 1e-6) {
      throw new RangeError(
        `Cannot begin with ${size} of ${name}: its lot is ${instruments[index].spec.lot}; give whole lots`,
      );
    }
    if (Math.round(lots) !== 0) found[index] = { lots: Math.round(lots), price: Math.round(steps(price, tick)) };
  }
  return found;
}

function steps(text: string, step: Decimal): number {
  const { mantissa, decimals } = parseDecimal(text);
  return mantissa * POWERS_OF_TEN[step.decimals] / (POWERS_OF_TEN[decimals] * step.mantissa);
}
