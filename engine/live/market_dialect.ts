import type { InstrumentSpec } from "../core/instrument.ts";
import type { Decoder, DecoderOptions } from "../feed/decoder.ts";
import type { Endpoints } from "./exchange.ts";
import type { HttpRequest } from "./network.ts";
import type { RestClient } from "./rest_client.ts";

/** What one frame says, as far as the machinery must know. */
export type FrameNews =
  /** Market data of these instruments, for their decoders. */
  | {
    readonly kind: "data";
    readonly symbols: readonly string[];
    /** Frames of this connection before it are missing. */
    readonly hole?: Hole;
  }
  /** An answer or a heartbeat: nothing to decode. */
  | { readonly kind: "other"; readonly hole?: Hole }
  /** The exchange will end this connection soon: another is made first. */
  | { readonly kind: "ending"; readonly message: string }
  /** The exchange refused what we sent; of these instruments where it says so, else of all that the connection carries. */
  | { readonly kind: "refused"; readonly message: string; readonly symbols?: readonly string[] };

/** What should have come, and what came. */
export interface Hole {
  readonly expected: string;
  readonly found: string;
}

/** Reads the frames of one connection, in the order in which they came. */
export interface FrameReader {
  /**
   * What a frame says; it is not decoded here, and the answer may be the same object again and again. Throws SyntaxError or
   * SourceError where it makes no sense: it is told and left out, and what was lost with it is found by the decoder.
   */
  read(text: string): FrameNews;
}

/** One kind of connection that an exchange wants: most have one, some carry books and trades apart. */
export interface MarketLane {
  /** What it carries: "book", "trades". */
  readonly name: string;
  /** Whether books travel over it: when it is lost, they are stale. */
  readonly books: boolean;
  url(endpoints: Endpoints): string;
  /** What to send, once it is open, for data of these instruments. Sent at the pace that the limits allow. */
  subscribe(symbols: readonly string[]): readonly string[];
  reader(): FrameReader;
}

/** What an exchange allows, and how it behaves. */
export interface MarketLimits {
  /** Instruments that one connection carries at most. */
  readonly instrumentsMax: number;
  /** Frames that may be sent in a second. */
  readonly sendsPerSecond: number;
  /** After how long the exchange ends a connection; it is renewed before. Infinity where it does not. */
  readonly lifeMs: number;
  /** A connection that brought nothing for so long is dead. */
  readonly silenceMs: number;
  /** Weight of requests over HTTP that may be spent in a minute. */
  readonly weightPerMinute: number;
}

/** How a book that is not whole is read anew. */
export type BookResync =
  /** A snapshot is asked for over HTTP, once updates flow; its text is a line like a frame. `instruments`: how many there are. */
  | {
    readonly by: "request";
    request(symbol: string, endpoints: Endpoints, instruments: number): {
      readonly request: HttpRequest;
      /** What the exchange counts for it. */
      readonly weight: number;
    };
  }
  /** Frames, sent over the lane of books, bring a snapshot by that lane. */
  | { readonly by: "frames"; frames(symbol: string): readonly string[] };

/**
 * How one exchange's market data is spoken: all that differs from exchange to exchange, and nothing that does not.
 *
 * Frames become lines of a capture, and a decoder of captures (`engine/feed/decode`) makes rows of them: what is recorded is
 * converted by the same decoder to the same rows. So the decoder is what proves a book whole (chained ids, checksums), and
 * its GAP rows and `gap` are what starts a resynchronisation; a snapshot (CLEAR or SNAPSHOT rows) ends it.
 */
export interface MarketDialect {
  /** "binance-spot". */
  readonly venue: string;
  readonly endpoints: Endpoints;
  readonly testnet?: Endpoints;
  /** The format of its lines, as `lockstep convert --format` knows it. */
  readonly format: string;
  readonly limits: MarketLimits;
  readonly lanes: readonly MarketLane[];
  readonly resync: BookResync;
  /** What is sent when nothing was heard for so long, for an answer: a market may be quiet. Absent where there is always something. */
  readonly ping?: { readonly everyMs: number; readonly frame: () => string };
  /** Makes the decoder of one instrument. */
  decoder(options: DecoderOptions): Decoder;
  /** A frame, or a snapshot that was asked for, as a line of a capture, without its line break; `at` is wall time in ns. */
  line(text: string, at: bigint): string;
  /** The line that says that updates before it are lost: the decoder has the book stale from there on. */
  lost(at: bigint, url: string): string;
  /** What is traded, by the exchange's names; rejects with RangeError, with the nearest name, for one that is not listed. */
  instruments(symbols: readonly string[], endpoints: Endpoints, rest: RestClient): Promise<readonly InstrumentSpec[]>;
  /** The exchange's wall time in ms since 1970-01-01 UTC; absent where it does not tell. */
  time?(endpoints: Endpoints, rest: RestClient): Promise<number>;
  /** What the headers of an answer say of the weight spent in this minute; undefined where they do not. */
  weightUsed?(headers: Readonly<Record<string, string>>): number | undefined;
}
