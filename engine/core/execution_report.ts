/**
 * One event of an order's life, in the field's standard names (FIX 5.0 SP2): what a drop copy is made of. Plain data.
 *
 * Names and values are FIX's where it has them, values in words:
 *
 * | field | FIX tag | values |
 * |---|---|---|
 * | MsgType | 35 | ExecutionReport (8), OrderCancelReject (9): a cancel or amend that was refused |
 * | ExecID | 17 | counts the session's reports from 1 |
 * | OrderID | 37 | the order's id |
 * | TransactTime | 60 | when we learnt of it, ns since 1970-01-01 UTC |
 * | ExecType | 150 | PendingNew A, New 0, Trade F, Cancelled 4, Replaced 5, Rejected 8, Expired C, Suspended 9, Triggered L, PendingCancel 6, PendingReplace E, Restated D, OrderStatus I; of a reject: CancelReject |
 * | OrdStatus | 39 | as strategies see it: PendingNew A, New 0, PartiallyFilled 1, Filled 2, Cancelled 4, Replaced 5, PendingCancel 6, Rejected 8, Suspended 9, Expired C, PendingReplace E; Triggered has no tag of its own |
 * | Symbol | 55 | the instrument's; "symbol@venue" where several venues of the session trade it |
 * | Side | 54 | buy 1, sell 2 |
 * | OrderQty, CumQty, LeavesQty | 38, 14, 151 | in the instrument's unit; LeavesQty is 0 of an order that has ended |
 * | Price | 44 | null of an order without a limit, and of one that the session sent itself |
 * | LastPx, LastQty | 31, 32 | of a Trade; null and 0 else |
 * | AvgPx | 6 | of all that was filled; null before |
 * | Commission | 12 | of a Trade, in the instrument's currency, below 0 for a rebate; null else |
 * | LastLiquidityInd | 851 | maker 1, taker 2; "" where it is no Trade |
 * | Text | 58 | why: the name of a code (core/codes.ts); "" where there is nothing to say |
 */
export interface ExecutionReport {
  /** FIX 35. */
  readonly MsgType: "ExecutionReport" | "OrderCancelReject";
  /** FIX 17. */
  readonly ExecID: number;
  /** FIX 37. */
  readonly OrderID: number;
  /** FIX 60, ns since 1970-01-01 UTC. */
  readonly TransactTime: bigint;
  /** FIX 150. */
  readonly ExecType: ExecType;
  /** FIX 39. */
  readonly OrdStatus: string;
  /** FIX 55. */
  readonly Symbol: string;
  /** FIX 54. */
  readonly Side: "buy" | "sell";
  /** FIX 38. */
  readonly OrderQty: number;
  /** FIX 44. */
  readonly Price: number | null;
  /** FIX 31. */
  readonly LastPx: number | null;
  /** FIX 32. */
  readonly LastQty: number;
  /** FIX 14. */
  readonly CumQty: number;
  /** FIX 151. */
  readonly LeavesQty: number;
  /** FIX 6. */
  readonly AvgPx: number | null;
  /** FIX 12. */
  readonly Commission: number | null;
  /** FIX 851. */
  readonly LastLiquidityInd: "maker" | "taker" | "";
  /** FIX 58. */
  readonly Text: string;
}

/** What happened, see {@linkcode ExecutionReport}. */
export type ExecType =
  | "PendingNew"
  | "New"
  | "Trade"
  | "Cancelled"
  | "Replaced"
  | "Rejected"
  | "Expired"
  | "Suspended"
  | "Triggered"
  | "PendingCancel"
  | "PendingReplace"
  | "Restated"
  | "OrderStatus"
  | "CancelReject";
