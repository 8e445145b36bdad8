import { LAST } from "../core/event.ts";
import type { Decoder } from "./decoder.ts";
import type { RowSink } from "./row.ts";
import { RowQueue } from "./row_queue.ts";
import type { SourceJoin } from "./source_join.ts";

/**
 * Puts the rows of an events file between the messages of a market, by local time; at one time the market comes first.
 *
 * Events before the market's first row and after its last are left out: a file of a year's funding serves any day of it.
 *
 * Memory: what has been read of either and waits for the other.
 */
export class EventsJoin implements SourceJoin {
  /** Events that lay outside the market's rows, as far as they were read. */
  leftOut = 0;
  readonly #out: RowSink;
  readonly #place: number;
  readonly #market: SourceJoin;
  readonly #events: Decoder;
  readonly #rows = new RowQueue();
  readonly #eventRows = new RowQueue();
  #eventsEnded = false;
  #begun = false;
  /** A message of the market is half given out. */
  #within = false;

  /** `place` is the number of the events file among all; the market's files have those below. */
  constructor(
    place: number,
    out: RowSink,
    parts: { readonly market: (sink: RowSink) => SourceJoin; readonly events: (sink: RowSink) => Decoder },
  ) {
    this.#place = place;
    this.#out = out;
    this.#eventRows.row.file = place;
    this.#market = parts.market(this.#rows);
    this.#events = parts.events(this.#eventRows);
  }

  get wanted(): number {
    if (this.#market.wanted < 0) return -1;
    return this.#eventRows.size === 0 && !this.#eventsEnded ? this.#place : this.#market.wanted;
  }

  push(bytes: Uint8Array): void {
    if (this.wanted === this.#place) this.#events.push(bytes);
    else this.#market.push(bytes);
    this.#drain();
  }

  end(): void {
    if (this.wanted === this.#place) {
      this.#events.end();
      this.#eventsEnded = true;
    } else this.#market.end();
    this.#drain();
  }

  abandon(): void {
    this.#market.abandon();
    this.#eventsEnded = true;
    this.#drain();
  }

  #drain(): void {
    const out = this.#out, rows = this.#rows, events = this.#eventRows;
    while (rows.size > 0) {
      if (!this.#within) {
        if (events.size === 0 && !this.#eventsEnded) return;
        if (events.size > 0 && isBefore(events, rows)) {
          events.pop(out.row);
          if (this.#begun) out.add();
          else this.leftOut++;
          continue;
        }
      }
      rows.pop(out.row);
      this.#begun = true;
      this.#within = (out.row.flags & LAST) === 0;
      out.add();
    }
    if (this.#market.wanted >= 0) return;
    for (; events.size > 0; this.leftOut++) events.pop(out.row);
  }
}

function isBefore(a: RowQueue, b: RowQueue): boolean {
  return a.localSec < b.localSec || (a.localSec === b.localSec && a.localNs < b.localNs);
}
