import { krakenChecksum } from "../../book/crc32.ts";
import { BUY, SELL } from "../../core/event.ts";
import { krakenMessage } from "../decode/kraken_message.ts";
import { type SessionLine, SessionLines } from "../decode/session_lines.ts";
import { TextBook } from "../decode/text_book.ts";
import { type Check, type CheckReport, Tally } from "./report.ts";

/**
 * Proves recorded Kraken v1 sessions: after each book message that carries a checksum, the book of its pair must have it.
 *
 * All pairs are checked at once. A message before its pair's snapshot, or after a new connection and before the next one,
 * cannot be checked, and is counted under `withoutBook`.
 */
export function checkKraken(): Check {
  return new KrakenCheck();
}

class KrakenCheck implements Check {
  readonly #tally = new Tally();
  readonly #books = new Map<string, TextBook>();
  readonly #lines = new SessionLines((line) => this.#read(line));
  readonly #pairs = new Set<string>();
  #messages = 0;
  #withoutBook = 0;

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    this.#tally.file++;
  }

  report(): CheckReport {
    const counts = { instruments: this.#pairs.size, bookMessages: this.#messages, withoutBook: this.#withoutBook };
    return this.#tally.report(counts);
  }

  #read({ kind, json, place }: SessionLine): void {
    if (kind === "connect") return this.#books.clear();
    const message = kind === "received" ? krakenMessage(json, place) : undefined;
    if (message?.channel !== "book") return;
    const { pair, depth, snapshot, levels, checksum } = message;
    this.#messages++;
    this.#pairs.add(pair);
    const key = `${pair} ${depth}`;
    if (snapshot) this.#books.set(key, new TextBook());
    const book = this.#books.get(key);
    if (!book) {
      this.#withoutBook++;
      return;
    }
    for (const { side, price, size } of levels) book.set(side, price, size);
    book.truncate(BUY, depth);
    book.truncate(SELL, depth);
    if (checksum === undefined) return;
    const found = krakenChecksum(book);
    this.#tally.compare(found === checksum, place, () => `${pair}: checksum is ${checksum}, that of the book ${found}`);
  }
}
