import type { Amount, Money } from "../core/money.ts";
import type { Valuation } from "../account/valuation.ts";
import { closest } from "../core/closest.ts";
import type { Keeper } from "../core/stateful.ts";
import { type Execution, type FeeModel, type FeeRates, FREE } from "./fee_model.ts";
import type { FeeSpec } from "./fees.ts";

/**
 * Fees of several venues in one session: each instrument is charged by the model of its own.
 *
 * - The models know nothing of each other: volume at one venue moves no tier at another.
 *
 * @example
 * ```ts
 * import { NoFees, ProportionalFees } from "./fees.ts";
 * import { VenueFees } from "./venue_fees.ts";
 * const fees = new VenueFees([new NoFees(), new ProportionalFees("0.0002", "0.0007")]);
 * if (fees.rates(1, 1).rate.mantissa !== 7) throw new Error("unexpected");
 * ```
 */
export class VenueFees implements FeeModel {
  /** One model by instrument, in the session's order. */
  constructor(private readonly models: readonly FeeModel[]) {}

  fee(execution: Readonly<Execution>, notional: Amount, into: Money): void {
    this.models[execution.instrument].fee(execution, notional, into);
  }

  rates(instrument: number, liquidity: number): FeeRates {
    return this.models[instrument].rates?.(instrument, liquidity) ?? FREE;
  }

  save(): unknown {
    return this.models.map((model) => (model as Keeper).save?.() ?? null);
  }

  load(state: unknown): void {
    (state as unknown[]).forEach((each, i) => (this.models[i] as Keeper).load?.(each));
  }
}

/** Reads "maker=0.001,taker=0.001; okx: maker=0.0008,taker=0.001", each part by `parse`; what has no name is for all others. */
export function parseVenues(text: string, parse: (text: string) => FeeSpec): FeeSpec {
  const venues: Record<string, FeeSpec> = {};
  let others: FeeSpec | undefined;
  for (const part of text.split(";")) {
    const at = part.indexOf(":"),
      venue = part.slice(0, Math.max(0, at)).trim(),
      spec = parse(part.slice(at + 1).trim());
    if (venue === "" ? others !== undefined : Object.hasOwn(venues, venue)) {
      throw new RangeError(`Cannot read fees: those of ${venue || "all other venues"} are given twice; leave one out`);
    }
    if (venue === "") others = spec;
    else venues[venue] = spec;
  }
  return { ...others, venues };
}

/** Builds the model of single venues and all others by `model`; RangeError for a venue at which nothing trades. */
export function venueModel(
  venues: Readonly<Record<string, FeeSpec>>,
  others: FeeSpec,
  valuation: Valuation,
  model: (spec: FeeSpec, valuation: Valuation) => FeeModel,
): VenueFees {
  const names = valuation.instruments.map(({ venue }) => venue);
  const stray = Object.keys(venues).find((venue) => !names.includes(venue));
  if (stray !== undefined) {
    throw new RangeError(`Cannot charge fees of ${stray}: no instrument trades there; ${closest(stray, names)}`);
  }
  const rest = model(others, valuation);
  const models = new Map(Object.keys(venues).map((venue) => [venue, model(venues[venue], valuation)]));
  return new VenueFees(names.map((venue) => models.get(venue) ?? rest));
}
