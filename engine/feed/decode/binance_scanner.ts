import type { Grid } from "../grid.ts";
import { readTicks } from "./digits.ts";
import {
  AGGREGATE_MESSAGE,
  type BinanceMessage,
  DEPTH_MESSAGE,
  kindOfStream,
  OTHER_MESSAGE,
  TICKER_MESSAGE,
} from "./binance_message.ts";

const QUOTE = 34,
  COMMA = 44,
  MINUS = 45,
  DOT = 46,
  ZERO = 48,
  COLON = 58,
  OPEN = 91,
  ESCAPE = 92,
  CLOSE = 93,
  END = 125;
const SPACE = 32;
const BEFORE_STREAM = bytesOf(' {"stream":"');
const AFTER_STREAM = bytesOf('","data":{');
const TRUE = bytesOf("true"), FALSE = bytesOf("false");
/** Digits whose integer is below 2^53 whatever they are. */
const DIGITS_MAX = 15;
/** Streams of one connection at Binance; what comes past them is read by the slow twin. */
const STREAMS_MAX = 1024;

/** What a stream's name says, worked out once. */
interface Stream {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly kind: number;
  readonly symbol: string;
  readonly wanted: boolean;
}

/**
 * Reads the usual lines of a Binance capture straight from their bytes: depth updates, book tickers and trades of combined
 * streams, with their fields in any order.
 *
 * It never judges: what it does not know to the last byte (other streams, escapes, white space, exponents, values off the
 * grid, broken lines) it refuses, and {@linkcode readBinanceLine} reads the line, or says what is wrong with it.
 */
export class BinanceScanner {
  readonly #message: BinanceMessage;
  readonly #wanted: (symbol: string) => boolean;
  readonly #streams = new Map<number, Stream>();
  readonly #tickDecimals: number;
  readonly #lotDecimals: number;
  readonly #tickStep: number;
  readonly #lotStep: number;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Where the value just read ends. */
  #at = 0;

  /** `wanted` is asked once for each stream whether its symbol's messages are to be read beyond their name. */
  constructor(message: BinanceMessage, options: { tick: Grid; lot: Grid; wanted: (symbol: string) => boolean }) {
    this.#message = message;
    this.#wanted = options.wanted;
    ({ decimals: this.#tickDecimals, mantissa: this.#tickStep } = options.tick.step);
    ({ decimals: this.#lotDecimals, mantissa: this.#lotStep } = options.lot.step);
  }

  /** Reads the line `bytes[start..end)` into the message; false where it refuses. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    this.#bytes = bytes;
    const message = this.#message;
    let sec = 0, ns = 0, p = start;
    for (const stop = p + 10; p < stop; p++) {
      const digit = bytes[p] - ZERO;
      if (!(digit >= 0 && digit <= 9)) return false;
      sec = sec * 10 + digit;
    }
    for (const stop = p + 9; p < stop; p++) {
      const digit = bytes[p] - ZERO;
      if (!(digit >= 0 && digit <= 9)) return false;
      ns = ns * 10 + digit;
    }
    if (!this.#is(BEFORE_STREAM, p)) return false;
    p += BEFORE_STREAM.length;
    const stream = this.#stream(p);
    if (stream === undefined || stream.kind === OTHER_MESSAGE) return false;
    message.localSec = sec;
    message.localNs = ns;
    message.stream = stream.name;
    message.symbol = stream.symbol;
    message.kind = stream.kind;
    if (!stream.wanted) return true;
    p += stream.bytes.length;
    if (!this.#is(AFTER_STREAM, p)) return false;
    p += AFTER_STREAM.length;
    if (stream.kind === DEPTH_MESSAGE) p = this.#depth(p);
    else if (stream.kind === TICKER_MESSAGE) p = this.#ticker(p);
    else p = this.#trade(p, stream.kind === AGGREGATE_MESSAGE ? 97 : 116); // a, t
    // What lies past the end may be of another line: nothing that was read there can end at the right place.
    return p === end - 1 && bytes[p] === END;
  }

  // Each of these reads from after the opening brace of `data`, and returns the place after its closing one, or -1.

  #depth(start: number): number {
    const bytes = this.#bytes, message = this.#message;
    let p = start, first = -1, last = -1, previous = -1, event = -1, transaction = -1, sides = 0;
    message.count = 0;
    do {
      const key = this.#key(p);
      p = this.#at;
      if (key === 98 && sides === 0) { // b
        p = this.#levels(p);
        message.bids = message.count;
        sides = 1;
      } else if (key === 97 && sides === 1) { // a
        p = this.#levels(p);
        sides = 2;
      } else if (key === 97 || key === 98 || key < 0) return -1;
      else if (key === 85) first = this.#integer(p); // U
      else if (key === 117) last = this.#integer(p); // u
      else if (key === 28789) previous = this.#integer(p); // pu
      else if (key === 69) event = this.#integer(p); // E
      else if (key === 84) transaction = this.#integer(p); // T
      else this.#at = this.#skip(p);
      p = this.#at;
      if (p < 0) return -1;
    } while (bytes[p++] === COMMA);
    if (bytes[p - 1] !== END || sides !== 2 || first < 0 || last < 0) return -1;
    if (!readTicks(transaction >= 0 ? transaction : event, message.exchange)) return -1;
    message.first = first;
    message.last = last;
    message.previous = previous;
    message.market = previous < 0 ? "spot" : "futures";
    return p;
  }

  #trade(start: number, numberKey: number): number {
    const bytes = this.#bytes, message = this.#message;
    let p = start, event = -1, transaction = -1, price = NaN, size = NaN, buyerMade = -1;
    message.ofBook = true;
    message.trade = -1;
    message.market = "futures";
    do {
      const key = this.#key(p);
      p = this.#at;
      if (key < 0) return -1;
      if (key === 112) price = this.#units(p, this.#tickDecimals, this.#tickStep); // p
      else if (key === 113) size = this.#units(p, this.#lotDecimals, this.#lotStep); // q
      else if (key === 69) event = this.#integer(p); // E
      else if (key === 84) transaction = this.#integer(p); // T
      else if (key === numberKey) message.trade = this.#integer(p);
      else {
        this.#at = this.#skip(p);
        if (key === 109) buyerMade = bytes[p] === 116 ? 1 : bytes[p] === 102 ? 0 : -1; // m: true, false
        else if (key === 77) message.market = "spot"; // M
        else if (key === 88) message.ofBook = this.#at - p === 8 && bytes[p + 1] === 77; // X: "MARKET"
      }
      p = this.#at;
      if (p < 0) return -1;
    } while (bytes[p++] === COMMA);
    if (bytes[p - 1] !== END || !(price >= 0) || !(size >= 0) || buyerMade < 0) return -1;
    if (!readTicks(transaction >= 0 ? transaction : event, message.exchange)) return -1;
    message.price = price;
    message.size = size;
    message.buyerMade = buyerMade === 1;
    return p;
  }

  #ticker(start: number): number {
    const bytes = this.#bytes;
    let p = start;
    do {
      if (this.#key(p) < 0) return -1;
      p = this.#skip(this.#at);
      if (p < 0) return -1;
    } while (bytes[p++] === COMMA);
    return bytes[p - 1] === END ? p : -1;
  }

  /** Reads `[["price","size"],…]` at `p` to the end of the message's levels; returns the place after, or -1. */
  #levels(start: number): number {
    const bytes = this.#bytes, message = this.#message;
    const tickDecimals = this.#tickDecimals, lotDecimals = this.#lotDecimals;
    const tickStep = this.#tickStep, lotStep = this.#lotStep;
    let p = start, { count, prices, sizes } = message;
    this.#at = -1;
    if (bytes[p++] !== OPEN) return -1;
    if (bytes[p] === CLOSE) return this.#at = p + 1;
    do {
      if (bytes[p++] !== OPEN) return this.#at = -1;
      const price = this.#units(p, tickDecimals, tickStep);
      p = this.#at;
      if (p < 0 || bytes[p++] !== COMMA) return this.#at = -1;
      const size = this.#units(p, lotDecimals, lotStep);
      p = this.#at;
      if (p < 0 || bytes[p++] !== CLOSE) return this.#at = -1;
      if (count === prices.length) {
        message.grow();
        ({ prices, sizes } = message);
      }
      prices[count] = price;
      sizes[count++] = size;
    } while (bytes[p++] === COMMA);
    message.count = count;
    return this.#at = bytes[p - 1] === CLOSE ? p : -1;
  }

  /** A quoted decimal at `p` in units of 10^-`decimals` × `step`, 0 and more; `#at` is -1 where it is no such thing. */
  #units(p: number, decimals: number, step: number): number {
    const bytes = this.#bytes;
    this.#at = -1;
    if (bytes[p++] !== QUOTE) return NaN;
    const start = p;
    let value = 0, missing = decimals, digit = bytes[p] - ZERO;
    for (; digit >= 0 && digit <= 9; digit = bytes[++p] - ZERO) value = value * 10 + digit;
    if (p === start || p - start + decimals > DIGITS_MAX) return NaN;
    if (digit === DOT - ZERO) {
      digit = bytes[++p] - ZERO;
      if (!(digit >= 0 && digit <= 9)) return NaN;
      for (; digit >= 0 && digit <= 9; digit = bytes[++p] - ZERO) {
        if (missing > 0) {
          value = value * 10 + digit;
          missing--;
        } else if (digit !== 0) return NaN;
      }
    }
    if (digit !== QUOTE - ZERO) return NaN;
    for (; missing > 0; missing--) value *= 10;
    if (step !== 1) {
      value /= step;
      if (!Number.isInteger(value)) return NaN;
    }
    this.#at = p + 1;
    return value;
  }

  /** An integer at `p`; `#at` is -1 where it is none or has over 15 digits. */
  #integer(start: number): number {
    const bytes = this.#bytes;
    let p = start, value = 0, digit = bytes[p] - ZERO;
    for (; digit >= 0 && digit <= 9; digit = bytes[++p] - ZERO) value = value * 10 + digit;
    this.#at = p === start || p - start > DIGITS_MAX + 1 || value >= 2 ** 53 ? -1 : p;
    return value;
  }

  /** `"k":` or `"kk":` at `p` as a number of its bytes, -1 for anything else; `#at` is the place after. */
  #key(p: number): number {
    const bytes = this.#bytes;
    const one = bytes[p + 1], two = bytes[p + 2];
    if (bytes[p] !== QUOTE || !(one > ZERO)) return -1;
    if (two === QUOTE) {
      this.#at = p + 4;
      return bytes[p + 3] === COLON ? one : -1;
    }
    this.#at = p + 5;
    return two > ZERO && two !== ESCAPE && bytes[p + 3] === QUOTE && bytes[p + 4] === COLON ? one << 8 | two : -1;
  }

  /** The place after the string without escapes, plain number or literal at `p`, or -1. */
  #skip(start: number): number {
    const bytes = this.#bytes;
    let p = start;
    if (bytes[p] === QUOTE) {
      let byte = bytes[++p];
      for (; byte !== QUOTE; byte = bytes[++p]) if (byte < SPACE || byte === ESCAPE) return -1;
      return p + 1;
    }
    if (bytes[p] === 116) return this.#is(TRUE, p) ? p + TRUE.length : -1;
    if (bytes[p] === 102) return this.#is(FALSE, p) ? p + FALSE.length : -1;
    if (bytes[p] === MINUS) p++;
    const digits = p;
    while (bytes[p] >= ZERO && bytes[p] < COLON) p++;
    return p > digits ? p : -1;
  }

  #is(expected: Uint8Array, p: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < expected.length; i++) if (bytes[p + i] !== expected[i]) return false;
    return true;
  }

  /** The stream whose name stands at `p` before a quote. */
  #stream(p: number): Stream | undefined {
    const bytes = this.#bytes;
    let hash = 0, end = p, byte = bytes[p];
    for (; byte !== QUOTE; byte = bytes[++end]) {
      if (byte < SPACE || byte === ESCAPE) return undefined;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const known = this.#streams.get(hash);
    if (known !== undefined) return known.bytes.length === end - p && this.#is(known.bytes, p) ? known : undefined;
    if (this.#streams.size >= STREAMS_MAX) return undefined;
    const own = bytes.slice(p, end);
    const name = new TextDecoder().decode(own);
    const kind = kindOfStream(name);
    const symbol = name.slice(0, Math.max(0, name.indexOf("@"))).toUpperCase();
    const wanted = kind === OTHER_MESSAGE || this.#wanted(symbol);
    const stream = { name, bytes: own, kind, symbol, wanted };
    this.#streams.set(hash, stream);
    return stream;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
