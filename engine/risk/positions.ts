import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import { Money } from "../core/money.ts";
import { IN_HINDSIGHT } from "../oms/order_table.ts";
import type { Arrivals } from "./arrivals.ts";
import { type GuardDesk, neat, percent, seconds } from "./breach.ts";
import type { Action, PostTradeSpecs } from "./guard_specs.ts";

/** Limits by number. */
const CODES: readonly Code[] = [Code.LOSS_STREAK, Code.POSITION_AGE, Code.SLIPPAGE];
const STREAK = 0, AGE = 1, SLIPPAGE = 2;
const KINDS = CODES.length;

/** What is known of one instrument; plain, so that a snapshot can keep it. */
interface Held {
  /** Round trips closed, and what all of them came to, in the smallest units of the currency. */
  trips: number;
  came: bigint;
  /** Losses in a row. */
  streak: number;
  /** 1 long, -1 short, 0 flat; and since when. */
  side: number;
  since: number;
  /** The last fills that slippage counts, as a ring: lots, and lots × share that each was worse by. */
  readonly lots: Float64Array;
  readonly worse: Float64Array;
  fills: number;
  /** By limit: whether it has tripped. */
  readonly tripped: Uint8Array;
}

/** Sets a timer at whose end {@linkcode Positions.pauseOver} is called. */
export interface Pauses {
  pause(ns: number, number: number): void;
}

/**
 * Post-trade limits of single instruments.
 *
 * - A round trip is a loss if it came to less than nothing, fees, funding and dividends counted, to the last unit; one that
 *   came to nothing ends the streak as a gain does. A fill through zero closes one and opens the next, which bears its part
 *   of the fee. The limit is reached with the last of `count`.
 * - A position's age counts from the fill that opened it, or turned it over; adding to it makes it no younger.
 * - Slippage of a fill is how much worse its price is than the middle of our book was when its order was sent, as a share of
 *   that; what was better counts below zero. Of an order that rested it holds all that the market did since. It is judged
 *   once there are `fills` of them, and counts anew after it has tripped and ended.
 *
 * | call | cost |
 * |---|---|
 * | `fill`, `look` | the number of instruments, and of the fills that slippage counts |
 */
export class Positions {
  readonly known: { readonly held: Held[] };
  readonly #arrivals: Arrivals;
  readonly #core: Core;
  readonly #desk: GuardDesk;
  readonly #pauses: Pauses;
  readonly #specs: readonly PostTradeSpecs[];
  readonly #fee = new Money();

  /** `specs` by instrument. */
  constructor(core: Core, desk: GuardDesk, arrivals: Arrivals, pauses: Pauses, specs: readonly PostTradeSpecs[]) {
    this.#arrivals = arrivals;
    this.#core = core;
    this.#desk = desk;
    this.#pauses = pauses;
    this.#specs = specs;
    const held = specs.map(({ slippage }, i) => ({
      trips: core.account.roundTrips(i),
      came: 0n,
      streak: 0,
      side: 0,
      since: NaN,
      lots: new Float64Array(slippage?.fills ?? 0),
      worse: new Float64Array(slippage?.fills ?? 0),
      fills: 0,
      tripped: new Uint8Array(KINDS),
    }));
    this.known = { held };
  }

  fill(slot: number, price: number, lots: number, liquidity: number): void {
    const { account, orders, now } = this.#core;
    const i = orders.instrument[slot], side = orders.side[slot], held = this.known.held[i];
    const after = account.position(i), before = after - side * lots;
    // What was opened by a fill through zero bears its part of the fee in the next round trip.
    if (before * after < 0) this.#closed(i, this.#openingFee(i, Math.abs(before), lots));
    else this.#closed(i, 0n);
    if (Math.sign(after) !== held.side) {
      held.side = Math.sign(after);
      held.since = held.side === 0 ? NaN : now;
      this.#over(i, AGE);
    }
    const { slippage } = this.#specs[i];
    // What the session closes in hindsight was never sent.
    if (!slippage || orders.flags[slot] & IN_HINDSIGHT) return;
    if (slippage.of === "all" || liquidity !== 0) this.#slipped(i, slot, price, lots);
  }

  /** Looks at ages, and at round trips that were closed by a settlement. */
  look(): void {
    const { account, now } = this.#core;
    for (let i = 0; i < this.#specs.length; i++) {
      const held = this.known.held[i], { positionAge } = this.#specs[i];
      this.#closed(i, 0n);
      if (held.side !== 0 && account.position(i) === 0) {
        held.side = 0;
        held.since = NaN;
        this.#over(i, AGE);
      }
      const age = now - held.since;
      if (!positionAge || !(age > positionAge.limit)) continue;
      const text = `a position is held for ${seconds(age)}, limit ${seconds(positionAge.limit)}`;
      this.#trip(i, AGE, positionAge, text, age / 1e9, positionAge.limit / 1e9);
    }
  }

  /** A pause is over. */
  pauseOver(number: number): void {
    const i = Math.floor(number / KINDS), kind = number % KINDS, held = this.known.held[i];
    if (held.tripped[kind] === 0) return;
    this.#anew(i, kind);
    this.#desk.clear(i, CODES[kind]);
  }

  released(instrument: number, code: Code): void {
    const kind = CODES.indexOf(code);
    if (kind < 0) return;
    for (let i = 0; i < this.#specs.length; i++) if (instrument < 0 || i === instrument) this.#anew(i, kind);
  }

  rebase(shift: number): void {
    for (const held of this.known.held) held.since -= shift;
  }

  #closed(i: number, openingFee: bigint): void {
    const { account } = this.#core, held = this.known.held[i], { lossStreak } = this.#specs[i];
    if (account.roundTrips(i) === held.trips) return;
    held.trips = account.roundTrips(i);
    const came = account.realised(i).toBigInt() + account.funding(i).toBigInt() + account.dividends(i).toBigInt() -
      account.fees(i).toBigInt() + openingFee;
    const net = came - held.came;
    held.came = came;
    held.streak = net < 0n ? held.streak + 1 : 0;
    if (!lossStreak) return;
    if (held.streak >= lossStreak.count) {
      const text = `${held.streak} losing round trips in a row, limit ${lossStreak.count}`;
      this.#trip(i, STREAK, lossStreak, text, held.streak, lossStreak.count);
    } else if (held.streak === 0 && lossStreak.then === "alert") held.tripped[STREAK] = 0;
  }

  /** The part of the last fill's fee that the part which opens bears: as the account divides it. */
  #openingFee(i: number, closing: number, lots: number): bigint {
    const { ledger: { fee } } = this.#core;
    if (this.#core.account.roundTrips(i) === this.known.held[i].trips) return 0n;
    return fee.toBigInt() - this.#fee.set(fee).mulDiv(closing, lots).toBigInt();
  }

  #slipped(i: number, slot: number, price: number, lots: number): void {
    const spec = this.#specs[i].slippage!, held = this.known.held[i];
    const mid2 = this.#arrivals.of(slot), worse = this.#core.orders.side[slot] * (2 * price - mid2) / Math.abs(mid2);
    // There was no price to hold it against.
    if (worse - worse !== 0) return;
    const place = held.fills++ % spec.fills;
    held.lots[place] = lots;
    held.worse[place] = lots * worse;
    if (held.fills < spec.fills) return;
    let all = 0, sum = 0;
    for (let at = 0; at < spec.fills; at++) {
      all += held.lots[at];
      sum += held.worse[at];
    }
    const mean = sum / all;
    if (mean > spec.rate) {
      const text = `fills were ${percent(mean)} worse than the middle they were sent at, limit ${percent(spec.rate)}`;
      this.#trip(i, SLIPPAGE, spec, text, mean, spec.rate);
    } else if (spec.then === "alert") held.tripped[SLIPPAGE] = 0;
  }

  #trip(i: number, kind: number, action: Action, words: string, observed: number, limit: number): void {
    const { tripped } = this.known.held[i];
    if (tripped[kind] !== 0) return;
    tripped[kind] = 1;
    this.#desk.trip({ instrument: i, code: CODES[kind], action, words, limit, observed: Number(neat(observed)) });
    if (kind !== AGE && action.back === "automatic" && action.pause > 0) {
      this.#pauses.pause(action.pause, i * KINDS + kind);
    }
  }

  /** A position is closed: its age is over. */
  #over(i: number, kind: number): void {
    const { tripped } = this.known.held[i], { positionAge } = this.#specs[i];
    if (tripped[kind] === 0 || (positionAge!.back === "manual" && positionAge!.then !== "alert")) return;
    tripped[kind] = 0;
    this.#desk.clear(i, CODES[kind]);
  }

  #anew(i: number, kind: number): void {
    const held = this.known.held[i];
    held.tripped[kind] = 0;
    if (kind === STREAK) held.streak = 0;
    if (kind === SLIPPAGE) held.fills = 0;
    // A position that is as old as before would trip at once: it is as young as the command that let it go on.
    if (kind === AGE && held.side !== 0) held.since = this.#core.now;
  }
}
