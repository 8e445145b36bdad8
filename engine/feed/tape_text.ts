import { formatDecimal } from "../core/decimal.ts";
import { AT_EXCHANGE, AT_LOCAL, KIND_NAMES, LAST } from "../core/event.ts";
import { instrument } from "../core/instrument.ts";
import type { TapeReader } from "./tape_reader.ts";

/** One row as people read it: times in ISO 8601 with nanoseconds, prices and sizes in their decimals. */
export type TextRow = Readonly<Record<string, string>>;

/**
 * The first rows of a tape in words and decimals, at most `count` of them from the first batch.
 *
 * Of events: exchange, local, kind, side, price, size, clocks, and order on L3. Of bars: open_ts, close_ts, open, high, low,
 * close, volume.
 */
export function firstRows(reader: TapeReader, count: number): TextRow[] {
  if (reader.batches === 0) return [];
  const { tick, lot } = instrument(reader.meta.instrument);
  const scaled = (column: Int32Array, row: number, { mantissa, decimals } = tick): string =>
    formatDecimal(int64(column, row) * BigInt(mantissa), decimals);
  if (reader.layout === "bars") {
    const { rows, exchange, local, open, high, low, close, volume } = reader.bars(0);
    return Array.from({ length: Math.min(count, rows) }, (_, row) => ({
      open_ts: formatNs(int64(exchange, row)),
      close_ts: formatNs(int64(local, row)),
      open: scaled(open, row),
      high: scaled(high, row),
      low: scaled(low, row),
      close: scaled(close, row),
      volume: scaled(volume, row, lot),
    }));
  }
  const { rows, exchange, local, price, size, kind, side, flags, order } = reader.batch(0);
  return Array.from({ length: Math.min(count, rows) }, (_, row) => ({
    exchange: formatNs(int64(exchange, row)),
    local: formatNs(int64(local, row)),
    kind: KIND_NAMES[kind[row]] ?? `kind ${kind[row]}`,
    side: ["sell", "", "buy"][side[row] + 1] ?? `${side[row]}`,
    price: scaled(price, row),
    size: scaled(size, row, lot),
    clocks: clocks(flags[row]),
    ...order && { order: BigInt.asUintN(64, int64(order, row)).toString() },
  }));
}

/** Nanoseconds since 1970-01-01 UTC as ISO 8601, with as many decimals as are not zero in groups of three. */
export function formatNs(ns: bigint): string {
  const sec = ns >= 0n ? ns / 1_000_000_000n : (ns - 999_999_999n) / 1_000_000_000n;
  const rest = (ns - sec * 1_000_000_000n).toString().padStart(9, "0").replace(/(000)+$/, "");
  // Twice the range of a Date would be needed to leave it: int64 nanoseconds end in 2262.
  const whole = new Date(Number(sec) * 1000).toISOString().slice(0, 19);
  return `${whole}${rest && "."}${rest}Z`;
}

function clocks(flags: number): string {
  const both = AT_EXCHANGE | AT_LOCAL;
  const seen = (flags & both) === both
    ? "both"
    : flags & AT_EXCHANGE
    ? "exchange"
    : flags & AT_LOCAL
    ? "local"
    : "none";
  return flags & LAST ? `${seen}, last` : seen;
}

function int64(column: Int32Array, row: number): bigint {
  return BigInt(column[2 * row + 1]) * 4294967296n + BigInt(column[2 * row] >>> 0);
}
