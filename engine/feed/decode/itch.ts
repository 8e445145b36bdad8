import {
  ADD,
  AT_EXCHANGE,
  AT_LOCAL,
  BUY,
  CANCEL,
  EXECUTE,
  LAST,
  NONE,
  SELL,
  type Side,
  STATUS,
  TRADE,
} from "../../core/event.ts";
import { type Decoder, type DecoderOptions, SourceError } from "../decoder.ts";
import { ItchOrders } from "./itch_orders.ts";
import { printUnitsAt, unitsAt } from "./place.ts";
import { RecordReader } from "./records.ts";
import { severalSymbols, symbolNotFound } from "./symbol_choice.ts";
import { daysSince1970, easternOffsetSec, isDate, parseDate } from "./time.ts";

/** Message types that are read here, as their letters. */
const STOCK_DIRECTORY = 82, TRADING_ACTION = 72, ADD_ORDER = 65, ADD_WITH_OWNER = 70, EXECUTED = 69;
const EXECUTED_AT_PRICE = 67, REDUCED = 88, DELETED = 68, REPLACED = 85, HIDDEN_TRADE = 80, CROSS_TRADE = 81;

/** Lengths of all message types of ITCH 5.0, without the two bytes before each; 0 where there is no such type. */
const LENGTHS = messageLengths({
  S: 12,
  R: 39,
  H: 25,
  Y: 20,
  L: 26,
  V: 35,
  W: 12,
  K: 28,
  J: 35,
  h: 21,
  A: 36,
  F: 40,
  E: 31,
  C: 36,
  X: 23,
  D: 19,
  U: 35,
  P: 44,
  Q: 40,
  B: 19,
  I: 50,
  N: 20,
  O: 48,
});

const LETTER_B = 66, LETTER_S = 83, LETTER_T = 84, LETTER_Y = 89;
/** No message is longer, nor will a new one be. */
const UNKNOWN_BYTES_MAX = 200;
const DAMAGED = "the file is damaged; get it again";

/** Places in a message, the two length bytes included. */
const TYPE = 2, LOCATE = 3, TIME = 7, BODY = 13;

/** What {@linkcode itchDecoder} is given. */
export interface ItchOptions extends DecoderOptions {
  /** The file's name, which holds the day in most archives. */
  readonly fileName: string;
  /** The day in New York, "2019-01-30", where the name does not say. */
  readonly date?: string;
}

/**
 * Decodes a day of Nasdaq TotalView-ITCH 5.0 as its archives hold it (each message after its length in two bytes) into L3
 * rows of one stock.
 *
 * - A and F are ADD; X and D are CANCEL; U is CANCEL of what is left and ADD under the new reference, one message.
 * - E and C are EXECUTE on the resting order, at its price or at the one C names; that row is the trade's print too. A C that is
 *   not to be printed (part of a cross) is CANCEL, since the cross has a print of its own.
 * - P (a hidden order traded) is TRADE by the side opposite to the resting one. Since July 2014 every P says B whatever the
 *   side was, so only S tells, and B is TRADE of side NONE. Q (a cross) is TRADE of side NONE, none if nothing crossed.
 * - The tick is learned from orders. A P or Q between two ticks, such as a midpoint at half a cent, is left out and counted.
 * - H is STATUS: open when trading, halted when halted, paused or for quotes only.
 * - B (a broken trade) makes no row: what it takes back has long been seen. Other messages make none either.
 *
 * Times are nanoseconds after midnight in New York; there is one time, so local time is exchange time. Of orders it keeps
 * the live ones of the chosen stock.
 *
 * Throws RangeError when neither name nor options tell the day; from `push` and `end` SourceError with the message's
 * number: on what cannot be read, on an order that was never added, and when there are several stocks and none was chosen.
 *
 * @example
 * ```ts
 * import { Grid } from "../grid.ts";
 * import { Row } from "../row.ts";
 * import { itchDecoder } from "./itch.ts";
 * const row = new Row();
 * const decoder = itchDecoder({
 *   fileName: "01302019.NASDAQ_ITCH50",
 *   sink: { row, add: () => {} },
 *   tick: new Grid("tick", { mantissa: 1, decimals: 2 }),
 *   lot: new Grid("lot", { mantissa: 1, decimals: 0 }),
 *   describe: () => {},
 *   gap: () => {},
 * });
 * const halt = new Uint8Array(27);
 * halt.set([0, 25, "H".charCodeAt(0), 0, 7]);
 * halt.set(new TextEncoder().encode("AAPL    T"), 13);
 * decoder.push(halt);
 * decoder.end();
 * if (row.size !== 1 || row.exchangeSec !== Date.UTC(2019, 0, 30, 5) / 1000) throw new Error("unexpected");
 * ```
 */
export function itchDecoder(options: ItchOptions): Decoder {
  return new ItchDecoder(options);
}

/**
 * The day in the name of an ITCH archive, in days since 1970; undefined where there is none.
 *
 * Known forms: `S020120-v50.txt` (month, day, year), `01302019.NASDAQ_ITCH50`, `20190730.BX_ITCH_50`, `2019-01-30`.
 */
export function itchDate(fileName: string): number | undefined {
  const base = fileName.replace(/^.*[/\\]/, "");
  const short = /^S(\d{2})(\d{2})(\d{2})(?!\d)/i.exec(base);
  if (short) return dateOf(2000 + Number(short[3]), Number(short[1]), Number(short[2]));
  const dashed = /(\d{4})-(\d{2})-(\d{2})/.exec(base);
  if (dashed) return dateOf(Number(dashed[1]), Number(dashed[2]), Number(dashed[3]));
  const long = /(?<!\d)(\d{8})(?!\d)/.exec(base)?.[1];
  if (long === undefined) return undefined;
  const part = (from: number, to: number) => Number(long.slice(from, to));
  return dateOf(part(4, 8), part(0, 2), part(2, 4)) ?? dateOf(part(0, 4), part(4, 6), part(6, 8));
}

class ItchDecoder implements Decoder {
  readonly #options: ItchOptions;
  readonly #midnightSec: number;
  readonly #records: RecordReader;
  readonly #orders = new ItchOrders();
  /** Symbols by locate code, from the stock directory. */
  readonly #symbols = new Map<number, string>();
  #locate = -1;
  /** No other stock can turn out to be ours. */
  #settled = false;
  #ended = false;

  constructor(options: ItchOptions) {
    this.#options = options;
    const days = options.date === undefined ? itchDate(options.fileName) : parseDate(options.date);
    if (days === undefined) {
      throw new RangeError(
        `Cannot read ${options.fileName} as ITCH: its times are nanoseconds of a day, and its name does not hold the day; ` +
          "give it as --date 2019-01-30",
      );
    }
    options.sink.row.unit = "record";
    this.#midnightSec = days * 86400 + easternOffsetSec(days);
    this.#records = new RecordReader({
      size: (bytes, at, available) => this.#size(bytes, at, available),
      record: (bytes, view, start) => this.#message(bytes, view, start),
    });
  }

  push(bytes: Uint8Array): void {
    this.#records.push(bytes);
  }

  end(): void {
    const { symbol } = this.#options, place = this.#records.records;
    this.#records.end();
    if (symbol !== undefined && this.#locate < 0) {
      throw symbolNotFound(symbol, this.#symbols.values(), place, "record");
    }
    this.#orders.clear();
    this.#symbols.clear();
    this.#locate = -1;
    this.#settled = this.#ended = false;
  }

  #size(bytes: Uint8Array, at: number, available: number): number {
    if (available < 2) return 2;
    const length = bytes[at] << 8 | bytes[at + 1];
    if (length === 0) return 2; // the mark of the end of a session
    if (available < 3) return 3;
    const type = bytes[at + 2], wanted = LENGTHS[type];
    if (length === wanted) return length + 2;
    const isLetter = (type & 0xdf) >= 65 && (type & 0xdf) <= 90;
    const letter = isLetter ? String.fromCharCode(type) : `byte ${type}`;
    const problem = wanted > 0
      ? `a message of type ${letter} has ${length} bytes, not ${wanted}`
      // A type that came with a later version is passed over, if it looks like one.
      : !isLetter || length > UNKNOWN_BYTES_MAX
      ? `there is no message of type ${letter} and ${length} bytes`
      : undefined;
    if (problem === undefined) return length + 2;
    throw new SourceError(problem, this.#records.records + 1, "is this a file of ITCH 5.0, decompressed?", "record");
  }

  #message(bytes: Uint8Array, view: DataView, start: number): void {
    if (bytes[start] === 0 && bytes[start + 1] === 0) {
      this.#ended = true;
      return;
    }
    if (this.#ended) throw this.#error("it comes after the end of the session", DAMAGED);
    const type = bytes[start + TYPE], locate = view.getUint16(start + LOCATE);
    if (locate !== this.#locate && (this.#settled || !this.#isOurs(bytes, start, type, locate))) return;
    switch (type) {
      case ADD_ORDER:
      case ADD_WITH_OWNER:
        return this.#add(bytes, view, start);
      case EXECUTED:
      case EXECUTED_AT_PRICE:
        return this.#execute(bytes, view, start, type);
      case REDUCED: {
        const slot = this.#find(view, start + BODY);
        return this.#leave(view, start, CANCEL, slot, this.#part(slot, view.getUint32(start + BODY + 8)));
      }
      case DELETED: {
        const slot = this.#find(view, start + BODY);
        return this.#leave(view, start, CANCEL, slot, this.#orders.size(slot));
      }
      case REPLACED:
        return this.#replace(view, start);
      case HIDDEN_TRADE: {
        const side = bytes[start + BODY + 8] === LETTER_S ? BUY : NONE;
        return this.#print(view, start, side, start + BODY + 21, view.getUint32(start + BODY + 9));
      }
      case CROSS_TRADE: {
        const shares = view.getUint32(start + BODY) * 4294967296 + view.getUint32(start + BODY + 4);
        if (shares === 0) return;
        return this.#print(view, start, NONE, start + BODY + 16, shares);
      }
      case TRADING_ACTION:
        return this.#row(view, start, STATUS, NONE, 0, bytes[start + BODY + 8] === LETTER_T ? 1 : 0);
    }
  }

  /** Whether a stock that is not known to be ours turns out to be: by its directory entry, or by a message that names it. */
  #isOurs(bytes: Uint8Array, start: number, type: number, locate: number): boolean {
    const at = stockPlace(type), wanted = this.#options.symbol;
    if (at === 0) return false;
    let symbol = this.#symbols.get(locate);
    if (symbol === undefined) {
      symbol = new TextDecoder().decode(bytes.subarray(start + at, start + at + 8)).trimEnd();
      this.#symbols.set(locate, symbol);
    }
    if (wanted === undefined) {
      // Directory and trading actions of all stocks come before the first order, and all are named by then.
      if (type === STOCK_DIRECTORY || (type === TRADING_ACTION && this.#symbols.size > 1)) return false;
      if (this.#symbols.size > 1) throw severalSymbols(this.#symbols.values(), this.#records.records, "record");
    } else if (symbol !== wanted) {
      return false;
    }
    this.#locate = locate;
    this.#settled = wanted !== undefined;
    this.#options.describe({ symbol, venue: "nasdaq", currency: "USD", kind: "linear" });
    return true;
  }

  #add(bytes: Uint8Array, view: DataView, start: number): void {
    const at = start + BODY, letter = bytes[at + 8];
    if (letter !== LETTER_B && letter !== LETTER_S) throw this.#error(`side is byte ${letter}, not B or S`, DAMAGED);
    this.#enter(view, start, at, letter === LETTER_B ? BUY : SELL, view.getUint32(at + 9), at + 21);
  }

  #enter(view: DataView, start: number, idAt: number, side: Side, shares: number, priceAt: number): void {
    if (shares === 0) throw this.#error("size is 0, not above 0", DAMAGED);
    const idHigh = view.getUint32(idAt), idLow = view.getUint32(idAt + 4);
    const price = this.#price(view, priceAt), size = this.#lots(shares);
    if (!this.#orders.add(idLow, idHigh, side, price, size)) {
      throw this.#error(`order ${idText(idLow, idHigh)} is there already`, DAMAGED);
    }
    this.#row(view, start, ADD, side, price, size, idLow, idHigh);
  }

  #execute(bytes: Uint8Array, view: DataView, start: number, type: number): void {
    const slot = this.#find(view, start + BODY), lots = this.#part(slot, view.getUint32(start + BODY + 8));
    if (type === EXECUTED) return this.#leave(view, start, EXECUTE, slot, lots);
    const isPrinted = bytes[start + BODY + 20] === LETTER_Y;
    if (!isPrinted) return this.#leave(view, start, CANCEL, slot, lots);
    this.#leave(view, start, EXECUTE, slot, lots, this.#price(view, start + BODY + 21));
  }

  #replace(view: DataView, start: number): void {
    const slot = this.#find(view, start + BODY), side = this.#orders.side(slot);
    this.#leave(view, start, CANCEL, slot, this.#orders.size(slot), this.#orders.price(slot), 0);
    this.#enter(view, start, start + BODY + 8, side, view.getUint32(start + BODY + 16), start + BODY + 20);
  }

  /** Lots leave an order, traded or not; `price` is its own unless said. */
  #leave(
    view: DataView,
    start: number,
    kind: number,
    slot: number,
    lots: number,
    price = this.#orders.price(slot),
    last = LAST,
  ): void {
    if (lots === 0) return;
    const orders = this.#orders, idLow = orders.idLow(slot), idHigh = orders.idHigh(slot), side = orders.side(slot);
    orders.take(slot, lots);
    this.#row(view, start, kind, side, price, lots, idLow, idHigh, last);
  }

  #row(
    view: DataView,
    start: number,
    kind: number,
    side: number,
    price: number,
    size: number,
    idLow = 0,
    idHigh = 0,
    last = LAST,
  ): void {
    const { sink } = this.#options, row = sink.row;
    const ns = view.getUint16(start + TIME) * 4294967296 + view.getUint32(start + TIME + 2);
    const sec = Math.floor(ns / 1e9);
    row.exchangeSec = row.localSec = this.#midnightSec + sec;
    row.exchangeNs = row.localNs = ns - sec * 1e9;
    row.kind = kind;
    row.side = side;
    row.flags = AT_EXCHANGE | AT_LOCAL | last;
    row.price = price;
    row.size = size;
    row.idLow = idLow;
    row.idHigh = idHigh;
    row.place = this.#records.records;
    sink.add();
  }

  /** A trade that met no order of the book; none where its price is off the grid. */
  #print(view: DataView, start: number, side: Side, priceAt: number, shares: number): void {
    const price = printUnitsAt(this.#options, view.getUint32(priceAt), 4, this.#records.records, "record");
    if (!Number.isNaN(price)) this.#row(view, start, TRADE, side, price, this.#lots(shares));
  }

  #find(view: DataView, idAt: number): number {
    const idHigh = view.getUint32(idAt), idLow = view.getUint32(idAt + 4), slot = this.#orders.find(idLow, idHigh);
    if (slot !== 0) return slot;
    const remedy = "give the whole day's file, from its first message";
    throw this.#error(`order ${idText(idLow, idHigh)} is not in the book`, remedy);
  }

  /** Shares of an order in lots, which it must have left. */
  #part(slot: number, shares: number): number {
    const lots = this.#lots(shares), left = this.#orders.size(slot);
    if (lots <= left) return lots;
    const id = idText(this.#orders.idLow(slot), this.#orders.idHigh(slot));
    throw this.#error(`order ${id} has ${left} lots left, and ${lots} leave it`, DAMAGED);
  }

  #price(view: DataView, at: number): number {
    return unitsAt(this.#options.tick, view.getUint32(at), 4, "price", this.#records.records, "record");
  }

  #lots(shares: number): number {
    if (!Number.isSafeInteger(shares)) throw this.#error(`size is ${shares}, not below 2^53`, DAMAGED);
    return unitsAt(this.#options.lot, shares, 0, "size", this.#records.records, "record");
  }

  #error(problem: string, remedy: string): SourceError {
    return new SourceError(problem, this.#records.records, remedy, "record");
  }
}

/** Where a message that names a stock has it; 0 for others. */
function stockPlace(type: number): number {
  if (type === STOCK_DIRECTORY || type === TRADING_ACTION) return BODY;
  if (type === ADD_ORDER || type === ADD_WITH_OWNER || type === HIDDEN_TRADE) return BODY + 13;
  return type === CROSS_TRADE ? BODY + 8 : 0;
}

function dateOf(year: number, month: number, day: number): number | undefined {
  return year >= 1990 && year < 2100 && isDate(year, month, day) ? daysSince1970(year, month, day) : undefined;
}

function messageLengths(byLetter: Readonly<Record<string, number>>): Uint8Array {
  const lengths = new Uint8Array(256);
  for (const [letter, length] of Object.entries(byLetter)) lengths[letter.charCodeAt(0)] = length;
  return lengths;
}

function idText(idLow: number, idHigh: number): string {
  return ((BigInt(idHigh) << 32n) | BigInt(idLow)).toString();
}
