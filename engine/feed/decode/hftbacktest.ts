import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, LAST, NONE, SELL, SNAPSHOT, TRADE } from "../../core/event.ts";
import { POWERS_OF_TEN } from "../../core/decimal.ts";
import { type Decoder, type DecoderOptions, SourceError } from "../decoder.ts";
import type { Grid } from "../grid.ts";
import type { RowSink } from "../row.ts";
import { type NpyLayout, readNpyHeader } from "./npy_header.ts";
import { unitsAt } from "./place.ts";
import { Int64Time } from "./timestamp.ts";

/** Records looked at together. */
const WINDOW = 1 << 15;
/** No more records than this wait to learn whether their message goes on. */
const WAITING_MAX = WINDOW / 2;

/** `ev`: bit 31 the exchange's clock, 30 ours, 29 buy, 28 sell; the low byte is the kind. */
const EV_EXCHANGE = 1 << 31;
const EV_LOCAL = 1 << 30;
const EV_BUY = 1 << 29;
const EV_SELL = 1 << 28;

/**
 * Decodes the array of hftbacktest's npz: the bytes of its `data.npy`, as `openSource` yields them, or such a file itself.
 *
 * Rows keep their order and their clocks: a record with only the exchange's or only our bit becomes a row with that one
 * flag. Prices and sizes are floats in the source and are taken as the shortest decimal that reads as the same float.
 *
 * LAST. A message is a run of records of equal times and sort (book or trade) among those one clock sees. Its last record
 * gets LAST, where our clock decides for what it sees and the exchange's for the rest; a message that stands twice, once
 * for each clock, so ends once in each. A record waits at most 16,384 records of the other clock to see whether its
 * message goes on.
 *
 * Throws {@linkcode SourceError} with the record's number, from 1, on NaN, infinities, negative sizes, 2^53 units and
 * more, unknown kinds, another layout, and arrays that were cut short.
 */
export function hftbacktestDecoder(options: DecoderOptions): Decoder {
  return new HftbacktestDecoder(options);
}

class HftbacktestDecoder implements Decoder {
  readonly #sink: RowSink;
  readonly #price: Float;
  readonly #size: Float;
  readonly #exchange = new Int64Time();
  readonly #local = new Int64Time();
  #header = new Uint8Array(0);
  #layout: NpyLayout | undefined;
  /** The window: the same bytes as seen by three types; `#bytes` of them are filled. */
  #window = new Uint8Array(0);
  #words = new Int32Array(0);
  #floats = new Float64Array(0);
  #bytes = 0;
  /** Records already handed on. */
  #done = 0;
  readonly #last = new Uint8Array(WINDOW);

  constructor({ sink, tick, lot }: DecoderOptions) {
    this.#sink = sink;
    this.#price = new Float(tick, "price");
    this.#size = new Float(lot, "size");
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    if (this.#layout === undefined) {
      const joined = new Uint8Array(this.#header.length + bytes.length);
      joined.set(this.#header);
      joined.set(bytes, this.#header.length);
      this.#layout = readNpyHeader(joined);
      if (this.#layout === undefined) {
        this.#header = joined;
        return;
      }
      from = this.#layout.headerBytes - this.#header.length;
      this.#header = new Uint8Array(0);
      const buffer = new ArrayBuffer(this.#layout.recordBytes * WINDOW);
      this.#window = new Uint8Array(buffer);
      this.#words = new Int32Array(buffer);
      this.#floats = new Float64Array(buffer);
    }
    while (from < bytes.length) {
      const count = Math.min(bytes.length - from, this.#window.length - this.#bytes);
      this.#window.set(bytes.subarray(from, from + count), this.#bytes);
      this.#bytes += count;
      from += count;
      if (this.#bytes === this.#window.length) this.#decode(false);
    }
  }

  end(): void {
    const layout = this.#layout;
    if (layout === undefined) {
      throw new SourceError("the array's header is not complete", 1, "the file was cut short; get it again", "record");
    }
    this.#decode(true);
    if (this.#bytes > 0 || this.#done !== layout.records) {
      throw new SourceError(
        `${this.#done} whole records are there, and the header says ${layout.records}`,
        this.#done + 1,
        this.#done < layout.records ? "the file was cut short; get it again" : "the file is damaged; get it again",
        "record",
      );
    }
    this.#layout = undefined;
    this.#done = 0;
  }

  /** Hands on the window's records, but for those at its end whose message may go on. */
  #decode(atEnd: boolean): void {
    const { recordBytes } = this.#layout!;
    const count = Math.floor(this.#bytes / recordBytes);
    let ready = this.#markLast(count);
    if (atEnd) ready = count;
    // The last record of all may be in the middle of a message of its own clock: that one can wait.
    else if (count - ready > WAITING_MAX) ready = count - 1;
    this.#emit(ready);
    this.#window.copyWithin(0, ready * recordBytes, this.#bytes);
    this.#bytes -= ready * recordBytes;
    this.#done += ready;
  }

  /** Fills `#last` from the back, and returns how many records it can be sure of. */
  #markLast(count: number): number {
    const { recordBytes, ev, exchange, local } = this.#layout!;
    const stride = recordBytes >> 2;
    const words = this.#words;
    const last = this.#last;
    let ready = count;
    // Offsets of the next record that each clock sees; -1: not in the window.
    let nextExchange = -1;
    let nextLocal = -1;
    for (let i = count - 1, at = i * stride; i >= 0; i--, at -= stride) {
      const event = words[at + ev];
      const next = (event & EV_LOCAL) !== 0 ? nextLocal : nextExchange;
      if (next < 0) {
        last[i] = LAST;
        ready = i;
      } else {
        last[i] = words[at + exchange] === words[next + exchange] && words[at + local] === words[next + local] &&
            words[at + exchange + 1] === words[next + exchange + 1] &&
            words[at + local + 1] === words[next + local + 1] &&
            ((event & 255) === TRADE) === ((words[next + ev] & 255) === TRADE)
          ? 0
          : LAST;
      }
      if ((event & EV_LOCAL) !== 0) nextLocal = at;
      if ((event & EV_EXCHANGE) !== 0) nextExchange = at;
    }
    return ready;
  }

  #emit(count: number): void {
    const { recordBytes, ev, exchange, local, price, size } = this.#layout!;
    const stride = recordBytes >> 2;
    const words = this.#words;
    const floats = this.#floats;
    const sink = this.#sink;
    const row = sink.row;
    const exchangeTime = this.#exchange;
    const localTime = this.#local;
    row.idLow = 0;
    row.idHigh = 0;
    row.unit = "record";
    for (let i = 0, at = 0; i < count; i++, at += stride) {
      const event = words[at + ev];
      const kind = event & 255;
      const record = this.#done + i + 1;
      if (kind < DEPTH || kind > SNAPSHOT) throw unknownKind(kind, record);
      row.kind = kind;
      row.place = record;
      row.side = (event & EV_BUY) !== 0 ? BUY : (event & EV_SELL) !== 0 ? SELL : NONE;
      const clocks = ((event & EV_EXCHANGE) !== 0 ? AT_EXCHANGE : 0) | ((event & EV_LOCAL) !== 0 ? AT_LOCAL : 0);
      if (clocks === 0 || (row.side === NONE && (kind === DEPTH || kind === SNAPSHOT))) {
        throw noClockOrSide(clocks, record);
      }
      row.flags = clocks | this.#last[i];
      exchangeTime.set(words[at + exchange + 1], words[at + exchange]);
      row.exchangeSec = exchangeTime.sec;
      row.exchangeNs = exchangeTime.ns;
      localTime.set(words[at + local + 1], words[at + local]);
      row.localSec = localTime.sec;
      row.localNs = localTime.ns;
      if (kind === CLEAR && row.side === NONE) {
        row.price = 0;
        row.size = 0;
      } else {
        row.price = this.#price.units(floats[(at + price) >> 1], record);
        row.size = kind === CLEAR ? 0 : this.#size.units(floats[(at + size) >> 1], record);
        if (row.size < 0) {
          throw new SourceError(`size is ${floats[(at + size) >> 1]}`, record, "mend or drop it", "record");
        }
      }
      sink.add();
    }
  }
}

/** Floats that stand for decimals, on a grid. */
class Float {
  readonly #grid: Grid;
  readonly #name: string;
  readonly #decimals: number;
  readonly #scale: number;

  constructor(grid: Grid, name: string) {
    this.#grid = grid;
    this.#name = name;
    this.#decimals = grid.step.decimals;
    this.#scale = POWERS_OF_TEN[this.#decimals];
  }

  /** Units of the grid. A quotient of integers below 2^53 and 10^22 is rounded once, as a decimal that is read is. */
  units(value: number, record: number): number {
    const scaled = Math.round(value * this.#scale);
    if (scaled / this.#scale === value && Math.abs(scaled) < 2 ** 53) {
      return unitsAt(this.#grid, scaled + 0, this.#decimals, this.#name, record, "record");
    }
    return this.#unitsOfAny(value, record);
  }

  #unitsOfAny(value: number, record: number): number {
    if (!Number.isFinite(value)) {
      throw new SourceError(`${this.#name} is ${value}`, record, "mend or drop it", "record");
    }
    for (let decimals = 0; decimals <= 18; decimals++) {
      const mantissa = Math.round(value * POWERS_OF_TEN[decimals]);
      if (mantissa / POWERS_OF_TEN[decimals] !== value) continue;
      if (decimals > 0 && Math.abs(mantissa) >= 2 ** 53) break;
      return unitsAt(this.#grid, mantissa + 0, decimals, this.#name, record, "record");
    }
    const remedy = "write it with at most 15 digits, as it was published";
    throw new SourceError(`${this.#name} is ${value}, which is no short decimal`, record, remedy, "record");
  }
}

function unknownKind(kind: number, record: number): SourceError {
  const what = kind >= 10 && kind <= 13 ? "one of single orders (L3)" : "not known";
  return new SourceError(
    `the kind of event is ${kind}, ${what}`,
    record,
    "kinds 1 depth, 2 trade, 3 clear and 4 snapshot can be read",
    "record",
  );
}

function noClockOrSide(clocks: number, record: number): SourceError {
  const problem = clocks === 0
    ? "ev has neither bit 31 (exchange) nor bit 30 (local)"
    : "ev has neither bit 29 (buy) nor bit 28 (sell)";
  return new SourceError(problem, record, "write the file anew with hftbacktest's own converters", "record");
}
