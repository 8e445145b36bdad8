import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { BytesSource } from "../feed/byte_source.ts";
import { MemoryFile } from "../feed/memory_file.ts";
import type { Hasher } from "../feed/tape_schema.ts";
import { Digest } from "./digest.ts";
import { CHECKPOINT, CLOSE, COMMAND, JOURNAL_VERSION, type JournalHeader, SEGMENT_BYTES } from "./journal_format.ts";
import { JournalWriter } from "./journal.ts";
import { JournalReader, OUTPUT } from "./journal_reader.ts";

type Output = readonly [tag: number, era: number, ns: number, order: number, x: number, y: number, z: number];

const instrument = { symbol: "ZEROUSD", venue: "fixture", tick: "0.05", lot: "1" };
const HEADER: JournalHeader = {
  journal: JOURNAL_VERSION,
  lockstep: "0.1.0",
  strategy: { name: "still", sha256: null },
  parameters: { interval: "100ms" },
  seed: 7,
  options: { queue: "risk" },
  code: [],
  tapes: [{ sha256: "ab", name: "a.arrow", rows: 9, instrument }, {
    sha256: "cd",
    name: "b.arrow",
    rows: 8,
    instrument,
  }],
};
const WHERE = { strategy: "strategies/still.ts", tapes: ["a.arrow", null] };
const END = { steps: 3, finished: true, incomplete: null };

function hasher(): Hasher {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}

/** A whole journal of `outputs`, and its digest. */
function journalOf(
  outputs: readonly Output[],
  header = HEADER,
  where?: typeof WHERE,
): [Uint8Array<ArrayBuffer>, Digest] {
  const file = new MemoryFile("journal"), digest = new Digest();
  const feeds = header.tapes.map(() => ({ row: 0 }));
  const journal = new JournalWriter({ sink: { write: (bytes) => file.append(bytes) }, hasher });
  journal.start(header, { digest, feeds }, where);
  for (const output of outputs) {
    digest.record(...output);
    feeds[0].row += 2;
    journal.output(...output);
  }
  journal.close(END);
  return [file.bytes.slice(), digest];
}

/** All records that can be read, and the reader as it then stands. */
function readAll(bytes: Uint8Array<ArrayBuffer>): [Output[], JournalReader] {
  const journal = new JournalReader(new BytesSource(bytes, "journal"), hasher);
  const outputs: Output[] = [];
  for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
    const { tag, era, ns, order, x, y, z } = journal;
    if (kind === OUTPUT) outputs.push([tag, era, ns, order, x, y, z]);
  }
  return [outputs, journal];
}

/** Records as a session may put them out, drawn without chance: narrow and wide ones in turn. */
function drawn(count: number): Output[] {
  return Array.from({ length: count }, (_, i) => {
    const wide = i % 3 === 0 ? 2 ** 40 + i : -i;
    return [1 + (i % 4), 393, i * 1_000_003, i, 100 + (i % 7), wide, i % 5 - 2];
  });
}

/** Where each segment of a whole journal starts. */
function segmentStarts(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer), starts: number[] = [];
  for (let at = 0; at < bytes.length; at += 48 + view.getUint32(at + 8, true)) starts.push(at);
  return starts;
}

const exact = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const integer = fc.oneof(exact, fc.maxSafeInteger());
const output = fc.tuple(
  fc.integer({ min: 1, max: 7 }).chain((low) =>
    fc.integer({ min: 0, max: 2 ** 26 - 1 }).map((high) => low | (high << 6))
  ),
  fc.oneof(fc.constant(393), fc.integer({ min: -2048, max: 2047 })),
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 52 - 1 })),
  integer,
  integer,
  integer,
  integer,
);

Deno.test("JournalWriter: what is written is read, with header, places, digest and end", () => {
  fc.assert(fc.property(fc.array(output, { maxLength: 60 }), fc.boolean(), (outputs, placed) => {
    const [bytes, digest] = journalOf(outputs, HEADER, placed ? WHERE : undefined);
    const [read, journal] = readAll(bytes);
    assertEquals(read, outputs);
    assertEquals(journal.header, HEADER);
    assertEquals(journal.where, placed ? WHERE : undefined);
    assertEquals(journal.damage, undefined);
    const rows = [2 * outputs.length, 0];
    assertEquals(journal.closing, { digest: digest.hex(), records: outputs.length, rows, ...END });
  }));
});

Deno.test("JournalWriter: segments stay within their bound, and each but the last ends with a checkpoint that its records give", () => {
  const outputs = drawn(20_000);
  const [bytes] = journalOf(outputs);
  const starts = segmentStarts(bytes);
  assert(starts.length > 8);
  starts.forEach((start, i) => assert((starts[i + 1] ?? bytes.length) - start <= SEGMENT_BYTES));
  const journal = new JournalReader(new BytesSource(bytes), hasher);
  const digest = new Digest();
  let checkpoints = 0;
  for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
    if (kind === OUTPUT) {
      digest.record(journal.tag, journal.era, journal.ns, journal.order, journal.x, journal.y, journal.z);
    } else if (kind === CHECKPOINT) {
      checkpoints++;
      const { records } = journal;
      assertEquals(journal.checkpoint, { records, state: digest.state(), rows: [2 * records, 0] });
    } else assertEquals(kind, CLOSE);
  }
  assertEquals(checkpoints, starts.length - 1);
  assertEquals(journal.segments, starts.length);
  assertEquals(digest.hex(), journal.closing?.digest);
});

Deno.test("JournalWriter: a record has its time where that is a new one, and the upper words that its numbers take", () => {
  const bytesOf = (outputs: readonly Output[]) => {
    const sizes: number[] = [];
    const journal = new JournalWriter({ sink: { write: ({ length }) => void sizes.push(length) }, hasher });
    journal.start(HEADER, { digest: new Digest(), feeds: [] });
    journal.flush();
    for (const output of outputs) journal.output(...output);
    journal.flush();
    // Head, hash and checkpoint.
    return sizes[1] - 16 - 32 - 32;
  };
  const wide = 2 ** 31, first: Output = [1, 0, 7, 1, 2, 3, -wide];
  assertEquals(bytesOf([first]), 28);
  assertEquals(bytesOf([first, [2, 0, 7, -wide, wide - 1, 0, 4]]), 28 + 20);
  assertEquals(bytesOf([first, [1, 1, 7, 1, 2, 3, 4]]), 28 + 28);
  assertEquals(bytesOf([first, [1, 0, 7, wide, 2, 3, 4], [1, 0, 7, 1, -wide - 1, 3, 4]]), 28 + 28 + 28);
  assertEquals(bytesOf([first, [1, 0, 7, 1, 2, wide, 4], [1, 0, 8, wide, 2, 3, wide]]), 28 + 28 + 44);
});

Deno.test("JournalWriter: a file is read without those before it, though all its records are of one time", () => {
  const files = [new MemoryFile("journal")], digest = new Digest(), feeds = [{ row: 0 }, { row: 0 }];
  const sink = {
    write: (bytes: Uint8Array) => files.at(-1)!.append(bytes),
    next: () => void files.push(new MemoryFile("journal")),
  };
  const journal = new JournalWriter({ sink, hasher, fileBytes: 4 * SEGMENT_BYTES });
  journal.start(HEADER, { digest, feeds });
  for (const [tag, era, , ...rest] of drawn(20_000)) journal.output(tag, era, 5, ...rest);
  journal.close(END);
  assert(files.length > 1);
  const [outputs, { damage, records }] = readAll(files.at(-1)!.bytes.slice());
  assertEquals([damage, records], [undefined, 20_000]);
  assertEquals(outputs, drawn(20_000).slice(-outputs.length).map(([tag, era, , ...rest]) => [tag, era, 5, ...rest]));
});

Deno.test("JournalReader: a journal of another version is refused by name", () => {
  const [bytes] = journalOf(drawn(3), { ...HEADER, journal: 1 });
  const message = "Cannot read journal journal: its version is 1, not 2; it is not of this version of Lockstep";
  assertThrows(() => readAll(bytes), RangeError, message);
});

Deno.test("JournalWriter: a header of many segments is put together again", () => {
  const tapes = Array.from({ length: 900 }, (_, i) => ({ ...HEADER.tapes[0], name: `${"tape".repeat(50)}${i}` }));
  const where = { strategy: "s.ts", tapes: tapes.map(({ name }) => name) };
  const [bytes] = journalOf(drawn(5000), { ...HEADER, tapes }, where);
  const [outputs, journal] = readAll(bytes);
  assertEquals(journal.header.tapes, tapes);
  assertEquals(journal.where, where);
  assertEquals(outputs, drawn(5000));
  assertEquals(journal.closing?.rows.length, 900);
});

Deno.test("JournalWriter: a command stands in its place, with the rows before it", () => {
  const file = new MemoryFile("journal"), digest = new Digest(), feeds = [{ row: 5 }, { row: 2 ** 40 }];
  const journal = new JournalWriter({ sink: { write: (bytes) => file.append(bytes) }, hasher });
  journal.start(HEADER, { digest, feeds });
  journal.output(...drawn(1)[0]);
  journal.command(new TextEncoder().encode("halt"));
  journal.flush();
  journal.close(END);
  const reader = new JournalReader(new BytesSource(file.bytes), hasher);
  assertEquals([reader.next(), reader.next()], [OUTPUT, COMMAND]);
  assertEquals(new TextDecoder().decode(reader.command), "halt");
  assertEquals(reader.commandRows, [5, 2 ** 40]);
  assertEquals([reader.next(), reader.next(), reader.next()], [CHECKPOINT, CLOSE, 0]);
  assertEquals(reader.damage, undefined);
});

Deno.test("JournalWriter: an error of the sink is kept, and nothing is written after it", () => {
  let writes = 0;
  const write = () => {
    if (++writes === 2) throw new Error("No space left on device (os error 28)");
  };
  const journal = new JournalWriter({ sink: { write }, hasher });
  journal.start(HEADER, { digest: new Digest(), feeds: [{ row: 0 }, { row: 0 }] });
  for (const output of drawn(10_000)) journal.output(...output);
  journal.close(END);
  assertEquals(journal.failure?.message, "No space left on device (os error 28)");
  assertEquals(writes, 2);
});

Deno.test("JournalReader: any changed byte is found in its segment, and all before it is read", () => {
  const outputs = drawn(6000);
  const [bytes] = journalOf(outputs, HEADER, WHERE);
  const starts = segmentStarts(bytes);
  assert(starts.length > 3);
  const place = fc.oneof(
    fc.nat(bytes.length - 1),
    fc.constantFrom(...starts).chain((s) => fc.nat(16).map((o) => s + o)),
  );
  fc.assert(
    fc.property(place, fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = bytes.slice();
      changed[at] ^= flip;
      const segment = starts.findLastIndex((start) => start <= at);
      // The first stands beside the chain; both it and segment 0 must be whole for there to be a header.
      if (segment < 2) {
        const message = `Cannot read journal journal: segment 0 at byte ${starts[segment]}`;
        assertThrows(() => readAll(changed), RangeError, message);
        return;
      }
      const [read, { damage }] = readAll(changed);
      assertEquals([damage?.segment, damage?.offset], [segment - 1, starts[segment]]);
      assertEquals(read, outputs.slice(0, read.length));
      assert(read.length >= 1000 * (segment - 1));
    }),
    { numRuns: 200 },
  );
});

Deno.test("JournalReader: a cut anywhere is found in its segment, with where the file ends, and all before it is read", () => {
  const outputs = drawn(6000);
  const [bytes] = journalOf(outputs);
  const starts = segmentStarts(bytes);
  fc.assert(fc.property(fc.oneof(fc.nat(bytes.length - 1), fc.constantFrom(...starts)), (size) => {
    const cut = bytes.slice(0, size);
    const segment = [...starts, bytes.length].findLastIndex((start) => start <= size);
    if (segment === 0) {
      const message = "Cannot read journal journal: segment 0 at byte 0: the journal ends ";
      assertThrows(() => readAll(cut), RangeError, message);
      return;
    }
    const [read, { damage, closing }] = readAll(cut);
    assertEquals([damage?.segment, damage?.offset], [segment, starts[segment]]);
    const end = size === starts[segment] ? "before its closing record" : `at byte ${size}, `;
    assertStringIncludes(damage!.what, `the journal ends ${end}`);
    assertEquals(closing, undefined);
    assertEquals(read, outputs.slice(0, read.length));
    assert(read.length >= 1000 * segment);
  }));
});

Deno.test("JournalReader: a segment that is missing, doubled or moved is found", () => {
  const [bytes] = journalOf(drawn(9000));
  const starts = segmentStarts(bytes);
  const segments = starts.map((start, i) => bytes.slice(start, starts[i + 1]));
  const joined = (order: readonly number[]) => new Uint8Array(order.flatMap((i) => [...segments[i]]));
  const last = segments.length - 1;
  const all = segments.map((_, i) => i);
  const damageOf = (order: readonly number[]) => readAll(joined(order))[1].damage;
  assertEquals(damageOf(all), undefined);
  const missing = damageOf(all.filter((i) => i !== 2));
  assertEquals(missing, { segment: 2, offset: starts[2], what: "it is missing: segment 3 stands in its place" });
  assertEquals(damageOf([0, 1, 1, 2, 3, 4])?.segment, 2);
  assertEquals(damageOf([0, 2, 1, 3, 4])?.segment, 1);
  assertEquals(damageOf(all.slice(0, last))?.what, "the journal ends before its closing record");
  assertEquals(damageOf([...all, last])?.what, `${segments[last].length} bytes stand behind the journal's end`);
});

Deno.test("JournalReader: a segment of another run does not fit, whatever its number", () => {
  const [ours] = journalOf(drawn(6000));
  const [theirs] = journalOf(drawn(6000), { ...HEADER, seed: 8 });
  const starts = segmentStarts(ours), other = segmentStarts(theirs);
  const mixed = new Uint8Array([...ours.slice(0, starts[1]), ...theirs.slice(other[1])]);
  assertEquals(readAll(mixed)[1].damage?.segment, 1);
});

Deno.test("JournalReader: the chain does not depend on where things lay", () => {
  const here = readAll(journalOf(drawn(3000), HEADER, WHERE)[0])[1].chain;
  const there = readAll(journalOf(drawn(3000), HEADER, { strategy: "elsewhere.ts", tapes: [null, null] })[0])[1].chain;
  assertEquals(here, there);
  assertEquals(here, readAll(journalOf(drawn(3000))[0])[1].chain);
});
