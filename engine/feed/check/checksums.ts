import { BUY, SELL, type Side } from "../../core/event.ts";
import { type SessionLine, SessionLines } from "../decode/session_lines.ts";
import type { TextLevel } from "../decode/text_level.ts";
import { TextBook } from "../decode/text_book.ts";
import { type Check, type CheckReport, Tally } from "./report.ts";

/** A book message of a recorded session, as far as its checksum concerns. */
export interface ChecksumMessage {
  readonly instrument: string;
  /** Which of several books of the instrument it is for. */
  readonly book: string | number;
  readonly snapshot: boolean;
  readonly levels: readonly TextLevel[];
  /** Levels a side that the book keeps; undefined where it keeps all. */
  readonly depth?: number;
  /** Undefined where the message has none. */
  readonly checksum: number | undefined;
}

/** What a venue's sessions hold, and how it makes its checksums. */
export interface ChecksumVenue {
  /** The book messages of a received line. Throws SourceError with the line where a field is missing or no number. */
  messages(json: unknown, line: number): Iterable<ChecksumMessage>;
  checksum(book: TextBook): number;
  /** Reads a message; as JSON unless said. */
  readonly parse?: (text: string) => unknown;
}

/**
 * Proves recorded sessions of a venue that sends checksums: after each book message with one, the book must have it.
 *
 * All books are checked at once, two channels of one instrument as two. A message before its book's snapshot, or after a
 * new connection and before the next one, cannot be checked, and is counted under `withoutBook`.
 */
export class ChecksumCheck implements Check {
  readonly #tally = new Tally();
  readonly #books = new Map<string, TextBook>();
  readonly #lines: SessionLines;
  readonly #instruments = new Set<string>();
  #messages = 0;
  #withoutBook = 0;

  constructor(private readonly venue: ChecksumVenue) {
    this.#lines = new SessionLines((line) => this.#read(line), venue.parse);
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    this.#tally.file++;
  }

  report(): CheckReport {
    return this.#tally.report({
      instruments: this.#instruments.size,
      bookMessages: this.#messages,
      withoutBook: this.#withoutBook,
    });
  }

  #read({ kind, json, place }: SessionLine): void {
    if (kind === "connect") return this.#books.clear();
    if (kind !== "received") return;
    for (const message of this.venue.messages(json, place)) this.#check(message, place);
  }

  #check({ instrument, book: name, snapshot, levels, depth, checksum }: ChecksumMessage, place: number): void {
    this.#messages++;
    this.#instruments.add(instrument);
    const key = `${instrument} ${name}`;
    if (snapshot) this.#books.set(key, new TextBook());
    const book = this.#books.get(key);
    if (!book) {
      this.#withoutBook++;
      return;
    }
    for (const { side, price, size } of levels) book.set(side, price, size);
    if (depth !== undefined) { for (const side of [BUY, SELL] as Side[]) book.truncate(side, depth); }
    if (checksum === undefined) return;
    const found = this.venue.checksum(book);
    this.#tally.compare(found === checksum, place, () => {
      return `${instrument}: checksum is ${checksum}, that of the book ${found}`;
    });
  }
}
