/** An amount of money in minor units of its currency, exact, as those read it who do not count it; see {@linkcode Money}. */
export interface AmountView {
  /** Below 0 where it is less than `other`, above where it is more. */
  compare(other: AmountView): number;
  /** -1, 0 or 1. */
  sign(): number;
  /** The nearest float of it in whole currency, which has 10^scale units. */
  toNumber(scale: number): number;
  /** A decimal to the last digit, in whole currency. */
  toString(scale: number): string;
  /** The count of units. */
  toBigInt(): bigint;
}

/** An amount that is set by whoever is given it. */
export interface AmountTarget extends AmountView {
  /** Makes it 0. */
  clear(): AmountTarget;
  /** Makes it `amount`. */
  set(amount: AmountView): AmountTarget;
  /** Adds `amount`. */
  add(amount: AmountView): AmountTarget;
  /** Takes `amount` off. */
  subtract(amount: AmountView): AmountTarget;
  /** Adds `a` × `b` units, both whole numbers. */
  addProduct(a: number, b: number): AmountTarget;
  /** Multiplies by `numerator` ÷ `denominator`, rounded half away from zero. */
  mulDiv(numerator: number, denominator: number): AmountTarget;
}
