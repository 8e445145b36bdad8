import type { RoundTripSink } from "../account/round_trip_sink.ts";
import type { MarginModel } from "../account/margin.ts";
import type { Valuation } from "../account/valuation.ts";
import type { RiskScopes, ScopeLimits } from "../risk/limits.ts";
import type { AwayOrders } from "../venue/away_venue.ts";
import type { FeeModel } from "../venue/fee_model.ts";
import type { LatencyModel } from "../venue/latency.ts";
import type { QueueModel } from "../venue/queue_model.ts";
import type { ToldOrders } from "../venue/told_orders.ts";
import type { VenueOptions } from "../venue/venue_options.ts";
import type { Instrument } from "./instrument.ts";
import type { GuardSpecs } from "../risk/guard_specs.ts";
import type { LateOptions } from "./late_feed.ts";
import type { Tape } from "./line.ts";
import type { Recorder } from "./recorder.ts";
import type { Seed } from "./rng.ts";
import type { Remake } from "./running_strategy.ts";
import type { Finish, Strategy } from "./strategy.ts";

/** One instrument of a session and its tape. */
export interface FeedOptions {
  readonly instrument: Instrument;
  readonly tape: Tape;
  readonly queue: QueueModel;
  /** What is absent is unlimited, but where `risk.failClosed` says otherwise. */
  readonly limits: ScopeLimits;
  /** What is held of it when the session begins; nothing where absent. */
  readonly opening?: OpeningPosition;
}

/** A position that a session begins with: it was traded before, and costs nothing more. */
export interface OpeningPosition {
  /** Below 0 where it is short. */
  readonly lots: number;
  /** Ticks. */
  readonly price: number;
}

/** Everything a session is made of. Same options, same tape, same seed: the same digest. */
export interface SessionOptions {
  readonly feeds: readonly FeedOptions[];
  readonly strategy: Strategy;
  /** Makes it again with some parameters changed, for the command `strategy_set`; there is none where absent. */
  readonly remake?: Remake;
  /** Limits of session, account and strategy. */
  readonly risk?: RiskScopes;
  readonly seed: Seed;
  readonly cash: Readonly<Record<string, string>>;
  readonly fees: (valuation: Valuation) => FeeModel;
  /** What positions need (see {@linkcode Liquidation}); they are carried whatever they lose where absent. */
  readonly margin?: (valuation: Valuation) => MarginModel;
  readonly latency: {
    readonly order: LatencyModel;
    readonly cancel: LatencyModel;
    readonly response: LatencyModel;
    /** From the exchange to us, in place of what the tapes recorded. */
    readonly feed?: LatencyModel | ((instrument: Instrument) => LatencyModel);
  };
  readonly venue: VenueOptions;
  /** stop: the first gap ends the session with a {@linkcode GapError}. stale (where absent): orders are refused after one. */
  readonly gaps?: "stop" | "stale";
  readonly finish: Finish;
  /** What watches the session beside the checks of single orders; there is nothing of it where absent. */
  readonly guards?: GuardSpecs;
  /** Data flows this long before orders are accepted: "5m". */
  readonly warmup?: string;
  /**
   * Stop at each message of the market, whether or not the strategy hears any, and at each answer: for recorders that tell the
   * world of them, and for whoever drives the session from outside, between two moves. It changes how many moves a session
   * makes, and so where the commands in its journal have their place, and nothing else.
   */
  readonly everyMessage?: boolean;
  /** Nanoseconds between two samples of the account. */
  readonly sampleNs: number;
  /**
   * Venues know nothing before the session does, as when rows arrive while it runs (see {@linkcode LateFeed}); on tapes of
   * events alone, with the feed's latency as recorded. They know at once what happened where absent.
   */
  readonly late?: Omit<LateOptions, "leastNs">;
  /** Orders go where no venue of the session is, and answers come by `Session.report`; then `late` and `venue` say nothing. */
  readonly away?: AwayOrders;
  /** Orders that the venues do not simulate, because it is known what became of them; on tapes of events alone. */
  readonly told?: ToldOrders;
  readonly recorder: Recorder;
  readonly roundTrips?: RoundTripSink;
}
