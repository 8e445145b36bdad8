import type { CommandEntry, PlacedCommand, ScheduledCommand } from "../core/command.ts";
import type { Instrument } from "../core/instrument.ts";
import type { ParamValue } from "../core/params.ts";
import type { Recorder } from "../core/recorder.ts";
import type { RunningSession } from "../core/running_session.ts";
import type { Finish, StrategyDefinition } from "../core/strategy.ts";
import type { TapeReader } from "../feed/tape_reader.ts";
import type { GuardOptions } from "../risk/guard_options.ts";
import type { RiskScopes, ScopeLimits } from "../risk/limits.ts";
import type { AwayOrders } from "../venue/away_venue.ts";
import type { FeeModel } from "../venue/fee_model.ts";
import type { FeeSpec } from "../venue/fees.ts";
import type { QueueModel } from "../venue/queue_model.ts";
import type { ToldOrders } from "../venue/told_orders.ts";
import type { SelfTradePolicy } from "../venue/venue_options.ts";
import type { PositionSpec } from "./opening.ts";
import type { LatencyOptions } from "./latencies.ts";
import type { RunJournal } from "./run_journal.ts";
import type { FromOptions, SnapshotOptions } from "./snapshot.ts";

/** How venues learn of the market in a session that learns of it while it runs. */
export interface LateKnowledge {
  /**
   * A feed that was silent this long has nothing more to say of the time before: "500ms", at least the longest it ever takes. An
   * order that waits for the market's next frame then waits no longer. Where absent, it waits for the frame.
   */
  readonly silence?: string;
}

/** What a backtest is made of; all but strategy and tape have defaults, which the result states. */
export interface BacktestOptions {
  /** Who trades. */
  readonly strategy: StrategyDefinition;
  /** A path, or an open tape; several for several instruments. */
  readonly tape: string | TapeReader | readonly (string | TapeReader)[];
  /** Values of the strategy's parameters. */
  readonly set?: Readonly<Record<string, ParamValue>>;
  /** 1 unless said. */
  readonly seed?: number;
  /** How resting orders stand in the queue of an L2 level: "risk" (unless said), "power1" … "power9", "log", or a function. */
  readonly queue?: string | ((instrument: Instrument) => QueueModel);
  /** "10ms" for order, cancel and answer alike, or each on its own; 0 unless said. */
  readonly latency?: string | LatencyOptions;
  /** "maker=0.0002,taker=0.0007" or a model of your own; none unless said. */
  readonly fees?: string | FeeSpec | FeeModel;
  /** "partial" unless said, "whole" with `like`. */
  readonly fills?: "whole" | "partial";
  /** "frozen" unless said. */
  readonly impact?: "frozen" | "insert";
  /** "allow" unless said. */
  readonly selfTrade?: SelfTradePolicy;
  /**
   * On tapes of levels, hftbacktest's outcome also where ours would be another; L2Venue names the steps. It implies whole
   * fills, a frozen tape and allowed self-trades, and refuses others.
   */
  readonly like?: "hftbacktest";
  /** true: tapes of single orders are read as ones of levels, on which `queue` says where we stand (see LevelsVenue). */
  readonly asLevels?: boolean;
  /** Limits of every instrument, and of the session where they count over all of them; `unlimited` where absent. */
  readonly limits?: ScopeLimits;
  /** Limits by symbol, over those of every instrument. */
  readonly limitsOf?: Readonly<Record<string, ScopeLimits>>;
  /** Limits of session, account and strategy, and whether what is absent is unlimited or refused. */
  readonly risk?: RiskScopes;
  /** Post-trade limits, circuit breakers, compliance and the kill switch; none where absent. Plain data. */
  readonly guards?: GuardOptions;
  /** Cash at the start by currency; the strategy's own, else 0, where absent. */
  readonly cash?: Readonly<Record<string, string>>;
  /** What the session begins with, by instrument; nothing where absent. */
  readonly positions?: Readonly<Record<string, PositionSpec>>;
  /**
   * "none" (unless said: a position is carried whatever it loses), "cross:initial=0.1,maintenance=0.05" or "isolated:…", as
   * rates of value, for linear instruments. See LinearMargin and Liquidation for what is assumed.
   */
  readonly margin?: string;
  /** Where a tape lost messages: "stop" ends the run there; "stale" (unless said) refuses orders until the next snapshot. */
  readonly gaps?: "stop" | "stale";
  /**
   * Simulated venues know nothing before the session does: what a session on rows as they arrive assumes, and what makes its
   * recording come to the same; see `LateFeed`. They know at once what happened where absent.
   */
  readonly lateKnowledge?: LateKnowledge;
  /**
   * away: orders go to an exchange, whose answers are inputs of the session (`Session.report`); no venue is simulated, and fills cost
   * what the exchange says. Where absent, venues are simulated.
   */
  readonly orders?: "away";
  /**
   * Where orders go that are away; nowhere where absent, as when a session is made again.
   *
   * @internal
   */
  readonly sendTo?: AwayOrders;
  /**
   * Orders that venues do not simulate, because it is known what became of them.
   *
   * @internal
   */
  readonly told?: ToldOrders;
  /** Stop at each message of the market for recorders that hear them; see `SessionOptions.everyMessage`. */
  readonly everyMessage?: boolean;
  /** What becomes of a position that is open at the end; the strategy's own, else "mark". */
  readonly finish?: Finish;
  /**
   * Commands at their times, as `{ at: "+90s", command: { kind: "cancel_all" } }` or as text, "+90s cancel_all"; see
   * {@linkcode Commands} for what they are. One with its place is named by it in errors.
   */
  readonly commands?: readonly (ScheduledCommand | PlacedCommand | string)[];
  /**
   * Commands from outside as the journal of an earlier run has them, to be given again in their places.
   *
   * @internal
   */
  readonly inputs?: readonly CommandEntry[];
  /**
   * Stops the run after so many moves, as an earlier one was stopped.
   *
   * @internal
   */
  readonly stopAfter?: { readonly steps: number; readonly reason: string };
  /** Hears of tape rows read, and how many there are in all. */
  readonly onProgress?: (rows: number, total: number) => void;
  /** Is given the session once it has started, to command it while it runs; of a run with bands, the one as it was asked for. */
  readonly onSession?: (session: RunningSession) => void;
  /** More recorders: journals, lists of orders and fills. */
  readonly recorders?: readonly Recorder[];
  /**
   * Takes the run's journal; none is written where absent. The command line makes one for files.
   *
   * @internal
   */
  readonly journal?: RunJournal;
  /** Takes snapshots of the whole session at intervals, from which a run can go on; none where absent. */
  readonly snapshots?: SnapshotOptions;
  /**
   * Goes on from a snapshot of the same run, instead of at the first rows: with the same end, to the last digit. Recorders
   * hear of what comes from there on alone, and it has no journal of its own.
   */
  readonly from?: FromOptions;
  /** Asked now and then; true ends the run as it stands, marked incomplete. */
  readonly stopped?: () => boolean;
}
