import { assertEquals, assertThrows } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL, BUY, DEPTH, GAP, LAST, NONE } from "../core/event.ts";
import { Rng } from "../core/rng.ts";
import { sha256 } from "../run/sha256.ts";
import { JoinedTape } from "./joined_tape.ts";
import { MemoryFile } from "./memory_file.ts";
import { RecordedTape } from "./recorded_tape.ts";
import type { RowSink } from "./row.ts";
import { standingBatches } from "./standing_batches.ts";
import { hashTape } from "./tape_hash.ts";
import { TapeReader } from "./tape_reader.ts";
import { TapeWriter } from "./tape_writer.ts";

const instrument = { symbol: "A", venue: "made", tick: "1", lot: "1" };

function recorded() {
  const files: MemoryFile[] = [];
  const tape = new RecordedTape({
    instrument,
    format: "binance",
    open: (part) => files[part - 1] = new MemoryFile(`${part}`),
    done: () => {},
    hasher: sha256,
  });
  return { tape, files };
}

/** Messages of one to four rows; the exchange's clock runs up to a second ahead of the order of arrival. */
function* messages(count: number): Generator<(sink: RowSink) => void> {
  const rng = new Rng(3);
  for (let i = 0; i < count; i++) {
    const rows = 1 + rng.int(4), exchangeSec = 1000 + i + (rng.int(4) === 0 ? 1 : 0), gap = rng.int(40) === 0;
    yield (sink) => {
      for (let row = 1; row <= rows; row++) {
        const last = row === rows ? LAST : 0;
        Object.assign(sink.row, { kind: gap ? GAP : DEPTH, side: gap ? NONE : BUY, price: i, size: row });
        Object.assign(sink.row, {
          exchangeSec,
          localSec: 1003 + i,
          localNs: row,
          flags: AT_EXCHANGE | AT_LOCAL | last,
        });
        sink.add();
      }
    };
  }
}

function rowsOf(reader: TapeReader): string[] {
  const out: string[] = [];
  for (let i = 0; i < reader.batches; i++) {
    const { rows, exchange, local, price, size, kind, flags } = reader.batch(i);
    for (let row = 0; row < rows; row++) {
      out.push([exchange[2 * row], local[2 * row], price[2 * row], size[2 * row], kind[row], flags[row]].join());
    }
  }
  return out;
}

Deno.test("RecordedTape: parts played as one are the tape that was never parted", () => {
  const one = recorded(), parts = recorded(), rng = new Rng(5);
  for (const message of messages(5000)) {
    message(one.tape);
    message(parts.tape);
    if (rng.int(900) === 0) parts.tape.rotate();
    if (rng.int(200) === 0) parts.tape.flush();
  }
  one.tape.finish();
  parts.tape.finish("the session ended");
  const whole = new TapeReader(new JoinedTape("A", one.files, sha256));
  const joined = new TapeReader(new JoinedTape("A", parts.files, sha256));
  assertEquals(parts.files.length > 3, true);
  assertEquals(rowsOf(joined), rowsOf(whole));
  const { rows, counts, span, gaps, skew } = whole.meta;
  assertEquals(joined.meta.rows, rows);
  assertEquals([joined.meta.counts, joined.meta.span, joined.meta.gaps.count], [counts, span, gaps.count]);
  assertEquals([joined.meta.skew, joined.meta.incomplete], [skew, { reason: "the session ended" }]);
  assertEquals([joined.checked, hashTape(joined, sha256())], [true, joined.meta.sha256]);
});

Deno.test("RecordedTape: killed at any byte, its whole batches can be completed", () => {
  const { tape, files: [file] } = recorded();
  for (const message of messages(400)) {
    message(tape);
    tape.flush();
  }
  const rng = new Rng(9);
  let most = 0;
  for (let i = 0; i < 60; i++) {
    const size = rng.int(file.size), torn = new MemoryFile("torn");
    torn.append(file.bytes.slice(0, size));
    const standing = standingBatches(torn);
    if (standing === undefined) {
      assertEquals(size < 2000, true, `${size}`);
      continue;
    }
    assertEquals(standing.size <= size, true);
    const facts = {
      instrument,
      gaps: { count: 0, first: [] },
      skew: { policy: "keep", shiftNs: 0 },
      source: { format: "binance", files: [] },
    } as const;
    const meta = new TapeWriter(torn, standing.layout, standing).finish(facts, sha256());
    const reader = new TapeReader(torn);
    assertEquals(rowsOf(reader).length, meta.rows);
    most = Math.max(most, meta.rows);
  }
  assertEquals(most > 300, true, `${most}`);
});

/** A tape of one row that happened `ahead` seconds after it reached us. */
function tapeOf(spec: typeof instrument, ahead: number): MemoryFile {
  const file = new MemoryFile(spec.symbol);
  const tape = new RecordedTape({ instrument: spec, format: "x", open: () => file, done: () => {}, hasher: sha256 });
  Object.assign(tape.row, { kind: DEPTH, exchangeSec: ahead, localSec: 0, flags: AT_EXCHANGE | AT_LOCAL | LAST });
  tape.add();
  tape.finish();
  return file;
}

Deno.test("JoinedTape: where our clock was behind, all parts are shifted by one constant, the least that is enough", () => {
  const parts = [tapeOf(instrument, 1), tapeOf(instrument, 3)];
  const joined = new TapeReader(new JoinedTape("A", parts, sha256));
  assertEquals(joined.meta.skew.shiftNs, 3e9);
  assertEquals(joined.meta.skew.warning, undefined);
  const times = (reader: TapeReader, i: number) => new BigInt64Array(reader.batch(i).local.slice().buffer)[0];
  assertEquals([times(joined, 0), times(joined, 1)], [3_000_000_000n, 3_000_000_000n]);
  assertEquals(joined.meta.span?.localLast, "3000000000");
  assertEquals([joined.rowsIn(1), hashTape(joined, sha256()) === joined.meta.sha256], [1, true]);
  const alone = new TapeReader(parts[1]);
  assertEquals([times(alone, 0), alone.meta.skew.warning?.startsWith("the smallest latency is -3 s")], [0n, true]);
});

Deno.test("JoinedTape: parts of two instruments are refused", () => {
  const parts = [tapeOf(instrument, 0), tapeOf({ ...instrument, symbol: "B" }, 0)];
  assertThrows(
    () => new JoinedTape("x", parts, sha256),
    RangeError,
    "Cannot read tape B: it is not of the instrument that A is of",
  );
});
