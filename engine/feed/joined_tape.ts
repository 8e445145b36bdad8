import { readBlocks, readFooter, refusal } from "./arrow_file.ts";
import { type ArrowBlock, fileEnd } from "./arrow_message.ts";
import type { ByteSource } from "./byte_source.ts";
import { FlatTable } from "./flatbuffer.ts";
import { layBatch } from "./row_buffer.ts";
import { shiftOf } from "./skew.ts";
import { hashTape } from "./tape_hash.ts";
import { tapeLatency } from "./tape_latency.ts";
import { TapeReader } from "./tape_reader.ts";
import { type Hasher, instrumentJson, TAPE_COLUMNS, type TapeMeta } from "./tape_schema.ts";
import { addToInt64 } from "./tape_writer.ts";

/** Gaps that are kept with their places, as in a tape of one part. */
const GAPS_TOLD = 100;

/**
 * The parts of a recorded tape as one, in the order given: a source that a `TapeReader` reads like a single file.
 *
 * Where our clock was behind the exchange's, local times are shifted as they are read, by the constant that a conversion of all
 * parts would have chosen. Throws RangeError where a part is no whole tape, or of another instrument.
 *
 * | call | cost |
 * |---|---|
 * | constructor | a pass over all parts, to hash their content |
 * | `read` | as that of the part; where times are shifted, a pass over a batch's local times |
 */
export class JoinedTape implements ByteSource {
  readonly name: string;
  readonly #parts: { readonly source: ByteSource; readonly start: number }[] = [];
  /** Batches by their offset here, and their rows. */
  readonly #rows = new Map<number, number>();
  readonly #blocks: ArrowBlock[] = [];
  readonly #meta: Omit<TapeMeta, "sha256">;
  #end: Uint8Array = new Uint8Array(0);
  /** Where `#end` begins. */
  #size = 0;

  constructor(name: string, parts: readonly ByteSource[], hasher: () => Hasher) {
    this.name = name;
    const readers = parts.map((source) => new TapeReader(source));
    check(readers);
    parts.forEach((source, i) => this.#add(source, readers[i]));
    this.#meta = joined(readers);
    this.#close("");
    this.#close(hashTape(new TapeReader(this), hasher()));
  }

  get size(): number {
    return this.#size + this.#end.length;
  }

  read(offset: number, into: Uint8Array): void {
    if (offset >= this.#size) {
      into.set(this.#end.subarray(offset - this.#size, offset - this.#size + into.length));
      return;
    }
    // What is read lies within one part, or is the end: no batch spans two.
    const { source, start } = this.#parts.findLast(({ start }) => start <= offset)!;
    source.read(offset - start, into);
    this.#shift(offset, into);
  }

  #add(source: ByteSource, reader: TapeReader): void {
    const start = this.#size, footer = new DataView(readFooter(source).buffer);
    this.#parts.push({ source, start });
    // Columns are read in place as 8-byte words: parts begin at multiples of that.
    this.#size += Math.ceil(source.size / 8) * 8;
    readBlocks(FlatTable.root(footer, 0), footer).forEach(({ offset, head, body }, i) => {
      this.#blocks.push({ offset: offset + start, head, body });
      this.#rows.set(offset + start, reader.rowsIn(i));
    });
  }

  #close(sha256: string): void {
    const { instrument, ...tape } = this.#meta;
    const meta = {
      lockstep: "1",
      instrument: instrumentJson(instrument),
      tape: JSON.stringify({ ...tape, sha256 }),
    };
    this.#end = fileEnd(TAPE_COLUMNS[tape.layout], meta, this.#blocks);
  }

  /** Adds the constant to the local times of a batch; what is shorter is its head alone. */
  #shift(offset: number, into: Uint8Array): void {
    const { layout, skew: { shiftNs } } = this.#meta, rows = this.#rows.get(offset);
    if (shiftNs === 0 || rows === undefined) return;
    const { buffers: [, local], size } = layBatch(layout, rows);
    if (into.length <= size) return;
    const at = into.length - size + local.offset, bytes = into.slice(at, at + local.length);
    addToInt64(new Int32Array(bytes.buffer), shiftNs);
    into.set(bytes, at);
  }
}

function check(readers: readonly TapeReader[]): void {
  const [{ layout, meta: { instrument }, name }] = readers, wanted = instrumentJson(instrument);
  for (const reader of readers) {
    if (reader.layout === layout && layout !== "bars" && instrumentJson(reader.meta.instrument) === wanted) continue;
    throw refusal(reader, `it is not of the instrument that ${name} is of`, "put it into a folder of its own");
  }
}

function joined(readers: readonly TapeReader[]): Omit<TapeMeta, "sha256"> {
  const metas = readers.map(({ meta }) => meta), last = metas[metas.length - 1];
  const counts: Record<string, number> = {};
  for (const meta of metas) {
    for (const [kind, count] of Object.entries(meta.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  }
  return {
    ...last,
    rows: metas.reduce((sum, { rows }) => sum + rows, 0),
    counts,
    gaps: {
      count: metas.reduce((sum, { gaps }) => sum + gaps.count, 0),
      first: metas.flatMap(({ gaps }) => gaps.first).slice(0, GAPS_TOLD),
    },
    ...shifted(readers),
  };
}

/** The skew of all parts and, with local times shifted by it, their span. */
function shifted(readers: readonly TapeReader[]): Pick<TapeMeta, "skew" | "span"> {
  const latencies = readers.flatMap((reader) => reader.meta.skew.latency ?? tapeLatency(reader) ?? []);
  const spans = readers.flatMap(({ meta: { span } }) => span ?? []);
  if (latencies.length === 0 || spans.length === 0) return { skew: { policy: "shift", shiftNs: 0 }, span: undefined };
  const min = Math.min(...latencies.map((each) => each.min)), max = Math.max(...latencies.map((each) => each.max));
  const shiftNs = shiftOf({ kind: "shift" }, min), later = (time: string) => String(BigInt(time) + BigInt(shiftNs));
  const first = spans[0], last = spans[spans.length - 1];
  return {
    skew: { policy: "shift", shiftNs, latency: { min, median: latencies[latencies.length - 1].median, max } },
    span: {
      exchangeFirst: first.exchangeFirst,
      exchangeLast: last.exchangeLast,
      localFirst: later(first.localFirst),
      localLast: later(last.localLast),
    },
  };
}
