import { type ArrowBuffer, batchMessage } from "./arrow_message.ts";
import { BATCH_ROWS, columnWidth, TAPE_COLUMNS, type TapeLayout } from "./tape_schema.ts";

/**
 * The columns of one batch while it fills, laid out as they will stand in the file.
 *
 * Writers set the columns by position and count `rows` up; a full batch goes out without being copied.
 *
 * | call | cost |
 * |---|---|
 * | a value | one or two typed-array stores |
 * | `frames` of a full batch | its head, a few hundred bytes |
 * | `frames` of a part of one | one copy of its columns |
 */
export class RowBuffer {
  rows = 0;
  readonly layout: TapeLayout;
  /** Int64 columns in the layout's order, low half first; one-byte columns are in `bytes`. */
  readonly int64: readonly Int32Array[];
  readonly bytes: readonly Uint8Array[];
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #buffers: readonly ArrowBuffer[];

  constructor(layout: TapeLayout) {
    this.layout = layout;
    const { buffers, size } = layBatch(layout, BATCH_ROWS);
    this.#buffers = buffers;
    this.#body = new Uint8Array(size);
    const memory = this.#body.buffer;
    const wide = (column: number) => columnWidth(TAPE_COLUMNS[layout][column]) === 8;
    this.int64 = buffers.filter((_, i) => wide(i))
      .map(({ offset }) => new Int32Array(memory, offset, 2 * BATCH_ROWS));
    this.bytes = buffers.filter((_, i) => !wide(i))
      .map(({ offset }) => new Uint8Array(memory, offset, BATCH_ROWS));
  }

  /**
   * The batch as a framed head and a body, for as long as nothing is added; as `layout`, which may leave out columns from
   * the end of this buffer's.
   */
  frames(layout: TapeLayout = this.layout): { head: Uint8Array; body: Uint8Array } {
    const { buffers, size } = layBatch(layout, this.rows);
    const head = batchMessage(this.rows, buffers, size);
    if (this.rows === BATCH_ROWS) return { head, body: this.#body.subarray(0, size) };
    const body = new Uint8Array(size);
    buffers.forEach(({ offset, length }, i) => {
      const from = this.#buffers[i].offset;
      body.set(this.#body.subarray(from, from + length), offset);
    });
    return { head, body };
  }
}

/** Where the columns of a batch of `rows` rows stand in its body: one after the other, each from a multiple of 64 bytes. */
export function layBatch(layout: TapeLayout, rows: number): { buffers: ArrowBuffer[]; size: number } {
  let size = 0;
  const buffers = TAPE_COLUMNS[layout].map((column) => {
    const buffer = { offset: size, length: columnWidth(column) * rows };
    size += Math.ceil(buffer.length / 64) * 64;
    return buffer;
  });
  return { buffers, size };
}
