/** Reads what an Arrow file says of itself, and refuses what a tape cannot be. */
import { ARROW, ARROW_MAGIC, type ArrowBlock } from "./arrow_message.ts";
import type { ByteSource } from "./byte_source.ts";
import { type FlatTable, int64At } from "./flatbuffer.ts";
import { TAPE_COLUMNS, type TapeColumn, type TapeLayout } from "./tape_schema.ts";

/** A column as the file's schema has it. */
export interface FileField {
  readonly name: string;
  readonly type: string;
}

/** The file's columns. */
export function readFields(schema: FlatTable): FileField[] {
  const fields: FileField[] = [];
  for (let i = 0; i < schema.length(1); i++) {
    const field = schema.item(1, i);
    fields.push({ name: field.text(0), type: typeName(field.uint8(2), field.table(3)) });
  }
  return fields;
}

function typeName(kind: number, type: FlatTable | undefined): string {
  if (kind === ARROW.TIMESTAMP) return `timestamp[${["s", "ms", "us", "ns"][type?.int16(0) ?? 0]}]`;
  if (kind === ARROW.INT) return `${type?.uint8(1) ? "" : "u"}int${type?.int32(0)}`;
  return ["none", "null", "int", "float", "binary", "text", "bool", "decimal", "date", "time"][kind] ?? `type ${kind}`;
}

/** The layout whose columns are all there; throws RangeError where none is. */
export function layoutOf(source: ByteSource, fields: readonly FileField[]): TapeLayout {
  const names = new Set(fields.map(({ name }) => name));
  for (const layout of ["l3", "l2", "bars"] as const) {
    if (TAPE_COLUMNS[layout].every(({ name }) => names.has(name))) return layout;
  }
  const wanted = TAPE_COLUMNS.l2.map(({ name }) => name).join(", ");
  throw refusal(source, `its columns are ${[...names].join(", ") || "none"}`, `a tape has ${wanted}`);
}

/** Throws RangeError where a column is of another type than a tape's. */
export function checkTypes(source: ByteSource, fields: readonly FileField[], columns: readonly TapeColumn[]): void {
  const allowed = {
    time: ["timestamp[ns]", "int64"],
    int64: ["int64"],
    uint64: ["uint64", "int64"],
    uint8: ["uint8"],
    int8: ["int8"],
  };
  // A column before ours with another count of buffers would move our buffers.
  const odd = fields.find(({ type }) => !/^(timestamp|u?int|float|bool|date|time|decimal)/.test(type));
  if (odd !== undefined) throw refusal(source, `column ${odd.name} is ${odd.type}`, "drop it");
  for (const { name, type } of columns) {
    const found = fields.find((field) => field.name === name)!.type;
    if (!allowed[type].includes(found)) {
      throw refusal(source, `column ${name} is ${found}`, `write it as ${allowed[type][0]}`);
    }
  }
}

/** Where the batches lie, from the footer's root. */
export function readBlocks(root: FlatTable, view: DataView): ArrowBlock[] {
  const start = root.length(3) === 0 ? 0 : root.structs(3);
  return Array.from({ length: root.length(3) }, (_, i) => ({
    offset: int64At(view, start + 24 * i),
    head: view.getInt32(start + 24 * i + 8, true),
    body: int64At(view, start + 24 * i + 16),
  }));
}

/** The footer's bytes; throws RangeError that says what the file is where it is no whole Arrow file. */
export function readFooter(source: ByteSource): Uint8Array<ArrayBuffer> {
  const start = new Uint8Array(Math.min(source.size, 64));
  source.read(0, start);
  if (!ARROW_MAGIC.subarray(0, 6).every((byte, i) => start[i] === byte)) {
    const [is, remedy] = otherFormat(start);
    throw refusal(source, `it is ${is}`, remedy);
  }
  const end = new Uint8Array(10);
  if (source.size >= 20) source.read(source.size - 10, end);
  const length = new DataView(end.buffer).getInt32(0, true);
  const whole = ARROW_MAGIC.subarray(0, 6).every((byte, i) => end[4 + i] === byte);
  if (!whole || length <= 0 || length + 20 > source.size) {
    throw refusal(source, "it is a half-written or truncated Arrow file (its footer is missing)", "convert it again");
  }
  const footer = new Uint8Array(length);
  source.read(source.size - 10 - length, footer);
  return footer;
}

const OTHERS: readonly [readonly number[], string][] = [
  [[0x1f, 0x8b], "gzip"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd"],
  [[0x50, 0x4b, 0x03, 0x04], "a zip (an npz?)"],
  [[0x93, 0x4e, 0x55, 0x4d], "a numpy array"],
  [[0x50, 0x41, 0x52, 0x31], "Parquet"],
  [[0x44, 0x42, 0x4e], "Databento DBN"],
];

/** What a file that is no Arrow file looks like, and what to do with it. */
function otherFormat(start: Uint8Array): [string, string] {
  if (start.length === 0) return ["empty", "give a tape that `lockstep convert` wrote"];
  const convert = "turn it into a tape with `lockstep convert`";
  for (const [magic, name] of OTHERS) {
    if (magic.every((byte, i) => start[i] === byte)) return [name, convert];
  }
  if (start[0] === 0xff && start[3] === 0xff) return ["an Arrow stream, not an Arrow file", "write it as a file"];
  const printable = start.every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 32);
  return printable ? ["text", convert] : ["not an Arrow file", convert];
}

/** The error of a tape that cannot be read. */
export function refusal(source: Pick<ByteSource, "name">, problem: string, remedy: string): RangeError {
  return new RangeError(`Cannot read tape ${source.name}: ${problem}; ${remedy}`);
}
