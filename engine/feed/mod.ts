/**
 * From the bytes of a source to the columns the core reads.
 *
 * A decoder (`decode/`, one file a source) turns bytes into rows; `row_order.ts` puts them in the order of both clocks;
 * `tape_writer.ts` writes them as an Arrow file, a tape. `tape_reader.ts` reads it by batches without a copy;
 * `window_cache.ts` keeps windows of columns at hand for the two cursors of a session, which `batch_cache.ts` fills from
 * events and `bar_columns.ts` from bars. `growing_tape.ts` takes rows that arrive while a session reads it, and `tape_recorder.ts`
 * writes them to a tape; `tape_sinks.ts` writes rows and bars that are made, and in order already. `check/`
 * proves captures against themselves.
 *
 * Arrow files are read and written by `flatbuffer.ts`, `arrow_message.ts` and `arrow_file.ts`, because a session must read
 * batches synchronously into one buffer and a conversion must write them in flat memory, with metadata that are known at
 * the end only. The tests hold both against apache-arrow, pandas and polars.
 *
 * @module
 */
export { GrowingTape, type GrowingTapeOptions } from "./growing_tape.ts";
export { BatchCache, type BatchSource } from "./batch_cache.ts";
export { type ByteSource, BytesSource } from "./byte_source.ts";
export type { BackStep, BackStepsFound } from "./back_steps.ts";
export type { Columns } from "./columns.ts";
export type { CrossedMeta } from "./crossed_messages.ts";
export type { Decoder, DecoderOptions, Gap, PrintOffGrid } from "./decoder.ts";
export { type BarBatch, type TapeBatch, TapeBuffer, TapeReader } from "./tape_reader.ts";
export type {
  ClockDisorder,
  DisorderMeta,
  Hasher,
  SkewMeta,
  SourceMeta,
  TapeLayout,
  TapeMeta,
  TapeSpan,
} from "./tape_schema.ts";
export type { UnknownOrder, UnknownOrdersMeta } from "./unknown_orders.ts";
export { TapeWriter } from "./tape_writer.ts";
export type { ColumnSource } from "./window_cache.ts";
