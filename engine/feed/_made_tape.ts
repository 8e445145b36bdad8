import { AT_EXCHANGE, AT_LOCAL, DEPTH, LAST } from "../core/event.ts";
import type { BarBatch, TapeBatch } from "./tape_reader.ts";

/** A row of a made tape; times in ns since 1970, `local` as `exchange` and both clocks unless said. */
export interface MadeRow {
  readonly exchange: bigint | number;
  readonly local?: bigint | number;
  readonly kind?: number;
  readonly side?: number;
  readonly price?: number;
  readonly size?: number;
  readonly flags?: number;
}

/** A bar of a made tape; the prices are `close` unless said. */
export interface MadeBar {
  readonly opens: bigint | number;
  readonly closes: bigint | number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly close: number;
  readonly volume?: number;
}

const WHOLE = AT_EXCHANGE | AT_LOCAL | LAST;

/** Rows as they stand, in batches of `batch` rows or of the sizes given: what no converter would write can be run, too. */
export function madeTape(
  rows: readonly MadeRow[],
  { batch = 1000, checked = true }: { readonly batch?: number | readonly number[]; readonly checked?: boolean } = {},
) {
  const parts = cut(rows, batch);
  return {
    name: "made.arrow",
    layout: "l2" as const,
    checked,
    batches: parts.length,
    rowsIn: (index: number) => parts[index].length,
    batch: (index: number): TapeBatch => {
      const part = parts[index];
      return {
        rows: part.length,
        exchange: int64(part, ({ exchange }) => exchange),
        local: int64(part, ({ exchange, local = exchange }) => local),
        price: int64(part, ({ price = 0 }) => price),
        size: int64(part, ({ size = 0 }) => size),
        kind: Uint8Array.from(part, ({ kind = DEPTH }) => kind),
        side: Int8Array.from(part, ({ side = 0 }) => side),
        flags: Uint8Array.from(part, ({ flags = WHOLE }) => flags),
        order: undefined,
      };
    },
    bars: (): BarBatch => {
      throw new Error("it holds events");
    },
  };
}

/** Bars as they stand, in batches of `batch`. */
export function madeBars(
  bars: readonly MadeBar[],
  { batch = 1000, checked = true }: { readonly batch?: number; readonly checked?: boolean } = {},
) {
  const parts = cut(bars, batch);
  return {
    name: "made.arrow",
    layout: "bars" as const,
    checked,
    batches: parts.length,
    rowsIn: (index: number) => parts[index].length,
    batch: (): TapeBatch => {
      throw new Error("it holds bars");
    },
    bars: (index: number): BarBatch => {
      const part = parts[index];
      return {
        rows: part.length,
        exchange: int64(part, ({ opens }) => opens),
        local: int64(part, ({ closes }) => closes),
        open: int64(part, ({ close, open = close }) => open),
        high: int64(part, ({ close, open = close, high = Math.max(open, close) }) => high),
        low: int64(part, ({ close, open = close, low = Math.min(open, close) }) => low),
        close: int64(part, ({ close }) => close),
        volume: int64(part, ({ volume = 1 }) => volume),
      };
    },
  };
}

function cut<T>(rows: readonly T[], batch: number | readonly number[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0, i = 0; at < rows.length || (typeof batch !== "number" && i < batch.length); i++) {
    const length = typeof batch === "number" ? batch : batch[i] ?? rows.length;
    parts.push(rows.slice(at, at + length));
    at += length;
  }
  return parts;
}

function int64<T>(rows: readonly T[], value: (row: T) => bigint | number): Int32Array {
  return new Int32Array(BigInt64Array.from(rows, (row) => BigInt(value(row))).buffer);
}
