import { TapeBuffer, type TapeReader } from "./tape_reader.ts";
import { type Hasher, instrumentJson } from "./tape_schema.ts";

/**
 * The content hash of a tape, worked out again from its columns: SHA-256 in hexadecimal where `hasher` is one.
 *
 * It equals `reader.meta.sha256` unless the file was damaged or changed. It goes by batch: the same rows in other batches
 * have another.
 */
export function hashTape(reader: TapeReader, hasher: Hasher): string {
  const buffer = new TapeBuffer();
  for (let i = 0; i < reader.batches; i++) {
    for (const column of reader.columnBytes(i, buffer)) hasher.update(column);
  }
  hasher.update(new TextEncoder().encode(instrumentJson(reader.meta.instrument)));
  return hasher.hex();
}
