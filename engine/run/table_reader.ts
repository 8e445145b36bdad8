import { readBlocks, readFields, readFooter } from "../feed/arrow_file.ts";
import type { ArrowBlock } from "../feed/arrow_message.ts";
import type { ByteSource } from "../feed/byte_source.ts";
import { FlatTable, int64At } from "../feed/flatbuffer.ts";

/** A value of a table: times are ns since 1970-01-01 UTC. */
export type Cell = number | bigint | string | null;

/** One row by the names of its columns. */
export type TableRow = Readonly<Record<string, Cell>>;

/**
 * Reads an Arrow file that a {@linkcode TableFile} wrote, row by row; memory is one batch.
 *
 * Throws RangeError where it is none, or is cut short.
 *
 * @example
 * ```ts
 * import { BytesSource } from "../feed/byte_source.ts";
 * import { IntColumn, TableFile } from "./table_file.ts";
 * import { tableRows } from "./table_reader.ts";
 * const parts: number[] = [], columns = { lots: new IntColumn() };
 * const table = new TableFile({ write: (part) => void parts.push(...part), close() {} }, columns);
 * columns.lots.set(table.row, 5);
 * table.add();
 * table.close();
 * const [row] = tableRows(new BytesSource(Uint8Array.from(parts), "made"));
 * if (row.lots !== 5) throw new Error("unexpected");
 * ```
 */
export function* tableRows(source: ByteSource): Generator<TableRow> {
  const footer = readFooter(source);
  const view = new DataView(footer.buffer);
  const root = FlatTable.root(view, 0);
  const fields = readFields(root.table(1)!);
  for (const block of readBlocks(root, view)) {
    const batch = new Batch(source, block, fields);
    for (let row = 0; row < batch.rows; row++) yield batch.row(row);
  }
}

/** One batch in memory. */
class Batch {
  readonly rows: number;
  readonly #columns: readonly [name: string, cell: (row: number) => Cell][];

  constructor(
    source: ByteSource,
    block: ArrowBlock,
    fields: readonly { readonly name: string; readonly type: string }[],
  ) {
    const bytes = new Uint8Array(block.head + block.body);
    source.read(block.offset, bytes);
    const view = new DataView(bytes.buffer);
    const head = FlatTable.root(view, view.getInt32(0, true) === -1 ? 8 : 4).table(2)!;
    this.rows = head.int64(0);
    const nodes = head.structs(1), buffers = head.structs(2);
    let buffer = 0;
    const next = () => block.head + int64At(view, buffers + 16 * buffer++);
    this.#columns = fields.map(({ name, type }, i) => {
      const nulls = int64At(view, nodes + 16 * i + 8), validity = next();
      const known = (row: number) => nulls === 0 || (bytes[validity + (row >> 3)] >> (row & 7) & 1) !== 0;
      const values = next(), cell = reader(view, type, values, type === "text" ? next() : 0);
      return [name, (row) => known(row) ? cell(row) : null];
    });
  }

  row(row: number): TableRow {
    const cells: Record<string, Cell> = {};
    for (const [name, cell] of this.#columns) cells[name] = cell(row);
    return cells;
  }
}

function reader(view: DataView, type: string, at: number, text: number): (row: number) => Cell {
  if (type === "text") {
    const decoder = new TextDecoder();
    return (row) => {
      const start = view.getInt32(at + 4 * row, true), end = view.getInt32(at + 4 * row + 4, true);
      return decoder.decode(new Uint8Array(view.buffer, text + start, end - start));
    };
  }
  if (type.startsWith("timestamp")) return (row) => view.getBigInt64(at + 8 * row, true);
  if (type === "int64") return (row) => int64At(view, at + 8 * row);
  return (row) => view.getFloat64(at + 8 * row, true);
}
