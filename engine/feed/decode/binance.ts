import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, GAP, LAST, NONE, SELL, SNAPSHOT, TRADE } from "../../core/event.ts";
import { type DecoderOptions, SourceError } from "../decoder.ts";
import {
  AGGREGATE_MESSAGE,
  BinanceMessage,
  DEPTH_MESSAGE,
  LOST_MESSAGE,
  readBinanceLine,
  SNAPSHOT_MESSAGE,
  TRADE_MESSAGE,
} from "./binance_message.ts";
import { BinanceScanner } from "./binance_scanner.ts";
import { binanceFacts } from "./binance_symbol.ts";
import { HeldDepth } from "./held_depth.ts";
import { LineReader } from "./lines.ts";
import { OneSymbol, type SymbolDecoder } from "./one_symbol.ts";
import { BROKEN, DROP, TOO_OLD, UpdateChain } from "./update_chain.ts";

/** A snapshot of 5,000 levels a side is some 300 KB. */
const LINE_BYTES_MAX = 1 << 24;
const BOTH = AT_EXCHANGE | AT_LOCAL;

/**
 * Decodes raw Binance captures (spot, USD-M and COIN-M): lines of `<local ns> <combined-stream message>`, and of
 * `<local ns> <REST depth reply>`.
 *
 * What a trader may want to know, or dispute:
 * - A depth update is one message of DEPTH rows, bids first. Its exchange time is `T` (matching engine) where there is one,
 *   on futures, else `E`; a trade's is `T`.
 * - Update ids are chained: what is known already is dropped; where ids are missing there is a GAP row, the update's rows
 *   still follow, and the next snapshot ends it.
 * - A snapshot reaches us after updates that are newer than it is. Its rows clear each side up to their last level (levels
 *   further off, which updates have set since the start without a hole, stay), or the whole book where the updates do not
 *   reach past it. At the exchange it stands before the newer updates. For us those come once more after it, local-only,
 *   since a client that keeps the book right applies what it has buffered on top.
 * - A snapshot without a time of its own (spot) has that of the last update within it; where no update came before it, that
 *   of the next message, or our own if it is earlier.
 * - A snapshot older than all held updates (the last 1,024) is left out.
 * - A trade's side is the taker's. Trades that met no order of the book (`X` is not "MARKET": liquidations to the insurance
 *   fund, auto-deleveraging) and trades of size 0 make no rows, nor does one whose number is not above those before it: it came twice. Of `trade` and `aggTrade` the one that comes first in a file
 *   is taken, and of several depth streams likewise; so are updates only, not the streams of the best 5, 10 or 20 levels.
 * - `<local ns> {"lost":"why"}`, as our recorder writes it where a connection ended, is a GAP row: what follows needs a snapshot.
 * - A book ticker makes no rows: the book says the same. `lockstep check` compares the two.
 *
 * Several files continue each other: the book, and the chain, go on from one to the next.
 */
export function binanceDecoder(options: DecoderOptions): SymbolDecoder {
  return new BinanceDecoder(options);
}

class BinanceDecoder implements SymbolDecoder {
  readonly #options: DecoderOptions;
  readonly #lines = new LineReader((bytes, start, end) => this.#read(bytes, start, end), LINE_BYTES_MAX);
  readonly #message = new BinanceMessage();
  readonly #scanner: BinanceScanner;
  readonly #chain = new UpdateChain();
  readonly #held = new HeldDepth();
  readonly #text = new TextDecoder();
  readonly #one: OneSymbol;
  readonly #wanted = (symbol: string) => this.#one.takes(symbol, this.#lines.line);
  #market = "";
  #depthStream: string | undefined;
  #tradeKind = 0;
  /** The highest numbers of trades, of `trade` and of `aggTrade`. */
  readonly #numbers = new Map<number, number>();
  /** The latest exchange time of any row; -1 before the first. */
  #exchangeSec = -1;
  #exchangeNs = 0;
  /** A snapshot that waits for the next message to tell its time. */
  #waiting: BinanceMessage | undefined;

  constructor(options: DecoderOptions) {
    this.#options = options;
    this.#one = new OneSymbol(options.symbol, options.describe);
    this.#scanner = new BinanceScanner(this.#message, { tick: options.tick, lot: options.lot, wanted: this.#wanted });
  }

  get symbols(): ReadonlySet<string> {
    return this.#one.names;
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    const { line } = this.#lines;
    this.#lines.end();
    this.#one.end(line);
    if (this.#waiting) this.#release(this.#waiting.localSec, this.#waiting.localNs);
    this.#depthStream = undefined;
    this.#tradeKind = 0;
  }

  #read(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#scanner.scan(bytes, start, end)) {
      const text = this.#text.decode(bytes.subarray(start, end));
      if (text.trim() === "") return;
      const { tick, lot } = this.#options;
      readBinanceLine(text, this.#message, { tick, lot, line: this.#lines.line, wanted: this.#wanted });
    }
    this.#dispatch();
  }

  #dispatch(): void {
    const message = this.#message;
    const { kind } = message;
    if (kind === DEPTH_MESSAGE) {
      if (this.#isOurs()) this.#depth();
    } else if (kind === TRADE_MESSAGE || kind === AGGREGATE_MESSAGE) {
      if (this.#isOurs()) this.#trade();
    } else if (kind === SNAPSHOT_MESSAGE && this.#isOurSnapshot()) this.#snapshot();
    else if (kind === LOST_MESSAGE) this.#lost();
  }

  #isOurs(): boolean {
    const { symbol, market } = this.#message;
    if (this.#one.asked(symbol) === false) return false;
    if (this.#market === "") {
      this.#market = market;
      this.#options.describe(binanceFacts(symbol, market));
    }
    return true;
  }

  #isOurSnapshot(): boolean {
    const { symbol } = this.#message;
    if (symbol !== "") return this.#one.asked(symbol) !== false;
    const { names } = this.#one;
    if (names.size > 1) {
      throw new SourceError(
        "a snapshot does not say of which symbol it is, in a capture of several",
        this.#lines.line,
        "split the capture by symbol",
      );
    }
    const [name = symbol] = names;
    return name === "" || this.#one.asked(name) !== false;
  }

  #depth(): void {
    const message = this.#message;
    this.#depthStream ??= message.stream;
    if (message.stream !== this.#depthStream) return;
    if (this.#waiting) this.#releaseBefore(message);
    const { exchange, last } = message;
    const strict = message.previous >= 0;
    const previous = strict ? message.previous : message.first - 1;
    const known = this.#chain.last;
    const verdict = this.#chain.event(previous, last, strict);
    if (verdict === DROP) return;
    this.#at(message, exchange.sec, exchange.ns);
    if (verdict === BROKEN) {
      this.#held.clear();
      this.#gap(`an update that follows on ${known}`, `one that follows on ${previous}`);
    }
    this.#held.push({ previous, last, exchangeSec: exchange.sec, exchangeNs: exchange.ns }, message);
    this.#exchangeSec = exchange.sec;
    this.#exchangeNs = exchange.ns;
    this.#depthRows(message);
  }

  #depthRows({ prices, sizes, count, bids }: BinanceMessage): void {
    const { sink } = this.#options;
    const { row } = sink;
    row.kind = DEPTH;
    row.flags = BOTH;
    row.side = BUY;
    for (let i = 0; i < count; i++) {
      if (i === bids) row.side = SELL;
      row.price = prices[i];
      row.size = sizes[i];
      if (i === count - 1) row.flags = BOTH | LAST;
      sink.add();
    }
  }

  #trade(): void {
    const message = this.#message;
    if (this.#tradeKind === 0) this.#tradeKind = message.kind;
    if (message.kind !== this.#tradeKind || !this.#isNew(message) || !message.ofBook || message.size === 0) return;
    if (Number.isNaN(message.price)) return;
    if (this.#waiting) this.#releaseBefore(message);
    const { sink } = this.#options;
    const { row } = sink;
    this.#at(message, message.exchange.sec, message.exchange.ns);
    this.#exchangeSec = row.exchangeSec;
    this.#exchangeNs = row.exchangeNs;
    row.kind = TRADE;
    row.flags = BOTH | LAST;
    row.side = message.buyerMade ? SELL : BUY;
    row.price = message.price;
    row.size = message.size;
    sink.add();
  }

  #isNew({ kind, trade }: BinanceMessage): boolean {
    if (trade < 0) return true;
    if (trade <= (this.#numbers.get(kind) ?? -1)) return false;
    this.#numbers.set(kind, trade);
    return true;
  }

  #lost(): void {
    this.#waiting = undefined;
    this.#chain.lose();
    this.#held.clear();
    if (this.#exchangeSec < 0) return;
    this.#at(this.#message, this.#exchangeSec, this.#exchangeNs);
    this.#gap("an unbroken connection", "one that ended");
  }

  #snapshot(): void {
    const message = this.#message;
    if (message.exchange.sec < 0 && this.#exchangeSec < 0) {
      this.#waiting = Object.assign(new BinanceMessage(), message, {
        exchange: { ...message.exchange },
        prices: message.prices.slice(0, message.count),
        sizes: message.sizes.slice(0, message.count),
      });
    } else this.#apply(message);
  }

  /** Applies the snapshot that waits, at the time of `next`, or its own local time if that is earlier. */
  #releaseBefore({ exchange }: BinanceMessage): void {
    const { localSec, localNs } = this.#waiting!;
    const earlier = localSec < exchange.sec || (localSec === exchange.sec && localNs < exchange.ns);
    if (earlier) this.#release(localSec, localNs);
    else this.#release(exchange.sec, exchange.ns);
  }

  #release(sec: number, ns: number): void {
    const snapshot = this.#waiting!;
    this.#waiting = undefined;
    snapshot.exchange.sec = sec;
    snapshot.exchange.ns = ns;
    this.#apply(snapshot);
  }

  #apply(snapshot: BinanceMessage): void {
    const chain = this.#chain, held = this.#held;
    const { last: id } = snapshot;
    const { last: known, whole, joined } = chain;
    const verdict = chain.snapshot(id, held.from);
    if (verdict === TOO_OLD) {
      if (!joined) {
        this.#at(snapshot, this.#exchangeSec, this.#exchangeNs);
        this.#gap(`a snapshot at update ${held.from} or later`, `one at ${id}`);
      }
      return;
    }
    this.#stampSnapshot(snapshot);
    const again = id < known;
    const { bids, count } = snapshot;
    this.#snapshotRows(snapshot, whole && id <= known && known >= 0 && bids > 0 && bids < count, again);
    if (again) this.#heldRows(id, known);
    else held.clear();
  }

  /** Sets the row's times for a snapshot: before the held updates that are newer. */
  #stampSnapshot(snapshot: BinanceMessage): void {
    const { last: id, exchange } = snapshot;
    const held = this.#held;
    let sec = exchange.sec < 0 ? this.#exchangeSec : exchange.sec;
    let ns = exchange.sec < 0 ? this.#exchangeNs : exchange.ns;
    let newer = false;
    held.each((event) => {
      const heldSec = held.exchangeSec[event], heldNs = held.exchangeNs[event];
      if (held.last[event] <= id) {
        if (exchange.sec < 0) [sec, ns] = [heldSec, heldNs];
      } else if (!newer) {
        newer = true;
        if (sec > heldSec || (sec === heldSec && ns >= heldNs)) {
          [sec, ns] = heldNs > 0 ? [heldSec, heldNs - 1] : [heldSec - 1, 999_999_999];
        }
      }
    });
    this.#at(snapshot, sec, ns);
    if (this.#exchangeSec < 0) [this.#exchangeSec, this.#exchangeNs] = [sec, ns];
  }

  /** `keep`: levels beyond the snapshot's stay. `again`: held updates follow, so that for us the message ends with them. */
  #snapshotRows({ prices, sizes, count, bids }: BinanceMessage, keep: boolean, again: boolean): void {
    const { sink } = this.#options;
    const { row } = sink;
    const clear = (side: typeof BUY | typeof SELL | typeof NONE, price: number, flags: number) => {
      row.kind = CLEAR;
      row.side = side;
      row.price = price;
      row.size = 0;
      row.flags = flags;
      sink.add();
    };
    if (!keep) clear(NONE, 0, count === 0 && !again ? BOTH | LAST : BOTH);
    for (let i = 0; i < count; i++) {
      if (keep && i === 0) clear(BUY, prices.subarray(0, bids).reduce(lesser), BOTH);
      if (keep && i === bids) clear(SELL, prices.subarray(bids, count).reduce(greater), BOTH);
      row.kind = SNAPSHOT;
      row.side = i < bids ? BUY : SELL;
      row.price = prices[i];
      row.size = sizes[i];
      row.flags = BOTH;
      if (i === count - 1) row.flags = again ? AT_EXCHANGE | LAST : BOTH | LAST;
      sink.add();
    }
    if (again && count > 0) {
      row.flags = AT_LOCAL;
      sink.add();
    }
  }

  /** The held updates newer than the snapshot at `id` once more, for us only; `known` is the last of them. */
  #heldRows(id: number, known: number): void {
    const { sink } = this.#options;
    const { row } = sink;
    const held = this.#held;
    row.kind = DEPTH;
    held.each((event) => {
      if (held.last[event] <= id) return;
      row.exchangeSec = held.exchangeSec[event];
      row.exchangeNs = held.exchangeNs[event];
      const start = held.start[event], count = held.count[event], bids = held.bids[event];
      for (let i = 0; i < count; i++) {
        const level = (start + i) & held.mask;
        row.side = i < bids ? BUY : SELL;
        row.price = held.prices[level];
        row.size = held.sizes[level];
        row.flags = i === count - 1 && held.last[event] === known ? AT_LOCAL | LAST : AT_LOCAL;
        sink.add();
      }
    });
  }

  #gap(expected: string, found: string): void {
    this.#options.gap({ place: this.#lines.line, expected, found });
    const { sink } = this.#options;
    const { row } = sink;
    row.kind = GAP;
    row.side = NONE;
    row.price = 0;
    row.size = 0;
    row.flags = BOTH | LAST;
    sink.add();
  }

  /** Sets the row's times. */
  #at(message: BinanceMessage, exchangeSec: number, exchangeNs: number): void {
    const { row } = this.#options.sink;
    row.exchangeSec = exchangeSec;
    row.exchangeNs = exchangeNs;
    row.localSec = message.localSec;
    row.localNs = message.localNs;
    row.place = this.#lines.line;
  }
}

function lesser(a: number, b: number): number {
  return a < b ? a : b;
}

function greater(a: number, b: number): number {
  return a > b ? a : b;
}
