/** Writes the frames of an Arrow IPC file: schema, heads of record batches and the footer. */
import { flatBuffer, type FlatField, type FlatNode } from "./flatbuffer.ts";
import type { TapeColumn } from "./tape_schema.ts";

/** The eight bytes that an Arrow file starts with, padding included; the first six end it. */
export const ARROW_MAGIC: Uint8Array = new TextEncoder().encode("ARROW1\0\0");

/** Where one record batch lies in a file. */
export interface ArrowBlock {
  readonly offset: number;
  /** Bytes of its head with prefix and padding. */
  readonly head: number;
  /** Bytes of its column buffers. */
  readonly body: number;
}

/** Where a column's values start in a batch's body, and how many bytes they are without padding. */
export interface ArrowBuffer {
  readonly offset: number;
  readonly length: number;
  /** Of a column of texts, whose values are int32 offsets into it. */
  readonly text?: { readonly offset: number; readonly length: number };
  /** Of a column with nulls: its bitmap, least bit first, 0 where there is no value, and how many those are. */
  readonly validity?: { readonly offset: number; readonly length: number; readonly nulls: number };
}

/** One column of an Arrow file. */
export interface ArrowColumn {
  readonly name: string;
  readonly type: TapeColumn["type"] | "float64" | "text";
  /** May hold nulls; false where absent. */
  readonly nullable?: boolean;
}

/** Numbers of the Arrow format: metadata version 5, header kinds, type kinds, units and widths. */
export const ARROW = {
  V5: 4,
  SCHEMA: 1,
  RECORD_BATCH: 3,
  INT: 2,
  FLOAT: 3,
  UTF8: 5,
  TIMESTAMP: 10,
  NANOSECOND: 3,
  DOUBLE: 2,
} as const;

/** The schema message, framed. */
export function schemaMessage(columns: readonly ArrowColumn[], meta: Readonly<Record<string, string>>): Uint8Array {
  return frame(message(ARROW.SCHEMA, schemaTable(columns, meta), 0));
}

/** The head of a record batch; the body of `body` bytes follows it. */
export function batchMessage(rows: number, buffers: readonly ArrowBuffer[], body: number): Uint8Array {
  const nodes = buffers.flatMap(({ validity }) => [rows, validity?.nulls ?? 0]);
  // Each column has two buffers: the validity bitmap, empty where nothing is null, and the values; texts have a third.
  const places = buffers.flatMap(({ offset, length, text, validity }) => {
    const two = [validity?.offset ?? offset, validity?.length ?? 0, offset, length];
    return text === undefined ? two : [...two, text.offset, text.length];
  });
  const head: FlatNode = {
    table: [
      { bytes: 8, value: rows },
      { ref: { structs: nodes, count: buffers.length } },
      { ref: { structs: places, count: places.length / 2 } },
    ],
  };
  return frame(message(ARROW.RECORD_BATCH, head, body));
}

/** End-of-stream mark, footer, its length and the closing magic. Readers take the footer's schema for the file's. */
export function fileEnd(
  columns: readonly ArrowColumn[],
  meta: Readonly<Record<string, string>>,
  blocks: readonly ArrowBlock[],
): Uint8Array {
  const footer = flatBuffer({
    table: [
      { bytes: 2, value: ARROW.V5 },
      { ref: schemaTable(columns, meta) },
      { ref: { structs: [], count: 0 } },
      { ref: { structs: blocks.flatMap(({ offset, head, body }) => [offset, head, body]), count: blocks.length } },
    ],
  });
  const out = new Uint8Array(8 + footer.length + 4 + 6);
  const view = new DataView(out.buffer);
  view.setInt32(0, -1, true);
  out.set(footer, 8);
  view.setInt32(8 + footer.length, footer.length, true);
  out.set(ARROW_MAGIC.subarray(0, 6), 12 + footer.length);
  return out;
}

function message(kind: number, header: FlatNode, body: number): FlatNode {
  return {
    table: [{ bytes: 2, value: ARROW.V5 }, { bytes: 1, value: kind }, { ref: header }, { bytes: 8, value: body }],
  };
}

/** Continuation mark and length before the message, as every Arrow since 0.15 writes it. */
function frame(node: FlatNode): Uint8Array {
  const bytes = flatBuffer(node);
  const out = new Uint8Array(8 + bytes.length);
  const view = new DataView(out.buffer);
  view.setInt32(0, -1, true);
  view.setInt32(4, bytes.length, true);
  out.set(bytes, 8);
  return out;
}

function schemaTable(columns: readonly ArrowColumn[], meta: Readonly<Record<string, string>>): FlatNode {
  const pairs = Object.entries(meta).map(([key, value]): FlatNode => ({
    table: [{ ref: { text: key } }, { ref: { text: value } }],
  }));
  return { table: [{ bytes: 2, value: 0 }, { ref: { list: columns.map(fieldTable) } }, { ref: { list: pairs } }] };
}

function fieldTable(column: ArrowColumn): FlatNode {
  const [kind, type] = typeOf(column);
  return {
    table: [
      { ref: { text: column.name } },
      { bytes: 1, value: column.nullable ? 1 : 0 },
      { bytes: 1, value: kind },
      { ref: { table: type } },
      undefined,
      { ref: { list: [] } },
    ],
  };
}

/** The number of a column's type, and the fields of its table. */
function typeOf({ type }: ArrowColumn): [kind: number, fields: FlatField[]] {
  switch (type) {
    case "time":
      return [ARROW.TIMESTAMP, [{ bytes: 2, value: ARROW.NANOSECOND }, { ref: { text: "UTC" } }]];
    case "float64":
      return [ARROW.FLOAT, [{ bytes: 2, value: ARROW.DOUBLE }]];
    case "text":
      return [ARROW.UTF8, []];
    default:
      return [ARROW.INT, [{ bytes: 4, value: type.endsWith("64") ? 64 : 8 }, {
        bytes: 1,
        value: type[0] === "i" ? 1 : 0,
      }]];
  }
}
