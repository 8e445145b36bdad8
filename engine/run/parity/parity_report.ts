import type { JournalHeader } from "../../core/journal_format.ts";
import type { Difference } from "../journal_comparison.ts";
import type { Shares } from "../order_difference.ts";
import type { Cause } from "./causes.ts";
import type { CurrencyAmounts } from "./money.ts";

/** Whether a session's journal, replayed, makes the same decisions. */
export interface DecisionsCompared {
  /** Orders, cancels, amends and refusals of ours in the journal, and how many of them came again before the first difference. */
  readonly made: number;
  readonly same: number;
  /** All output records, likewise. */
  readonly records: number;
  readonly recordsSame: number;
  readonly first?: Difference;
}

/** One side of the comparison. */
export interface SideFigures {
  readonly orders: number;
  readonly fills: number;
  readonly pnl: CurrencyAmounts;
}

/** What one switch changed. */
export interface SwitchStep {
  readonly cause: Cause;
  /** What was switched, in words. */
  readonly switched: string;
  /** Orders, answers, commands or fees that it is about. */
  readonly cases: number;
  /** Orders and fills that the session has on one side of the switch alone. */
  readonly orders: number;
  readonly fills: number;
  /** P&L behind the switch, less that before it. */
  readonly money: CurrencyAmounts;
  /** P&L behind the switch. */
  readonly pnl: CurrencyAmounts;
}

/** What one cause came to, over all its switches. */
export type CauseRow = Pick<SwitchStep, "cause" | "cases" | "orders" | "fills" | "money">;

/** One order, as the backtest had it or as it happened. */
export interface OrderSide {
  readonly id: number;
  /** ns since 1970-01-01 UTC. */
  readonly sent: bigint;
  /** "Filled", "Cancelled", …; as it was last known where it stands open. */
  readonly state: string;
  readonly code: string;
  readonly filledLots: number;
  /** As a decimal of the instrument's price; null where nothing was filled. */
  readonly averagePrice: number | null;
  /** When the first fill was heard of; null without. */
  readonly filledAt: bigint | null;
  readonly fees: number;
  /** What its fills are worth at the last mark, after fees. */
  readonly worth: number;
}

/** One order on both sides; null where a side has none. */
export interface OrderBySide {
  readonly instrument: string;
  readonly side: "buy" | "sell";
  /** null where it has none. */
  readonly price: number | null;
  readonly size: number;
  readonly currency: string;
  readonly simulated: OrderSide | null;
  readonly happened: OrderSide | null;
  /** Worth as it happened, less worth as simulated. */
  readonly difference: number;
  /** "fee" where only its fees differ; else with which switch it became what it was, or was not sent any more: absent where none did. */
  readonly cause?: Cause;
}

/** What a session was, held against a backtest of it. */
export interface ParityReport {
  readonly run: string;
  readonly kind: "paper" | "live";
  readonly header: JournalHeader;
  /** Of a session that goes on, or was killed: up to when it is certified, ns since 1970-01-01 UTC. */
  readonly until?: bigint;
  readonly decisions: DecisionsCompared;
  readonly simulated: SideFigures;
  readonly happened: SideFigures;
  /** P&L as it happened, less that of the backtest: the sum of all causes. */
  readonly difference: CurrencyAmounts;
  /** Submits, cancels and amends that both sides have, and one alone: `was` is the backtest, `now` what happened. */
  readonly intents: Shares;
  readonly orders: Shares;
  readonly fills: Shares;
  /** All causes, those that came to nothing as well. */
  readonly causes: readonly CauseRow[];
  /** In the order in which they were switched. */
  readonly steps: readonly SwitchStep[];
  /** The ten orders whose worth differs most. */
  readonly worst: readonly OrderBySide[];
  readonly warnings: readonly string[];
  /** All decisions match, and nothing is unexplained. */
  readonly ok: boolean;
}
