import { assertEquals } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL, DEPTH, LAST, NONE, SELL } from "../core/event.ts";
import { ArrivalsWriter, readArrivals } from "./arrivals.ts";
import { BytesSource } from "./byte_source.ts";
import { MemoryFile } from "./memory_file.ts";
import { Row } from "./row.ts";

/** A row with something in each field. */
function made(i: number): Row {
  const times = { exchangeSec: 1_700_000_000 + i, exchangeNs: 999_999_999, localSec: 1_700_000_001 + i, localNs: i };
  const flags = AT_EXCHANGE | AT_LOCAL | (i % 2 === 0 ? LAST : 0), side = i % 3 === 0 ? NONE : SELL;
  const numbers = { price: -i, size: Number.MAX_SAFE_INTEGER - i, idLow: i | 0x80000000, idHigh: i };
  return Object.assign(new Row(), { kind: DEPTH, side, flags, ...times, ...numbers });
}

function read(bytes: Uint8Array<ArrayBuffer>): { readonly rows: Row[]; readonly until: bigint | undefined } {
  const row = new Row(), rows: Row[] = [];
  const until = readArrivals(new BytesSource(bytes, "a.arrivals"), {
    row,
    add: () => rows.push(Object.assign(new Row(), row)),
  });
  return { rows, until };
}

Deno.test("ArrivalsWriter: rows come again as they were, and a torn end is left out", () => {
  const file = new MemoryFile(),
    writer = new ArrivalsWriter(file),
    rows = Array.from({ length: 3000 }, (_, i) => made(i));
  for (const row of rows) writer.take(row);
  writer.mark(1_700_000_009_000_000_003n);
  writer.take(made(7));
  writer.mark(1_700_000_010_000_000_004n);
  const bytes = new Uint8Array(file.size);
  file.read(0, bytes);
  const whole = read(bytes);
  assertEquals([whole.rows.length, whole.until], [3001, 1_700_000_010_000_000_004n]);
  assertEquals(whole.rows.slice(0, 3000), rows);
  assertEquals(read(bytes.subarray(0, -1)), { rows: whole.rows, until: 1_700_000_009_000_000_003n });
  assertEquals(read(new Uint8Array(63)), { rows: [], until: undefined });
});
