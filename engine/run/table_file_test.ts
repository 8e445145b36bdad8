import { assertEquals } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { FloatColumn, IntColumn, NullableTimeColumn, TableFile, TextColumn, TimeColumn } from "./table_file.ts";

/** Collects what is written. */
function memory(): { write(bytes: Uint8Array): void; close(): void; closed: boolean; bytes(): Uint8Array } {
  const parts: number[] = [];
  return {
    closed: false,
    write: (bytes) => bytes.forEach((byte) => parts.push(byte)),
    close() {
      this.closed = true;
    },
    bytes: () => Uint8Array.from(parts),
  };
}

Deno.test("TableFile: another Arrow reader finds every value, over several batches", () => {
  const sink = memory();
  const columns = {
    time: new TimeColumn(),
    lots: new IntColumn(),
    price: new FloatColumn(),
    side: new TextColumn(["sell", "", "buy", "größer"]),
  };
  const table = new TableFile(sink, columns);
  const rows = 20_000;
  for (let i = 0; i < rows; i++) {
    columns.time.setTime(table.row, 393, i * 1e9);
    columns.lots.set(table.row, i % 2 === 0 ? i : -i * 2 ** 33);
    columns.price.set(table.row, i % 3 === 0 ? NaN : i / 10);
    columns.side.set(table.row, i % 4);
    table.add();
  }
  table.close();
  const read = tableFromIPC(sink.bytes());
  assertEquals([read.numRows, read.batches.length, sink.closed], [rows, 3, true]);
  const nanoseconds = read.getChild("time")!.data.flatMap(({ values }) => [...values as BigInt64Array]);
  for (const i of [0, 1, 2, 8191, 8192, rows - 1]) {
    assertEquals(nanoseconds[i], 393n * 2n ** 52n + BigInt(i) * 1_000_000_000n);
    assertEquals(Number(read.getChild("lots")!.get(i)), i % 2 === 0 ? i : -i * 2 ** 33);
    assertEquals(read.getChild("price")!.get(i), i % 3 === 0 ? NaN : i / 10);
    assertEquals(read.getChild("side")!.get(i), ["sell", "", "buy", "größer"][i % 4]);
  }
});

Deno.test("TableFile: what has no time is null to another reader, in every batch, and only there", () => {
  const sink = memory();
  const columns = { ended: new NullableTimeColumn(), lots: new IntColumn() };
  const table = new TableFile(sink, columns);
  const rows = 8192 + 13;
  // Rows that had no time in the first batch have one in the second.
  const isNull = (i: number) => (i < 8192 ? i % 5 === 2 : i % 5 !== 2);
  for (let i = 0; i < rows; i++) {
    if (isNull(i)) columns.ended.setNull(table.row);
    else columns.ended.setTime(table.row, 393, i * 1e9);
    columns.lots.set(table.row, i);
    table.add();
  }
  table.close();
  const read = tableFromIPC(sink.bytes());
  const ended = read.getChild("ended")!, lots = read.getChild("lots")!;
  const { fields } = read.schema;
  assertEquals(fields.map(({ name, nullable }) => [name, nullable]), [["ended", true], ["lots", false]]);
  assertEquals([ended.nullCount, lots.nullCount], [Array.from({ length: rows }, (_, i) => i).filter(isNull).length, 0]);
  for (let i = 0; i < rows; i++) {
    assertEquals([i, ended.get(i) === null, Number(lots.get(i))], [i, isNull(i), i]);
  }
});

Deno.test("TableFile: an empty table is a whole file", () => {
  const sink = memory();
  new TableFile(sink, { lots: new IntColumn() }).close();
  assertEquals(tableFromIPC(sink.bytes()).numRows, 0);
});
