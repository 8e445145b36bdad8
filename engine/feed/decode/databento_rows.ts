import {
  ADD,
  AT_EXCHANGE,
  AT_LOCAL,
  BUY,
  CANCEL,
  CLEAR,
  DEPTH,
  EXECUTE,
  GAP,
  LAST,
  MODIFY,
  NONE,
  SELL,
  type Side,
  TRADE,
} from "../../core/event.ts";
import { type DecoderOptions, SourceError } from "../decoder.ts";
import {
  ACTION_ADD,
  ACTION_CANCEL,
  ACTION_CLEAR,
  ACTION_FILL,
  ACTION_MODIFY,
  ACTION_NONE,
  ACTION_TRADE,
  type DatabentoRecord,
  FLAG_BAD_BOOK,
  FLAG_LAST,
  FLAG_SNAPSHOT,
  FLAG_TOP_OF_BOOK,
  LEVELS,
  LEVELS_MAX,
  ORDER,
  SIDE_ASK,
  SIDE_BID,
  SIDE_NONE,
} from "./databento_record.ts";
import { FillQueue } from "./fill_queue.ts";
import { printUnitsAt, unitsAt } from "./place.ts";

/**
 * Turns Databento records into rows.
 *
 * Orders (schema mbo), L3:
 * - A is ADD, M is MODIFY, R is CLEAR of both sides, N only ends a message. C is CANCEL.
 * - A trade comes as T (the taker), one F for each resting order it met, and a C that takes the filled lots out. F and C of
 *   one order become one EXECUTE, at F's price; should M follow instead of C, EXECUTE and MODIFY. T becomes TRADE only for the lots
 *   that no F accounts for, so that EXECUTE and TRADE together are the traded volume, once. What an F says and no C or M
 *   takes out before the exchange's time moves on becomes TRADE, and leaves the book alone.
 * - T of side N (hidden orders, auctions) is TRADE of side NONE.
 * - The tick is learned from orders and executions. A TRADE between two ticks, such as a midpoint at half a cent, is left out
 *   and counted.
 *
 * Levels (mbp-1, mbp-10), L2: the difference from the record before, as DEPTH rows, levels that go first; T adds a TRADE row
 * before them, and none where T is of side N and between two ticks. A level that falls out of the best ten is taken out: the tape's book is what the source shows, no deeper.
 *
 * Prints (trades): TRADE rows.
 *
 * Exchange time is ts_event, local time ts_recv; records of a snapshot, whose ts_event is when the order was entered, have
 * ts_recv as both. F_LAST becomes LAST on the last row of its message, also when its own record makes no row. F_MAYBE_BAD_BOOK
 * becomes a GAP row, and is reported, where it first appears.
 */
export class DatabentoRows {
  readonly #options: DecoderOptions;
  readonly #unit: string;
  /** The sink's row is filled but not added yet: the next record may still show that it was the last of its message. */
  #open = false;
  #badBook = false;

  // The trade whose fills are still coming, and the fills whose cancels are.
  #tradeLeft = 0;
  /** As the record has it, in 10^-9; so are the fills' prices. */
  #tradePrice = 0;
  #tradeSide: Side = NONE;
  #tradeIsLast = false;
  #tradeIsMet = false;
  readonly #fills = new FillQueue();
  #fillSide: Side = NONE;
  #fillIsLast = false;
  #pendingSec = 0;
  #pendingNs = 0;
  #pendingRecvSec = 0;
  #pendingRecvNs = 0;
  #pendingPlace = 0;

  // Best levels of the record before, in ticks and lots, and of this one.
  #bids = new LevelColumns();
  #asks = new LevelColumns();
  #newBids = new LevelColumns();
  #newAsks = new LevelColumns();

  /** `unit` is what a place counts, "line" or "record". */
  constructor(options: DecoderOptions, unit: "line" | "record") {
    this.#options = options;
    options.sink.row.unit = unit;
    this.#unit = unit;
  }

  /** Takes one record. Throws SourceError where it makes no sense, and what the grids throw. */
  take(record: DatabentoRecord): void {
    const moved = record.eventSec !== this.#pendingSec || record.eventNs !== this.#pendingNs;
    if (moved && (this.#tradeLeft > 0 || this.#fills.count > 0)) this.#flush();
    const bad = (record.flags & FLAG_BAD_BOOK) !== 0;
    if (bad && !this.#badBook) {
      this.#options.gap({ place: record.place, expected: "an unbroken feed", found: "the flag F_MAYBE_BAD_BOOK" });
      this.#begin(record, GAP, NONE, 0, 0);
    }
    this.#badBook = bad;
    if (record.shape === ORDER) this.#order(record);
    else if (record.shape === LEVELS) this.#levels(record);
    else this.#print(record);
    // Some venues flag T, F and C each: the message has not ended while one of them still waits.
    const waits = this.#tradeLeft > 0 || this.#fills.count > 0;
    if ((record.flags & FLAG_LAST) !== 0 && this.#open && !waits) {
      this.#options.sink.row.flags |= LAST;
      this.#close();
    }
  }

  /** The source has ended: gives out what still waited. */
  end(): void {
    this.#flush();
    this.#close();
  }

  #order(record: DatabentoRecord): void {
    const { action } = record;
    if ((record.flags & FLAG_TOP_OF_BOOK) !== 0) {
      throw this.#error(record, "it is a top of book, not an order", "get the schema mbp-1 of this dataset");
    }
    if (action === ACTION_FILL) return this.#fill(record);
    this.#endTrade();
    switch (action) {
      case ACTION_ADD:
        return this.#place(record, ADD);
      case ACTION_MODIFY:
        this.#execute(record, this.#fills.take(record.idLow, record.idHigh, Infinity));
        return this.#place(record, MODIFY);
      case ACTION_CANCEL:
        return this.#cancel(record);
      case ACTION_TRADE:
        return this.#trade(record);
      case ACTION_CLEAR:
        return this.#begin(record, CLEAR, NONE, 0, 0);
      case ACTION_NONE:
        return;
    }
    throw this.#error(record, `action is ${letter(action)}`, "it must be one of A, C, M, R, T, F, N");
  }

  #place(record: DatabentoRecord, kind: number): void {
    const side = this.#side(record);
    if (side === NONE) throw this.#error(record, "side is N", "an order has side A or B");
    this.#begin(record, kind, side, this.#price(record), this.#size(record));
    this.#identify(record);
  }

  #cancel(record: DatabentoRecord): void {
    if (record.size === 0) return;
    const lots = this.#size(record);
    const filled = this.#fills.take(record.idLow, record.idHigh, lots);
    this.#execute(record, filled);
    if (filled >= lots) return;
    this.#begin(
      record,
      CANCEL,
      this.#side(record),
      Number.isNaN(record.price) ? 0 : this.#price(record),
      lots - filled,
    );
    this.#identify(record);
  }

  #execute(record: DatabentoRecord, lots: number): void {
    if (lots === 0) return;
    const price = unitsAt(this.#options.tick, this.#fills.price, 9, "price", record.place, this.#unit);
    this.#begin(record, EXECUTE, this.#fillSide, price, lots);
    this.#identify(record);
  }

  #trade(record: DatabentoRecord): void {
    if (record.size === 0) return;
    const side = this.#side(record);
    if (side === NONE) return this.#hiddenPrint(record);
    this.#tradeSide = side;
    this.#tradePrice = this.#rawPrice(record);
    this.#tradeLeft = this.#size(record);
    this.#tradeIsLast = (record.flags & FLAG_LAST) !== 0;
    this.#tradeIsMet = false;
    this.#pend(record);
  }

  #fill(record: DatabentoRecord): void {
    if (record.size === 0) return;
    const lots = this.#size(record);
    this.#tradeLeft = Math.max(0, this.#tradeLeft - lots);
    this.#tradeIsMet = true;
    this.#fills.put(record.idLow, record.idHigh, this.#rawPrice(record), lots);
    this.#fillSide = this.#side(record);
    this.#fillIsLast = (record.flags & FLAG_LAST) !== 0;
    this.#pend(record);
  }

  /** A trade of side N, which met no order of the book; none where its price is off the grid. */
  #hiddenPrint(record: DatabentoRecord): void {
    const size = this.#size(record), raw = this.#rawPrice(record);
    const price = printUnitsAt(this.#options, raw, 9, record.place, this.#unit);
    if (!Number.isNaN(price)) this.#begin(record, TRADE, NONE, price, size);
  }

  #print(record: DatabentoRecord): void {
    if (record.action !== ACTION_TRADE) {
      throw this.#error(record, `action is ${letter(record.action)}`, "a file of trades has only T");
    }
    if (record.size > 0) this.#begin(record, TRADE, this.#side(record), this.#price(record), this.#size(record));
  }

  #levels(record: DatabentoRecord): void {
    const { action } = record;
    if (action === ACTION_CLEAR) {
      this.#begin(record, CLEAR, NONE, 0, 0);
      this.#bids.count = this.#asks.count = 0;
    } else if (action === ACTION_TRADE) {
      const side = this.#side(record);
      if (record.size > 0 && side === NONE) this.#hiddenPrint(record);
      else if (record.size > 0) this.#begin(record, TRADE, side, this.#price(record), this.#size(record));
    } else if (
      action !== ACTION_ADD && action !== ACTION_CANCEL && action !== ACTION_MODIFY && action !== ACTION_NONE &&
      action !== ACTION_FILL
    ) {
      throw this.#error(record, `action is ${letter(action)}`, "it must be one of A, C, M, R, T, F, N");
    }
    const newBids = this.#newBids, newAsks = this.#newAsks;
    this.#columns(newBids, record, record.bidPrices, record.bidSizes);
    this.#columns(newAsks, record, record.askPrices, record.askSizes);
    // What goes comes before what comes, so that a book never stands crossed in between.
    this.#removals(record, BUY, this.#bids, newBids);
    this.#removals(record, SELL, this.#asks, newAsks);
    this.#arrivals(record, BUY, this.#bids, newBids);
    this.#arrivals(record, SELL, this.#asks, newAsks);
    this.#newBids = this.#bids;
    this.#newAsks = this.#asks;
    this.#bids = newBids;
    this.#asks = newAsks;
  }

  #columns(into: LevelColumns, record: DatabentoRecord, prices: Float64Array, sizes: Float64Array): void {
    const { tick, lot } = this.#options;
    let count = 0;
    for (let i = 0; i < record.levels; i++) {
      if (Number.isNaN(prices[i]) || sizes[i] === 0) continue;
      into.prices[count] = unitsAt(tick, prices[i], 9, "price", record.place, this.#unit);
      into.sizes[count++] = unitsAt(lot, sizes[i], 0, "size", record.place, this.#unit);
    }
    into.count = count;
  }

  #removals(record: DatabentoRecord, side: Side, old: LevelColumns, now: LevelColumns): void {
    for (let i = 0, j = 0; i < old.count; i++) {
      const price = old.prices[i];
      while (j < now.count && (now.prices[j] - price) * side > 0) j++;
      if (j === now.count || now.prices[j] !== price) this.#begin(record, DEPTH, side, price, 0);
    }
  }

  #arrivals(record: DatabentoRecord, side: Side, old: LevelColumns, now: LevelColumns): void {
    for (let i = 0, j = 0; j < now.count; j++) {
      const price = now.prices[j];
      while (i < old.count && (old.prices[i] - price) * side > 0) i++;
      const known = i < old.count && old.prices[i] === price && old.sizes[i] === now.sizes[j];
      if (!known) this.#begin(record, DEPTH, side, price, now.sizes[j]);
    }
  }

  /** Fills the sink's row; it is added when the next begins or when its message ends. */
  #begin(record: DatabentoRecord, kind: number, side: number, price: number, size: number): void {
    this.#close();
    this.#open = true;
    const row = this.#options.sink.row;
    const snapshot = (record.flags & FLAG_SNAPSHOT) !== 0;
    row.exchangeSec = snapshot ? record.recvSec : record.eventSec;
    row.exchangeNs = snapshot ? record.recvNs : record.eventNs;
    row.localSec = record.recvSec;
    row.localNs = record.recvNs;
    row.kind = kind;
    row.side = side;
    row.price = price;
    row.size = size;
    row.place = record.place;
    row.flags = AT_EXCHANGE | AT_LOCAL;
    row.idLow = row.idHigh = 0;
  }

  #identify(record: DatabentoRecord): void {
    const row = this.#options.sink.row;
    row.idLow = record.idLow;
    row.idHigh = record.idHigh;
  }

  #close(): void {
    if (this.#open) this.#options.sink.add();
    this.#open = false;
  }

  #pend(record: DatabentoRecord): void {
    this.#pendingSec = record.eventSec;
    this.#pendingNs = record.eventNs;
    this.#pendingRecvSec = record.recvSec;
    this.#pendingRecvNs = record.recvNs;
    this.#pendingPlace = record.place;
  }

  /** Gives out what is left of a trade, and fills that no cancel took up. */
  #flush(): void {
    this.#endTrade();
    while (this.#fills.count > 0) {
      const lots = this.#fills.takeFirst();
      if (lots === 0) continue;
      const side = this.#fillSide === BUY ? SELL : this.#fillSide === SELL ? BUY : NONE;
      this.#beginPending(side, this.#fills.price, lots);
      if (this.#fills.count === 0 && this.#fillIsLast && this.#open) this.#options.sink.row.flags |= LAST;
    }
  }

  #endTrade(): void {
    if (this.#tradeLeft === 0) return;
    this.#beginPending(this.#tradeSide, this.#tradePrice, this.#tradeLeft);
    if (!this.#tradeIsMet && this.#tradeIsLast && this.#open) this.#options.sink.row.flags |= LAST;
    this.#tradeLeft = 0;
  }

  /** A trade that met no order of the book; none where its price is off the grid. */
  #beginPending(side: Side, rawPrice: number, lots: number): void {
    const price = printUnitsAt(this.#options, rawPrice, 9, this.#pendingPlace, this.#unit);
    if (Number.isNaN(price)) return;
    this.#close();
    this.#open = true;
    const row = this.#options.sink.row;
    row.exchangeSec = this.#pendingSec;
    row.exchangeNs = this.#pendingNs;
    row.localSec = this.#pendingRecvSec;
    row.localNs = this.#pendingRecvNs;
    row.kind = TRADE;
    row.side = side;
    row.price = price;
    row.size = lots;
    row.place = this.#pendingPlace;
    row.flags = AT_EXCHANGE | AT_LOCAL;
    row.idLow = row.idHigh = 0;
  }

  #side(record: DatabentoRecord): Side {
    if (record.side === SIDE_BID) return BUY;
    if (record.side === SIDE_ASK) return SELL;
    if (record.side === SIDE_NONE) return NONE;
    throw this.#error(record, `side is ${letter(record.side)}`, "it must be A, B or N");
  }

  #price(record: DatabentoRecord): number {
    return unitsAt(this.#options.tick, this.#rawPrice(record), 9, "price", record.place, this.#unit);
  }

  #rawPrice(record: DatabentoRecord): number {
    if (Number.isNaN(record.price)) throw this.#error(record, "price is missing", "mend the file or get it again");
    return record.price;
  }

  #size(record: DatabentoRecord): number {
    if (!(record.size > 0)) throw this.#error(record, `size is ${record.size}`, "it must be above 0");
    return unitsAt(this.#options.lot, record.size, 0, "size", record.place, this.#unit);
  }

  #error(record: DatabentoRecord, problem: string, remedy: string): SourceError {
    return new SourceError(problem, record.place, remedy, this.#unit);
  }
}

/** Prices in ticks and sizes in lots of one side, best first. */
class LevelColumns {
  count = 0;
  readonly prices = new Float64Array(LEVELS_MAX);
  readonly sizes = new Float64Array(LEVELS_MAX);
}

function letter(code: number): string {
  return code > 32 && code < 127 ? String.fromCharCode(code) : `byte ${code}`;
}
