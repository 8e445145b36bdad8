import { LatencySample } from "./skew.ts";
import type { BatchSource } from "./batch_cache.ts";
import { TapeBuffer } from "./tape_reader.ts";
import type { SkewMeta, TapeLayout } from "./tape_schema.ts";

/**
 * Latencies of an event tape as its rows have them, local time − exchange time in ns; undefined for bars and empty tapes.
 *
 * For tapes whose metadata do not say, such as those that another program wrote. A pass over the whole tape, in the memory
 * of one batch. A row that stands once for each clock counts twice.
 */
export function tapeLatency(reader: BatchSource & { readonly layout: TapeLayout }): SkewMeta["latency"] {
  if (reader.layout === "bars") return undefined;
  const sample = new LatencySample(), buffer = new TapeBuffer();
  for (let i = 0; i < reader.batches; i++) {
    const { rows, exchange, local } = reader.batch(i, buffer);
    addLatencies(sample, exchange, local, rows);
  }
  return sample.summary();
}

function addLatencies(sample: LatencySample, exchange: Int32Array, local: Int32Array, rows: number): void {
  for (let low = 0, high = 1; low < 2 * rows; low += 2, high += 2) {
    sample.add((local[high] - exchange[high]) * 4294967296 + ((local[low] >>> 0) - (exchange[low] >>> 0)));
  }
}
