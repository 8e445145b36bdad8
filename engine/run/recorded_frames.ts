import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import type { RowSink } from "../feed/row.ts";
import { type TapeBatch, TapeBuffer, type TapeReader } from "../feed/tape_reader.ts";

/** A tape, and where its rows go as they arrive again: a `GrowingTape`. */
export interface PlayedTape {
  readonly tape: TapeReader;
  readonly into: RowSink & { end(): void };
}

/**
 * Plays the rows of tapes again as they arrived: whole messages, each at its recorded local time, however time goes on.
 *
 * What stands on a tape for the exchange's clock alone is not among them: it arrived with its twin for ours. With its last
 * message a feed ends.
 *
 * | call | cost |
 * |---|---|
 * | `push` | the rows pushed |
 * | memory | one batch of each tape |
 *
 * @example
 * ```ts
 * import { openTape } from "./open_tape.ts";
 * import { RecordedFrames } from "./recorded_frames.ts";
 * import { Row } from "../feed/row.ts";
 * const { reader, close } = openTape("fixtures/data/market_l2.arrow");
 * let rows = 0;
 * const into = { row: new Row(), add: () => void rows++, end() {} };
 * const frames = new RecordedFrames([{ tape: reader, into }]);
 * frames.push(frames.next! + 1_000_000_000n); // one second of it
 * close();
 * if (rows === 0) throw new Error("unexpected");
 * ```
 */
export class RecordedFrames {
  readonly #players: readonly Player[];

  /** Throws RangeError for a tape of bars: they do not arrive as they happen. */
  constructor(tapes: readonly PlayedTape[]) {
    this.#players = tapes.map((each) => new Player(each));
  }

  /** When the next message arrives, ns since 1970-01-01 UTC; undefined where all have. */
  get next(): bigint | undefined {
    let first: bigint | undefined;
    for (const { next } of this.#players) if (next !== undefined && (first === undefined || next < first)) first = next;
    return first;
  }

  /** Lets all arrive that did by `ns`. */
  push(ns: bigint): void {
    for (const player of this.#players) player.push(ns);
  }
}

class Player {
  /** When the next message arrives. */
  next: bigint | undefined;
  readonly #tape: TapeReader;
  readonly #into: PlayedTape["into"];
  readonly #buffer = new TapeBuffer();
  #batch: TapeBatch | undefined;
  #index = 0;
  #at = 0;

  constructor({ tape, into }: PlayedTape) {
    if (tape.layout === "bars") {
      throw new RangeError(`Cannot play ${tape.name}: it holds bars, which are known when they are over; give events`);
    }
    this.#tape = tape;
    this.#into = into;
    this.#seek();
  }

  push(ns: bigint): void {
    while (this.next !== undefined && this.next <= ns) this.#message();
  }

  /** One whole message; a tape that was cut within one ends it where it ends. */
  #message(): void {
    for (let last = false; !last && this.next !== undefined;) {
      const batch = this.#batch!, i = this.#at++;
      last = (batch.flags[i] & LAST) !== 0;
      this.#add(batch, i);
      this.#seek();
    }
    if (this.next === undefined) this.#into.end();
  }

  #add(batch: TapeBatch, i: number): void {
    const { row } = this.#into;
    row.kind = batch.kind[i];
    row.side = batch.side[i];
    row.flags = AT_EXCHANGE | AT_LOCAL | (batch.flags[i] & LAST);
    row.price = batch.price[2 * i + 1] * 4294967296 + (batch.price[2 * i] >>> 0);
    row.size = batch.size[2 * i + 1] * 4294967296 + (batch.size[2 * i] >>> 0);
    row.idLow = batch.order ? batch.order[2 * i] >>> 0 : 0;
    row.idHigh = batch.order ? batch.order[2 * i + 1] : 0;
    const exchange = timeAt(batch.exchange, i), local = timeAt(batch.local, i);
    row.exchangeSec = Number(exchange / SECOND);
    row.exchangeNs = Number(exchange % SECOND);
    row.localSec = Number(local / SECOND);
    row.localNs = Number(local % SECOND);
    this.#into.add();
  }

  /** Goes on to the next row of ours. */
  #seek(): void {
    for (;;) {
      if (this.#batch === undefined || this.#at === this.#batch.rows) {
        if (this.#index === this.#tape.batches) {
          this.next = undefined;
          return;
        }
        this.#batch = this.#tape.batch(this.#index++, this.#buffer);
        this.#at = 0;
      } else if (this.#batch.flags[this.#at] & AT_LOCAL) {
        this.next = timeAt(this.#batch.local, this.#at);
        return;
      } else this.#at++;
    }
  }
}

const SECOND = 1_000_000_000n;

function timeAt(column: Int32Array, row: number): bigint {
  return BigInt(column[2 * row + 1]) * 4294967296n + BigInt(column[2 * row] >>> 0);
}
