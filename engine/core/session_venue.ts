import type { Code } from "./codes.ts";
import type { Columns } from "../feed/columns.ts";
import type { Stateful } from "./stateful.ts";

/** What a session needs of a venue: rows of its tape by exchange time, requests as they arrive, and its answers. */
export interface SessionVenue extends Stateful {
  /** Time at the venue: of the row or request it is at. */
  now: number;
  /** Set by `advance` when it stopped behind a row that made an answer. */
  answered: boolean;
  readonly expired: boolean;
  /** Orders resting or waiting for a trigger. */
  readonly open: number;
  /** Rows that named an order which is not in the book. */
  readonly unknownOrders: number;
  /** Applies the venue's rows from `from` on that happen before `limit`; stops early behind one that made an answer. */
  advance(columns: Columns, from: number, limit: number): number;
  /** Time of what comes next at the venue, with its cursor at `row`. */
  next(columns: Columns, row: number): number;
  /** So many lots are ours here that it did not trade, signed: what a session began with, or was told of. */
  hold(lots: number): void;
  arrive(slot: number): void;
  cancel(slot: number): void;
  amend(slot: number, price: number, size: number): void;
  timeUp(): void;
  cancelAll(code: Code): void;
  rebase(shift: number): void;
}
