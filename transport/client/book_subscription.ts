import type { Book, BookView } from "./book.ts";
import { Intake, type Taker } from "./intake.ts";
import type { Merged } from "./merge.ts";
import type { Wishes } from "./update.ts";

/** What waits of one symbol: its book, and how many updates it has taken since it was last looked at. */
interface Changed {
  readonly book: Book;
  updates: number;
  stale: boolean;
}

/**
 * Whole books, for `for await`: each time the newest there is, so that a slow loop skips steps in between and never falls behind;
 * `merged` counts them. Leaving the loop ends the subscription.
 *
 * | operation | cost |
 * |---|---|
 * | an update comes | O(1) beside the book's own |
 * | a book is taken | O(levels in view) |
 */
export class BookSubscription extends Intake implements AsyncIterableIterator<BookView> {
  readonly #changed = new Map<string, Changed>();
  readonly #leave: (self: Intake) => void;
  #takers: Taker<BookView>[] = [];
  #error: Error | undefined;
  #ended = false;

  constructor(symbol: string, wishes: Wishes, leave: (self: Intake) => void) {
    super("book", symbol, wishes);
    this.#leave = leave;
  }

  override deliver(message: Merged, book?: Book): void {
    if (this.#ended || book === undefined) return;
    const changed = this.#changed.get(book.symbol);
    const stale = message.stale ?? false;
    if (changed && changed.book === book) {
      changed.updates++;
      changed.stale = stale;
    } else this.#changed.set(book.symbol, { book, updates: 1, stale });
    const taker = this.#takers.shift();
    if (taker) taker.resolve({ done: false, value: this.#take() as BookView });
  }

  override end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    const takers = this.#takers;
    this.#takers = [];
    if (error && takers.length === 0) this.#error = error;
    for (const { resolve, reject } of takers) error ? reject(error) : resolve({ done: true, value: undefined });
  }

  /** Ends it, and tells the server where nobody else wants the book. */
  close(): void {
    this.#changed.clear();
    if (this.#ended) return;
    this.#leave(this);
    this.end();
  }

  next(): Promise<IteratorResult<BookView>> {
    const view = this.#take();
    if (view) return Promise.resolve({ done: false, value: view });
    const error = this.#error;
    this.#error = undefined;
    if (error) return Promise.reject(error);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<BookView>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The book that changed first, as it is now. */
  #take(): BookView | undefined {
    for (const [symbol, { book, updates, stale }] of this.#changed) {
      this.#changed.delete(symbol);
      return book.view(this.wishes.depth, updates - 1, stale);
    }
    return undefined;
  }
}
