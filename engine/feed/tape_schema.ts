import type { InstrumentSpec } from "../core/instrument.ts";
import type { BackStep, BackStepsFound } from "./back_steps.ts";
import type { CrossedMeta } from "./crossed_messages.ts";
import type { Gap, PrintOffGrid } from "./decoder.ts";
import type { UnknownOrdersMeta } from "./unknown_orders.ts";

/** What the rows of a tape are: levels of a book and trades, single orders, or OHLCV bars. */
export type TapeLayout = "l2" | "l3" | "bars";

/**
 * What a tape says of itself, as JSON under the key `tape` of its Arrow schema metadata.
 *
 * The instrument's spec stands as JSON under the key `instrument`, and `lockstep` holds the version of the format, "1".
 * Times are decimal strings of nanoseconds since 1970-01-01 UTC, because they do not fit in a JSON number.
 */
export interface TapeMeta {
  /** What its rows are. */
  readonly layout: TapeLayout;
  /** What trades. */
  readonly instrument: InstrumentSpec;
  /** Rows of all batches. */
  readonly rows: number;
  /** First and last times of each clock, over the rows that the clock sees; absent on an empty tape. */
  readonly span?: TapeSpan;
  /** Rows by the kind's name; a row that stands once for each clock counts twice. "bar" on bar tapes. */
  readonly counts: Readonly<Record<string, number>>;
  /** Holes in the source's sequence, and the first hundred of them. */
  readonly gaps: { readonly count: number; readonly first: readonly (Gap & { readonly file: string })[] };
  /** Trades that met no order of the book, at prices between two ticks: they are not on the tape. Absent where none was. */
  readonly printsOffGrid?: { readonly count: number; readonly first: PrintOffGrid & { readonly file: string } };
  /** Where times of the source went back and its rows were put in order; absent where they never did. */
  readonly disorder?: DisorderMeta;
  /** Rows that change, cancel or execute orders which nobody added; absent where there were none, or nobody looked. */
  readonly unknownOrders?: UnknownOrdersMeta;
  /** Messages of an L3 tape after which its book stands crossed; absent where there were none, or nobody looked. */
  readonly crossed?: CrossedMeta;
  /** What was done about clocks that are out of step. */
  readonly skew: SkewMeta;
  /** Where it came from. */
  readonly source: SourceMeta;
  /** SHA-256 over the column bytes of all batches in order, and the instrument; "" where unknown. */
  readonly sha256: string;
  /** Set when the conversion stopped early: what stands here is good, but not all. */
  readonly incomplete?: { readonly reason: string };
}

/** First and last times of a tape on each clock, in ns as decimal strings. Of bars: opens, and closes. */
export interface TapeSpan {
  /** First time on the exchange's clock; of bars, when the first opens. */
  readonly exchangeFirst: string;
  /** Last time on the exchange's clock. */
  readonly exchangeLast: string;
  /** First time on our clock; of bars, when the first closes. */
  readonly localFirst: string;
  /** Last time on our clock. */
  readonly localLast: string;
}

/**
 * Rows whose time is before that of the row before them in the source, by clock. On the exchange's it is usual where streams
 * of a capture come side by side; on ours it is a fault of the source.
 */
export interface DisorderMeta {
  /** The exchange's clock; absent where it never went back. */
  readonly exchange?: ClockDisorder;
  /** Our clock; absent where it never went back. */
  readonly local?: ClockDisorder;
}

/** How often and how far one clock went back. */
export type ClockDisorder = Omit<BackStepsFound, "first"> & {
  readonly first: Omit<BackStep, "file"> & { readonly file: string };
};

/** What was done about clocks that are out of step. Latencies are local time − exchange time in ns. */
export interface SkewMeta {
  /** Whether local times were shifted, or kept as recorded. */
  readonly policy: "shift" | "keep";
  /** Added to every local time. */
  readonly shiftNs: number;
  /** As recorded, before the shift; absent where there was no row with two times. */
  readonly latency?: { readonly min: number; readonly median: number; readonly max: number };
  /** Set where latencies are negative after the shift, and backtests refuse the tape. */
  readonly warning?: string;
}

/** Where a tape came from. Base names only: a tape must not depend on whose disk it was made on. */
export interface SourceMeta {
  /** A name of `--format`; "arrow" where another program wrote the tape. */
  readonly format: string;
  /** In the order in which they were read. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** One column of a tape's fixed schema. */
export interface TapeColumn {
  readonly name: string;
  readonly type: "time" | "int64" | "uint64" | "uint8" | "int8";
}

const EVENTS: readonly TapeColumn[] = [
  { name: "exchange_ts", type: "time" },
  { name: "local_ts", type: "time" },
  { name: "price", type: "int64" },
  { name: "size", type: "int64" },
  { name: "kind", type: "uint8" },
  { name: "side", type: "int8" },
  { name: "flags", type: "uint8" },
];

/** The columns of each layout, in the order in which they stand in the file. None may hold a null. */
export const TAPE_COLUMNS: Readonly<Record<TapeLayout, readonly TapeColumn[]>> = {
  l2: EVENTS,
  l3: [...EVENTS, { name: "order_id", type: "uint64" }],
  bars: [
    { name: "open_ts", type: "time" },
    { name: "close_ts", type: "time" },
    { name: "open", type: "int64" },
    { name: "high", type: "int64" },
    { name: "low", type: "int64" },
    { name: "close", type: "int64" },
    { name: "volume", type: "int64" },
  ],
};

/** Bytes of one value of a column. */
export function columnWidth(column: TapeColumn): 1 | 8 {
  return column.type === "uint8" || column.type === "int8" ? 1 : 8;
}

/** Rows of a full batch: 2.5 MB of an L2 tape, little enough to stream and enough that a batch's head costs nothing. */
export const BATCH_ROWS = 65_536;

/** The instrument as the text that is hashed and stored: JSON with its keys in order. */
export function instrumentJson(spec: InstrumentSpec): string {
  const sorted = Object.entries(spec).filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** A running hash that the runner injects, so that the pure rooms need none of their own. */
export interface Hasher {
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The digest so far in lower-case hexadecimal; nothing may be added after it. */
  hex(): string;
}
