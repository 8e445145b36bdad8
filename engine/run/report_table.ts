import type { ByteSink } from "./byte_sink.ts";
import { REPORT_COLUMNS, type ReportName, type ReportType } from "./reports.ts";
import { type Column, FloatColumn, IntColumn, NullableTimeColumn, TableFile } from "./table_file.ts";
import type { Cell, TableRow } from "./table_reader.ts";

const ERA = 2n ** 52n;

/** Texts that are not known beforehand: those of the batch that is being filled. */
class AnyTextColumn implements Column {
  readonly type = "text";
  readonly #texts: Uint8Array[] = [];
  readonly #encoder = new TextEncoder();

  set(row: number, text: string): void {
    this.#texts[row] = this.#encoder.encode(text);
  }

  bytes(rows: number): readonly Uint8Array[] {
    const offsets = new Int32Array(rows + 1);
    for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row] + this.#texts[row].length;
    const text = new Uint8Array(offsets[rows]);
    for (let row = 0; row < rows; row++) text.set(this.#texts[row], offsets[row]);
    return [new Uint8Array(offsets.buffer), text];
  }
}

/** A column, and how a cell goes into it: a number that is not there is NaN, a time null. */
function columnOf(type: ReportType): readonly [Column, (row: number, cell: Cell) => void] {
  if (type === "text") {
    const column = new AnyTextColumn();
    return [column, (row, cell) => column.set(row, String(cell ?? ""))];
  }
  if (type === "time") {
    const column = new NullableTimeColumn();
    return [column, (row, cell) => {
      if (typeof cell !== "bigint") column.setNull(row);
      else column.setTime(row, Number(cell / ERA), Number(cell % ERA));
    }];
  }
  if (type === "int") {
    const column = new IntColumn();
    return [column, (row, cell) => column.set(row, Number(cell ?? 0))];
  }
  const column = new FloatColumn();
  return [column, (row, cell) => column.set(row, typeof cell === "number" ? cell : NaN)];
}

/** Writes a report as an Arrow table; returns how many rows it has. Memory is one batch. */
export function writeReport(name: ReportName, rows: Iterable<TableRow>, sink: ByteSink): number {
  const columns = Object.entries(REPORT_COLUMNS[name]).map(([key, type]) => [key, ...columnOf(type)] as const);
  const table = new TableFile(sink, Object.fromEntries(columns.map(([key, column]) => [key, column])), {
    lockstep: "1",
    report: name,
  });
  let count = 0;
  try {
    for (const row of rows) {
      for (const [key, , set] of columns) set(table.row, row[key]);
      table.add();
      count++;
    }
  } finally {
    table.close();
  }
  return count;
}
