import type { InstrumentSpec } from "../core/instrument.ts";
import type { RowSink } from "../feed/row.ts";
import type { Keys } from "./keys.ts";
import type { LiveTools } from "./live_tools.ts";
import type { OrderEntry } from "./order_entry.ts";

/** Takes what arrived, for a recording. */
export interface FrameSink {
  /**
   * A line of the capture of one instrument, without its line break: a frame that arrived at wall time `at` (ns), a snapshot that
   * was asked for, or that updates were lost. Lines of one instrument, as they come, are a capture in the exchange's `format`,
   * which decodes to the rows that its sink got. Frames of none (answers, heartbeats) have "" for it.
   */
  line(symbol: string, line: string, at: bigint): void;
  /** The last line of an instrument made no sense, and no rows were made of it: it is not of its capture. */
  refused(symbol: string): void;
}

/** Where an exchange is: its own hosts, those of its test network, or a stand-in. */
export interface Endpoints {
  /** Base URL of requests, "https://api.binance.com". */
  readonly rest: string;
  /** Base URL of market streams, "wss://stream.binance.com:9443". */
  readonly market: string;
  /** Base URL of what orders travel over, where it is another. */
  readonly orders: string;
}

/** What a market feed is made of. */
export interface MarketOptions {
  readonly endpoints: Endpoints;
  /**
   * Where rows of each instrument go, by the exchange's name of it; a GAP row says that the book is stale until the next snapshot.
   * They are a decoder's: some are for one clock only.
   */
  readonly into: ReadonlyMap<string, { readonly instrument: InstrumentSpec; readonly sink: RowSink }>;
  readonly record?: FrameSink;
  /** Hears why it ended by itself: rows could not be taken, or the exchange refuses what was asked for. */
  readonly failed?: (error: Error) => void;
}

/** How a market feed stands. */
export interface MarketFigures {
  /** Instruments whose books are whole, of how many. */
  readonly whole: number;
  readonly instruments: number;
  /** Times that updates were missing. */
  readonly gaps: number;
  /** Weight of requests spent in the last minute, of how much. */
  readonly weightUsed: number;
  readonly weightPerMinute: number;
  /** The exchange's clock less ours, in ms; undefined where it is not known. */
  readonly clockOffsetMs: number | undefined;
}

/** Market data of some instruments of one exchange, kept whole: connects, resynchronises and connects again by itself. */
export interface MarketFeed {
  /** Resolves once every instrument's book is whole. Rejects where the exchange knows an instrument not, or cannot be reached at all. */
  open(): Promise<void>;
  close(): void;
  readonly figures: MarketFigures;
}

/** What an order entry is made of. */
export interface OrderOptions {
  readonly endpoints: Endpoints;
  readonly keys: Keys;
  readonly instruments: readonly InstrumentSpec[];
}

/** One exchange, in one of its markets: how it is spoken to. */
export interface Exchange {
  /** "binance-spot". */
  readonly name: string;
  readonly endpoints: Endpoints;
  readonly testnet?: Endpoints;
  /** The format of its captures, as `lockstep convert --format` knows it. */
  readonly format: string;
  /** What of it is traded, by the exchange's names. Rejects with RangeError for one that it does not list. */
  instruments(symbols: readonly string[], endpoints: Endpoints, tools: LiveTools): Promise<readonly InstrumentSpec[]>;
  market(options: MarketOptions, tools: LiveTools): MarketFeed;
  /** Absent where only its market is spoken. */
  orders?(options: OrderOptions, tools: LiveTools): OrderEntry;
}
