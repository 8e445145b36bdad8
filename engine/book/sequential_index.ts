/** Ids on one page. */
const PAGE = 1024;
/** Pages that are kept for use again when they fall empty. */
const SPARE = 16;
/** Empty places at the front of the directory before it is shortened. */
const SLACK = 64;

/** The slots of 1,024 ids in a row, and how often these are held. */
interface Page {
  readonly slots: Int32Array;
  held: number;
}

/**
 * From ids that we count out ourselves to slots: what {@linkcode OrderIndex} does for the ids of others, without hashing.
 *
 * Ids are integers from 0 to below 2^53, held first in rising order. They lie on pages, and a page goes when no id on it is
 * held any more. An id that was let go may still be answered with its last slot: whoever looks one up compares the id that
 * stands in the slot.
 *
 * | operation | cost |
 * |---|---|
 * | `get`, `hold`, `release` | O(1) |
 * | memory | 4 KiB a page with an id that is held, 8 bytes for each 1,024 ids since the oldest of these |
 *
 * @example
 * ```ts
 * import { SequentialIndex } from "./sequential_index.ts";
 * const index = new SequentialIndex();
 * index.hold(7, 42);
 * if (index.get(7) !== 42 || index.get(8) !== 0) throw new Error("unexpected");
 * ```
 */
export class SequentialIndex {
  #pages: (Page | undefined)[] = [];
  /** The number of the page at the front of the directory. */
  #first = 0;
  readonly #spare: Page[] = [];

  /** Pages in use. */
  get pages(): number {
    return this.#pages.reduce((n, page) => page === undefined ? n : n + 1, 0);
  }

  /** The last slot of an id, 0 where none is known; the caller must see whether the slot still holds the id. */
  get(id: number): number {
    const page = this.#pages[Math.floor(id / PAGE) - this.#first];
    return page === undefined ? 0 : page.slots[id & (PAGE - 1)];
  }

  /** Sets the slot of an id and holds it once more; an id that is not held yet must be above all held before. */
  hold(id: number, slot: number): void {
    const number = Math.floor(id / PAGE);
    const page = this.#pages[number - this.#first] ?? this.#open(number);
    page.slots[id & (PAGE - 1)] = slot;
    page.held++;
  }

  /** Lets an id go that is held. */
  release(id: number): void {
    const i = Math.floor(id / PAGE) - this.#first, page = this.#pages[i];
    if (page !== undefined && --page.held === 0 && i < this.#pages.length - 1) this.#drop(i, page);
  }

  #open(number: number): Page {
    const last = this.#pages.length - 1, lastPage = this.#pages[last];
    // The newest page was kept although empty, as more ids were to come to it.
    if (lastPage !== undefined && lastPage.held === 0) this.#drop(last, lastPage);
    if (this.#pages.length === 0) this.#first = number;
    const page = this.#spare.pop() ?? { slots: new Int32Array(PAGE), held: 0 };
    while (this.#pages.length < number - this.#first) this.#pages.push(undefined);
    this.#pages.push(page);
    return page;
  }

  #drop(i: number, page: Page): void {
    this.#pages[i] = undefined;
    if (this.#spare.length < SPARE) {
      page.slots.fill(0);
      this.#spare.push(page);
    }
    let empty = 0;
    while (empty < this.#pages.length && this.#pages[empty] === undefined) empty++;
    if (empty < this.#pages.length && empty < SLACK) return;
    this.#pages.splice(0, empty);
    this.#first += empty;
  }
}
