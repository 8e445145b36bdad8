import type { CheckSeen } from "../risk/explain.ts";

/** A market as it stood: prices in ticks, sizes in lots; null where a side is empty. */
export interface MarketSeen {
  readonly bid: number | null;
  readonly bidSize: number;
  readonly ask: number | null;
  readonly askSize: number;
  /** Ticks; null where a side is empty. */
  readonly mid: number | null;
}

/** What the strategy knew when it sent the order. */
export interface SeenBySender extends MarketSeen {
  /** The best levels of each side, best first: price and size. */
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
  /** Price of the last trade in ticks; null before the first. */
  readonly lastPrice: number | null;
  /** Rows of the tape that had reached it, and how old the last of them was, in ns. */
  readonly rows: number;
  readonly ageNs: number | null;
  /** Lots. */
  readonly position: number;
  readonly openOrders: number;
}

/** A row of the tape. */
export interface CauseRow {
  /** Counted from 1. */
  readonly row: number;
  /** "depth", "trade", "execute", … */
  readonly kind: string;
  /** BUY (1), SELL (-1) or NONE (0): of a trade the aggressor's, of all else what rests. */
  readonly side: number;
  readonly price: number;
  readonly size: number;
}

/**
 * What the simulated venue of a session on rows as they arrive came to know too late for the modelled time of its answer: the
 * answer was here when it knew. See `LateFeed`.
 */
export interface KnownLate {
  readonly known: bigint;
  /** When the answer would have been here by its latency. */
  readonly modelled: bigint;
}

/** A request on its way, and the answer to it; times in ns since 1970-01-01 UTC, null where it did not come to it. */
export interface Leg {
  readonly what: "new" | "cancel" | "amend";
  /** The callback it came from, or the command. */
  readonly from: string;
  readonly sent: bigint;
  readonly arrived: bigint | null;
  readonly answered: bigint | null;
  /** Absent where the venue knew what to answer in time. */
  readonly late?: KnownLate;
  readonly heard: bigint | null;
  /** "Acknowledged", "Fill", "Reject", …; with the code's name where there is one. */
  readonly answer: string | null;
  /** Of an amend: what was asked for. */
  readonly price?: number;
  readonly size?: number;
}

/** A request that was never sent: the order could not be cancelled or amended then, or risk refused. */
export interface RequestRefused {
  readonly what: "cancel" | "amend";
  readonly from: string;
  readonly time: bigint;
  readonly why: string;
}

/** Where the order stood in the queue of its price. */
export interface QueuePoint {
  readonly time: bigint;
  /** Row of the tape that changed it, from 1; null where the order's own arrival or amend did. */
  readonly row: number | null;
  /** Lots of others before it: by the queue model a float, 0 when it is next; exact on single orders. */
  readonly ahead: number;
  /** Lots of others at its price. */
  readonly level: number;
}

/** One fill, and the market around it. */
export interface FillStory {
  /** At the venue, and when we heard; null where the run ended before. */
  readonly time: bigint;
  readonly heard: bigint | null;
  /** Absent where the venue knew of it in time. */
  readonly late?: KnownLate;
  readonly price: number;
  readonly lots: number;
  readonly liquidity: "maker" | "taker";
  /** Exact, in the instrument's currency; null where it was not heard of. */
  readonly fee: string | null;
  /** At the venue, before and after what caused it. */
  readonly before: MarketSeen | null;
  readonly after: MarketSeen | null;
  /** null where the order's own arrival caused it. */
  readonly cause: CauseRow | null;
  /** Lots before it in the queue just before; null for a taker. */
  readonly ahead: number | null;
}

/** One thing that happened to the order, for a list in order of time. */
export interface StoryEvent {
  readonly time: bigint;
  readonly at: "us" | "venue";
  /**
   * "sent", "new arrived", "Acknowledged", "Fill", "CancelDone", …; an answer stands twice: as it left, and as we heard it; and in
   * between, "Fill known only now", where the venue knew too late.
   */
  readonly what: string;
  /** Ticks and lots, where the event has them; null for no price. */
  readonly price?: number | null;
  readonly size?: number;
  /** As a request found it. */
  readonly market?: MarketSeen;
  /** Of the order, once we had heard. */
  readonly state?: string;
}

/** An order's whole story. Prices are in ticks and sizes in lots unless said; times are ns since 1970-01-01 UTC. */
export interface OrderStory {
  readonly run: string;
  readonly order: number;
  readonly strategy: string;
  readonly instrument: {
    readonly symbol: string;
    /** The symbol; "BTCUSDT@okx" where several venues of the run trade it. */
    readonly name: string;
    readonly venue: string;
    readonly tick: string;
    readonly lot: string;
    readonly currency: string;
  };
  readonly request: {
    readonly side: "buy" | "sell";
    readonly type: string;
    readonly tif: string;
    readonly price: number | null;
    readonly size: number;
    readonly trigger: number | null;
    readonly display: number | null;
    readonly postOnly: boolean;
    readonly reduceOnly: boolean;
    /** Of the session itself: to liquidate, or to close what is left at the end. */
    readonly bySession: boolean;
  };
  readonly sent: bigint;
  /**
   * The callback it came from: "onTimer 1", "onBook"; "command c1" where somebody outside sent it; "session" where it is of the
   * session's own.
   */
  readonly from: string;
  readonly saw: SeenBySender;
  /** Risk's checks in their order; none of the session's own orders. */
  readonly checks: readonly CheckSeen[];
  /** Why it never left; absent where it did. */
  readonly refused?: { readonly code: string; readonly text: string };
  /**
   * Whether the venue learnt of the market as we did, as in a paper session: times at the venue are modelled then, and it came to
   * know of them later.
   */
  readonly lateKnowledge: boolean;
  readonly legs: readonly Leg[];
  readonly refusedRequests: readonly RequestRefused[];
  readonly queue: {
    /** "exact", or the queue model's name; "" where there is no queue. */
    readonly model: string;
    /** At changes; of very many, every second, fourth, … */
    readonly points: readonly QueuePoint[];
    readonly changes: number;
  };
  readonly fills: readonly FillStory[];
  readonly events: readonly StoryEvent[];
  readonly end: { readonly state: string; readonly time: bigint | null; readonly code: string };
  readonly filled: number;
  /** Ticks; null where nothing was filled. */
  readonly averagePrice: number | null;
  /** Exact, in the instrument's currency. */
  readonly fees: string;
  /** Against the middle that the strategy saw, above 0 where the fills were worse; null where there is none. */
  readonly slippage:
    | { readonly mid: number; readonly ticks: number; readonly bps: number; readonly money: number }
    | null;
  /** The parent order it is a slice of. */
  readonly parent?: { readonly id: number; readonly algo: string };
  /** The group of linked orders it is of, with all orders that group has sent so far. */
  readonly link?: { readonly id: number; readonly kind: string; readonly orders: readonly number[] };
  /** How much of the run was made again for it, and whether that is what the journal says. */
  readonly replay: { readonly records: number; readonly equal: boolean; readonly difference?: string };
  readonly warnings: readonly string[];
}
