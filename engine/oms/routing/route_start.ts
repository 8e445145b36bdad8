import { closest } from "../../core/closest.ts";
import { POWERS_OF_TEN } from "../../core/decimal.ts";
import type { Context } from "../../core/strategy.ts";
import type { RouteMarket } from "./route_market.ts";
import { amount, type CompleteSettings } from "./route_request.ts";

/** The instruments of a symbol, or of a name of the settings. */
export function instrumentsOf(name: string, symbols: CompleteSettings["symbols"], context: Context): number[] {
  const { instruments } = context;
  const named = Object.hasOwn(symbols, name) ? symbols[name].map((each) => context.instrument(each)) : undefined;
  const found = named ?? instruments.map((_, i) => i).filter((i) => instruments[i].symbol === name);
  if (found.length > 0) return [...new Set(found)].sort((a, b) => a - b);
  const near = closest(name, [...new Set([...Object.keys(symbols), ...instruments.map(({ symbol }) => symbol)])]);
  throw new RangeError(`Cannot route ${name}: no instrument of this session has the symbol; ${near}`);
}

/** By source: its part of a size in whole lots, by weight. What rounding leaves goes to the weights in their order. */
export function partsOf(market: RouteMarket, weights: Readonly<Record<string, number>>, size: number): Float64Array {
  const { lotUnits } = market.book, parts = new Float64Array(market.instruments.length);
  const given = Object.entries(weights).map(([name, weight]) => ({
    source: market.sourceOf(name),
    weight: amount("weight", weight),
  }));
  const decimals = Math.max(...given.map(({ weight }) => weight.decimals));
  const scaled = given.map(({ weight }) => BigInt(weight.mantissa) * BigInt(POWERS_OF_TEN[decimals - weight.decimals]));
  const all = scaled.reduce((sum, weight) => sum + weight, 0n);
  let over = size;
  const add = (source: number, units: number) => {
    const part = Math.floor(units / lotUnits[source]) * lotUnits[source];
    parts[source] += part;
    over -= part;
  };
  given.forEach(({ source }, i) => add(source, Number(BigInt(size) * scaled[i] / all)));
  for (const { source } of given) add(source, over);
  return parts;
}
