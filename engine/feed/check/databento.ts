import { formatDecimal } from "../../core/decimal.ts";
import { BUY, NONE, SELL } from "../../core/event.ts";
import { DONE, UNKNOWN_ORDER } from "../../book/book.ts";
import { L3Book } from "../../book/l3.ts";
import { type Decoder, SourceError } from "../decoder.ts";
import { databentoReader } from "../decode/databento.ts";
import {
  ACTION_ADD,
  ACTION_CANCEL,
  ACTION_CLEAR,
  ACTION_MODIFY,
  type DatabentoRecord,
  FLAG_SNAPSHOT,
  LEVELS,
  LEVELS_MAX,
  ORDER,
  SIDE_ASK,
  SIDE_BID,
} from "../decode/databento_record.ts";
import { pairByRole, type PairedCheck, pairedCheck, type PairProof, type Role } from "./paired.ts";
import { RecordQueue } from "./record_queue.ts";
import { type CheckReport, Tally } from "./report.ts";

const ORDERS: Role = 0, BOOK: Role = 1;

/** Which of the files are order by order (mbo) and which are levels (mbp), as places in the list; throws RangeError. */
export function databentoPairs(files: readonly string[]): [number, number][] {
  const roleOf = (file: string): Role | undefined => {
    const name = file.replace(/^.*[/\\]/, "");
    return /mbp/i.test(name) ? BOOK : /mbo/i.test(name) ? ORDERS : undefined;
  };
  return pairByRole(files, roleOf, ["mbo", "mbp"]);
}

/**
 * Proves Databento's books by level (mbp-10, or mbp-1) against its orders (mbo): the book built from the orders must have the
 * price, size and count of orders of each level that a row shows, of both sides. CSV and DBN alike.
 *
 * - Rows are matched by `sequence`. The last row of a sequence must be the book after its last order event; a row before it
 *   (a replacement has one for the cancel and one for the add), the book after one of its events, in order.
 * - A row whose sequence has no order event differs. Order events without a row are deeper than the file shows.
 * - Records of a snapshot build the book and are not compared.
 *
 * `counts` has what was compared and what the book refused (`unknownOrders`, `refused`). A file's role is told by {@linkcode
 * databentoPairs}, which throws.
 */
export function checkDatabento(files: readonly string[], symbol?: string): PairedCheck {
  const pairs = databentoPairs(files);
  return pairedCheck(pairs, new DatabentoProof(pairs.map(([, book]) => book + 1), symbol));
}

/** Numbers of a queued order event. */
const ACTION = 0, SIDE = 1, PRICE = 2, SIZE = 3, ID_LOW = 4, ID_HIGH = 5, FLAGS = 6, SEQUENCE = 7, EVENT_WIDTH = 8;
/** Numbers of a queued row: sequence, place, then price, size and count of bid and ask of each level. */
const ROW_SEQUENCE = 0, ROW_PLACE = 1, ROW_LEVELS = 2, LEVEL_WIDTH = 6;
const COLUMNS = LEVELS_MAX * LEVEL_WIDTH;
const COLUMN_NAMES = ["bid price", "bid size", "bid count", "ask price", "ask size", "ask count"];

class DatabentoProof implements PairProof {
  readonly #bookFiles: readonly number[];
  readonly #readers: readonly [Decoder, Decoder];
  readonly #events = new RecordQueue(EVENT_WIDTH);
  readonly #rows = new RecordQueue(ROW_LEVELS + COLUMNS);
  /** The book after each event of the sequence at hand. */
  readonly #states = new RecordQueue(COLUMNS);
  readonly #ended: [boolean, boolean] = [false, false];
  readonly #tally = new Tally();
  #book = new L3Book();
  #pair = 0;
  /** Levels a row shows. */
  #levels = LEVELS_MAX;
  #sequence = -1;
  #isComplete = false;
  #needs: Role = ORDERS;

  #eventCount = 0;
  #sequences = 0;
  #snapshots = 0;
  #unknownOrders = 0;
  #firstUnknown: string | undefined;
  #refused = 0;

  readonly #prices = new Float64Array(LEVELS_MAX);
  readonly #sizes = new Float64Array(LEVELS_MAX);
  readonly #counts = new Int32Array(LEVELS_MAX);

  constructor(bookFiles: readonly number[], symbol: string | undefined) {
    this.#bookFiles = bookFiles;
    this.#tally.file = bookFiles[0];
    const chosen = symbol === undefined ? {} : { symbol };
    let unit = "line";
    const onFormat = (format: string) => unit = format;
    this.#readers = [
      databentoReader({ ...chosen, onFormat, onRecord: (record) => this.#takeEvent(record, unit) }),
      databentoReader({ ...chosen, onFormat, onRecord: (record) => this.#takeRow(record, unit) }),
    ];
  }

  get needs(): Role {
    return this.#needs;
  }

  push(role: Role, bytes: Uint8Array): void {
    this.#readers[role].push(bytes);
    this.#step();
  }

  end(role: Role): void {
    this.#ended[role] = true;
    this.#readers[role].end();
    this.#step();
  }

  finish(): void {
    const { numbers } = this.#rows;
    for (let i = 0; i < this.#rows.count; i++) this.#missing(numbers, this.#rows.at(i));
    this.#rows.clear();
    this.#book = new L3Book();
    this.#sequence = -1;
    this.#ended[0] = this.#ended[1] = false;
    this.#needs = ORDERS;
    this.#pair++;
    this.#tally.file = this.#bookFiles[this.#pair];
  }

  report(): CheckReport {
    return this.#tally.report({
      orderEvents: this.#eventCount,
      sequences: this.#sequences,
      snapshotRecords: this.#snapshots,
      unknownOrders: this.#unknownOrders,
      refused: this.#refused,
    }, this.#firstUnknown === undefined ? [] : [this.#firstUnknown]);
  }

  #takeEvent(record: DatabentoRecord, unit: string): void {
    if (record.shape !== ORDER) {
      throw new SourceError("it is not order by order", record.place, "the file named mbo must have schema mbo", unit);
    }
    if (Number.isNaN(record.price) && (record.action === ACTION_ADD || record.action === ACTION_MODIFY)) {
      throw new SourceError("price is missing", record.place, "mend the file or get it again", unit);
    }
    this.#eventCount++;
    const at = this.#events.put(), { numbers } = this.#events;
    numbers[at + ACTION] = record.action;
    numbers[at + SIDE] = record.side === SIDE_BID ? BUY : record.side === SIDE_ASK ? SELL : NONE;
    numbers[at + PRICE] = record.price;
    numbers[at + SIZE] = record.size;
    numbers[at + ID_LOW] = record.idLow;
    numbers[at + ID_HIGH] = record.idHigh;
    numbers[at + FLAGS] = record.flags;
    numbers[at + SEQUENCE] = record.sequence;
  }

  #takeRow(record: DatabentoRecord, unit: string): void {
    if (record.shape !== LEVELS) {
      throw new SourceError(
        "it has no levels",
        record.place,
        "the file named mbp must have schema mbp-10 or mbp-1",
        unit,
      );
    }
    if ((record.flags & FLAG_SNAPSHOT) !== 0) {
      this.#snapshots++;
      return;
    }
    this.#levels = record.levels;
    const row = this.#rows.put(), { numbers } = this.#rows;
    numbers[row + ROW_SEQUENCE] = record.sequence;
    numbers[row + ROW_PLACE] = record.place;
    for (let i = 0, at = row + ROW_LEVELS; i < record.levels; i++, at += LEVEL_WIDTH) {
      numbers[at] = record.bidPrices[i];
      numbers[at + 1] = record.bidSizes[i];
      numbers[at + 2] = record.bidCounts[i];
      numbers[at + 3] = record.askPrices[i];
      numbers[at + 4] = record.askSizes[i];
      numbers[at + 5] = record.askCounts[i];
    }
  }

  /** Goes as far as what was read allows, and says what it needs then. */
  #step(): void {
    const events = this.#events;
    for (;;) {
      if (this.#isComplete && !this.#compareSequence()) {
        this.#needs = BOOK;
        return;
      }
      if (events.count === 0) {
        if (!this.#ended[ORDERS]) {
          this.#needs = ORDERS;
          return;
        }
        if (this.#sequence < 0) {
          this.#needs = BOOK;
          return;
        }
        this.#isComplete = true;
        continue;
      }
      const at = events.at(0), { numbers } = events;
      const isSnapshot = (numbers[at + FLAGS] & FLAG_SNAPSHOT) !== 0;
      if (this.#sequence >= 0 && (isSnapshot || numbers[at + SEQUENCE] !== this.#sequence)) {
        this.#isComplete = true;
        continue;
      }
      this.#apply(numbers, at);
      if (isSnapshot) this.#snapshots++;
      else {
        this.#sequence = numbers[at + SEQUENCE];
        this.#keepState();
      }
      events.drop(1);
    }
  }

  #apply(numbers: Float64Array, at: number): void {
    const book = this.#book, action = numbers[at + ACTION];
    const idLow = numbers[at + ID_LOW], idHigh = numbers[at + ID_HIGH];
    const price = numbers[at + PRICE], size = numbers[at + SIZE], side = numbers[at + SIDE];
    let outcome = DONE;
    if (action === ACTION_ADD) outcome = book.add(idLow, idHigh, side, price, size);
    else if (action === ACTION_CANCEL) outcome = book.cancel(idLow, idHigh, size);
    else if (action === ACTION_CLEAR) book.clear(NONE);
    else if (action === ACTION_MODIFY) {
      outcome = book.modify(idLow, idHigh, price, size);
      // An order that was never seen begins to be known by its change.
      if (outcome === UNKNOWN_ORDER) outcome = book.add(idLow, idHigh, side, price, size);
    }
    if (outcome === UNKNOWN_ORDER) this.#unknown(idLow, idHigh, numbers[at + SEQUENCE]);
    else if (outcome !== DONE) this.#refused++;
  }

  #unknown(idLow: number, idHigh: number, sequence: number): void {
    this.#unknownOrders++;
    const order = BigInt(idHigh >>> 0) * 4294967296n + BigInt(idLow >>> 0);
    this.#firstUnknown ??=
      `The first unknown order is ${order}, at sequence ${sequence}: the file begins in the middle of a ` +
      `session, or lost messages; begin it at a snapshot, or where the session starts`;
  }

  #keepState(): void {
    const at = this.#states.put(), { numbers } = this.#states;
    this.#keepSide(BUY, numbers, at);
    this.#keepSide(SELL, numbers, at + 3);
  }

  #keepSide(side: number, numbers: Float64Array, at: number): void {
    const prices = this.#prices, sizes = this.#sizes, counts = this.#counts;
    const count = this.#book.top(side, LEVELS_MAX, prices, sizes, counts);
    for (let i = 0; i < LEVELS_MAX; i++, at += LEVEL_WIDTH) {
      numbers[at] = i < count ? prices[i] : NaN;
      numbers[at + 1] = i < count ? sizes[i] : 0;
      numbers[at + 2] = i < count ? counts[i] : 0;
    }
  }

  /** Compares the rows of a sequence; false where they have not all been read yet. */
  #compareSequence(): boolean {
    const rows = this.#rows, { numbers } = rows;
    while (rows.count > 0 && numbers[rows.at(0) + ROW_SEQUENCE] < this.#sequence) {
      this.#missing(numbers, rows.at(0));
      rows.drop(1);
    }
    let count = 0;
    while (count < rows.count && numbers[rows.at(count) + ROW_SEQUENCE] === this.#sequence) count++;
    if (count === rows.count && !this.#ended[BOOK]) return false;
    if (count > 0) this.#sequences++;
    let state = 0;
    for (let i = 0; i < count; i++) {
      const last = this.#states.count - 1;
      if (i === count - 1) state = last;
      while (state < last && this.#firstDifference(rows.at(i), state) >= 0) state++;
      this.#compareRow(rows.at(i), state);
    }
    rows.drop(count);
    this.#states.clear();
    this.#sequence = -1;
    this.#isComplete = false;
    return true;
  }

  #compareRow(row: number, state: number): void {
    const column = this.#firstDifference(row, state);
    this.#tally.compare(column < 0, this.#rows.numbers[row + ROW_PLACE], () => {
      const level = Math.floor(column / LEVEL_WIDTH), name = COLUMN_NAMES[column % LEVEL_WIDTH];
      const book = this.#states.numbers[this.#states.at(state) + column];
      const file = this.#rows.numbers[row + ROW_LEVELS + column];
      return `sequence ${this.#sequence}, level ${level}, ${name}: the orders give ${text(book, column)}, the file ${
        text(file, column)
      }`;
    });
  }

  /** The first column in which a row and a state differ, -1 where none does. */
  #firstDifference(row: number, state: number): number {
    const rows = this.#rows.numbers, states = this.#states.numbers, from = this.#states.at(state);
    for (let column = 0; column < this.#levels * LEVEL_WIDTH; column++) {
      if (!Object.is(rows[row + ROW_LEVELS + column], states[from + column])) return column;
    }
    return -1;
  }

  #missing(numbers: Float64Array, row: number): void {
    const sequence = numbers[row + ROW_SEQUENCE];
    this.#tally.compare(false, numbers[row + ROW_PLACE], () => `sequence ${sequence}: there is no order event of it`);
  }
}

function text(value: number, column: number): string {
  if (Number.isNaN(value)) return "none";
  return column % 3 === 0 ? formatDecimal(value, 9).replace(/\.?0+$/, "") : String(value);
}
