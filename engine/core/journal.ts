import type { Hasher } from "../feed/tape_schema.ts";
import type { CommandEntry } from "./command.ts";
import type { Digest } from "./digest.ts";
import {
  ASIDE,
  CHECKPOINT,
  CLOSE,
  type Closing,
  COMMAND,
  type Continuation,
  CONTINUED,
  HEADER,
  type JournalHeader,
  LONG_ORDER_X,
  LONG_Y_Z,
  MORE,
  OUTPUT_WORDS_MAX,
  SAME_TIME,
  SEGMENT_BYTES,
  SEGMENT_HASH,
  SEGMENT_HEAD,
  SEGMENT_MAGIC,
  upperWord,
  WHERE,
  type Whereabouts,
} from "./journal_format.ts";
import type { Checkpoint } from "./journal_reader.ts";
import type { Recorder } from "./recorder.ts";

/** Where a journal's bytes go, a segment at a time. `write` is done with them when it returns, and throws what went wrong. */
export interface JournalSink {
  write(bytes: Uint8Array): void;
  /** What is written from now on goes to another file; needed where files have a bound. */
  next?(): void;
}

/** What a journal looks at in the core it records; a `Core` is one. */
export interface JournalSource {
  readonly digest: Digest;
  readonly feeds: readonly { readonly row: number }[];
}

/** What a journal is made of. */
export interface JournalOptions {
  readonly sink: JournalSink;
  /** Makes a SHA-256 for each segment. */
  readonly hasher: () => Hasher;
  /** Bytes that one file may have, {@linkcode FILE_BYTES_MIN} or more; all go to one where absent. */
  readonly fileBytes?: number;
  /** How many files the sink keeps, for readers to know; all where absent. */
  readonly keep?: number;
}

/** Segments that a file has at least: room for what each begins with. */
export const FILE_BYTES_MIN = 4 * SEGMENT_BYTES;

/**
 * Writes a session's journal: its header, each record of output as the digest mixes it, checkpoints, and a closing record,
 * in segments that are chained by SHA-256 (see journal_format.ts).
 *
 * What a tape holds is not in it: the header names tapes by their content. An error of the sink is kept in `failure`, and
 * nothing more is written: thrown in the middle of a strategy's call it would look like the strategy's own, and could be
 * caught by it. Who runs the session looks at `failure`.
 *
 * | call | cost |
 * |---|---|
 * | `output` | O(1), 20 to 44 bytes; with node's SHA-256 and a file about 25 to 50 ns |
 * | memory | one segment, whatever the session's length |
 *
 * @example
 * ```ts
 * import { Digest } from "./digest.ts";
 * import { JournalWriter } from "./journal.ts";
 * const sizes: number[] = [];
 * const journal = new JournalWriter({
 *   sink: { write: (bytes) => void sizes.push(bytes.length) },
 *   hasher: () => ({ update: () => {}, hex: () => "00".repeat(32) }),
 * });
 * const source = { digest: new Digest(), feeds: [{ row: 3 }] };
 * journal.start({
 *   journal: 2,
 *   lockstep: "0.1.0",
 *   strategy: { name: "still", sha256: null },
 *   parameters: {},
 *   seed: 1,
 *   options: {},
 *   code: [],
 *   tapes: [],
 * }, source);
 * journal.output(1, 393, 5, 1, 100, 3, 0);
 * journal.close({ steps: 1, finished: true, incomplete: null });
 * if (sizes.length !== 1) throw new Error("a short journal is one segment");
 * ```
 */
export class JournalWriter implements Recorder {
  /** What the sink threw; nothing was written from then on. */
  failure: Error | undefined;
  readonly #options: JournalOptions;
  readonly #bytes = new Uint8Array(SEGMENT_BYTES);
  readonly #words = new Int32Array(this.#bytes.buffer);
  readonly #previous = new Uint8Array(4 * SEGMENT_HASH);
  #source!: JournalSource;
  /** Where the next record goes, and the last place where one may go and leave room for a checkpoint. */
  #at = SEGMENT_HEAD;
  #full = 0;
  /** Time of the last record of the segment; NaN where there is none. */
  #ns = NaN;
  #era = 0;
  #segment = 0;
  #records = 0;
  #commands = 0;
  #outside = 0;
  #header!: JournalHeader;
  #where: Whereabouts | undefined;
  /** Number of the file, and its bytes so far. */
  #file = 1;
  #fileBytes = 0;

  /** Throws RangeError for a bound of files that is too small, or one without a sink that has several. */
  constructor(options: JournalOptions) {
    const { fileBytes, sink } = options;
    if (fileBytes !== undefined && !(Number.isSafeInteger(fileBytes) && fileBytes >= FILE_BYTES_MIN && sink.next)) {
      throw new RangeError(
        `Cannot bound a journal's files at ${fileBytes} bytes: they take ${FILE_BYTES_MIN} or more, and a sink of several files`,
      );
    }
    this.#options = options;
  }

  /** Number of the segment that is being filled. */
  get segment(): number {
    return this.#segment;
  }

  /** Output records so far. */
  get records(): number {
    return this.#records;
  }

  /** Writes the header, and beside the chain where things lie; once, before anything else. */
  start(header: JournalHeader, source: JournalSource, where?: Whereabouts): void {
    this.#source = source;
    this.#header = header;
    this.#where = where;
    this.#full = END - this.#checkpointWords() - OUTPUT_WORDS_MAX;
    if (this.#full < SEGMENT_HEAD + OUTPUT_WORDS_MAX) {
      throw new RangeError(
        `Cannot journal ${source.feeds.length} feeds: a checkpoint must fit in ${SEGMENT_BYTES} bytes`,
      );
    }
    const text = encode(header);
    if (text.length > (this.#options.fileBytes ?? Infinity) / 4) {
      throw new RangeError(
        `Cannot bound a journal's files at ${this.#options.fileBytes} bytes: its header alone has ${text.length}; allow more`,
      );
    }
    this.#aside();
    this.#control(HEADER, text);
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    const words = this.#words, first = this.#at;
    const orderLow = order | 0, xLow = x | 0, yLow = y | 0, zLow = z | 0;
    let form = SAME_TIME, at = first + 1;
    if (ns !== this.#ns || era !== this.#era) {
      const nsLow = ns | 0;
      form = 0;
      words[at++] = nsLow;
      // An era is 2^52 ns, and so the upper word's upper part.
      words[at++] = upperWord(ns, nsLow) + (era << 20);
      this.#ns = ns;
      this.#era = era;
    }
    words[at] = orderLow;
    words[at + 1] = xLow;
    words[at + 2] = yLow;
    words[at + 3] = zLow;
    at += 4;
    if (order !== orderLow || x !== xLow) {
      form |= LONG_ORDER_X;
      words[at++] = upperWord(order, orderLow);
      words[at++] = upperWord(x, xLow);
    }
    if (y !== yLow || z !== zLow) {
      form |= LONG_Y_Z;
      words[at++] = upperWord(y, yLow);
      words[at++] = upperWord(z, zLow);
    }
    words[first] = tag | form;
    this.#at = at;
    this.#records++;
    if (at > this.#full) this.flush();
  }

  commanded(entry: CommandEntry): void {
    this.#commands++;
    if (!entry.scheduled) this.#outside++;
    this.command(encode(entry));
  }

  /** Writes a command's bytes, with its place among the rows of the tapes. */
  command(bytes: Uint8Array): void {
    const { feeds } = this.#source;
    const body = new Uint8Array(8 * feeds.length + bytes.length);
    const view = new DataView(body.buffer);
    feeds.forEach(({ row }, i) => view.setBigInt64(8 * i, BigInt(row), true));
    body.set(bytes, 8 * feeds.length);
    this.#control(COMMAND, body);
  }

  /**
   * Hands all records so far to the sink, in a segment that may be short. `as` is what its checkpoint said when it was first
   * written, of a journal that is made again: by now the session may be further.
   */
  flush(as?: Pick<Checkpoint, "state" | "rows">): void {
    if (this.#at === SEGMENT_HEAD) return;
    const { digest, feeds } = this.#source;
    const state = as?.state ?? digest.state(), rows = as?.rows ?? feeds.map(({ row }) => row);
    this.#checkpoint(state, rows);
    this.#seal(this.#segment, 0);
    if (this.#fileBytes + SEGMENT_BYTES > (this.#options.fileBytes ?? Infinity)) this.#nextFile(state);
  }

  /** Writes the closing record and the last segment. The sink is the caller's to close. */
  close(end: Pick<Closing, "steps" | "finished" | "incomplete" | "before" | "tapes">): void {
    const { digest, feeds } = this.#source;
    const rows = feeds.map(({ row }) => row);
    this.#control(CLOSE, encode({ digest: digest.hex(), records: this.#records, rows, ...end } satisfies Closing));
    this.#seal(this.#segment, 1);
  }

  /** Where things lie, beside the chain. */
  #aside(): void {
    if (this.#where === undefined) return;
    this.#control(WHERE, encode(this.#where));
    this.#seal(ASIDE, 0);
  }

  /** Goes on in another file, which begins with what a reader needs who has none of those before. */
  #nextFile(state: readonly number[]): void {
    if (this.failure !== undefined) return;
    try {
      this.#options.sink.next!();
    } catch (error) {
      this.failure = asError(error);
      return;
    }
    this.#file++;
    this.#fileBytes = 0;
    const continuation: Continuation = {
      file: this.#file,
      segment: this.#segment,
      records: this.#records,
      commands: this.#commands,
      outside: this.#outside,
      state,
      keep: this.#options.keep ?? null,
      header: this.#header,
    };
    const text = encode(continuation), body = new Uint8Array(this.#previous.length + text.length);
    body.set(this.#previous);
    body.set(text, this.#previous.length);
    this.#aside();
    this.#control(CONTINUED, body);
  }

  /** A control record, in as many pieces as the segments' bounds make of it. */
  #control(kind: number, body: Uint8Array): void {
    let from = 0;
    do {
      // Room behind it is kept for a checkpoint, as behind any record.
      const piece = body.subarray(from, from + 4 * (this.#full + OUTPUT_WORDS_MAX - this.#at - 2));
      from += piece.length;
      this.#words[this.#at] = kind | (from < body.length ? MORE : 0);
      this.#words[this.#at + 1] = piece.length;
      this.#at += 2;
      const padded = Math.ceil(piece.length / 4);
      this.#words.fill(0, this.#at, this.#at + padded);
      this.#bytes.set(piece, 4 * this.#at);
      this.#at += padded;
      // A checkpoint would stand in the midst of the text, and the closing record's end is for `close` to seal.
      if (from < body.length) this.#seal(kind === WHERE ? ASIDE : this.#segment, 0);
      else if (this.#at > this.#full && kind !== CLOSE && kind !== WHERE) this.flush();
    } while (from < body.length);
  }

  #checkpointWords(): number {
    return 2 + 2 + 4 + 2 * this.#source.feeds.length;
  }

  #checkpoint([a, b, c, d]: readonly number[], rows: readonly number[]): void {
    const words = this.#words;
    let at = this.#at;
    words[at] = CHECKPOINT;
    words[at + 1] = 4 * (this.#checkpointWords() - 2);
    at = putInt64(words, at + 2, this.#records);
    words[at++] = a;
    words[at++] = b;
    words[at++] = c;
    words[at++] = d;
    for (const row of rows) at = putInt64(words, at, row);
    this.#at = at;
  }

  /** Ends the segment and hands it to the sink. */
  #seal(number: number, last: 0 | 1): void {
    const words = this.#words, bytes = this.#bytes, end = 4 * this.#at;
    this.#at = SEGMENT_HEAD;
    this.#ns = NaN;
    if (this.failure !== undefined) return;
    words[0] = SEGMENT_MAGIC;
    words[1] = number;
    words[2] = end - 4 * SEGMENT_HEAD;
    words[3] = last;
    const hasher = this.#options.hasher();
    hasher.update(number === ASIDE ? NOTHING : this.#previous);
    hasher.update(bytes.subarray(0, end));
    const hash = fromHex(hasher.hex());
    bytes.set(hash, end);
    if (number !== ASIDE) {
      this.#previous.set(hash);
      this.#segment++;
    }
    this.#fileBytes += end + hash.length;
    try {
      this.#options.sink.write(bytes.subarray(0, end + hash.length));
    } catch (error) {
      this.failure = asError(error);
    }
  }
}

/** The hash before the first segment. */
const NOTHING = new Uint8Array(4 * SEGMENT_HASH);

/** Where a segment's records must end, in words. */
const END = SEGMENT_BYTES / 4 - SEGMENT_HASH;

function putInt64(words: Int32Array, at: number, value: number): number {
  words[at] = value | 0;
  words[at + 1] = upperWord(value, value | 0);
  return at + 2;
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** The 32 bytes of a SHA-256 in hexadecimal. */
function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
