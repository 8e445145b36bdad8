import { BUY, SELL } from "../../core/event.ts";
import { formatDecimal } from "../../core/decimal.ts";
import { Fields } from "../decode/fields.ts";
import { LineReader } from "../decode/lines.ts";
import { HALT, HIDDEN_EXECUTION, lobsterName, SUBMISSION, VISIBLE_EXECUTION } from "../decode/lobster.ts";
import { type PairedCheck, pairedCheck, type PairProof, type Role } from "./paired.ts";
import { RecordQueue } from "./record_queue.ts";
import type { CheckReport, Difference } from "./report.ts";

const MESSAGE: Role = 0, ORDERBOOK: Role = 1;
/** Numbers of a queued message: type, size, price, side. */
const TYPE = 0, SIZE = 1, PRICE = 2, SIDE = 3;

/**
 * Which of the files are LOBSTER's message and order book files, as places in the list; several days make several pairs.
 *
 * Roles come from the names (`…_message_1.csv`, `…_orderbook_1.csv`), and a pair has the same name but for them. Throws
 * RangeError when a name shows no role or a file has no counterpart.
 */
export function lobsterPairs(files: readonly string[]): [number, number][] {
  const counterparts = new Map<string, [number, number]>();
  files.forEach((file, index) => {
    const role = /orderbook/i.test(file) ? ORDERBOOK : /message/i.test(file) ? MESSAGE : undefined;
    if (role === undefined) {
      throw new RangeError(
        `Cannot check ${file}: its name does not show what it is; a LOBSTER name ends in message_1.csv or orderbook_1.csv`,
      );
    }
    const name = lobsterName(file);
    const key = name ? `${name.symbol} ${name.date} ${name.levels}` : "";
    const pair = counterparts.get(key) ?? [-1, -1];
    if (pair[role] >= 0) {
      throw new RangeError(`Cannot check ${file}: it has the role of ${files[pair[role]]}; give one of each`);
    }
    pair[role] = index;
    counterparts.set(key, pair);
  });
  if (counterparts.size === 0) {
    throw new RangeError("Cannot check LOBSTER files: there are none; give message and order book");
  }
  for (const [message, orderbook] of counterparts.values()) {
    if (message < 0 || orderbook < 0) {
      const missing = message < 0 ? "message" : "orderbook";
      throw new RangeError(
        `Cannot check ${files[Math.max(message, orderbook)]}: its ${missing} file is missing; give both files of a day`,
      );
    }
  }
  return [...counterparts.values()];
}

/**
 * Proves LOBSTER order book files, of any number of levels, against their message files.
 *
 * Row by row, the book must be what the row before and the message make of it.
 *
 * - `exact`: all of the row follows.
 * - `emptied`: a visible level emptied, so that one from beyond the file's depth came in at the end: all else follows, and that
 *   level lies further away than what was known.
 * - `contradicted`: anything else.
 * - `executions`, `executionsAtBest`: visible executions that have a row before them, and those at its best price.
 *
 * `checked` counts transitions, `equal` those not contradicted; `first` is the first contradiction or execution elsewhere. Which file plays which
 * role is told by {@linkcode lobsterPairs}, which throws.
 *
 * @example
 * ```ts
 * import { checkLobster } from "./lobster.ts";
 * const files = {
 *   "A_2012-06-21_34200000_57600000_message_1.csv": "34200,1,1,5,100,1\n34201,1,2,5,100,1\n",
 *   "A_2012-06-21_34200000_57600000_orderbook_1.csv": "110,9,100,5\n110,9,100,10\n",
 * };
 * const check = checkLobster(Object.keys(files));
 * for (let file = check.wants; file !== undefined; file = check.wants) {
 *   check.push(file, new TextEncoder().encode(Object.values(files)[file]));
 *   check.end(file);
 * }
 * if (check.report().counts.exact !== 1) throw new Error("unexpected");
 * ```
 */
export function checkLobster(files: readonly string[]): PairedCheck {
  const pairs = lobsterPairs(files);
  return pairedCheck(pairs, new LobsterProof(pairs.map(([, orderbook]) => orderbook + 1)));
}

class LobsterProof implements PairProof {
  readonly #bookFiles: readonly number[];
  #pair = 0;
  readonly #fields = new Fields();
  readonly #messages = new RecordQueue(4);
  readonly #messageLines = new LineReader((bytes, start, end, line) => this.#message(bytes, start, end, line));
  readonly #bookLines = new LineReader((bytes, start, end, line) => this.#book(bytes, start, end, line));

  /** Levels of the file, and its rows: ask price, ask size, bid price, bid size for each. */
  #levels = 0;
  #rows = new RecordQueue(0);
  #before: BookRow | undefined;
  #line = 0;

  #exact = 0;
  #emptied = 0;
  #contradicted = 0;
  #executions = 0;
  #executionsAtBest = 0;
  #first: Difference | undefined;

  constructor(bookFiles: readonly number[]) {
    this.#bookFiles = bookFiles;
  }

  get needs(): Role {
    return this.#messages.count === 0 ? MESSAGE : ORDERBOOK;
  }

  push(role: Role, bytes: Uint8Array): void {
    (role === MESSAGE ? this.#messageLines : this.#bookLines).push(bytes);
    this.#step();
  }

  end(role: Role): void {
    (role === MESSAGE ? this.#messageLines : this.#bookLines).end();
    this.#step();
  }

  finish(): void {
    const more = this.#messages.count - this.#rows.count;
    if (more !== 0) {
      this.#contradicted++;
      const longer = more > 0 ? "message" : "order book";
      this.#differ(this.#line + 1, `the ${longer} file goes on for ${Math.abs(more)} more lines than the other`);
    }
    this.#messages.clear();
    this.#levels = this.#line = 0;
    this.#before = undefined;
    this.#pair++;
  }

  report(): CheckReport {
    const counts = {
      exact: this.#exact,
      emptied: this.#emptied,
      contradicted: this.#contradicted,
      executions: this.#executions,
      executionsAtBest: this.#executionsAtBest,
    };
    const equal = this.#exact + this.#emptied, checked = equal + this.#contradicted;
    return this.#first ? { checked, equal, first: this.#first, counts } : { checked, equal, counts };
  }

  #message(bytes: Uint8Array, start: number, end: number, line: number): void {
    const fields = this.#fields;
    fields.split(bytes, start, end, line);
    if (fields.count < 6) fields.fail(`it has ${fields.count} fields, not 6`, "is this a LOBSTER message file?");
    const type = fields.integer(1, "type"), side = fields.integer(5, "side"), size = fields.integer(3, "size");
    if (type < SUBMISSION || type > HALT) fields.fail(`type is ${type}, not 1 to 7`);
    if (type <= VISIBLE_EXECUTION && side !== BUY && side !== SELL) fields.fail(`side is ${side}, not 1 or -1`);
    if (type <= VISIBLE_EXECUTION && size <= 0) fields.fail(`size is ${size}, not above 0`);
    const price = fields.integer(4, "price"), at = this.#messages.put(), { numbers } = this.#messages;
    numbers[at + TYPE] = type;
    numbers[at + SIZE] = size;
    numbers[at + PRICE] = price;
    numbers[at + SIDE] = side;
  }

  #book(bytes: Uint8Array, start: number, end: number, line: number): void {
    const fields = this.#fields;
    fields.split(bytes, start, end, line);
    if (this.#levels === 0) {
      if (fields.count % 4 !== 0) {
        fields.fail(`it has ${fields.count} fields, not four a level`, "is this a LOBSTER order book file?");
      }
      this.#levels = fields.count / 4;
      this.#rows = new RecordQueue(fields.count);
    }
    if (fields.count !== this.#rows.width) {
      fields.fail(`it has ${fields.count} fields, and the first line ${this.#rows.width}`, "was the file cut short?");
    }
    const at = this.#rows.put(), { numbers } = this.#rows;
    for (let i = 0; i < fields.count; i++) {
      const value = fields.integer(i, "price or size");
      if (i % 2 === 1 && value < 0) fields.fail(`size is ${value}, below 0`);
      numbers[at + i] = value;
    }
  }

  #step(): void {
    while (this.#messages.count > 0 && this.#rows.count > 0) {
      this.#line++;
      const now = new BookRow(this.#levels, this.#rows.numbers, this.#rows.at(0));
      if (this.#before !== undefined) this.#compare(this.#before, now);
      this.#before = now;
      this.#messages.drop(1);
      this.#rows.drop(1);
    }
  }

  #compare(before: BookRow, now: BookRow): void {
    const { numbers } = this.#messages, at = this.#messages.at(0);
    const type = numbers[at + TYPE], size = numbers[at + SIZE], price = numbers[at + PRICE], side = numbers[at + SIDE];
    if (type === VISIBLE_EXECUTION) {
      this.#executions++;
      const best = before.side(side).prices[0];
      if (best === price) this.#executionsAtBest++;
      else this.#differ(this.#line, `an execution at ${dollars(price)}, and the best is ${dollars(best)}`);
    }
    const outcome = judge(before, now, type, side, price, size);
    if (outcome === "exact") this.#exact++;
    else if (outcome === "emptied") this.#emptied++;
    else {
      this.#contradicted++;
      this.#differ(this.#line, `type ${type}, ${size} at ${dollars(price)}: ${outcome}`);
    }
  }

  #differ(place: number, what: string): void {
    this.#first ??= { file: this.#bookFiles[this.#pair], place, what };
  }
}

/** One row of the order book file; levels that are not there have size 0. */
class BookRow {
  readonly asks: SideLevels;
  readonly bids: SideLevels;

  constructor(levels: number, numbers: Float64Array, at: number) {
    this.asks = new SideLevels(levels, numbers, at);
    this.bids = new SideLevels(levels, numbers, at + 2);
  }

  side(side: number): SideLevels {
    return side === BUY ? this.bids : this.asks;
  }
}

class SideLevels {
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  /** Levels that are there. */
  count = 0;

  constructor(levels: number, numbers: Float64Array, at: number) {
    this.prices = new Float64Array(levels);
    this.sizes = new Float64Array(levels);
    for (let i = 0; i < levels && numbers[at + 4 * i + 1] > 0; i++) {
      this.prices[i] = numbers[at + 4 * i];
      this.sizes[i] = numbers[at + 4 * i + 1];
      this.count++;
    }
  }

  /** Whether the first `count` levels are those of `other`, from its level `shift` on. */
  follows(other: SideLevels, from: number, to: number, shift: number): boolean {
    for (let i = from; i < to; i++) {
      if (this.prices[i] !== other.prices[i + shift] || this.sizes[i] !== other.sizes[i + shift]) return false;
    }
    return true;
  }
}

/** What a transition is: "exact", "emptied", or what is wrong with it. */
function judge(before: BookRow, now: BookRow, type: number, side: number, price: number, size: number): string {
  const quiet = type >= HIDDEN_EXECUTION;
  const old = before.side(side), fresh = now.side(side), other = before.side(-side), otherNow = now.side(-side);
  if (other.count !== otherNow.count || !otherNow.follows(other, 0, other.count, 0)) return "the other side changed";
  const levels = old.prices.length, same = () => fresh.count === old.count && fresh.follows(old, 0, old.count, 0);
  // The place of the price among the levels, which are best first.
  let place = 0;
  while (place < old.count && (old.prices[place] - price) * side > 0) place++;
  const known = place < old.count && old.prices[place] === price;
  if (quiet || (!known && place === levels)) {
    return same() ? "exact" : "the book changed";
  }
  if (type === SUBMISSION && !known) {
    const count = Math.min(levels, old.count + 1);
    const right = fresh.count === count && fresh.follows(old, 0, place, 0) && fresh.follows(old, place + 1, count, -1);
    return right && fresh.prices[place] === price && fresh.sizes[place] === size
      ? "exact"
      : "the new level is not as it must be";
  }
  if (!known) return "there was no such level";
  const left = old.sizes[place] + (type === SUBMISSION ? size : -size);
  if (left < 0) return `the level held ${old.sizes[place]} only`;
  if (left > 0) {
    const right = fresh.count === old.count && fresh.follows(old, 0, place, 0) &&
      fresh.follows(old, place + 1, old.count, 0) && fresh.prices[place] === price;
    return right && fresh.sizes[place] === left
      ? "exact"
      : `the level must hold ${left}, and has ${sizeAt(fresh, price)}`;
  }
  if (!fresh.follows(old, 0, place, 0) || !fresh.follows(old, place, old.count - 1, 1)) return "the level must be gone";
  if (old.count < levels) return fresh.count === old.count - 1 ? "exact" : "a level came from nowhere";
  const last = levels - 1;
  const further = fresh.count === last || (fresh.prices[last] - old.prices[last]) * side < 0;
  return further ? "emptied" : `the next level, ${dollars(fresh.prices[last])}, is not further away`;
}

function sizeAt(side: SideLevels, price: number): number {
  return side.sizes[side.prices.indexOf(price)] ?? 0;
}

function dollars(price: number): string {
  return formatDecimal(price, 4);
}
