import type { CheckName } from "./refusal.ts";

/**
 * What becomes of it when a guard trips. alert: it is said, and nothing else. reduce: only orders that reduce the position
 * pass. halt: no orders pass. kill: the kill switch is thrown.
 */
export type Then = "alert" | "reduce" | "halt" | "kill";

/** What every guard can be told. */
export interface ActionOptions {
  /** "halt" unless said; "alert" of position age, slippage and compliance. */
  readonly then?: Then;
  /** Whether resting orders are cancelled, too: with halt all but reduce-only ones, with reduce those that would not reduce. true unless said. */
  readonly cancel?: boolean;
}

/** What guards can be told that end by themselves. */
export interface ReturnOptions extends ActionOptions {
  /** "automatic": it ends by itself, as the guard says. "manual": by a command alone. */
  readonly back?: "automatic" | "manual";
}

/** What guards can be told that end after a while. */
export interface PauseOptions extends ReturnOptions {
  /** How long it holds at least, "5m". */
  readonly pause?: string;
}

/** Money in whole currency: "250.5" or 250.5; and in which, where a session settles in several. */
export interface MoneyOptions {
  /** The most that is allowed. */
  readonly limit: string | number;
  /** "USDT"; needed where the session settles in several. */
  readonly currency?: string;
}

/** Limits on what has happened; all money is counted as the account counts it, to the last unit. */
export interface PostTradeOptions {
  /** How often the account is looked at beside every fill, "1s" unless said; on bars it is every bar. */
  readonly every?: string;
  /** The day's loss: equity at the day's start less equity now. Ends with the day, which ends at UTC midnight or as the instrument's calendar says. */
  readonly dailyLoss?: ReturnOptions & MoneyOptions & { readonly day?: "utc" | "calendar" };
  /** Equity below its peak, as an amount (`limit`) or a share of the peak (`rate`, 0.1 is 10 %). Manual; a new peak begins then. */
  readonly drawdown?: ActionOptions & Partial<MoneyOptions> & { readonly rate?: number };
  /** Losing round trips in a row, fees and funding counted, in one instrument. Manual, or after `pause`; it counts anew then. */
  readonly lossStreak?: PauseOptions & { readonly count: number };
  /** How long a position may be held, from flat or from turning over. Ends when it is closed. */
  readonly positionAge?: ReturnOptions & { readonly limit: string };
  /** Most that equity may move within a window, up or down. Automatic after `pause` ("1m" unless said). */
  readonly pnlJump?: PauseOptions & MoneyOptions & { readonly window: string };
  /**
   * Fills worse than the middle of our book when the order was sent, as a share of it: the mean of the last `fills` (1 unless
   * said) by lots; of taking fills alone unless `of` is "all". Manual, or after `pause`.
   */
  readonly slippage?: PauseOptions & {
    readonly rate: number;
    readonly fills?: number;
    readonly of?: "taker" | "all";
  };
}

/** Circuit breakers on market data, for each instrument by itself. They return automatically unless told. */
export interface BreakerOptions {
  /**
   * Limit up, limit down: the reference is the mean price of the trades in `window` ("5m"); a best bid at or above reference ×
   * (1 + band), or a best ask at or below × (1 − band), that stays for `limitState` ("15s") halts for `pause` ("5m").
   */
  readonly bands?: PauseOptions & {
    readonly band: number;
    readonly window?: string;
    readonly limitState?: string;
  };
  /** The middle moved by more than `rate` of its lowest or highest within `window`. Pause "1m". */
  readonly jump?: PauseOptions & { readonly rate: number; readonly window: string };
  /** A spread above `ticks`, or `rate` of the middle, or no price on one side, for `lasts` ("0s"). Pause "10s". */
  readonly spread?: PauseOptions & {
    readonly ticks?: number;
    readonly rate?: number;
    readonly lasts?: string;
  };
  /** No message for `after`. Ends with the next, or `pause` ("0s") later. */
  readonly silence?: PauseOptions & { readonly after: string };
  /** Messages were lost; ends with a snapshot, or `pause` ("0s") after the gap. */
  readonly gap?: PauseOptions;
  /** A best bid above the best ask for `lasts` ("0s"). Pause "0s". */
  readonly crossed?: PauseOptions & { readonly lasts?: string };
}

/** Patterns of own orders that a supervisor would ask about: flagged with evidence, and not blocked unless told. */
export interface ComplianceOptions {
  /** Own buys and sells filled at one price within `window` ("1s"). */
  readonly washTrades?: ActionOptions & { readonly window?: string };
  /** `orders` (3) on one side, unfilled and cancelled within `window` ("5s"), that rested while an order of the other side was filled. */
  readonly layering?: ActionOptions & { readonly orders?: number; readonly window?: string };
  /**
   * `trades` (5) of one's own in one direction, taking, within `window` ("1s"), while the middle moved their way by `move`
   * (0.001) or more, and then a fill the other way within `reversal` ("10s").
   */
  readonly momentum?: ActionOptions & {
    readonly trades?: number;
    readonly window?: string;
    readonly move?: number;
    readonly reversal?: string;
  };
}

/** How many refusals of one check are too many. */
export interface RefusalOptions extends PauseOptions {
  /** How many, the last included; 1 unless said. */
  readonly count?: number;
  /** Within less than this; in the whole session where absent. */
  readonly window?: string;
}

/**
 * Refusals by risk of what the strategy asks for, orders and amends, by the check that refuses ("position", "book": the name
 * that `ctx.lastRefusal.check` has), or of "any". What is refused because something is halted, killed or reducing does not count.
 * "halt" unless said, manual, or after `pause`; it counts anew then.
 */
export type RefusalsOptions = Readonly<Partial<Record<CheckName | "any", RefusalOptions>>>;

/** A kill switch's state as plain JSON: what survives a restart. */
export interface KillState {
  /** Thrown, until it is reset. */
  readonly killed: boolean;
  /** Thrown, until it is resumed. */
  readonly paused: boolean;
  /** Why; "" where it was never thrown. */
  readonly cause: string;
  /** When, "2024-08-08T23:54:15.000000007Z"; null where it was never thrown. */
  readonly at: string | null;
  /** How positions are closed. */
  readonly flatten: string;
}

/** How the kill switch is thrown by guards, and what a session starts with. */
export interface KillOptions {
  /** What becomes of positions: "market" closes them, "none" (unless said) leaves them. */
  readonly flatten?: string;
  /** The state of an earlier session: one that was killed stays killed until it is reset. */
  readonly state?: KillState;
}

/** Guards of one instrument, in place of those of the same name for all. */
export interface InstrumentGuardOptions {
  /** Circuit breakers, in place of those for all. */
  readonly breakers?: BreakerOptions;
  /** Limits of its position and fills, in place of those for all. */
  readonly postTrade?: Pick<PostTradeOptions, "lossStreak" | "positionAge" | "slippage">;
}

/**
 * What watches a session beside the checks of single orders: all of it is absent unless asked for. Plain data, as a risk
 * file's "guards" has it.
 *
 * @example
 * ```ts
 * import { backtest } from "../../mod.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const { alerts, run } = backtest({
 *   strategy: touchMaker,
 *   tape: "fixtures/data/market_l2.arrow",
 *   guards: {
 *     postTrade: { drawdown: { limit: "3", then: "kill" }, positionAge: { limit: "4h" } },
 *     breakers: { bands: { band: 0.05 }, silence: { after: "30s", then: "reduce" } },
 *     kill: { flatten: "market" },
 *   },
 * });
 * if (alerts?.list[0].code !== "DRAWDOWN" || !run.models.guards) throw new Error("unexpected");
 * ```
 */
export interface GuardOptions {
  /** Limits on what has happened to the account. */
  readonly postTrade?: PostTradeOptions;
  /** Circuit breakers on market data. */
  readonly breakers?: BreakerOptions;
  /** Patterns of own orders. */
  readonly compliance?: ComplianceOptions;
  /** Requests that risk refuses. */
  readonly refusals?: RefusalsOptions;
  /** How the kill switch is thrown. */
  readonly kill?: KillOptions;
  /** By symbol, or "symbol@venue" where several venues trade it. */
  readonly instruments?: Readonly<Record<string, InstrumentGuardOptions>>;
}
