import { ArrivedRows } from "../feed/arrived_rows.ts";
import { AT_EXCHANGE, AT_LOCAL } from "./event.ts";
import type { Columns } from "../feed/columns.ts";
import type { ColumnSource } from "../feed/window_cache.ts";
import { ArrivingFeed } from "./arriving_feed.ts";
import { ERA } from "./clock.ts";
import { EventQueue, OUR_DATA } from "./event_queue.ts";
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
export class LateFeed extends ArrivingFeed {
  override readonly requests: EventQueue = new EventQueue();
  readonly arrived: ArrivedRows;
  /** From what is known to when it is worked out, in ns. */
  #lag: number;
  readonly #silence: number;
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
    super(index, instrument, source, venue, view, options);
    this.#silence = options.silenceNs;
    this.#lag = options.leastNs;
    this.arrived = new ArrivedRows(options.orders);
  }

  /** Time of the next row that the venue knows of. */
  override get exchangeTime(): number {
    const { arrived } = this;
    return arrived.at < arrived.rows ? this.venue.next(arrived, arrived.at) : Infinity;
  }

  get rowsLate(): number {
    return this.arrived.late;
  }

  get rowsLateNsMax(): number {
    return this.arrived.lateNsMax;
  }

  get next(): number {
    const row = this.exchangeTime, request = this.requests.time;
    return row <= request ? row + this.#lag : request + (this.#knows(request) ? this.#lag : this.#unknown);
  }

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

  keepPace(): void {
    this.#lag = 0;
  }

  override nextEras(era: number): number {
    return Math.min(super.nextEras(era), Math.floor(this.next / ERA));
  }

  override rebase(era: number, shift: number): void {
    super.rebase(era, shift);
    this.requests.rebase(shift);
    this.arrived.rebase(shift);
    this.#heardAt -= shift;
  }

  protected override heardRow(columns: Columns, row: number): void {
    const local = columns.timeOf(AT_LOCAL, row);
    this.#heardAt = Math.max(this.#heardAt, local);
    this.arrived.take(columns, row, Math.min(local, columns.timeOf(AT_EXCHANGE, row)));
  }

  override save(to: StateWriter): void {
    super.save(to);
    to.section("late knowledge", 2, () => {
      to.numbers(this.#lag, this.#heardAt);
      this.requests.save(to);
      this.arrived.save(to);
    });
  }

  override load(from: StateReader, era: number): void {
    super.load(from, era);
    from.section("late knowledge", 2, () => {
      this.#lag = from.number();
      this.#heardAt = from.number();
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
