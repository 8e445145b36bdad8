/** What risk allows, per instrument; `unlimited` is stated, never implied by an absent field. */
export interface Limits {
  /** Lots one order may have. */
  readonly orderSize: number | "unlimited";
  /** Value one order may have, in the instrument's currency. */
  readonly notional: number | "unlimited";
  /** How far a limit price may lie from the middle of our book, as a fraction of it: 0.1 is 10 %. */
  readonly priceBand: number | "unlimited";
  /** Lots the position may reach either way, were all open orders of the side filled. */
  readonly position: number | "unlimited";
  /** Orders open at once. */
  readonly openOrders: number | "unlimited";
  /** Requests (orders, amends, cancels) in any one second. */
  readonly messageRate: number | "unlimited";
}

/** Nothing is limited: what a backtest has where nothing is given, and says so. */
export const UNLIMITED: Limits = {
  orderSize: "unlimited",
  notional: "unlimited",
  priceBand: "unlimited",
  position: "unlimited",
  openOrders: "unlimited",
  messageRate: "unlimited",
};

/**
 * Completes limits with `unlimited`, and checks them. Throws RangeError that names the limit and its value.
 */
export function limits(given: Partial<Limits>): Limits {
  const result: Record<string, number | "unlimited"> = { ...UNLIMITED };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(UNLIMITED, name)) {
      throw new RangeError(`Cannot set limit ${name}: it is none of ${Object.keys(UNLIMITED).join(", ")}`);
    }
    if (value !== "unlimited" && !(typeof value === "number" && value >= 0)) {
      throw new RangeError(`Cannot set limit ${name}: ${value} is neither a number of 0 or more nor "unlimited"`);
    }
    result[name] = value;
  }
  return result as unknown as Limits;
}
