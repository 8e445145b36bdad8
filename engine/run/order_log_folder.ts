import { join } from "node:path";
import { OrderBooks } from "../live/order_books.ts";
import type { LineSink } from "../live/order_log.ts";
import { FolderLock } from "./folder_lock.ts";

const FILE = /^orders-(\d{6})\.jsonl$/;
/** A run's log begins with all that it must know of those before: two are kept beside it, for people. */
const KEPT = 3;

/**
 * The order logs of one account, a file for each run, in a folder that one program at a time may have.
 *
 * Each line is with the system before what it says happens: a program that is killed has lost none. What the system itself loses, when
 * the machine goes down, the exchange still knows, and the next run asks it.
 *
 * Throws FolderBusyError while another run trades by the same account.
 *
 * @example
 * ```ts
 * import { OrderLogFolder } from "./order_log_folder.ts";
 * const folder = Deno.makeTempDirSync();
 * {
 *   using logs = new OrderLogFolder(folder);
 *   logs.begin().line(JSON.stringify({ kind: "run", run: "a", at: "1", since: "0", baseline: {}, positions: {} }));
 * }
 * using again = new OrderLogFolder(folder);
 * if (again.books.baseline === undefined) throw new Error("the run before is known");
 * ```
 */
export class OrderLogFolder implements Disposable {
  /** What the last run that began says; empty where there was none. */
  readonly books: OrderBooks;
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #numbers: number[];
  #file: Deno.FsFile | undefined;

  constructor(folder: string) {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#lock = new FolderLock(folder, "trade by");
    try {
      this.#numbers = numbersIn(folder);
      this.books = this.#read();
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Where the next run writes; once. */
  begin(): LineSink {
    const number = (this.#numbers.at(-1) ?? 0) + 1, encoder = new TextEncoder();
    const file = this.#file = Deno.openSync(this.#path(number), { write: true, createNew: true, mode: 0o600 });
    this.#numbers.push(number);
    return {
      line: (text) => {
        const bytes = encoder.encode(`${text}\n`);
        for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      },
    };
  }

  /** Closes the log, and takes away those that are too old to be of use. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
    for (const number of this.#numbers.slice(0, -KEPT)) Deno.removeSync(this.#path(number));
    this.#numbers.splice(0, this.#numbers.length - KEPT);
    this.#lock[Symbol.dispose]();
  }

  /** The newest log whose run began: one that was killed before has sent nothing. */
  #read(): OrderBooks {
    for (const number of this.#numbers.toReversed()) {
      const books = OrderBooks.read(Deno.readTextFileSync(this.#path(number)));
      if (books.baseline !== undefined) return books;
    }
    return new OrderBooks();
  }

  #path(number: number): string {
    return join(this.#folder, `orders-${String(number).padStart(6, "0")}.jsonl`);
  }
}

function numbersIn(folder: string): number[] {
  const found = [...Deno.readDirSync(folder)].map(({ name }) => FILE.exec(name)?.[1]);
  return found.filter((number) => number !== undefined).map(Number).sort((a, b) => a - b);
}
