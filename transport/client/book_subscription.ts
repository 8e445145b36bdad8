import type { Book, BookView } from "./book.ts";
import { type Intake, Iterated } from "./intake.ts";
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
export class BookSubscription extends Iterated<BookView> {
  readonly #changed = new Map<string, Changed>();

  constructor(symbol: string, wishes: Wishes, leave: (self: Intake) => void) {
    super("book", symbol, wishes, leave);
  }

  override deliver(message: Merged, book?: Book): void {
    if (this.ended || book === undefined) return;
    const changed = this.#changed.get(book.symbol);
    const stale = message.stale ?? false;
    if (changed && changed.book === book) {
      changed.updates++;
      changed.stale = stale;
    } else this.#changed.set(book.symbol, { book, updates: 1, stale });
    this.serve();
  }

  protected override drop(): void {
    this.#changed.clear();
  }

  /** The book that changed first, as it is now. */
  protected override take(): BookView | undefined {
    for (const [symbol, { book, updates, stale }] of this.#changed) {
      this.#changed.delete(symbol);
      return book.view(this.wishes.depth, updates - 1, stale);
    }
    return undefined;
  }
}
