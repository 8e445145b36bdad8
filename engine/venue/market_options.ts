import type { MarketLimits } from "./market_risk.ts";
import type { SelfTradePolicy } from "./venue_options.ts";

/** Hears what happens in a {@linkcode Market}, in order. It must not send orders from within a call. */
export interface MarketSink {
  /** A trade; `side` is the taker's. What it leaves of the maker keeps its place. */
  onTrade(
    maker: number,
    taker: number,
    makerAccount: number,
    takerAccount: number,
    side: number,
    price: number,
    size: number,
  ): void;
  /** An order, or what was not filled of it at once, joins the back of the queue at `price`. */
  onAdd?(id: number, account: number, side: number, price: number, size: number): void;
  /** `lots` leave a resting order without a trade; it is gone when none are left. `code` is 0 where its owner asked for it. */
  onReduce?(id: number, account: number, side: number, price: number, lots: number, code: number): void;
}

/** How a {@linkcode Market} is set up. */
export interface MarketOptions {
  /** How many accounts there are, numbered from 0. */
  readonly accounts: number;
  readonly limits?: MarketLimits;
  /** What happens when an account would trade with itself; "allow" unless said. */
  readonly selfTrade?: SelfTradePolicy;
  readonly sink?: MarketSink;
}
