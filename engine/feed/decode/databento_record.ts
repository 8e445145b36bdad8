import type { InstrumentSpec } from "../../core/instrument.ts";

/** Shapes of records: one order's event, the best levels after an event, a trade alone. */
export const ORDER = 0, LEVELS = 1, PRINT = 2;

/** Actions, as the letters that stand in records. */
export const ACTION_ADD = 65, ACTION_CANCEL = 67, ACTION_FILL = 70, ACTION_MODIFY = 77;
export const ACTION_NONE = 78, ACTION_CLEAR = 82, ACTION_TRADE = 84;

/** Sides, as letters: A is the ask, or a seller who took; B the bid, or a buyer who took; N neither. */
export const SIDE_ASK = 65, SIDE_BID = 66, SIDE_NONE = 78;

/** Flags: last record of an event, top of book instead of an order, from a snapshot, the feed had an unrecoverable gap. */
export const FLAG_LAST = 0x80, FLAG_TOP_OF_BOOK = 0x40, FLAG_SNAPSHOT = 0x20, FLAG_BAD_BOOK = 0x04;

/** Levels of a side a record holds at most. */
export const LEVELS_MAX = 10;

/**
 * One Databento record, the same from CSV and DBN: readers fill the one they have and hand it on.
 *
 * Prices are whole 1e-9 below 2^53 in magnitude, NaN where undefined; levels are best first, and an absent one has price NaN.
 */
export class DatabentoRecord {
  shape = ORDER;
  action = 0;
  side = 0;
  price = NaN;
  size = 0;
  flags = 0;
  idLow = 0;
  idHigh = 0;
  sequence = 0;
  /** Time at the exchange, ts_event. */
  eventSec = 0;
  eventNs = 0;
  /** Time of capture, ts_recv. */
  recvSec = 0;
  recvNs = 0;
  /** Line or record of the file, from 1. */
  place = 0;
  /** Levels of each side that the record can hold: 0, 1 or 10. */
  levels = 0;
  readonly bidPrices = new Float64Array(LEVELS_MAX);
  readonly bidSizes = new Float64Array(LEVELS_MAX);
  readonly bidCounts = new Float64Array(LEVELS_MAX);
  readonly askPrices = new Float64Array(LEVELS_MAX);
  readonly askSizes = new Float64Array(LEVELS_MAX);
  readonly askCounts = new Float64Array(LEVELS_MAX);
}

/** What the readers of Databento files are given. */
export interface DatabentoReaderOptions {
  /** Takes each record of the instrument; it is one object, filled anew each time. */
  readonly onRecord: (record: DatabentoRecord) => void;
  /** The instrument to take, by symbol or instrument id; needed when a file has several. */
  readonly symbol?: string;
  /** What the file says of the instrument. */
  readonly describe?: (facts: Partial<InstrumentSpec>) => void;
}
