import { assertEquals, assertThrows } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { createHash } from "node:crypto";
import { AT_EXCHANGE, AT_LOCAL, DEPTH, LAST, TRADE } from "../core/event.ts";
import { type ByteSource, BytesSource } from "./byte_source.ts";
import { MemoryFile } from "./memory_file.ts";
import { RowBuffer } from "./row_buffer.ts";
import { TapeBuffer, TapeReader } from "./tape_reader.ts";
import { BATCH_ROWS, type Hasher, type TapeLayout, type TapeMeta } from "./tape_schema.ts";
import { type TapeFacts, TapeWriter } from "./tape_writer.ts";

const FACTS: TapeFacts = {
  instrument: { symbol: "BTCUSDT", venue: "test", tick: "0.1", lot: "0.001" },
  gaps: { count: 0, first: [] },
  skew: { policy: "shift", shiftNs: 0 },
  source: { format: "binance", files: [{ name: "x.gz", bytes: 12 }] },
};
const START = 1_723_161_255_000_000_000n;

function sha256(): Hasher {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}

/** A tape whose row i is at START + i µs, seen 5 ms later, at price 616,597 + i of size 2^40 + i. */
function write(
  rows: number,
  layout: TapeLayout = "l2",
  facts: TapeFacts = FACTS,
): { file: MemoryFile; meta: TapeMeta } {
  const file = new MemoryFile("test.arrow");
  const writer = new TapeWriter(file, layout);
  const buffer = new RowBuffer(layout);
  const wide = buffer.int64.map((column) => new BigInt64Array(column.buffer, column.byteOffset, BATCH_ROWS));
  for (let i = 0; i < rows; i++) {
    const at = buffer.rows++;
    wide[0][at] = START + 1000n * BigInt(i);
    wide[1][at] = wide[0][at] + 5_000_000n;
    wide[2][at] = 616_597n + BigInt(i);
    wide[3][at] = 2n ** 40n + BigInt(i);
    if (layout !== "bars") {
      buffer.bytes[0][at] = i % 3 === 0 ? TRADE : DEPTH;
      buffer.bytes[1][at] = i % 2 === 0 ? 1 : 255;
      buffer.bytes[2][at] = AT_EXCHANGE | AT_LOCAL | LAST;
    }
    if (layout === "l3") wide[4][at] = BigInt.asIntN(64, 2n ** 64n - 1n - BigInt(i));
    if (buffer.rows === BATCH_ROWS) writer.write(buffer);
  }
  writer.write(buffer);
  return { file, meta: writer.finish(facts, sha256()) };
}

function int64(column: Int32Array, row: number): bigint {
  return BigInt(column[2 * row + 1]) * 2n ** 32n + BigInt(column[2 * row] >>> 0);
}

/** The same bytes, but read piece by piece as a file would be. */
function piecewise(file: MemoryFile): ByteSource {
  return { name: file.name, size: file.size, read: (offset, into) => file.read(offset, into) };
}

Deno.test("TapeReader: gives back every column of a tape of two batches, from memory and streamed", () => {
  const { file, meta } = write(BATCH_ROWS + 10, "l3");
  for (const source of [file, piecewise(file)]) {
    const reader = new TapeReader(source);
    assertEquals([reader.layout, reader.batches, reader.rowsIn(0), reader.rowsIn(1)], ["l3", 2, BATCH_ROWS, 10]);
    assertEquals(reader.meta, JSON.parse(JSON.stringify(meta)));
    const buffer = new TapeBuffer();
    reader.batch(0, buffer);
    const batch = reader.batch(1, buffer);
    const row = BigInt(BATCH_ROWS + 9);
    assertEquals(batch.rows, 10);
    assertEquals(int64(batch.exchange, 9), START + 1000n * row);
    assertEquals(int64(batch.local, 9), START + 1000n * row + 5_000_000n);
    assertEquals(int64(batch.price, 9), 616_597n + row);
    assertEquals(int64(batch.size, 9), 2n ** 40n + row);
    assertEquals(BigInt.asUintN(64, int64(batch.order!, 9)), 2n ** 64n - 1n - row);
    assertEquals([batch.kind[9], batch.side[9], batch.flags[9]], [DEPTH, -1, 7]);
  }
});

Deno.test("TapeWriter: counts, spans, and shifts local times in place", () => {
  const plain = write(10);
  assertEquals(plain.meta.rows, 10);
  assertEquals(plain.meta.counts, { depth: 6, trade: 4 });
  assertEquals(plain.meta.span, {
    exchangeFirst: `${START}`,
    exchangeLast: `${START + 9000n}`,
    localFirst: `${START + 5_000_000n}`,
    localLast: `${START + 5_009_000n}`,
  });
  for (const shiftNs of [1_272_156_851, -7, 5_000_000_000_000]) {
    const { file, meta } = write(10, "l2", { ...FACTS, skew: { policy: "shift", shiftNs } });
    const batch = new TapeReader(file).batch(0);
    assertEquals(int64(batch.local, 3), START + 5_003_000n + BigInt(shiftNs));
    assertEquals(int64(batch.exchange, 3), START + 3000n);
    assertEquals(meta.span?.localFirst, `${START + 5_000_000n + BigInt(shiftNs)}`);
    assertEquals(meta.sha256 === plain.meta.sha256, false);
  }
  assertEquals(write(10).meta.sha256, plain.meta.sha256);
});

Deno.test("TapeWriter: apache-arrow reads its files, metadata from the footer", () => {
  const { file } = write(BATCH_ROWS + 3, "l3");
  const table = tableFromIPC(file.bytes);
  assertEquals(table.numRows, BATCH_ROWS + 3);
  assertEquals(table.schema.fields.map((field) => `${field.name} ${field.type}`), [
    "exchange_ts Timestamp<NANOSECOND, UTC>",
    "local_ts Timestamp<NANOSECOND, UTC>",
    "price Int64",
    "size Int64",
    "kind Uint8",
    "side Int8",
    "flags Uint8",
    "order_id Uint64",
  ]);
  assertEquals(table.getChild("price")!.get(BATCH_ROWS + 2), 616_597n + BigInt(BATCH_ROWS + 2));
  assertEquals(JSON.parse(table.schema.metadata.get("instrument")!), FACTS.instrument);
});

Deno.test("TapeWriter: a tape without rows is read as such", () => {
  const { file, meta } = write(0);
  assertEquals([meta.rows, meta.span, new TapeReader(file).batches], [0, undefined, 0]);
  assertEquals(tableFromIPC(file.bytes).numRows, 0);
});

/** A file on a disk that has room for so many bytes, and takes part of what does not fit. */
function smallDisk(room: number): MemoryFile {
  const file = new MemoryFile("full.arrow");
  const append = file.append.bind(file);
  file.append = (bytes) => {
    const free = room - file.size;
    append(bytes.subarray(0, free));
    if (bytes.length > free) throw new Error("no space left on device");
  };
  return file;
}

Deno.test("TapeWriter: after a failed write all whole batches are kept; one is given up where the footer found no room", () => {
  const facts = { ...FACTS, incomplete: { reason: "no space left" } };
  const rows = 20_000;
  // Three batches of 1,120,384 bytes or so do not fit; or they do, and the footer does not.
  for (const [room, kept] of [[3_000_000, 2], [3 * 1_120_400 + 1000, 2]]) {
    const file = smallDisk(room);
    const writer = new TapeWriter(file, "bars");
    const buffer = new RowBuffer("bars");
    const shifted = { ...facts, skew: { policy: "shift", shiftNs: 9 } } as const;
    assertThrows(
      () => {
        for (let i = 0; i < 3; i++) {
          buffer.rows = rows;
          writer.write(buffer);
        }
        writer.finish(shifted, sha256());
      },
      Error,
      "no space left",
    );
    const meta = writer.finish(shifted, sha256());
    const reader = new TapeReader(file);
    assertEquals([meta.rows, reader.meta.rows, reader.batches], [kept * rows, kept * rows, kept]);
    assertEquals(reader.bars(kept - 1).local[0], 9);
  }
});

Deno.test("TapeReader: says what is wrong with a file that is no whole tape", () => {
  const { file } = write(100);
  const cut = (size: number) => new BytesSource(file.bytes.slice(0, size), "x.arrow");
  const cases: [ByteSource, string][] = [
    [cut(0), "Cannot read tape x.arrow: it is empty"],
    [cut(8), "half-written or truncated Arrow file"],
    [cut(1000), "half-written or truncated Arrow file"],
    [cut(file.size - 1), "half-written or truncated Arrow file"],
    [new BytesSource(new Uint8Array([0x1f, 0x8b, 8, 0])), "it is gzip; turn it into a tape with"],
    [new BytesSource(new Uint8Array([0x50, 0x4b, 3, 4])), "it is a zip"],
    [new BytesSource(new TextEncoder().encode("Date,Open\n")), "it is text"],
    [new BytesSource(new Uint8Array([0, 1, 2, 3])), "it is not an Arrow file"],
  ];
  for (const [source, words] of cases) assertThrows(() => new TapeReader(source), RangeError, words);
});

Deno.test("TapeWriter: without one whole batch there is nothing to keep", () => {
  const writer = new TapeWriter(smallDisk(100_000), "bars");
  const buffer = new RowBuffer("bars");
  buffer.rows = 20_000;
  assertThrows(() => writer.write(buffer), Error, "no space left");
  for (let i = 0; i < 2; i++) {
    assertThrows(() => writer.finish(FACTS, sha256()), RangeError, "not one batch was written");
  }
});
