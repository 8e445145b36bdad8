import { assertEquals } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import { MemoryFile } from "./memory_file.ts";
import { RowBuffer } from "./row_buffer.ts";
import { tapeLatency } from "./tape_latency.ts";
import { TapeReader } from "./tape_reader.ts";
import { BATCH_ROWS, type TapeLayout } from "./tape_schema.ts";
import { TapeWriter } from "./tape_writer.ts";

/** A tape with rows of these latencies, ns, in batches of two; its metadata do not state them. */
function tape(layout: TapeLayout, latencies: readonly bigint[]): TapeReader {
  const file = new MemoryFile(), writer = new TapeWriter(file, layout);
  for (let at = 0; at < latencies.length; at += 2) {
    const buffer = new RowBuffer(layout);
    const [exchange, local] = buffer.int64.map((column) =>
      new BigInt64Array(column.buffer, column.byteOffset, BATCH_ROWS)
    );
    for (const latency of latencies.slice(at, at + 2)) {
      // Around a place where the high half steps up.
      exchange[buffer.rows] = 400_000_000n * 4_294_967_296n - 3n;
      local[buffer.rows] = exchange[buffer.rows] + latency;
      if (layout !== "bars") buffer.bytes[2][buffer.rows] = AT_EXCHANGE | AT_LOCAL | LAST;
      buffer.rows++;
    }
    writer.write(buffer);
  }
  writer.finish({
    instrument: { symbol: "X", venue: "x", tick: "1", lot: "1" },
    gaps: { count: 0, first: [] },
    skew: { policy: "keep", shiftNs: 0 },
    source: { format: "x", files: [] },
  }, { update: () => {}, hex: () => "" });
  return new TapeReader(file);
}

Deno.test("tapeLatency: smallest, median and largest over all batches, negative ones too", () => {
  assertEquals(tapeLatency(tape("l2", [5n, -7n, 9_000_000_000n, 0n, 6n])), { min: -7, median: 5, max: 9e9 });
  assertEquals(tapeLatency(tape("l3", [3n])), { min: 3, median: 3, max: 3 });
});

Deno.test("tapeLatency: bars have none, nor has an empty tape", () => {
  assertEquals(tapeLatency(tape("bars", [5n])), undefined);
  assertEquals(tapeLatency(tape("l2", [])), undefined);
});
