import type { ByteSource } from "./byte_source.ts";
import { MemoryFile } from "./memory_file.ts";
import { TapeReader } from "./tape_reader.ts";
import { TapeBars } from "./tape_rows.ts";

/** A tape of bars `sec` long whose prices and volumes tell their place, read as from a disk: into buffers. */
export function tapeOfBars(count: number, sec: number): TapeReader {
  const file = new MemoryFile();
  const tape = new TapeBars(file);
  for (let i = 0; i < count; i++) {
    const openSec = i * sec;
    const prices = { open: i + 2, high: i + 4, low: i + 1, close: i + 3, volume: 5 * i };
    Object.assign(tape.bar, { openSec, openNs: 0, closeSec: openSec + sec - 1, closeNs: 999_999_999, ...prices });
    tape.add();
  }
  tape.flush();
  tape.writer!.finish({
    instrument: { symbol: "X", venue: "test", tick: "1", lot: "1" },
    gaps: { count: 0, first: [] },
    skew: { policy: "keep", shiftNs: 0 },
    source: { format: "test", files: [] },
  }, { update: () => {}, hex: () => "" });
  const source: ByteSource = { name: "test", size: file.size, read: (offset, into) => file.read(offset, into) };
  return new TapeReader(source);
}
