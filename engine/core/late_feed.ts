import { AT_EXCHANGE, AT_LOCAL } from "./event.ts";
import { ArrivedRows } from "../feed/arrived_rows.ts";
import type { Columns } from "../feed/columns.ts";
import type { ColumnSource } from "../feed/window_cache.ts";
import { ERA } from "./clock.ts";
import { EventQueue, OUR_DATA } from "./event_queue.ts";
import { Feed } from "./feed.ts";
import type { Instrument } from "./instrument.ts";
import type { MarketView } from "./market_view.ts";
import type { SessionVenue } from "./session_venue.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** What late knowledge is made of. */
export interface LateOptions {
  /** Nanoseconds after which a feed that is silent has nothing more to say of the time before; Infinity where it may. */
  readonly silenceNs: number;
  /** No answer comes sooner than this after what it is an answer to. */
  readonly leastNs: number;
}

/**
 * A feed whose venue knows nothing before we do: rows come to it as they reach us.
 *
 * - A row is known when it has reached us. A request is worked out once a row of the instrument has reached us that happened
 *   after the request arrived, or the feed has been silent for `silenceNs` since; then nothing can come before it any more.
 * - Of what is known, each thing is worked out as late as can be, when an answer to it could be here: `leastNs` later. Rows
 *   that overtake each other on their way have come into their order by then. One that comes later still counts as happening
 *   when it comes (`arrived.late`).
 * - An answer is here at its modelled time, or when what it is an answer to was known, whichever is later (`answersLate`).
 *
 * All of it follows from the rows and their local times: a session over the recorded rows comes to the same. Where the answers'
 * latency is at least `silenceNs`, and that is at least the feed's, nothing is late, and all is as if the venue had known at
 * once.
 */
export class LateFeed extends Feed {
  override readonly requests: EventQueue = new EventQueue();
  readonly arrived: ArrivedRows;
  /** Answers that came later than their latency says, and by how many ns at most. */
  answersLate = 0;
  lateNsMax = 0;
  /** From what is known to when it is worked out, in ns. */
  #lag: number;
  readonly #silence: number;
  /** Where the tape ends says nothing: who recorded it did not know. */
  readonly #endless: boolean;
  /** Our rows so far. */
  #ours = 0;
  /** Time of the last message that reached us. */
  #heardAt = -Infinity;
  /** What is being answered was known by silence. */
  #bySilence = false;

  constructor(
    index: number,
    instrument: Instrument,
    source: ColumnSource,
    venue: SessionVenue,
    view: MarketView,
    options: LateOptions & { readonly orders: boolean; readonly endless: boolean },
  ) {
    super(index, instrument, source, source, venue, view);
    this.#silence = options.silenceNs;
    this.#endless = options.endless;
    this.#lag = options.leastNs;
    this.arrived = new ArrivedRows(options.orders);
  }

  override get begins(): number {
    const local = this.localTime;
    return local === Infinity ? Infinity : Math.min(local, this.ourColumns.timeOf(AT_EXCHANGE, this.ourRow));
  }

  /** Time of the next row that the venue knows of. */
  override get exchangeTime(): number {
    const { arrived } = this;
    return arrived.at < arrived.rows ? this.venue.next(arrived, arrived.at) : Infinity;
  }

  /** When the venue's next event is worked out, in our time; Infinity where nothing is known. */
  get next(): number {
    const row = this.exchangeTime, request = this.requests.time;
    return row <= request ? row + this.#lag : request + (this.#knows(request) ? this.#lag : this.#unknown);
  }

  /** What it is: OUR_DATA for a row, which comes before all else at its time, or the class of a request. */
  get nextKind(): number {
    return this.exchangeTime <= this.requests.time ? OUR_DATA : this.requests.class;
  }

  /** Applies the rows that are worked out before `limit`, up to the next request; as `applyExchange` of any feed. */
  override applyExchange(limit: number): boolean {
    const { arrived, venue } = this;
    this.#bySilence = false;
    arrived.passTo(venue.advance(arrived, arrived.at, Math.min(this.requests.time + 1, limit - this.#lag)));
    return !venue.answered;
  }

  /** The request at the head of `requests` is about to be taken off, and meets the venue. */
  override meets(): void {
    const { time } = this.requests;
    this.#bySilence = !this.#knows(time);
    this.arrived.pass(time);
  }

  override answersAt(time: number): number {
    const silent = this.#bySilence ? this.venue.now + this.#silence : -Infinity;
    const known = Math.max(this.#heardAt, silent);
    if (known <= time) return time;
    this.answersLate++;
    this.lateNsMax = Math.max(this.lateNsMax, known - time);
    return known;
  }

  /** All feeds have ended, and all is known: from now on the venue keeps pace. */
  keepPace(): void {
    this.#lag = 0;
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
    return Math.min(this.ourEras(era), Math.floor(this.next / ERA));
  }

  override rebase(era: number, shift: number): void {
    super.rebase(era, shift);
    this.requests.rebase(shift);
    this.arrived.rebase(shift);
    this.#heardAt -= shift;
  }

  protected override heardRows(columns: Columns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if ((columns.flags[i] & AT_LOCAL) === 0) continue;
      this.#ours++;
      const local = columns.timeOf(AT_LOCAL, i);
      this.#heardAt = Math.max(this.#heardAt, local);
      this.arrived.take(columns, i, Math.min(local, columns.timeOf(AT_EXCHANGE, i)));
    }
  }

  override save(to: StateWriter): void {
    super.save(to);
    to.section("late knowledge", 1, () => {
      to.numbers(this.#lag, this.#ours, this.#heardAt, this.answersLate, this.lateNsMax);
      this.requests.save(to);
      this.arrived.save(to);
    });
  }

  override load(from: StateReader, era: number): void {
    super.load(from, era);
    from.section("late knowledge", 1, () => {
      this.#lag = from.number();
      this.#ours = from.number();
      this.#heardAt = from.number();
      this.answersLate = from.number();
      this.lateNsMax = from.number();
      this.requests.load(from);
      this.arrived.load(from);
    });
  }

  /** Whether all that happened before `time` is known. */
  #knows(time: number): boolean {
    return time < this.arrived.latest || this.done;
  }

  get #unknown(): number {
    return Math.max(this.#lag, this.#silence);
  }
}
