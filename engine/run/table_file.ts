import {
  ARROW_MAGIC,
  type ArrowBlock,
  type ArrowBuffer,
  type ArrowColumn,
  batchMessage,
  fileEnd,
  schemaMessage,
} from "../feed/arrow_message.ts";
import type { ByteSink } from "./byte_sink.ts";

/** Rows of a full batch: about a megabyte of orders. */
const BATCH_ROWS = 8192;
/** 2^32. */
const WORD = 4294967296;

/** One column of a {@linkcode TableFile}: room for the values of a batch, set by row. */
export interface Column {
  readonly type: "time" | "int64" | "float64" | "text";
  /** The bytes of the first `rows` values; of texts, their offsets and then their bytes. */
  bytes(rows: number): readonly Uint8Array[];
  /** Of a column that may hold nulls: the bitmap of the first `rows`, 0 where there is no value, and how many those are. */
  validity?(rows: number): { readonly bits: Uint8Array; readonly nulls: number };
}

/** Integers below 2^53 in magnitude. */
export class IntColumn implements Column {
  readonly type: "int64" | "time" = "int64";
  protected readonly words = new Int32Array(2 * BATCH_ROWS);

  set(row: number, value: number): void {
    this.words[2 * row] = value;
    this.words[2 * row + 1] = Math.floor(value / WORD);
  }

  bytes(rows: number): readonly Uint8Array[] {
    return [new Uint8Array(this.words.buffer, 0, 8 * rows)];
  }
}

/** Times, as a clock counts them: nanoseconds since the start of an era of 2^52 ns. */
export class TimeColumn extends IntColumn {
  override readonly type = "time";

  setTime(row: number, era: number, ns: number): void {
    this.set(row, ns);
    this.words[2 * row + 1] += era * (2 ** 52 / WORD);
  }
}

/** Times that may be missing: null in Arrow, and in numpy and pandas not-a-time (NaT). */
export class NullableTimeColumn extends TimeColumn {
  readonly #missing = new Uint8Array(BATCH_ROWS);

  override setTime(row: number, era: number, ns: number): void {
    super.setTime(row, era, ns);
    this.#missing[row] = 0;
  }

  /** There is no time. */
  setNull(row: number): void {
    this.set(row, 0);
    this.#missing[row] = 1;
  }

  validity(rows: number): { readonly bits: Uint8Array; readonly nulls: number } {
    const bits = new Uint8Array(Math.ceil(rows / 8));
    let nulls = 0;
    for (let row = 0; row < rows; row++) {
      nulls += this.#missing[row];
      bits[row >> 3] |= (1 - this.#missing[row]) << (row & 7);
    }
    return { bits, nulls };
  }
}

/** Floats. */
export class FloatColumn implements Column {
  readonly type = "float64";
  readonly #values = new Float64Array(BATCH_ROWS);

  set(row: number, value: number): void {
    this.#values[row] = value;
  }

  bytes(rows: number): readonly Uint8Array[] {
    return [new Uint8Array(this.#values.buffer, 0, 8 * rows)];
  }
}

/** Texts out of a list that is known beforehand; they are set by their place in it. */
export class TextColumn implements Column {
  readonly type = "text";
  readonly #labels: readonly Uint8Array[];
  readonly #places = new Uint16Array(BATCH_ROWS);

  constructor(labels: readonly string[]) {
    const encoder = new TextEncoder();
    this.#labels = labels.map((label) => encoder.encode(label));
  }

  set(row: number, place: number): void {
    this.#places[row] = place;
  }

  bytes(rows: number): readonly Uint8Array[] {
    const offsets = new Int32Array(rows + 1);
    for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row] + this.#labels[this.#places[row]].length;
    const text = new Uint8Array(offsets[rows]);
    for (let row = 0; row < rows; row++) text.set(this.#labels[this.#places[row]], offsets[row]);
    return [new Uint8Array(offsets.buffer), text];
  }
}

/**
 * Writes an Arrow file of columns batch by batch, for pandas, polars or DuckDB.
 *
 * Set the columns at `row`, then call `add`. Memory is one batch, whatever the length of the table.
 *
 * @example
 * ```ts
 * import { IntColumn, TableFile, TextColumn } from "./table_file.ts";
 * const columns = { lots: new IntColumn(), side: new TextColumn(["sell", "buy"]) };
 * let bytes = 0;
 * const table = new TableFile({ write: (part) => void (bytes += part.length), close() {} }, columns);
 * columns.lots.set(table.row, 5);
 * columns.side.set(table.row, 1);
 * table.add();
 * table.close();
 * if (bytes === 0) throw new Error("unexpected");
 * ```
 */
export class TableFile {
  /** Where the next row goes in the columns. */
  row = 0;
  readonly #sink: ByteSink;
  readonly #columns: readonly Column[];
  readonly #schema: readonly ArrowColumn[];
  readonly #blocks: ArrowBlock[] = [];
  readonly #meta: Readonly<Record<string, string>>;
  #written = 0;

  /** `meta` goes into the schema, for whoever wonders what a column means. */
  constructor(
    sink: ByteSink,
    columns: Readonly<Record<string, Column>>,
    meta: Readonly<Record<string, string>> = {},
  ) {
    this.#meta = meta;
    this.#sink = sink;
    this.#columns = Object.values(columns);
    this.#schema = Object.entries(columns).map(([name, { type, validity }]) => ({
      name,
      type,
      nullable: validity !== undefined,
    }));
    this.#write(ARROW_MAGIC);
    this.#write(schemaMessage(this.#schema, meta));
  }

  /** The row is set: the next one follows. */
  add(): void {
    if (++this.row === BATCH_ROWS) this.#flush();
  }

  /** Writes what is left and the file's end. */
  close(): void {
    if (this.row > 0) this.#flush();
    this.#write(fileEnd(this.#schema, this.#meta, this.#blocks));
    this.#sink.close();
  }

  #flush(): void {
    let size = 0;
    const parts: Uint8Array[] = [];
    const place = (part: Uint8Array): ArrowBuffer => {
      parts.push(part, new Uint8Array(-part.length & 63));
      const at = { offset: size, length: part.length };
      size += Math.ceil(part.length / 64) * 64;
      return at;
    };
    const buffers = this.#columns.map((column) => {
      const [values, text] = column.bytes(this.row), known = column.validity?.(this.row);
      return {
        ...place(values),
        ...text && { text: place(text) },
        ...known && { validity: { ...place(known.bits), nulls: known.nulls } },
      };
    });
    const head = batchMessage(this.row, buffers, size);
    this.#blocks.push({ offset: this.#written, head: head.length, body: size });
    this.#write(head);
    for (const part of parts) if (part.length > 0) this.#write(part);
    this.row = 0;
  }

  #write(bytes: Uint8Array): void {
    this.#sink.write(bytes);
    this.#written += bytes.length;
  }
}
