import { parseDecimal } from "../core/decimal.ts";
import { CLEAR, GAP, SNAPSHOT, TRADE } from "../core/event.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { type Decoder, OffGridError } from "../feed/decoder.ts";
import { Grid } from "../feed/grid.ts";
import type { Row, RowSink } from "../feed/row.ts";
import type { FrameSink } from "./exchange.ts";
import type { LiveEventName } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import type { MarketDialect } from "./market_dialect.ts";

/** How long lines may make no sense before the book is not trusted any more, in ms. */
const DOUBT_MS = 1000;
/** No exchange's clock jumps so far, in seconds: a time that does has been made up, and a tape could not hold it. */
const FAR_SEC = 30 * 86_400;
/** That one was is told no more often, in ms. */
const FAR_TOLD_MS = 60_000;
/** Prices off the grid that are left out at most: where there are more, the grid is wrong. */
const ODD_MAX = 10_000;

/** What an instrument's lines go through. */
export interface FedBookOptions {
  readonly dialect: Pick<MarketDialect, "venue" | "decoder" | "lost">;
  readonly symbol: string;
  readonly instrument: InstrumentSpec;
  readonly sink: RowSink;
  readonly record?: FrameSink;
}

/** What becomes of it. */
export interface FedBookListener {
  /** The book became whole, or stopped being it. */
  changed(whole: boolean): void;
  /** A value is off the instrument's grid: what it is may have changed. */
  offGrid(): void;
  /** Lines go on to make no sense, and nobody knows what the book is by now. */
  doubted(): void;
  /** The rows could not be taken: the session is behind, or over. */
  refused(error: Error): void;
}

/**
 * One instrument of a feed: its lines become rows by the decoder of captures, and what passes says whether its book is whole.
 *
 * Whole is a book since a snapshot (CLEAR and SNAPSHOT rows) without a GAP row since. A line that makes no sense is told and left
 * out: if an update was lost with it, the next one shows it. Where there is no such next one for a second, the book is lost.
 *
 * A time of the exchange's that is thirty days from where its clock was at first, beside ours, is told (CLOCK_OFF), and ours stands in
 * its place.
 *
 * A size off the grid, of an order from before the lot was made coarser, counts with the whole lots in it. A price off it stops
 * the book until the exchange has said that the instrument is what it was (`offGrid`, and then `trust`).
 */
export class FedBook {
  readonly symbol: string;
  /** Updates missed since it was made. */
  gaps = 0;
  readonly #options: FedBookOptions;
  readonly #listener: FedBookListener;
  readonly #tools: LiveTools;
  readonly #watched: WatchedSink;
  readonly #decoder: Decoder;
  #whole = false;
  /** How often the book had changed when a line first made no sense, and when that was, in ms. */
  #doubted = { changes: -1, since: -Infinity };
  /** Why updates are lost, while that is written. */
  #why: string | undefined;
  /** Prices off the grid that are left out. */
  readonly #odd = new Set<string>();
  /** More of them are taken for the same. */
  #trusting = false;
  #refusedAt = -Infinity;
  #farAt = -Infinity;
  #unsaid = 0;

  constructor(options: FedBookOptions, listener: FedBookListener, tools: LiveTools) {
    const { dialect, symbol, instrument, sink } = options;
    this.symbol = symbol;
    this.#options = options;
    this.#listener = listener;
    this.#tools = tools;
    this.#watched = new WatchedSink(sink);
    this.#decoder = dialect.decoder({
      sink: this.#watched,
      tick: new Grid("tick", parseDecimal(instrument.tick), { odd: (price) => this.#isOdd(price) }),
      lot: new Grid("lot", parseDecimal(instrument.lot), { cuts: true }),
      symbol,
      describe: () => {},
      gap: ({ expected, found }) => this.#gap(`updates are missing: expected ${expected}, found ${found}`),
    });
  }

  get whole(): boolean {
    return this.#whole;
  }

  /** Takes a line of its capture, without a line break. */
  push(line: string, at: bigint): void {
    this.#options.record?.line(this.symbol, line, at);
    try {
      this.#decoder.push(encoded(line));
    } catch (error) {
      this.#refused(error);
    }
    const { whole, far } = this.#watched;
    if (far !== undefined) this.#tellFar(far);
    if (whole === this.#whole) return;
    this.#whole = whole;
    if (whole) this.#becameWhole();
    this.#listener.changed(whole);
  }

  /** Updates before `at` are lost, and why: the book is stale. */
  lost(at: bigint, url: string, why: string): void {
    this.#why = why;
    this.push(this.#options.dialect.lost(at, url), at);
    this.#why = undefined;
  }

  #gap(message: string): void {
    // A book that is stale anyway has nothing to lose.
    if (!this.#watched.whole) return;
    this.gaps++;
    this.#tell("MARKET_GAP", `${this.#why ?? message}; the book is stale`);
  }

  #becameWhole(): void {
    const odd = this.#odd.size;
    this.#trusting = false;
    this.#tell(
      "MARKET_WHOLE",
      odd === 0 ? "the book is whole" : `the book is whole but for ${odd} prices off its tick`,
    );
  }

  #refused(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    if (this.#watched.adding) {
      this.#watched.adding = false;
      this.#listener.refused(error);
      return;
    }
    if (!(error instanceof RangeError)) throw error;
    this.#options.record?.refused(this.symbol);
    this.#tellRefused(error.message);
    if (error instanceof OffGridError) this.#listener.offGrid();
    this.#doubt();
  }

  /** Where no line between those that make no sense changes the book, what it is by now is not known. */
  #doubt(): void {
    const now = this.#tools.timers.now(), { changes } = this.#watched;
    if (changes !== this.#doubted.changes) this.#doubted = { changes, since: now };
    else if (this.whole && now - this.#doubted.since >= DOUBT_MS) this.#listener.doubted();
  }

  /**
   * The instrument is what it was: prices off its grid in the next snapshot are those of orders from before it was made coarser.
   * They are left out, for nobody can trade there any more but with them.
   */
  trust(): void {
    this.#trusting = true;
  }

  #isOdd(price: string): boolean {
    if (this.#odd.has(price)) return true;
    if (this.#trusting && this.#odd.size < ODD_MAX) {
      this.#odd.add(price);
      return true;
    }
    return false;
  }

  /** Of many in a second the first is told, and with the next how many there were. */
  #tellRefused(message: string): void {
    const now = this.#tools.timers.now();
    if (now - this.#refusedAt < 1000) {
      this.#unsaid++;
      return;
    }
    this.#tell("FRAME_REFUSED", this.#unsaid === 0 ? message : `${message} (and ${this.#unsaid} before it)`);
    this.#refusedAt = now;
    this.#unsaid = 0;
  }

  #tellFar(sec: number): void {
    this.#watched.far = undefined;
    const now = this.#tools.timers.now();
    if (now - this.#farAt < FAR_TOLD_MS) return;
    this.#farAt = now;
    this.#tell(
      "CLOCK_OFF",
      `a time of the exchange's is ${sec} s after 1970, far from those before; ours stands in its place`,
    );
  }

  #tell(name: LiveEventName, message: string): void {
    this.#tools.tell({ name, venue: this.#options.dialect.venue, symbol: this.symbol, message });
  }
}

/** Hands rows on, and sees what they mean for the book. */
class WatchedSink implements RowSink {
  readonly row: Row;
  whole = false;
  /** Rows of the book that passed. */
  changes = 0;
  /** A time that cannot be: s since 1970. */
  far: number | undefined;
  /** A row is being handed on: what is thrown now is not the decoder's. */
  adding = false;
  /** What the exchange's clock was ahead of ours at first, in s. */
  #ahead: number | undefined;
  readonly #to: RowSink;

  constructor(to: RowSink) {
    this.#to = to;
    this.row = to.row;
  }

  add(): void {
    const { row } = this, { kind } = row;
    this.#ahead ??= row.exchangeSec - row.localSec;
    if (Math.abs(row.exchangeSec - row.localSec - this.#ahead) > FAR_SEC) {
      this.far = row.exchangeSec;
      row.exchangeSec = row.localSec + this.#ahead;
      row.exchangeNs = row.localNs;
    }
    if (kind === GAP) this.whole = false;
    else if (kind === SNAPSHOT || kind === CLEAR) this.whole = true;
    if (kind !== TRADE) this.changes++;
    this.adding = true;
    this.#to.add();
    this.adding = false;
  }
}

const encoder = new TextEncoder();
const NEWLINE = 10;
/** All lines of a thread are encoded here, one after the other: a decoder keeps nothing of what it is given. */
let room = new Uint8Array(1 << 16);

/** The bytes of a line and its break, until the next one. */
function encoded(line: string): Uint8Array {
  // UTF-8 takes at most three bytes for a code unit.
  if (room.length < 3 * line.length + 1) room = new Uint8Array(6 * line.length);
  const { written } = encoder.encodeInto(line, room);
  room[written] = NEWLINE;
  return room.subarray(0, written + 1);
}
