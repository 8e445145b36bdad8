/** A trade of the market. */
export interface SpotTrade {
  /** From 1, without a gap. */
  readonly id: number;
  /** ms since 1970, as clients see it. */
  readonly time: number;
  /** Ticks. */
  readonly price: number;
  readonly lots: number;
  readonly buyerIsMaker: boolean;
}
