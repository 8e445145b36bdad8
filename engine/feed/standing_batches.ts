import { layoutOf, readFields } from "./arrow_file.ts";
import { ARROW, ARROW_MAGIC, type ArrowBlock } from "./arrow_message.ts";
import type { ByteSource } from "./byte_source.ts";
import { FlatTable } from "./flatbuffer.ts";
import type { TapeLayout } from "./tape_schema.ts";

/** What stands whole in a tape that was never completed. */
export interface StandingBatches {
  readonly layout: TapeLayout;
  readonly blocks: readonly ArrowBlock[];
  /** Rows of each. */
  readonly rows: readonly number[];
  /** Where the last of them ends; what follows is torn. */
  readonly size: number;
}

/** A head is a few hundred bytes; what claims to be longer is none. */
const HEAD_MAX = 1 << 16;

/**
 * Finds the whole batches of a tape whose writer was killed, from its start on. undefined where not even its beginning is whole.
 *
 * Cost: one small read a batch.
 *
 * @example
 * ```ts
 * import { RowBuffer } from "./row_buffer.ts";
 * import { MemoryFile } from "./memory_file.ts";
 * import { standingBatches } from "./standing_batches.ts";
 * import { TapeWriter } from "./tape_writer.ts";
 * const file = new MemoryFile(), writer = new TapeWriter(file, "l2"), buffer = new RowBuffer("l2");
 * buffer.rows = 2;
 * writer.write(buffer);
 * const whole = file.size;
 * file.append(new Uint8Array(100)); // torn
 * const found = standingBatches(file);
 * if (found?.size !== whole || found.rows.join() !== "2") throw new Error("unexpected");
 * ```
 */
export function standingBatches(source: ByteSource): StandingBatches | undefined {
  const magic = new Uint8Array(8);
  if (source.size < magic.length) return undefined;
  source.read(0, magic);
  if (!ARROW_MAGIC.every((byte, i) => magic[i] === byte)) return undefined;
  const schema = messageAt(source, 8);
  if (schema?.kind !== ARROW.SCHEMA) return undefined;
  const layout = layoutOf(source, readFields(schema.header));
  const blocks: ArrowBlock[] = [], rows: number[] = [];
  let size = 8 + schema.head;
  for (let next = messageAt(source, size); next?.kind === ARROW.RECORD_BATCH; next = messageAt(source, size)) {
    if (size + next.head + next.body > source.size) break;
    blocks.push({ offset: size, head: next.head, body: next.body });
    rows.push(next.header.int64(0));
    size += next.head + next.body;
  }
  return { layout, blocks, rows, size };
}

/** The message whose head begins at `offset`; undefined where none does, or not all of it is there. */
function messageAt(
  source: ByteSource,
  offset: number,
): { kind: number; header: FlatTable; head: number; body: number } | undefined {
  if (offset + 8 > source.size) return undefined;
  const prefix = new DataView(new ArrayBuffer(8));
  source.read(offset, new Uint8Array(prefix.buffer));
  const length = prefix.getInt32(4, true);
  if (prefix.getInt32(0, true) !== -1 || length <= 0 || length > HEAD_MAX || offset + 8 + length > source.size) {
    return undefined;
  }
  const view = new DataView(new ArrayBuffer(length));
  source.read(offset + 8, new Uint8Array(view.buffer));
  try {
    const root = FlatTable.root(view, 0), header = root.table(2);
    return header && { kind: root.uint8(1), header, head: 8 + length, body: root.int64(3) };
  } catch (error) {
    // Bytes that point outside themselves are no message.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
