import type { ByteSource } from "./byte_source.ts";
import type { Row, RowSink } from "./row.ts";
import type { TapeFile } from "./tape_writer.ts";

/** Numbers of a record; the last holds the order's id, in two halves. */
const FIELDS = 8;
const RECORD_BYTES = 8 * FIELDS;
/** Records that wait for their write at most: 64 KB. */
const WAITING_MAX = 1024;
/** A kind that no row has: all that came by the record's time is written. */
const MARK = 255;

/**
 * Writes rows as they arrived, in records of fixed length: what a tape in the making cannot say yet, as its own rows wait until none
 * may come before them. Marks say from time to time that nothing is missing.
 *
 * | call | cost |
 * |---|---|
 * | `take` | constant; a write for every 1,024 rows |
 * | `mark` | a write of what waits |
 *
 * @example
 * ```ts
 * import { ArrivalsWriter, readArrivals } from "./arrivals.ts";
 * import { MemoryFile } from "./memory_file.ts";
 * import { Row } from "./row.ts";
 * const file = new MemoryFile(), writer = new ArrivalsWriter(file), row = new Row(), seen: number[] = [];
 * row.price = 7;
 * writer.take(row);
 * writer.mark(1_700_000_000_000_000_001n);
 * const into = new Row(), until = readArrivals(file, { row: into, add: () => void seen.push(into.price) });
 * if (until !== 1_700_000_000_000_000_001n || seen.join() !== "7") throw new Error("unexpected");
 * ```
 */
export class ArrivalsWriter {
  readonly #file: Pick<TapeFile, "append">;
  readonly #numbers = new Float64Array(WAITING_MAX * FIELDS);
  readonly #words = new Int32Array(this.#numbers.buffer);
  readonly #bytes = new Uint8Array(this.#numbers.buffer);
  #waiting = 0;

  constructor(file: Pick<TapeFile, "append">) {
    this.#file = file;
  }

  /** Takes a copy of a row. Throws what the file throws. */
  take({ kind, side, flags, exchangeSec, exchangeNs, localSec, localNs, price, size, idLow, idHigh }: Row): void {
    const at = this.#waiting * FIELDS, numbers = this.#numbers;
    numbers[at] = kind + 256 * (side + 1) + 1024 * flags;
    numbers[at + 1] = exchangeSec;
    numbers[at + 2] = exchangeNs;
    numbers[at + 3] = localSec;
    numbers[at + 4] = localNs;
    numbers[at + 5] = price;
    numbers[at + 6] = size;
    this.#words[2 * (at + 7)] = idLow;
    this.#words[2 * (at + 7) + 1] = idHigh;
    if (++this.#waiting === WAITING_MAX) this.#write();
  }

  /** Nothing comes any more that arrived by `ns`, since 1970-01-01 UTC: that, and all before it, is handed over. */
  mark(ns: bigint): void {
    const at = this.#waiting * FIELDS, sec = ns / 1_000_000_000n;
    this.#numbers.fill(0, at, at + FIELDS);
    this.#numbers[at] = MARK;
    this.#numbers[at + 3] = Number(sec);
    this.#numbers[at + 4] = Number(ns - sec * 1_000_000_000n);
    this.#waiting++;
    this.#write();
  }

  #write(): void {
    const bytes = this.#bytes.subarray(0, this.#waiting * RECORD_BYTES);
    this.#waiting = 0;
    this.#file.append(bytes);
  }
}

/**
 * Reads rows as they arrived, as far as they stand whole, and returns the time of the last mark: up to it nothing is missing. undefined
 * where there is none.
 */
export function readArrivals(source: ByteSource, into: RowSink): bigint | undefined {
  const numbers = new Float64Array(WAITING_MAX * FIELDS), bytes = new Uint8Array(numbers.buffer), { row } = into;
  const words = new Int32Array(numbers.buffer), whole = Math.floor(source.size / RECORD_BYTES);
  let until: bigint | undefined;
  for (let done = 0; done < whole;) {
    const count = Math.min(WAITING_MAX, whole - done);
    source.read(done * RECORD_BYTES, bytes.subarray(0, count * RECORD_BYTES));
    for (let at = 0; at < count * FIELDS; at += FIELDS) {
      const first = numbers[at];
      row.kind = first % 256;
      row.side = Math.floor(first / 256) % 4 - 1;
      row.flags = Math.floor(first / 1024);
      row.exchangeSec = numbers[at + 1];
      row.exchangeNs = numbers[at + 2];
      row.localSec = numbers[at + 3];
      row.localNs = numbers[at + 4];
      row.price = numbers[at + 5];
      row.size = numbers[at + 6];
      row.idLow = words[2 * (at + 7)];
      row.idHigh = words[2 * (at + 7) + 1];
      if (row.kind === MARK) until = BigInt(row.localSec) * 1_000_000_000n + BigInt(row.localNs);
      else into.add();
    }
    done += count;
  }
  return until;
}
