import { AT_EXCHANGE, AT_LOCAL, KIND_NAMES } from "../core/event.ts";
import { ARROW_MAGIC, type ArrowBlock, fileEnd, schemaMessage } from "./arrow_message.ts";
import type { ByteSource } from "./byte_source.ts";
import { layBatch, type RowBuffer } from "./row_buffer.ts";
import type { StandingBatches } from "./standing_batches.ts";
import { type Hasher, instrumentJson, TAPE_COLUMNS, type TapeLayout, type TapeMeta } from "./tape_schema.ts";

/** A file under construction: bytes go to its end, and may be read back and overwritten. */
export interface TapeFile extends ByteSource {
  append(bytes: Uint8Array): void;
  overwrite(offset: number, bytes: Uint8Array): void;
  /** Cuts the file to `size` bytes. */
  truncate(size: number): void;
}

/** What a writer is told at the end, because the rows do not say it. */
export type TapeFacts = Omit<TapeMeta, "layout" | "rows" | "span" | "counts" | "sha256">;

/**
 * Writes a tape batch by batch, and its metadata at the end, when they are known.
 *
 * The schema that begins the file is bare; the footer repeats it with all metadata, and readers of files take it from
 * there. `finish` goes over the batches once more, to shift local times where they stand, to count and to hash, so that
 * memory does not grow with the tape. Until then the file has no footer, and no reader takes it for a tape.
 *
 * @example
 * ```ts
 * import { RowBuffer } from "./row_buffer.ts";
 * import { MemoryFile } from "./memory_file.ts";
 * import { TapeWriter } from "./tape_writer.ts";
 * import { TapeReader } from "./tape_reader.ts";
 * const file = new MemoryFile();
 * const writer = new TapeWriter(file, "bars");
 * const buffer = new RowBuffer("bars");
 * buffer.rows = 2; // two bars, all zero
 * writer.write(buffer);
 * const meta = writer.finish({
 *   instrument: { symbol: "GOOG", venue: "XNAS", tick: "0.01", lot: "1" },
 *   gaps: { count: 0, first: [] },
 *   skew: { policy: "keep", shiftNs: 0 },
 *   source: { format: "bars", files: [] },
 * }, { update: () => {}, hex: () => "not hashed" });
 * if (meta.rows !== 2 || new TapeReader(file).bars(0).rows !== 2) throw new Error("unexpected");
 * ```
 */
export class TapeWriter {
  readonly #file: TapeFile;
  readonly #layout: TapeLayout;
  readonly #blocks: ArrowBlock[] = [];
  readonly #rows: number[] = [];
  /** Bytes of whole blocks; a failed write may have left more behind. */
  #size = 0;
  #failed = false;
  /** The footer found no room behind the batches. */
  #footerFailed = false;
  #shifted = false;
  /** Room for one batch, as it is read again at the end. */
  #body: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** Begins the file; with `standing` it goes on behind the batches that a half-written one has, and cuts off the rest. */
  constructor(file: TapeFile, layout: TapeLayout, standing?: StandingBatches) {
    this.#file = file;
    this.#layout = layout;
    if (standing === undefined) {
      this.#append(ARROW_MAGIC, schemaMessage(TAPE_COLUMNS[layout], { lockstep: "1" }));
      return;
    }
    this.#blocks.push(...standing.blocks);
    this.#rows.push(...standing.rows);
    this.#size = standing.size;
    file.truncate(standing.size);
  }

  /** Appends the rows of `buffer`, if it has any, and empties it. */
  write(buffer: RowBuffer): void {
    if (buffer.rows === 0) return;
    if (this.#failed) throw new RangeError("Cannot write to the tape: an earlier write failed; only finish can follow");
    const { head, body } = buffer.frames(this.#layout);
    const block = { offset: this.#size, head: head.length, body: body.length };
    this.#append(head, body);
    this.#blocks.push(block);
    this.#rows.push(buffer.rows);
    buffer.rows = 0;
  }

  /**
   * Completes the file and says what it holds. After a write that failed, say for a full disk, all whole batches are kept:
   * the footer goes where the broken one was cut off. Where it finds no room either, this throws, and the next call gives
   * the last batch up for it.
   */
  finish(facts: TapeFacts, hasher: Hasher): TapeMeta {
    if (this.#failed) this.#cutOff();
    const survey = new Survey(this.#layout);
    // A second attempt, after the footer found no room, must not shift again.
    const shiftNs = this.#shifted ? 0 : facts.skew.shiftNs;
    for (let i = 0; i < this.#blocks.length; i++) this.#finishBatch(i, shiftNs, survey, hasher);
    this.#shifted = true;
    hasher.update(new TextEncoder().encode(instrumentJson(facts.instrument)));
    const { instrument, ...rest } = { ...facts, ...survey.result(), layout: this.#layout, sha256: hasher.hex() };
    const meta = { lockstep: "1", instrument: instrumentJson(instrument), tape: JSON.stringify(rest) };
    this.#footerFailed = true;
    this.#append(fileEnd(TAPE_COLUMNS[this.#layout], meta, this.#blocks));
    return { ...rest, instrument };
  }

  #cutOff(): void {
    if (this.#footerFailed) {
      this.#size = this.#blocks.pop()?.offset ?? 0;
      this.#rows.pop();
    }
    if (this.#blocks.length === 0) {
      throw new RangeError("Cannot keep the tape: not one batch was written; free some space");
    }
    this.#file.truncate(this.#size);
  }

  #append(...parts: readonly Uint8Array[]): void {
    try {
      for (const part of parts) this.#file.append(part);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
    for (const part of parts) this.#size += part.length;
  }

  #finishBatch(index: number, shiftNs: number, survey: Survey, hasher: Hasher): void {
    const block = this.#blocks[index];
    const rows = this.#rows[index];
    if (this.#body.length < block.body) this.#body = new Uint8Array(block.body);
    const body = this.#body.subarray(0, block.body);
    this.#file.read(block.offset + block.head, body);
    const columns = layBatch(this.#layout, rows).buffers.map(({ offset, length }) =>
      body.subarray(offset, offset + length)
    );
    if (shiftNs !== 0) {
      addToInt64(new Int32Array(body.buffer, columns[1].byteOffset, 2 * rows), shiftNs);
      this.#file.overwrite(block.offset + block.head + columns[1].byteOffset, columns[1]);
    }
    for (const column of columns) hasher.update(column);
    survey.add(columns, rows);
  }
}

/** Adds `amount`, an integer below 2^53 in magnitude, to every int64 of `column`. */
export function addToInt64(column: Int32Array, amount: number): void {
  const low = amount >>> 0;
  const high = Math.floor(amount / 4294967296);
  for (let i = 0; i < column.length; i += 2) {
    const sum = (column[i] >>> 0) + low;
    // Cut to 32 bits by hand: the compiler gives up on a loop in which the array has to.
    column[i] = sum | 0;
    column[i + 1] = (column[i + 1] + high + (sum >= 4294967296 ? 1 : 0)) | 0;
  }
}

/** Counts rows and kinds and finds each clock's first and last time, batch by batch. */
class Survey {
  readonly #layout: TapeLayout;
  readonly #kinds = new Float64Array(256);
  #rows = 0;
  #exchangeFirst = "";
  #exchangeLast = "";
  #localFirst = "";
  #localLast = "";

  constructor(layout: TapeLayout) {
    this.#layout = layout;
  }

  add(columns: readonly Uint8Array[], rows: number): void {
    this.#rows += rows;
    let [exchangeLow, exchangeHigh, localLow, localHigh] = [0, rows - 1, 0, rows - 1];
    if (this.#layout !== "bars") {
      const flags = columns[6];
      count(columns[4], rows, this.#kinds);
      while (exchangeLow < rows && !(flags[exchangeLow] & AT_EXCHANGE)) exchangeLow++;
      while (exchangeHigh >= 0 && !(flags[exchangeHigh] & AT_EXCHANGE)) exchangeHigh--;
      while (localLow < rows && !(flags[localLow] & AT_LOCAL)) localLow++;
      while (localHigh >= 0 && !(flags[localHigh] & AT_LOCAL)) localHigh--;
    }
    if (exchangeLow < rows) {
      this.#exchangeFirst ||= timeAt(columns[0], exchangeLow);
      this.#exchangeLast = timeAt(columns[0], exchangeHigh);
    }
    if (localLow < rows) {
      this.#localFirst ||= timeAt(columns[1], localLow);
      this.#localLast = timeAt(columns[1], localHigh);
    }
  }

  result(): Pick<TapeMeta, "rows" | "span" | "counts"> {
    const counts: Record<string, number> = {};
    if (this.#layout === "bars") counts.bar = this.#rows;
    this.#kinds.forEach((count, kind) => {
      if (count > 0) counts[KIND_NAMES[kind] ?? `kind ${kind}`] = count;
    });
    const span = {
      exchangeFirst: this.#exchangeFirst,
      exchangeLast: this.#exchangeLast,
      localFirst: this.#localFirst,
      localLast: this.#localLast,
    };
    return { rows: this.#rows, counts, span: this.#rows === 0 ? undefined : span };
  }
}

/** Counts the values of a column; apart, so that it is compiled once and for all that follows it. */
function count(column: Uint8Array, rows: number, counts: Float64Array): void {
  for (let row = 0; row < rows; row++) counts[column[row]]++;
}

function timeAt(column: Uint8Array, row: number): string {
  return new DataView(column.buffer, column.byteOffset).getBigInt64(8 * row, true).toString();
}
