import { AT_EXCHANGE, AT_LOCAL, CLEAR, DEPTH, GAP, LAST, NONE, SNAPSHOT, TRADE } from "../../core/event.ts";
import type { DecoderOptions } from "../decoder.ts";
import { type Moment, priceUnits, sizeUnits } from "./digits.ts";
import type { TextLevel } from "./text_level.ts";

const BOTH = AT_EXCHANGE | AT_LOCAL;

/** Writes the messages of WebSocket sessions as rows: each message is read whole, then written with LAST on its last row. */
export class SessionRows {
  readonly #options: DecoderOptions;
  /** Of each level of the message at hand: its place there, ticks and lots. */
  readonly #units: number[] = [];

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** Sets both times of the rows that follow. */
  at(exchange: Moment, local: Moment): void {
    const { row } = this.#options.sink;
    row.exchangeSec = exchange.sec;
    row.exchangeNs = exchange.ns;
    row.localSec = local.sec;
    row.localNs = local.ns;
  }

  /**
   * Writes a book message: DEPTH rows, or CLEAR and SNAPSHOT rows. `gap` stands before updates, since messages before them were
   * lost, and behind a snapshot, which is wrong itself.
   */
  book(levels: readonly TextLevel[], snapshot: boolean, line: number, gap?: { expected: string; found: string }): void {
    const kept = this.#read(levels, line), units = this.#units;
    const { sink } = this.#options;
    const { row } = sink;
    row.place = line;
    if (gap && !snapshot) this.gap(line, gap);
    if (snapshot) this.#bare(CLEAR, kept === 0 ? BOTH | LAST : BOTH);
    row.kind = snapshot ? SNAPSHOT : DEPTH;
    for (let i = 0; i < kept; i++) {
      row.side = levels[units[3 * i]].side;
      row.price = units[3 * i + 1];
      row.size = units[3 * i + 2];
      row.flags = i === kept - 1 ? BOTH | LAST : BOTH;
      sink.add();
    }
    if (gap && snapshot) this.gap(line, gap);
  }

  /** Writes the trades of a message; `timeOf` sets the exchange time of each. */
  trades(trades: readonly TextLevel[], line: number, timeOf: (i: number) => Moment): void {
    const kept = this.#read(trades, line), units = this.#units;
    const { sink } = this.#options;
    const { row } = sink;
    row.place = line;
    for (let i = 0; i < kept; i++) {
      const { sec, ns } = timeOf(units[3 * i]);
      row.exchangeSec = sec;
      row.exchangeNs = ns;
      row.kind = TRADE;
      row.side = trades[units[3 * i]].side;
      row.price = units[3 * i + 1];
      row.size = units[3 * i + 2];
      row.flags = i === kept - 1 ? BOTH | LAST : BOTH;
      sink.add();
    }
  }

  /** Reports a hole at `place` and writes its GAP row. */
  gap(place: number, { expected, found }: { expected: string; found: string }): void {
    this.#options.gap({ place, expected, found });
    this.#options.sink.row.place = place;
    this.#bare(GAP, BOTH | LAST);
  }

  #bare(kind: number, flags: number): void {
    const { sink } = this.#options;
    const { row } = sink;
    row.kind = kind;
    row.side = NONE;
    row.price = 0;
    row.size = 0;
    row.flags = flags;
    sink.add();
  }

  /** Reads all before anything is written; returns how many there are but for those that the grid leaves out. */
  #read(levels: readonly TextLevel[], line: number): number {
    const { tick, lot } = this.#options;
    const units = this.#units;
    units.length = 0;
    for (let i = 0; i < levels.length; i++) {
      const price = priceUnits(levels[i].price, tick, line), size = sizeUnits(levels[i].size, lot, line);
      if (!Number.isNaN(price)) units.push(i, price, size);
    }
    return units.length / 3;
  }
}
