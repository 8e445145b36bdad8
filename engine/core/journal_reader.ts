import type { CommandEntry } from "./command.ts";
import type { ByteSource } from "../feed/byte_source.ts";
import type { Hasher } from "../feed/tape_schema.ts";
import { type Damage, JournalDamageError } from "./journal_damage.ts";
import {
  ASIDE,
  CHECKPOINT,
  CLOSE,
  type Closing,
  COMMAND,
  type Continuation,
  CONTINUED,
  FORM,
  HEADER,
  JOURNAL_VERSION,
  type JournalHeader,
  LONG_ORDER_X,
  LONG_Y_Z,
  MORE,
  OUTPUT_WORDS_MIN,
  SAME_TIME,
  SEGMENT_BYTES,
  SEGMENT_HASH,
  SEGMENT_HEAD,
  SEGMENT_MAGIC,
  WHERE,
  type Whereabouts,
} from "./journal_format.ts";

/** What a checkpoint says: the state after `records` output records. */
export interface Checkpoint {
  readonly records: number;
  /** What `Digest.restore` takes. */
  readonly state: readonly number[];
  readonly rows: readonly number[];
}

/** What {@linkcode JournalReader.next} came to when it was an output record; control records have their own kinds. */
export const OUTPUT = 1;

/**
 * Reads a journal record by record and checks the chain on the way: a flipped byte, a missing segment and a cut tail end it
 * with `damage`; all records before the damaged segment have been read by then.
 *
 * Throws JournalDamageError where its header is what is damaged, and RangeError where it is of another version.
 *
 * | call | cost |
 * |---|---|
 * | `next` | O(1); one read and one SHA-256 a segment |
 * | memory | one segment |
 *
 * @example
 * ```ts
 * import { BytesSource } from "../feed/byte_source.ts";
 * import { JournalReader } from "./journal_reader.ts";
 * try {
 *   new JournalReader(new BytesSource(new Uint8Array(8), "out/1/journal"), () => ({ update: () => {}, hex: () => "" }));
 *   throw new Error("not reached");
 * } catch (error) {
 *   if (!(error as Error).message.startsWith("Cannot read journal out/1/journal: segment 0 at byte 0")) throw error;
 * }
 * ```
 */
export class JournalReader {
  readonly header: JournalHeader;
  readonly where: Whereabouts | undefined;
  /** Set once `next` has come to it. */
  closing: Closing | undefined;
  damage: Damage | undefined;
  /** The last checkpoint passed. */
  checkpoint: Checkpoint | undefined;
  /** Where it begins, when files before were dropped: nothing before can be proven by the chain. */
  readonly from: Continuation | undefined;
  /** The number of the next segment of the chain: all before it, from `from` on, were read and are whole. The last one's hash. */
  segments = 0;
  chain = "";
  /** Output records so far, those before `from` included. */
  records = 0;

  /** The output record that `next` came to. */
  tag = 0;
  /** Its time, see clock.ts. */
  era = 0;
  ns = 0;
  order = 0;
  x = 0;
  y = 0;
  z = 0;
  /** The command that `next` came to, and how many rows of each tape stand before it. */
  command: Uint8Array = new Uint8Array(0);
  commandRows: readonly number[] = [];

  #continuation: Continuation | undefined;
  readonly #source: ByteSource;
  readonly #hasher: () => Hasher;
  readonly #bytes = new Uint8Array(SEGMENT_BYTES);
  readonly #words = new Int32Array(this.#bytes.buffer);
  #previous: Uint8Array = new Uint8Array(4 * SEGMENT_HASH);
  /** Where the next segment starts in the file. */
  #offset = 0;
  /** Where the one that is read started. */
  #start = 0;
  #at = 0;
  #end = 0;
  #last = false;
  /** The damage is that the journal ends there. */
  #ends = false;
  #kind = 0;
  #pieces: Uint8Array[] = [];

  /** `source` has the journal's files one behind the other. */
  constructor(source: ByteSource, hasher: () => Hasher) {
    this.#source = source;
    this.#hasher = hasher;
    let kind = this.next(), where: Whereabouts | undefined;
    // Of a first file that was cut behind what stands beside the chain, the next one's follows.
    for (; kind === WHERE; kind = this.next()) where = this.#json<Whereabouts>();
    if (this.damage !== undefined) throw new JournalDamageError(source.name, this.damage, this.#ends);
    this.from = kind === CONTINUED ? this.#continuation : undefined;
    const header = kind === HEADER ? this.#json<JournalHeader>() : this.from?.header;
    if (this.from) this.records = this.from.records;
    if (header?.journal !== JOURNAL_VERSION) {
      const is = header === undefined ? "it has no header" : `its version is ${header.journal}, not ${JOURNAL_VERSION}`;
      throw new RangeError(`Cannot read journal ${source.name}: ${is}; it is not of this version of Lockstep`);
    }
    this.header = header;
    this.where = where;
  }

  /** The damage is that it ends where it should go on: what there is of it is sound. */
  get ends(): boolean {
    return this.#ends;
  }

  /** The command that `next` came to, read. */
  get entry(): CommandEntry {
    return JSON.parse(new TextDecoder().decode(this.command));
  }

  /** Goes on to the next record and returns its kind: OUTPUT or a control record's; 0 at the end, or at damage. */
  next(): number {
    this.#pieces.length = 0;
    for (;;) {
      if (this.#at >= this.#end && !this.#load()) return 0;
      const words = this.#words, first = words[this.#at];
      if ((first & 7) !== 0) {
        if (this.#at + wordsOf(first) > this.#end) return this.#broken();
        this.#output();
        return OUTPUT;
      }
      const length = words[this.#at + 1], body = 4 * (this.#at + 2);
      if (!(length >= 0 && body + length <= 4 * this.#end)) return this.#broken();
      this.#pieces.push(this.#bytes.slice(body, body + length));
      this.#at += 2 + Math.ceil(length / 4);
      this.#kind = first & ~MORE;
      if ((first & MORE) !== 0) continue;
      this.#control();
      return this.#kind;
    }
  }

  #output(): void {
    const words = this.#words, first = words[this.#at];
    let at = this.#at + 1;
    this.tag = first & ~FORM;
    if ((first & SAME_TIME) === 0) {
      this.era = words[at + 1] >> 20;
      this.ns = (words[at + 1] & 0xfffff) * 4294967296 + (words[at] >>> 0);
      at += 2;
    }
    this.order = words[at];
    this.x = words[at + 1];
    this.y = words[at + 2];
    this.z = words[at + 3];
    at += 4;
    if ((first & LONG_ORDER_X) !== 0) {
      this.order = integer(this.order, words[at]);
      this.x = integer(this.x, words[at + 1]);
      at += 2;
    }
    if ((first & LONG_Y_Z) !== 0) {
      this.y = integer(this.y, words[at]);
      this.z = integer(this.z, words[at + 1]);
      at += 2;
    }
    this.#at = at;
    this.records++;
  }

  #control(): void {
    if (this.#kind === CLOSE) this.closing = this.#json<Closing>();
    if (this.#kind === CONTINUED) {
      this.#continuation = JSON.parse(new TextDecoder().decode(this.#body().subarray(4 * SEGMENT_HASH)));
    }
    if (this.#kind !== CHECKPOINT && this.#kind !== COMMAND) return;
    const body = this.#body(), length = this.header?.tapes.length ?? 0;
    if (this.#kind === COMMAND) {
      this.commandRows = rowsOf(body, 0, length);
      this.command = body.subarray(8 * length);
    } else {
      const words = new Int32Array(body.buffer, 0, 6), records = int64(words, 0);
      this.checkpoint = { records, state: [...words.subarray(2), records], rows: rowsOf(body, 24, length) };
    }
  }

  /** The body of the last control record. */
  #body(): Uint8Array<ArrayBuffer> {
    const pieces = this.#pieces.splice(0);
    const body = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      body.set(piece, at);
      at += piece.length;
    }
    return body;
  }

  #json<T>(): T {
    return JSON.parse(new TextDecoder().decode(this.#body())) as T;
  }

  /** Reads and checks the next segment; false at the end, or with `damage` set. */
  #load(): boolean {
    if (this.damage !== undefined) return false;
    const offset = this.#offset, left = this.#source.size - offset;
    if (this.#last && left === 0 && this.closing !== undefined) return false;
    const words = this.#words, bytes = this.#bytes;
    this.#source.read(offset, bytes.subarray(0, Math.min(left, SEGMENT_BYTES)));
    this.#takeUp(left);
    const cut = this.#cut(left), what = cut ?? this.#changed(left);
    if (what !== undefined) {
      this.damage = { segment: this.segments, offset, what };
      this.#ends = cut !== undefined;
      return false;
    }
    const end = SEGMENT_HEAD + words[2] / 4;
    this.#start = offset;
    this.#offset = offset + 4 * (end + SEGMENT_HASH);
    this.#at = SEGMENT_HEAD;
    this.#end = end;
    if (words[1] === ASIDE) return true;
    this.#previous = bytes.slice(4 * end, 4 * (end + SEGMENT_HASH));
    this.chain = hex(this.#previous);
    this.segments++;
    this.#last = words[3] === 1;
    return true;
  }

  /** What is wrong with where the file ends, `left` bytes from the start of the segment that was read. */
  #cut(left: number): string | undefined {
    const { size } = this.#source, words = this.#words;
    if (this.#last) {
      return left > 0 ? `${left} bytes stand behind the journal's end` : "the last segment has no closing record";
    }
    if (left === 0) return "the journal ends before its closing record";
    const needed = left < 4 * SEGMENT_HEAD ? LEAST : words[2] + LEAST;
    const head = left < 4 * SEGMENT_HEAD || (words[0] === SEGMENT_MAGIC && this.#follows(words[1]));
    // A damaged head may claim any length; only a sound one says that its end is missing.
    if (left >= needed || !head || !(needed >= LEAST && needed <= SEGMENT_BYTES)) return undefined;
    return `the journal ends at byte ${size}, ${left} bytes into it, of ${needed}`;
  }

  /** Whether a segment of this number may stand here: the next of the chain, or one aside. */
  #follows(number: number): boolean {
    return number === this.segments || number === ASIDE;
  }

  /** Where the files before were dropped, the chain goes on from what the first segment says of the one before it. */
  #takeUp(left: number): void {
    const [magic, number, length] = this.#words, first = SEGMENT_HEAD;
    const room = length >= 8 + 4 * SEGMENT_HASH && length + LEAST <= Math.min(left, SEGMENT_BYTES);
    if (this.chain !== "" || magic !== SEGMENT_MAGIC || number <= 0 || !room) return;
    if ((this.#words[first] & ~MORE) !== CONTINUED) return;
    this.segments = number;
    this.#previous = this.#bytes.slice(4 * (first + 2), 4 * (first + 2 + SEGMENT_HASH));
  }

  /** What is wrong with the segment that was read, and whole as far as its head knows. */
  #changed(left: number): string | undefined {
    const bytes = this.#bytes;
    const [magic, number, length, last] = this.#words;
    if (magic !== SEGMENT_MAGIC) return "it does not start as a segment does";
    if (!this.#follows(number)) {
      return `it is missing: segment ${number} stands in its place`;
    }
    const sound = length >= 0 && length % 4 === 0 && length + LEAST <= SEGMENT_BYTES && (last === 0 || last === 1);
    if (!sound || length + LEAST > left) return "its head is damaged";
    const end = 4 * SEGMENT_HEAD + length;
    const hasher = this.#hasher();
    hasher.update(number === ASIDE ? new Uint8Array(4 * SEGMENT_HASH) : this.#previous);
    hasher.update(bytes.subarray(0, end));
    if (hasher.hex() === hex(bytes.subarray(end, end + 4 * SEGMENT_HASH))) return undefined;
    return "its bytes are not those that were hashed: it was changed, or what stood before it was";
  }

  /** A record that cannot be, in a segment that is as it was written. */
  #broken(): 0 {
    this.#end = this.#at = 0;
    this.damage = { segment: this.segments - 1, offset: this.#start, what: "a record runs over its end" };
    return 0;
  }
}

/** Bytes of a segment without records. */
const LEAST = 4 * (SEGMENT_HEAD + SEGMENT_HASH);

/** Words of the output record whose first is this. */
function wordsOf(first: number): number {
  return OUTPUT_WORDS_MIN + ((first & SAME_TIME) !== 0 ? 0 : 2) + ((first & LONG_ORDER_X) !== 0 ? 2 : 0) +
    ((first & LONG_Y_Z) !== 0 ? 2 : 0);
}

function int64(words: Int32Array, at: number): number {
  return integer(words[at], words[at + 1]);
}

function integer(low: number, high: number): number {
  return high * 4294967296 + (low >>> 0);
}

function rowsOf(body: Uint8Array<ArrayBuffer>, from: number, feeds: number): number[] {
  const words = new Int32Array(body.buffer, from, 2 * feeds);
  return Array.from({ length: feeds }, (_, i) => int64(words, 2 * i));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
