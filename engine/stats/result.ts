import type { AlertSummary } from "../core/alerts.ts";
import type { LateFigures } from "../core/late_moves.ts";
import type { KillState } from "../risk/guard_options.ts";
import type { ParentView } from "../oms/parents/parent_view.ts";
import type { Bands } from "./bands.ts";
import type { Figures } from "./figures.ts";
import type { RoundTrip } from "./round_trips.ts";

/**
 * What a run ends with: plain data that JSON writes and reads without loss.
 *
 * The totals stand at the top, so that a program needs no path to them. A count is the sum over the instruments. Where
 * there is more than one instrument, `position` is null; where they settle in more than one currency, so are the
 * amounts of money: lots of two instruments, and two currencies, have no sum. `instruments` has each.
 */
export interface RunResult extends Totals {
  /** What ran, on what, under which assumptions. */
  readonly run: RunHeader;
  /** By symbol, in the order of the session. */
  readonly instruments: Readonly<Record<string, InstrumentResult>>;
  /** Hash over everything the session put out. */
  readonly digest: string;
  /** Wall time from the first row to the result. */
  readonly seconds: number;
  /** Tape rows read in a second of wall time. */
  readonly eventsPerSecond: number;
  /** Returns, risk and trade statistics. */
  readonly figures: Figures;
  /** Equity for a plot: at most 2,048 points in order of time, with the first, the last and all extremes. */
  readonly equity: EquityPoints;
  /** Closed positions for display, in the order of their exits: the first and the last few hundred. */
  readonly roundTripList: readonly RoundTrip[];
  /** Parent orders, oldest first: those that were live at the end, and the last few hundred that ended; absent where none. */
  readonly parents?: readonly ParentView[];
  /** Thresholds that were crossed: how many of each severity, and the first thousand; absent where none was. */
  readonly alerts?: AlertSummary;
  /** How the kill switch stood at the end, where it was thrown; a session that starts from it is killed. */
  readonly kill?: KillState;
  /** What was known late, where venues knew nothing before the session did. */
  readonly late?: LateFigures;
  /** Why the run ended before its tape did; absent where it is complete. */
  readonly incomplete?: string;
  /** What other queue models and seeds make of it; absent where they were not asked for. */
  readonly bands?: Bands;
  /** Defaults in force and caveats, one sentence each. */
  readonly notes: readonly string[];
}

/** Counts and money, of one instrument or of all. Amounts are in the settlement currency. */
export interface Totals {
  /** Tape rows read; a row that stands twice counts twice. */
  readonly events: number;
  /** Submits that risk approved. */
  readonly orders: number;
  /** Own fills. */
  readonly trades: number;
  /** Closed positions. */
  readonly roundTrips: number;
  /** Lots held at the end, below 0 for a short position. */
  readonly position: number | null;
  /** −Σ price × signed size × multiplier of the own fills, before fees. */
  readonly balance: number | null;
  /** Fees paid, below 0 where rebates exceed them. */
  readonly fees: number | null;
  /** Balance + position at the last local mid, or close, − fees + funding and dividends received. */
  readonly pnl: number | null;
  /** The same three amounts to the last digit, as decimals. */
  readonly exact: ExactMoney | null;
  /** Orders and requests refused, by the name of the code: `{ POSITION: 3 }`. */
  readonly refusals: Readonly<Record<string, number>>;
}

/** Amounts of money as decimal text: "59.1547". */
export interface ExactMoney {
  /** As `balance` of the totals. */
  readonly balance: string;
  /** As `fees` there. */
  readonly fees: string;
  /** As `pnl` there. */
  readonly pnl: string;
}

/** What one instrument did: nothing of it is null. */
export interface InstrumentResult extends Totals {
  /** Lots held at the end. */
  readonly position: number;
  /** As in the totals. */
  readonly balance: number;
  /** As in the totals. */
  readonly fees: number;
  /** As in the totals. */
  readonly pnl: number;
  /** As in the totals. */
  readonly exact: ExactMoney;
  /** Funding received, less paid; absent where there was none. */
  readonly funding?: number;
  /** Dividends received, less paid; absent where there were none. */
  readonly dividends?: number;
  /** What its money is in, "USDT". */
  readonly currency: string;
}

/** What ran, on what, under which assumptions. */
export interface RunHeader {
  /** Name of the strategy. */
  readonly strategy: string;
  /** Its parameters, defaults included. */
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  /** The one seed that every random draw comes from. */
  readonly seed: number;
  /** In the order given. */
  readonly tapes: readonly TapeName[];
  /** What was assumed of the market. */
  readonly models: ModelNames;
  /** What risk allowed; `unlimited` is stated. */
  readonly limits: Readonly<Record<string, number | "unlimited">>;
  /** What all money is in; null where the run settles in several currencies: a note says whose the equity is then. */
  readonly currency: string | null;
}

/** A tape, named by its content. */
export interface TapeName {
  /** Name of its file. */
  readonly name: string;
  /** SHA-256 of its content; "" where it is unknown. */
  readonly hash: string;
  /** Rows it has. */
  readonly rows: number;
}

/**
 * The models in force, as a person would state them: `{ queue: "risk", latency: "10ms", … }`. One that did not hold is "": in a live run
 * queue, latency, fills and impact are what the exchange made of them.
 */
export interface ModelNames {
  /** How resting orders stand in a queue; "" where nobody asks. */
  readonly queue: string;
  /** "10ms", or by leg; "" where orders went to an exchange. */
  readonly latency: string;
  /** "maker=0.0002,taker=0.0007"; of a live run what held where the exchange did not say. */
  readonly fees: string;
  /** "whole" or "partial"; "" likewise. */
  readonly fills: string;
  /** "frozen" or "insert"; "" likewise. */
  readonly impact: string;
  /** "as it arrives": venues know nothing before the session does; absent where they know at once. */
  readonly knowledge?: string;
  /** Whose outcome holds where it is not ours: "hftbacktest"; absent where ours does. */
  readonly like?: string;
  /** true where tapes of single orders were read as ones of levels. */
  readonly asLevels?: true;
  /** Absent where there is none. */
  readonly margin?: string;
  /** What watches the run beside its limits: "bands 0.05 halt"; absent where nothing does. */
  readonly guards?: string;
}

/** Points of an equity curve, in two columns of one length. */
export interface EquityPoints {
  /** Unix seconds. */
  readonly time: readonly number[];
  /** Equity in whole currency. */
  readonly value: readonly number[];
}
