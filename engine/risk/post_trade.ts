import { parseDecimal, POWERS_OF_TEN } from "../core/decimal.ts";
import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import { Money } from "../core/money.ts";
import type { Arrivals } from "./arrivals.ts";
import { type GuardDesk, type GuardPart, neat, seconds } from "./breach.ts";
import { ALL } from "./gate.ts";
import type { Action, PostTradeSpecs } from "./guard_specs.ts";
import { Positions } from "./positions.ts";
import { RollingRange } from "./rolling.ts";

const MINUTE = 6e10, DAY = 1440 * MINUTE;
/** Timers by number; behind them, from FIRST_PAUSE, the ends of pauses. */
const LOOK = 0, NEW_DAY = 1, FIRST_PAUSE = 2;

/** What the limits of money know; units are the smallest of the account's currency. */
interface Known {
  /** Equity at the day's start, its highest, and where the window of jumps counts from. */
  day: bigint;
  peak: bigint;
  zero: bigint;
  readonly range: RollingRange | undefined;
  /** When a jump tripped. */
  jumped: number;
  /** Which of them have tripped: the day's loss, drawdown, jump. */
  readonly tripped: Uint8Array;
}

/** The limits of a session: of its account, and by instrument those of its positions; whether all its tapes are bars. */
export interface SessionPostTrade {
  readonly ofSession: PostTradeSpecs;
  readonly ofInstruments: readonly PostTradeSpecs[];
  readonly onBars: boolean;
}

const DAILY = 0, DRAWDOWN = 1, JUMP = 2;

/**
 * Limits on what has happened to the account and to positions.
 *
 * - They are looked at after each of our fills, and every second (`every`); on bars at each bar. In between the account may
 *   pass a limit and come back unnoticed.
 * - Equity is cash and all positions of a currency at their last marks, exact, fees and funding counted.
 * - The day's loss is counted from the equity at the day's start, or the session's; a loss of just the limit is within it.
 *   It is over with the day.
 * - Drawdown is counted from the highest equity that was looked at. Ended by command, it begins anew at the equity there is.
 *   A share of a peak that is not above 0, as of a session without cash, is 0: any loss is more.
 * - Jump: equity less its lowest, or its highest less equity, within the window, that slides in 64 parts.
 * - The limits of one instrument: see {@linkcode Positions}.
 *
 * | call | cost |
 * |---|---|
 * | `look` | the number of instruments; a few numbers without bounds are allocated |
 */
export class PostTrade implements GuardPart {
  readonly known: { readonly money: Known; readonly positions: object };
  readonly #core: Core;
  readonly #desk: GuardDesk;
  readonly #specs: PostTradeSpecs;
  readonly #positions: Positions;
  readonly #onBars: boolean;
  /** By limit: its currency, its amount in units. */
  readonly #currency: readonly number[];
  readonly #limit: readonly bigint[];
  readonly #money = new Money();

  /** Throws RangeError for a currency there is none of, or not said. */
  constructor(core: Core, desk: GuardDesk, arrivals: Arrivals, specs: SessionPostTrade) {
    const { ofSession, ofInstruments, onBars } = specs;
    this.#core = core;
    this.#desk = desk;
    this.#specs = ofSession;
    this.#onBars = onBars;
    this.#positions = new Positions(core, desk, arrivals, this, ofInstruments);
    const { dailyLoss, drawdown, pnlJump } = ofSession;
    this.#currency = [dailyLoss, drawdown, pnlJump].map((each) => each ? this.#currencyOf(each.currency) : 0);
    this.#limit = [dailyLoss, drawdown, pnlJump].map((each, i) => this.#units(each?.limit, this.#currency[i]));
    const range = pnlJump && new RollingRange(pnlJump.window);
    const money = { day: 0n, peak: 0n, zero: 0n, range, jumped: NaN, tripped: new Uint8Array(3) };
    this.known = { money, positions: this.#positions.known };
  }

  started(): void {
    const { money } = this.known;
    money.day = this.#equity(DAILY);
    money.peak = this.#equity(DRAWDOWN);
    money.zero = this.#equity(JUMP);
    money.range?.add(this.#core.now, 0);
    if (this.#specs.dailyLoss) this.#nextDay();
    if (!this.#onBars) this.#desk.wake(this, this.#specs.every, LOOK);
  }

  /** Looks at every limit. */
  look(): void {
    const { dailyLoss, drawdown, pnlJump } = this.#specs, { money } = this.known;
    if (dailyLoss) {
      const loss = money.day - this.#equity(DAILY);
      this.#judge(DAILY, Code.DAILY_LOSS, dailyLoss, loss, this.#limit[DAILY], "the day's loss is");
    }
    if (drawdown) {
      const equity = this.#equity(DRAWDOWN);
      if (equity > money.peak) money.peak = equity;
      const { rate } = drawdown, down = money.peak - equity;
      const none = rate !== undefined && money.peak <= 0n;
      const limit = rate === undefined ? this.#limit[DRAWDOWN] : none ? 0n : share(money.peak, rate);
      const words = none
        ? `a rate of ${rate} is a share of a peak of 0 or less (give cash, or a limit in money); equity is below it by`
        : "equity is below its peak by";
      this.#judge(DRAWDOWN, Code.DRAWDOWN, drawdown, down, limit, words);
    }
    this.#positions.look();
    if (pnlJump) this.#jump(pnlJump);
  }

  fill(slot: number, price: number, lots: number, liquidity: number): void {
    this.#positions.fill(slot, price, lots, liquidity);
    this.look();
  }

  timer(number: number): void {
    if (number >= FIRST_PAUSE) {
      this.#positions.pauseOver(number - FIRST_PAUSE);
      return;
    }
    if (number === NEW_DAY) {
      const { money } = this.known;
      money.day = this.#equity(DAILY);
      this.#over(DAILY, Code.DAILY_LOSS, this.#specs.dailyLoss!);
      this.#nextDay();
    }
    this.look();
    if (number === LOOK) this.#desk.wake(this, this.#specs.every, LOOK);
  }

  /** Calls {@linkcode Positions.pauseOver} when a pause of one of its limits is over. */
  pause(ns: number, number: number): void {
    this.#desk.wake(this, ns, FIRST_PAUSE + number);
  }

  rebase(shift: number): void {
    this.known.money.range?.rebase(shift);
    this.known.money.jumped -= shift;
    this.#positions.rebase(shift);
  }

  released(instrument: number, code: Code): void {
    const { money } = this.known;
    const limit = [Code.DAILY_LOSS, Code.DRAWDOWN, Code.PNL_JUMP].indexOf(code as typeof Code.DRAWDOWN);
    if (limit < 0) return this.#positions.released(instrument, code);
    money.tripped[limit] = 0;
    // What was lost is lost: it counts anew from here.
    if (limit === DAILY) money.day = this.#equity(DAILY);
    else if (limit === DRAWDOWN) money.peak = this.#equity(DRAWDOWN);
    else money.range?.clear();
  }

  #judge(which: number, code: Code, action: Action, observed: bigint, limit: bigint, words: string): void {
    const { tripped } = this.known.money;
    if (tripped[which] !== 0) {
      if (action.then === "alert" && observed <= limit) tripped[which] = 0;
      return;
    }
    if (observed <= limit) return;
    tripped[which] = 1;
    const { currencies } = this.#core.account.valuation, currency = this.#currency[which];
    const [has, may] = [observed, limit].map((units) => this.#number(units, currency));
    const text = `${currencies[currency]}: ${words} ${neat(has)}, limit ${neat(may)}`;
    this.#desk.trip({ instrument: ALL, code, action, words: text, limit: may, observed: has });
  }

  #jump(action: NonNullable<PostTradeSpecs["pnlJump"]>): void {
    const { money } = this.known, { now } = this.#core, range = money.range!;
    // Changes since the start are exact in a number as far as 2^53 units go.
    const change = Number(this.#equity(JUMP) - money.zero);
    range.add(now, change);
    const moved = Math.max(change - range.low, range.high - change);
    if (money.tripped[JUMP] !== 0) {
      const quiet = moved <= Number(this.#limit[JUMP]);
      if (quiet && now - money.jumped >= action.pause) this.#over(JUMP, Code.PNL_JUMP, action);
      return;
    }
    const words = `within ${seconds(action.window)} equity moved by`;
    this.#judge(JUMP, Code.PNL_JUMP, action, BigInt(moved), this.#limit[JUMP], words);
    if (money.tripped[JUMP] !== 0) money.jumped = now;
  }

  #over(which: number, code: Code, action: Action): void {
    const { tripped } = this.known.money;
    if (tripped[which] === 0 || (action.back === "manual" && action.then !== "alert")) return;
    tripped[which] = 0;
    this.#desk.clear(ALL, code);
  }

  /** Equity of a limit's currency in units, at the marks as they are now. */
  #equity(which: number): bigint {
    const { account, feeds, marks } = this.#core;
    return account.equity(this.#currency[which], marks.refresh(feeds), this.#money).toBigInt();
  }

  #nextDay(): void {
    const { clock, now, account: { valuation } } = this.#core;
    const of = valuation.currencyOf.indexOf(this.#currency[DAILY]);
    const minutes = this.#specs.dailyLoss!.day === "calendar" ? valuation.instruments[of].calendar.closeMinuteUtc : 0;
    const day = BigInt(DAY), sinceClose = (clock.toEpochNs(now) - BigInt(minutes * MINUTE)) % day;
    this.#desk.wake(this, DAY - Number((sinceClose + day) % day), NEW_DAY);
  }

  #currencyOf(name: string): number {
    const { valuation } = this.#core.account;
    if (name !== "") return valuation.currency(name);
    if (valuation.currencies.length === 1) return 0;
    throw new RangeError(
      `Cannot limit money: the session settles in ${valuation.currencies.join(", ")}; give the limit a currency`,
    );
  }

  #units(text: string | undefined, currency: number): bigint {
    if (text === undefined) return 0n;
    return Money.parse(text, this.#core.account.valuation.currencyScales[currency]).toBigInt();
  }

  #number(units: bigint, currency: number): number {
    return Money.fromBigInt(units).toNumber(this.#core.account.valuation.currencyScales[currency]);
  }
}

/** A share of an amount, rounded down. */
function share(amount: bigint, rate: number): bigint {
  const { mantissa, decimals } = parseDecimal(`${rate}`);
  return amount * BigInt(mantissa) / BigInt(POWERS_OF_TEN[decimals]);
}
