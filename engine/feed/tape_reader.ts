import { instrument, type InstrumentSpec } from "../core/instrument.ts";
import { checkTypes, layoutOf, readBlocks, readFields, readFooter, refusal } from "./arrow_file.ts";
import { ARROW, type ArrowBlock } from "./arrow_message.ts";
import type { ByteSource } from "./byte_source.ts";
import { FlatTable, int64At } from "./flatbuffer.ts";
import type { SharedTape } from "./shared_windows.ts";
import { columnWidth, TAPE_COLUMNS, type TapeColumn, type TapeLayout, type TapeMeta } from "./tape_schema.ts";

/**
 * One batch of an event tape, in columns. An int64 stands as two entries of an Int32Array, low half first:
 * `price[2 * row + 1] * 4294967296 + (price[2 * row] >>> 0)`.
 */
export interface TapeBatch {
  /** Rows of every column. */
  readonly rows: number;
  /** Exchange time, ns since 1970-01-01 UTC. */
  readonly exchange: Int32Array;
  /** Our time, ns since 1970-01-01 UTC. */
  readonly local: Int32Array;
  /** Ticks. */
  readonly price: Int32Array;
  /** Lots. */
  readonly size: Int32Array;
  /** What happened; see `engine/core/event.ts`. */
  readonly kind: Uint8Array;
  /** Whose it is: BUY, SELL or NONE. */
  readonly side: Int8Array;
  /** Which clocks see it, and whether it ends its message. */
  readonly flags: Uint8Array;
  /** Order ids, uint64, on L3 tapes. */
  readonly order?: Int32Array;
}

/** One batch of a bar tape, in columns like those of {@linkcode TapeBatch}. */
export interface BarBatch {
  /** Rows of every column. */
  readonly rows: number;
  /** When the bar opens, ns. */
  readonly exchange: Int32Array;
  /** When the bar closes and can be known, ns. */
  readonly local: Int32Array;
  /** First price in ticks. */
  readonly open: Int32Array;
  /** Highest price in ticks. */
  readonly high: Int32Array;
  /** Lowest price in ticks. */
  readonly low: Int32Array;
  /** Last price in ticks. */
  readonly close: Int32Array;
  /** Lots. */
  readonly volume: Int32Array;
}

/** Room for one batch at a time, so that streaming a tape allocates once. What was read into it before is overwritten. */
export class TapeBuffer {
  /** Grown as needed. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
}

/**
 * Reads a tape by batches, each column a view over the bytes as they stand in the file.
 *
 * Tapes that pandas, polars or pyarrow wrote again are read too, if the columns are the same and uncompressed; where their
 * writer dropped the metadata, the instrument must be given; then, and where rows may have been changed, the hash is "". Throws RangeError that says what the file is instead,
 * whether it is half-written, and what to do.
 *
 * | call | cost |
 * |---|---|
 * | open | one read of the footer |
 * | `batch` with a buffer | one read; views, no copy |
 * | `batch` over bytes in memory | views, no copy |
 * | `rowsIn` of every batch | one small read a batch, once |
 *
 * @example
 * ```ts
 * import { BytesSource } from "./byte_source.ts";
 * import { TapeReader } from "./tape_reader.ts";
 * try {
 *   new TapeReader(new BytesSource(new TextEncoder().encode("a,b\n1,2\n"), "x.csv"));
 *   throw new Error("not reached");
 * } catch (error) {
 *   if (!(error as Error).message.startsWith("Cannot read tape x.csv: it is text")) throw error;
 * }
 * ```
 */
export class TapeReader {
  /** What its rows are. */
  readonly layout: TapeLayout;
  /** What it says of itself. */
  readonly meta: TapeMeta;
  /** How many batches there are. */
  readonly batches: number;
  /**
   * Decoded windows that sessions made from now on share; each decodes its own while absent.
   *
   * @internal
   */
  shared: SharedTape | undefined;
  readonly #source: ByteSource;
  readonly #blocks: readonly ArrowBlock[];
  /** For each column of the layout, its place among the file's columns. */
  readonly #places: readonly number[];
  readonly #columns: readonly TapeColumn[];
  #rows: Int32Array | undefined;

  /** Over an Arrow file's bytes; `instrument` for one whose metadata names none. */
  constructor(source: ByteSource, options: { readonly instrument?: InstrumentSpec } = {}) {
    this.#source = source;
    const footer = readFooter(source);
    const view = new DataView(footer.buffer);
    const root = FlatTable.root(view, 0);
    const schema = root.table(1);
    if (schema === undefined) throw refusal(source, "it has no schema", "convert the source again");
    if (schema.int16(0) !== 0) throw refusal(source, "it is big-endian", "write it on a little-endian machine");
    this.#blocks = readBlocks(root, view);
    this.batches = this.#blocks.length;
    const fields = readFields(schema);
    this.layout = layoutOf(source, fields);
    this.#columns = TAPE_COLUMNS[this.layout];
    this.#places = this.#columns.map((column) => fields.findIndex(({ name }) => name === column.name));
    checkTypes(source, fields, this.#columns);
    this.meta = this.#readMeta(schema, options.instrument);
    instrument(this.meta.instrument);
  }

  /** What errors call the tape. */
  get name(): string {
    return this.#source.name;
  }

  /** Whether our own writer has checked the rows, and nobody has written them again. */
  get checked(): boolean {
    return this.meta.sha256 !== "";
  }

  /** More rows came, and whoever wrote it did not know that this would be its end. */
  get cut(): boolean {
    return this.meta.incomplete !== undefined;
  }

  /** Rows of batch `index`. */
  rowsIn(index: number): number {
    this.#rows ??= Int32Array.from(this.#blocks, (block) => {
      const head = new Uint8Array(block.head);
      this.#source.read(block.offset, head);
      return this.#head(new DataView(head.buffer), 0).int64(0);
    });
    return this.#rows[index];
  }

  /** Batch `index` of an event tape; with `buffer` it is good until the next call with the same one. */
  batch(index: number, buffer?: TapeBuffer): TapeBatch {
    if (this.layout === "bars") throw refusal(this.#source, "it holds bars", "read it with bars()");
    const body = this.#load(index, buffer);
    return {
      rows: body.rows,
      exchange: body.int64(0),
      local: body.int64(1),
      price: body.int64(2),
      size: body.int64(3),
      kind: body.uint8(4),
      side: body.int8(5),
      flags: body.uint8(6),
      order: this.layout === "l3" ? body.int64(7) : undefined,
    };
  }

  /** Batch `index` of a bar tape. */
  bars(index: number, buffer?: TapeBuffer): BarBatch {
    if (this.layout !== "bars") throw refusal(this.#source, "it holds events", "read it with batch()");
    const body = this.#load(index, buffer);
    return {
      rows: body.rows,
      exchange: body.int64(0),
      local: body.int64(1),
      open: body.int64(2),
      high: body.int64(3),
      low: body.int64(4),
      close: body.int64(5),
      volume: body.int64(6),
    };
  }

  /** The values of every column of batch `index` as bytes, in the layout's order: what the tape's hash is of. */
  columnBytes(index: number, buffer?: TapeBuffer): Uint8Array[] {
    const body = this.#load(index, buffer);
    return this.#columns.map((column, at) => body.bytesOf(at, columnWidth(column)));
  }

  #load(index: number, buffer: TapeBuffer | undefined): BatchBody {
    const block = this.#blocks[index];
    if (block === undefined) {
      throw new RangeError(`Cannot read batch ${index} of ${this.name}: it has ${this.batches} batches`);
    }
    const length = block.head + block.body;
    let bytes = this.#source.bytes;
    let start = block.offset;
    if (bytes === undefined) {
      start = 0;
      if (buffer === undefined) bytes = new Uint8Array(length);
      else {
        if (buffer.bytes.length < length) buffer.bytes = new Uint8Array(length);
        bytes = buffer.bytes;
      }
      this.#source.read(block.offset, bytes.length === length ? bytes : bytes.subarray(0, length));
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const head = this.#head(view, start);
    return new BatchBody(this.#source, view, head, start + block.head, this.#places);
  }

  /** The record batch table of the message at `start`. */
  #head(view: DataView, start: number): FlatTable {
    // Files of before Arrow 0.15 have no continuation mark; their heads start four bytes earlier.
    const root = FlatTable.root(view, start + (view.getInt32(start, true) === -1 ? 8 : 4));
    const head = root.table(2);
    if (root.uint8(1) !== ARROW.RECORD_BATCH || head === undefined) {
      throw refusal(this.#source, "a block is not a record batch", "the file is damaged: convert the source again");
    }
    if (head.has(3)) {
      const codec = head.table(3)!.uint8(0) === 1 ? "zstd" : "lz4";
      const remedy = `write it without, as in df.to_feather(path, compression="uncompressed")`;
      throw refusal(this.#source, `its columns are compressed with ${codec}`, remedy);
    }
    return head;
  }

  #readMeta(schema: FlatTable, given: InstrumentSpec | undefined): TapeMeta {
    const texts = new Map<string, string>();
    for (let i = 0; i < schema.length(2); i++) texts.set(schema.item(2, i).text(0), schema.item(2, i).text(1));
    const version = texts.get("lockstep");
    if (version !== undefined && version !== "1") {
      throw refusal(
        this.#source,
        `its format is version ${version}, not 1`,
        "convert it with this version of Lockstep",
      );
    }
    const spec = texts.get("instrument");
    const trade = given ?? (spec === undefined ? undefined : JSON.parse(spec) as InstrumentSpec);
    if (trade === undefined) {
      const remedy = "give its instrument, or keep the schema's metadata when writing it";
      throw refusal(this.#source, "its metadata names no instrument", remedy);
    }
    const text = texts.get("tape");
    const tape = text === undefined ? undefined : JSON.parse(text) as TapeMeta;
    const own = { layout: this.layout, instrument: trade };
    if (tape !== undefined && given === undefined && !this.#isRewritten()) return { ...tape, ...own };
    let rows = 0;
    for (let i = 0; i < this.batches; i++) rows += this.rowsIn(i);
    // Rows may have been changed since these were counted and hashed.
    const forgotten = { rows, counts: {}, span: undefined, sha256: "" };
    const none = { gaps: { count: 0, first: [] }, skew: { policy: "keep", shiftNs: 0 } } as const;
    return { ...none, source: { format: "arrow", files: [] }, ...tape, ...own, ...forgotten };
  }

  /** Whether another writer wrote this file: ours leaves the first schema bare and all metadata to the footer's. */
  #isRewritten(): boolean {
    const head = new Uint8Array(8);
    this.#source.read(8, head);
    const view = new DataView(head.buffer);
    const marked = view.getInt32(0, true) === -1;
    const bytes = new Uint8Array(Math.min(view.getInt32(marked ? 4 : 0, true), this.#source.size - 16));
    this.#source.read(marked ? 16 : 12, bytes);
    return FlatTable.root(new DataView(bytes.buffer), 0).table(2)?.length(2) !== 1;
  }
}

/** Column views of one batch that was read. */
class BatchBody {
  readonly rows: number;
  readonly #source: ByteSource;
  readonly #view: DataView;
  readonly #body: number;
  readonly #nodes: number;
  readonly #buffers: number;
  readonly #places: readonly number[];

  constructor(source: ByteSource, view: DataView, head: FlatTable, body: number, places: readonly number[]) {
    this.rows = head.int64(0);
    this.#source = source;
    this.#view = view;
    this.#body = body;
    this.#nodes = head.structs(1);
    this.#buffers = head.structs(2);
    this.#places = places;
  }

  int64(column: number): Int32Array {
    const at = this.#start(column, 8);
    const start = this.#view.byteOffset + at;
    if (start % 4 === 0) return new Int32Array(this.#view.buffer as ArrayBuffer, start, 2 * this.rows);
    return new Int32Array(this.#view.buffer.slice(start, start + 8 * this.rows) as ArrayBuffer);
  }

  uint8(column: number): Uint8Array {
    return this.bytesOf(column, 1);
  }

  int8(column: number): Int8Array {
    const at = this.#start(column, 1);
    return new Int8Array(this.#view.buffer, this.#view.byteOffset + at, this.rows);
  }

  bytesOf(column: number, width: 1 | 8): Uint8Array {
    const at = this.#start(column, width);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, width * this.rows);
  }

  /** Where the values of a column start; a null, or a buffer too short, is refused. */
  #start(column: number, width: 1 | 8): number {
    const place = this.#places[column];
    if (int64At(this.#view, this.#nodes + 16 * place + 8) !== 0) {
      throw refusal(this.#source, `column ${place + 1} holds nulls`, "fill or drop those rows");
    }
    // Two buffers a column, validity and values; all columns of a tape are of fixed width, and so have two.
    const buffer = this.#buffers + 16 * (2 * place + 1);
    const at = this.#body + int64At(this.#view, buffer);
    if (int64At(this.#view, buffer + 8) < width * this.rows || at + width * this.rows > this.#view.byteLength) {
      throw refusal(this.#source, `column ${place + 1} is shorter than its batch`, "convert the source again");
    }
    return at;
  }
}
