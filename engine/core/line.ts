import type { TapeBatch, TapeBuffer } from "../feed/tape_reader.ts";
import type { BarBatch } from "../feed/tape_reader.ts";
import type { TapeLayout } from "../feed/tape_schema.ts";
import { HftbacktestBook } from "../book/hftbacktest_book.ts";
import { BarCache, type BarColumns } from "../feed/bar_columns.ts";
import { BatchCache } from "../feed/batch_cache.ts";
import { FeedLatency, LateBars, LateEvents } from "../feed/feed_latency.ts";
import type { ColumnSource } from "../feed/window_cache.ts";
import type { OrderTable } from "../oms/order_table.ts";
import { BarVenue } from "../venue/bar_venue.ts";
import { HftbacktestVenue } from "../venue/hftbacktest_venue.ts";
import { L2Venue } from "../venue/l2_venue.ts";
import { L3Venue } from "../venue/l3_venue.ts";
import { LevelsVenue } from "../venue/levels_venue.ts";
import type { LatencyModel } from "../venue/latency.ts";
import type { QueueModel } from "../venue/queue_model.ts";
import type { ToldOrders } from "../venue/told_orders.ts";
import { ToldVenue } from "../venue/told_venue.ts";
import { type AwayOrders, AwayVenue } from "../venue/away_venue.ts";
import type { AnswerSink } from "../venue/answer_sink.ts";
import type { VenueOptions } from "../venue/venue_options.ts";
import { AwayFeed } from "./away_feed.ts";
import { BarsView } from "./bars_view.ts";
import { Feed } from "./feed.ts";
import type { Instrument } from "./instrument.ts";
import { L3View } from "./l3_view.ts";
import { LateFeed, type LateOptions } from "./late_feed.ts";
import { L2View, type MarketView } from "./market_view.ts";
import type { SessionVenue } from "./session_venue.ts";
import { ToldFeed } from "./told_feed.ts";

/** A tape as sessions read it: a {@linkcode TapeReader}, or anything that gives batches alike. */
export interface Tape {
  readonly name: string;
  readonly layout: TapeLayout;
  /** The rows were checked when they were written; a session checks those of other tapes as it comes to them. */
  readonly checked: boolean;
  readonly batches: number;
  /** The era of its first row, where that is to be known before there is one. */
  readonly firstEra?: number;
  /** It was cut off: more rows came, and whoever recorded it did not know that this would be its end. */
  readonly cut?: boolean;
  /** Rows of batch `index`. */
  rowsIn(index: number): number;
  /** Batch `index` of an event tape; with `buffer` it is good until the next call with the same one. */
  batch(index: number, buffer?: TapeBuffer): TapeBatch;
  /** Batch `index` of a bar tape, likewise. */
  bars(index: number, buffer?: TapeBuffer): BarBatch;
  /** Its decoded windows, where sessions share them; each session decodes its own where absent. */
  readonly shared?: SharedColumns;
}

/** Decoded windows of one tape, for several sessions at once. */
export interface SharedColumns {
  /** For one cursor of a session, or both, of which the clock counts from `era`. */
  events(era: number): ColumnSource;
  bars(era: number): ColumnSource<BarColumns>;
}

/** What a feed is made of beside its tape. */
export interface LineOptions {
  readonly index: number;
  readonly instrument: Instrument;
  readonly tape: Tape;
  readonly era: number;
  readonly orders: OrderTable;
  readonly venue: VenueOptions;
  readonly queue: QueueModel;
  /** In place of the recorded latency from the exchange to us. */
  readonly feedLatency?: LatencyModel;
  readonly answers: AnswerSink;
  /** The venue knows nothing before we do; it knows at once where absent. */
  readonly late?: LateOptions;
  /** There is no venue here: orders go there. */
  readonly away?: AwayOrders;
  /** Orders that the venue does not simulate: it is known what became of them. */
  readonly told?: ToldOrders;
}

/** The one place that chooses by what a tape holds: its columns, the venue over them, and how we see them. */
export function makeFeed(options: LineOptions): Feed {
  const { index, instrument, tape, era, late, away } = options;
  if (late || away) checkLate(options);
  if (tape.layout === "bars") return barFeed(options);
  const source = () => tape.shared?.events(era) ?? new BatchCache(tape, era);
  const columns = source(), [venue, view] = eventVenue(options), { layout, cut = false } = tape;
  if (away) return new AwayFeed(index, instrument, columns, new AwayVenue(away), view, { endless: cut });
  if (late) {
    return new LateFeed(index, instrument, columns, venue, view, { ...late, orders: layout === "l3", endless: cut });
  }
  const ours = options.feedLatency ? new FeedLatency(source(), options.feedLatency, era, LateEvents) : columns;
  if (!options.told) return new Feed(index, instrument, columns, ours, venue, view);
  const told = new ToldVenue(venue, options.orders, options.told, options.answers, era);
  return new ToldFeed(index, instrument, columns, ours, told, view);
}

/** Throws RangeError for what cannot be known late. */
function checkLate({ tape, feedLatency }: LineOptions): void {
  if (tape.layout === "bars") {
    throw new RangeError(
      `Cannot learn of ${tape.name} as it happens: it holds bars, and a bar is known when it is over, so that each order would ` +
        `be answered a bar late; give trades or a book, or run it as a backtest`,
    );
  }
  if (feedLatency) {
    throw new RangeError(
      `Cannot learn of ${tape.name} as it happens: the feed's latency is given as ${feedLatency.name}, and it is what it is; ` +
        `leave it out`,
    );
  }
}

function eventVenue({ tape, orders, venue, queue, answers }: LineOptions): [SessionVenue, MarketView] {
  if (tape.layout === "l3") {
    if (venue.asLevels) return [new LevelsVenue(orders, venue, queue, answers), new L3View()];
    return [new L3Venue(orders, venue, answers), new L3View()];
  }
  if (venue.like === "hftbacktest") {
    return [new HftbacktestVenue(orders, venue, queue, answers), new L2View(new HftbacktestBook())];
  }
  return [new L2Venue(orders, venue, queue, answers), new L2View()];
}

function barFeed({ index, instrument, tape, era, orders, venue, feedLatency, answers }: LineOptions): Feed {
  const source = (): ColumnSource<BarColumns> => tape.shared?.bars(era) ?? new BarCache(tape, era);
  const bars = source();
  const ours = feedLatency ? new FeedLatency(source(), feedLatency, era, LateBars) : bars;
  return new Feed(index, instrument, bars, ours, new BarVenue(orders, venue, answers), new BarsView(index));
}
