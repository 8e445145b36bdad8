import { instrument } from "../core/instrument.ts";
import { type JournalReader, OUTPUT } from "../core/journal_reader.ts";
import { type OutputRecord, type RecordNames, recordWords } from "../core/journal_words.ts";
import { instrumentOfFill, ORDER_STATE, OWN_FILL, stateOfFill } from "../core/recorder.ts";
import { Valuation } from "../account/valuation.ts";
import { isFinal, PENDING_NEW } from "../oms/order_life.ts";

/** How many there are in both runs, and in one alone. */
export interface Shares {
  readonly both: number;
  readonly onlyWas: number;
  readonly onlyNow: number;
}

/** One order or fill that only one run has. */
export interface OnlyInOne {
  /** ns since 1970-01-01 UTC. */
  readonly time: bigint;
  readonly run: "was" | "now";
  readonly words: string;
}

/** What two journals have in common of orders and fills. */
export interface OrderDifference {
  /** The same instrument, side, price and size, sent at the same time. */
  readonly orders: Shares;
  /** The same order's terms, price and lots, at the same time. */
  readonly fills: Shares;
  /** Of the orders that both have: filled, at least in part, in both, or in one alone. */
  readonly filled: Shares;
  /** The first of those that one run alone has, in order of time. */
  readonly first: readonly OnlyInOne[];
}

/** How many examples are kept. */
const FIRST_MAX = 10;

/**
 * Compares the orders and fills of two journals, moment by moment.
 *
 * Orders are told apart by when they were sent and what they said, not by their number: after the first difference numbers
 * differ. Of several that are the same at one moment the first is taken for the first.
 *
 * Memory: what is open, and what happens at one moment.
 */
export function compareOrders(was: JournalReader, now: JournalReader): OrderDifference {
  const sides = { was: new Side(was), now: new Side(now) };
  const orders = { both: 0, onlyWas: 0, onlyNow: 0 }, fills = { both: 0, onlyWas: 0, onlyNow: 0 };
  const filled = { both: 0, onlyWas: 0, onlyNow: 0 };
  const first: OnlyInOne[] = [];
  const end = (pair: Pair): void => {
    if (!pair.was.done || !pair.now.done) return;
    if (pair.was.filled && pair.now.filled) filled.both++;
    else if (pair.was.filled) filled.onlyWas++;
    else if (pair.now.filled) filled.onlyNow++;
  };
  for (;;) {
    const { time: a } = sides.was, { time: b } = sides.now;
    if (a === undefined && b === undefined) break;
    const at = b === undefined || (a !== undefined && a < b) ? a! : b;
    const [left, right] = [sides.was.take(at), sides.now.take(at)];
    const rest = new Map<string, Happening[]>();
    for (const each of right) rest.set(each.key, [...(rest.get(each.key) ?? []), each]);
    for (const each of left) {
      const other = rest.get(each.key)?.shift();
      const shares = each.fill ? fills : orders;
      if (other) {
        shares.both++;
        if (!each.fill) pairUp(each, other, end);
      } else {
        shares.onlyWas++;
        if (first.length < FIRST_MAX) first.push({ time: at, run: "was", words: each.words() });
      }
    }
    for (const each of [...rest.values()].flat()) {
      (each.fill ? fills : orders).onlyNow++;
      if (first.length < FIRST_MAX) first.push({ time: at, run: "now", words: each.words() });
    }
  }
  for (const open of [sides.was, sides.now]) open.close();
  return { orders, fills, filled, first };
}

/** How an order fares in one run. */
interface Fate {
  filled: boolean;
  done: boolean;
  /** Told when it is done. */
  end?: () => void;
}

interface Pair {
  readonly was: Fate;
  readonly now: Fate;
}

function pairUp({ fate: was }: Happening, { fate: now }: Happening, end: (pair: Pair) => void): void {
  const pair = { was, now };
  was.end = now.end = () => end(pair);
  end(pair);
}

/** An order that was sent, or a fill. */
interface Happening {
  readonly key: string;
  readonly fill: boolean;
  readonly fate: Fate;
  readonly words: () => string;
}

/** One of the two journals, read a moment at a time. */
class Side {
  /** When something happens next; undefined at the end. */
  time: bigint | undefined;
  readonly #journal: JournalReader;
  readonly #open = new Map<number, Fate>();
  readonly #names: RecordNames;

  constructor(journal: JournalReader) {
    this.#journal = journal;
    const instruments = journal.header.tapes.map((tape) => instrument(tape.instrument));
    this.#names = { instruments, scales: new Valuation(instruments).scales };
    this.#advance();
  }

  /** All that happens at `time`; what only changes an order's fate is taken in on the way. */
  take(time: bigint): Happening[] {
    const found: Happening[] = [];
    while (this.time === time) {
      const { tag, order, x, y, z } = this.#journal;
      if ((tag & 15) === ORDER_STATE) this.#state(order, x, y, z, found);
      else if ((tag & 15) === OWN_FILL) {
        const fate = this.#open.get(order) ?? NOBODY;
        fate.filled = true;
        found.push(this.#happening(`fill ${instrumentOfFill(tag)} ${x} ${y}`, true, fate));
        if (isFinal(stateOfFill(tag))) this.#end(order);
      }
      this.#advance();
    }
    return found;
  }

  /** Orders that stand open at the end are done. */
  close(): void {
    for (const fate of this.#open.values()) finish(fate);
  }

  #state(order: number, x: number, y: number, z: number, found: Happening[]): void {
    const state = x % 16;
    if (isFinal(state)) this.#end(order);
    else if (state === PENDING_NEW && !this.#open.has(order)) {
      const fate = { filled: false, done: false };
      this.#open.set(order, fate);
      found.push(this.#happening(`order ${Math.floor(x / 65536)} ${y} ${z}`, false, fate));
    }
  }

  #end(order: number): void {
    const fate = this.#open.get(order);
    this.#open.delete(order);
    if (fate) finish(fate);
  }

  #happening(key: string, fill: boolean, fate: Fate): Happening {
    const { tag, era, ns, order, x, y, z } = this.#journal;
    const record: OutputRecord = { tag, era, ns, order, x, y, z };
    return { key, fill, fate, words: () => recordWords(record, this.#names) };
  }

  #advance(): void {
    const journal = this.#journal;
    for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
      if (kind !== OUTPUT) continue;
      this.time = BigInt(journal.era) * ERA + BigInt(journal.ns);
      return;
    }
    this.time = undefined;
  }
}

const ERA = BigInt(2 ** 52);
const NOBODY: Fate = { filled: true, done: true };

function finish(fate: Fate): void {
  fate.done = true;
  fate.end?.();
}
