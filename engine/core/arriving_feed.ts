import { AT_EXCHANGE, AT_LOCAL } from "./event.ts";
import type { Columns } from "../feed/columns.ts";
import type { ColumnSource } from "../feed/window_cache.ts";
import { Feed } from "./feed.ts";
import type { Instrument } from "./instrument.ts";
import type { MarketView } from "./market_view.ts";
import type { SessionVenue } from "./session_venue.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** What an arriving feed is made of beside its rows, its venue and its view. */
export interface ArrivingOptions {
  /** Where the tape ends says nothing: who recorded it did not know. */
  readonly endless: boolean;
}

/** A feed whose rows arrive while the session runs: one cursor goes over them, ours, and the session may have to wait for more. */
export abstract class ArrivingFeed extends Feed {
  /** Answers that came later than their latency says, and by how many ns at most. */
  answersLate = 0;
  lateNsMax = 0;
  /** Rows that came too late for their place at the venue, and by how many ns at most. */
  abstract readonly rowsLate: number;
  abstract readonly rowsLateNsMax: number;
  /** When the venue's next event is worked out here, in our time; Infinity where nothing is known, or never is. */
  abstract readonly next: number;
  /** What it is: OUR_DATA for a row, which comes before all else at its time, or the class of a request. */
  abstract readonly nextKind: number;
  readonly #endless: boolean;
  /** Our rows so far. */
  #ours = 0;

  constructor(
    index: number,
    instrument: Instrument,
    source: ColumnSource,
    venue: SessionVenue,
    view: MarketView,
    { endless }: ArrivingOptions,
  ) {
    super(index, instrument, source, source, venue, view);
    this.#endless = endless;
  }

  /** All feeds have ended, and all is known: from now on the venue keeps pace. */
  abstract keepPace(): void;

  /** One of our rows was heard. */
  protected abstract heardRow(columns: Columns, row: number): void;

  override get begins(): number {
    const local = this.localTime;
    return local === Infinity ? Infinity : Math.min(local, this.ourColumns.timeOf(AT_EXCHANGE, this.ourRow));
  }

  /** Our rows so far: what a tape of them adds to put them in order, and what only the venue saw, is not among them. */
  override get row(): number {
    return this.#ours;
  }

  /** Our rows are heard message by message, and never before their time. */
  override applyLocal(_limit: number): void {}

  override get exhausted(): boolean {
    return this.done;
  }

  override get done(): boolean {
    return this.heardAll && !this.#endless;
  }

  override nextEras(era: number): number {
    return this.ourEras(era);
  }

  protected override heardRows(columns: Columns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if ((columns.flags[i] & AT_LOCAL) === 0) continue;
      this.#ours++;
      this.heardRow(columns, i);
    }
  }

  override save(to: StateWriter): void {
    super.save(to);
    to.section("arrivals", 1, () => to.numbers(this.#ours, this.answersLate, this.lateNsMax));
  }

  override load(from: StateReader, era: number): void {
    super.load(from, era);
    from.section("arrivals", 1, () => {
      this.#ours = from.number();
      this.answersLate = from.number();
      this.lateNsMax = from.number();
    });
  }
}
