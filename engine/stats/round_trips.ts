/** One closed position, for display. Prices and profit are floats in whole currency. */
export interface RoundTrip {
  readonly entryTime: number;
  readonly exitTime: number;
  /** 1 long, -1 short. */
  readonly side: number;
  readonly lots: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly pnl: number;
  /** Profit over the value at entry: 0.01 is 1 %. */
  readonly returnFraction: number;
}
