import type { AlgoName } from "./parent_request.ts";

/** The states of a parent; what is in force until it has ended, then how it ended. */
export type ParentState =
  | "Waiting"
  | "Working"
  | "Paused"
  | "Ending"
  | "Filled"
  | "Cancelled"
  | "Expired"
  | "Refused";

/** What a parent's fills cost against a price: above 0 they were worse, below 0 better. */
export interface Slippage {
  /** The price they are held against, in ticks. */
  readonly price: number;
  /** On each lot, in ticks. */
  readonly ticks: number;
  /** In all, in the instrument's currency, before fees. */
  readonly money: number;
  /** In hundredths of a percent of the price; null where that is 0. */
  readonly bps: number | null;
}

/**
 * A parent order as it stands, or ended: plain data, which JSON writes and reads without loss. Figures are floats for people.
 *
 * Prices are in ticks, sizes in lots, times in Unix seconds.
 */
export interface ParentView {
  /** What `start` returned. */
  readonly id: number;
  /** How it works. */
  readonly algo: AlgoName;
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** Its symbol; "BTCUSDT@okx" where several venues trade it. */
  readonly symbol: string;
  /** BUY (1) or SELL (-1). */
  readonly side: number;
  /** In all; while an amend downwards waits for its cancels, what cannot be taken back counts. */
  readonly size: number;
  /** Lots filled. */
  readonly filled: number;
  /** Of children that are open or on their way, as far as we know. */
  readonly open: number;
  /** Waiting (for its condition), Working, Paused, Ending; then Filled, Cancelled, Expired or Refused. */
  readonly state: ParentState;
  /** Why it ended, or its last child was refused: a code of core/codes.ts; 0 where there is nothing to say. */
  readonly code: number;
  /** The worst price; null where there is none. */
  readonly limit: number | null;
  /** Of its fills; null before the first. */
  readonly averagePrice: number | null;
  /** Orders sent. */
  readonly children: number;
  /** Fills of them. */
  readonly fills: number;
  /** Of a conditional one, when its condition held; before, when it was asked for. */
  readonly startedSec: number;
  /** null while it is not over. */
  readonly endedSec: number | null;
  /** From start to end, or until now. */
  readonly durationSec: number;
  /** What the market traded meanwhile, as it reached us. */
  readonly marketLots: number;
  /** Filled ÷ marketLots; null where the market traded nothing. */
  readonly participation: number | null;
  /**
   * Against the middle of our book at its start; the average price of the market's trades from start to end (of bars, of a
   * third of high + low + close, by volume); and the market's last price, when the session has ended the one at its end.
   * null where there is no such price, or no fill, or a split lies between.
   */
  readonly slippage: {
    readonly arrival: Slippage | null;
    readonly vwap: Slippage | null;
    readonly close: Slippage | null;
  };
  /** What a reader should know, one sentence each. */
  readonly notes: readonly string[];
}
