/** What happens when an order of ours would meet another of ours. */
export type SelfTradePolicy = "allow" | "cancel_newest" | "cancel_oldest" | "cancel_both" | "decrement";

/** How a simulated venue behaves beyond its tape. */
export interface VenueOptions {
  /** whole: an order is filled in one piece or not at all. partial: no more than what traded or stood there. */
  readonly fills: "whole" | "partial";
  /** frozen: the tape goes on as recorded, what we took stays taken until it says otherwise. insert: our orders stand in the book. */
  readonly impact: "frozen" | "insert";
  readonly selfTrade: SelfTradePolicy;
  /** On levels, with whole fills and a frozen tape: hftbacktest's outcome also where ours would be another. */
  readonly like?: "hftbacktest";
  /** true: a tape of single orders is read as one of levels, on which the queue model says where we stand. */
  readonly asLevels?: boolean;
}
