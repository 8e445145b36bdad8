import { EVENT_NAMES } from "../oms/order_life.ts";
import type { Command } from "./command.ts";

/** What a journal calls what an exchange told a session. */
export const VENUE_REPORT = "venue_report";

/** What an exchange says of no order, but of a position: that funding was paid. */
export const FUNDING_PAID = "Funding";

/** What an exchange says of an order of ours, in the session's own units. It is plain JSON, and stands in the journal as it is. */
export interface VenueReport {
  /** Our id of the order; 0 for an execution of none that we know, which is booked as the session's own, and for funding. */
  readonly order: number;
  /** By name, see order_life.ts: "Acknowledged", "Fill", "CancelDone" …; or "Funding". */
  readonly event: string;
  /** Ticks: of a fill, and of a ReplaceDone. */
  readonly price?: number;
  /** Lots: of a fill, in all of a ReplaceDone and of a Sized. */
  readonly lots?: number;
  readonly maker?: boolean;
  /** Why, a code of codes.ts. */
  readonly code?: number;
  /** What a fill cost, a decimal of the settlement currency; as the fee model has it where absent. */
  readonly fee?: string;
  /**
   * What funding came to, received, or paid where it is below 0: a decimal of the settlement currency. The tape of an instrument of
   * which it is told has no rows of funding, which would pay it again.
   */
  readonly funding?: string;
  /** The exchange's name of the execution. */
  readonly execution?: string;
  /** Of an execution of no order, and of funding: the instrument's full name, "BTCUSDT@binance-spot"; of an execution 1 for bought, -1 for sold. */
  readonly instrument?: string;
  readonly side?: number;
}

/** The report in a journal's command; undefined where it is another. */
export function reportIn(command: Command): VenueReport | undefined {
  return command.kind === VENUE_REPORT ? command as Command & VenueReport : undefined;
}

/** The event's number. Throws RangeError for a name that is none. */
export function eventOf({ event }: VenueReport): number {
  const number = EVENT_NAMES.indexOf(event);
  if (number >= 0) return number;
  throw new RangeError(`Cannot take a report: event is ${event}; it is one of ${EVENT_NAMES.join(", ")}`);
}
