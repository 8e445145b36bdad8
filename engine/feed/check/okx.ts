import { okxChecksum } from "../../book/crc32.ts";
import { okxMessages } from "../decode/okx_message.ts";
import { type SessionLine, SessionLines } from "../decode/session_lines.ts";
import { TextBook } from "../decode/text_book.ts";
import { type Check, type CheckReport, Tally } from "./report.ts";

/**
 * Proves recorded OKX v5 sessions: after each book message that carries a checksum, snapshots among them, the book of its
 * instrument must have it.
 *
 * All instruments and book channels are checked at once. A message before its snapshot, or after a new connection and before
 * the next one, cannot be checked, and is counted under `withoutBook`.
 */
export function checkOkx(): Check {
  return new OkxCheck();
}

class OkxCheck implements Check {
  readonly #tally = new Tally();
  readonly #books = new Map<string, TextBook>();
  readonly #lines = new SessionLines((line) => this.#read(line));
  readonly #instruments = new Set<string>();
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
    const counts = {
      instruments: this.#instruments.size,
      bookMessages: this.#messages,
      withoutBook: this.#withoutBook,
    };
    return this.#tally.report(counts);
  }

  #read({ kind, json, place }: SessionLine): void {
    if (kind === "connect") return this.#books.clear();
    if (kind !== "received") return;
    for (const message of okxMessages(json, place)) {
      if (message.type !== "book") continue;
      const { channel, instrument, snapshot, levels, checksum } = message;
      this.#messages++;
      this.#instruments.add(instrument);
      const key = `${channel} ${instrument}`;
      if (snapshot) this.#books.set(key, new TextBook());
      const book = this.#books.get(key);
      if (!book) {
        this.#withoutBook++;
        continue;
      }
      for (const { side, price, size } of levels) book.set(side, price, size);
      if (checksum === undefined) continue;
      const found = okxChecksum(book);
      this.#tally.compare(found === checksum, place, () => {
        return `${instrument}: checksum is ${checksum}, that of the book ${found}`;
      });
    }
  }
}
