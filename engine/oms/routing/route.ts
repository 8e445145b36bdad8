import type { Core } from "../../core/core.ts";
import { Money } from "../../core/money.ts";
import { isFinal, STATE_NAMES } from "../order_life.ts";
import type { RouteMarket } from "./route_market.ts";
import type { RouteRequest } from "./route_request.ts";
import type { VenueState } from "./venue_health.ts";

/**
 * How a route stands. working: children are out that fill at once. resting: what is left rests. waiting: no venue can be reached.
 * The others are final: filled whole, cancelled on request, or ended with something left, of which the code says why.
 */
export type RouteState = "working" | "resting" | "waiting" | "filled" | "cancelled" | "ended";

/** A child of a route as far as we know. */
export interface RouteChild {
  /** The order's id. */
  readonly order: number;
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** "BTCUSDT@okx". */
  readonly venue: string;
  /** Limit price in ticks of the venue. */
  readonly price: number;
  /** Lots of the venue. */
  readonly size: number;
  /** Lots filled. */
  readonly filled: number;
  /** "PendingNew", "Filled", … */
  readonly state: string;
  /** Counted from 1: which decision sent it. */
  readonly round: number;
  /** It rests, and is none of those that fill at once. */
  readonly rests: boolean;
}

/** A route as far as we know: sizes in units of what is traded, as floats; the router counts in whole lots. */
export interface RouteView {
  /** What `route` returned. */
  readonly id: number;
  /** What is traded. */
  readonly symbol: string;
  /** BUY or SELL. */
  readonly side: number;
  /** In all. */
  readonly size: number;
  /** Filled. */
  readonly filled: number;
  /** Not filled. */
  readonly left: number;
  /** How it stands. */
  readonly state: RouteState;
  /** Why it ended with something left, or what the last refusal was; 0 where there is nothing to say. */
  readonly code: number;
  /** Decisions so far that sent children. */
  readonly rounds: number;
  /** What a unit came to, fees included; NaN before the first fill. */
  readonly averagePrice: number;
  /** What a unit came to without fees; NaN before the first fill. */
  readonly grossPrice: number;
  /** Fees in all, in the settlement currency. */
  readonly fees: number;
  /** Every order it sent, in order. */
  readonly children: readonly RouteChild[];
}

/** A level of several venues' books as one. */
export interface RouteLevel {
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** "BTCUSDT@okx". */
  readonly venue: string;
  /** Ticks of the venue. */
  readonly price: number;
  /** Lots of the venue. */
  readonly lots: number;
}

/** How a venue stands with the router. */
export interface RouteVenue {
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** "BTCUSDT@okx". */
  readonly venue: string;
  /** Whether the router uses it, or why not. */
  readonly state: VenueState;
  /** Nanoseconds since its last message; Infinity before the first. */
  readonly age: number;
  /** Lots filled of lots sent to be filled at once, the newest orders first; 1 before any. */
  readonly fillRatio: number;
}

/** A child while it is out, and as it was then. */
export interface Child {
  readonly order: number;
  readonly source: number;
  readonly price: number;
  size: number;
  filled: number;
  state: number;
  readonly round: number;
  readonly rests: boolean;
}

/** What a route was asked for, but for what was worked out of it. */
export type RouteOrder = Pick<RouteRequest, "symbol" | "side" | "policy" | "tif" | "children">;

/** What a router keeps of one route. */
export class Route {
  state: RouteState = "working";
  code = 0;
  rounds = 0;
  /** Of those, how many put what was left to rest. */
  rests = 0;
  cancelled = false;
  /** Units filled: in all, and by source. */
  filled = 0;
  readonly filledOf: Float64Array;
  /** By source: 1 where a child was refused, and no other is tried. */
  readonly refused: Uint8Array;
  children: Child[] = [];
  readonly #value = new Money();
  readonly #fees = new Money();
  readonly #fill = new Money();

  constructor(
    readonly id: number,
    readonly request: RouteOrder,
    readonly market: RouteMarket,
    /** Units in all. */
    readonly size: number,
    /** By source: 1 where the request allows it; the last tick within the limit; explicit: its part in units. */
    readonly allowed: Uint8Array,
    readonly limits: Float64Array | undefined,
    readonly parts: Float64Array | undefined,
  ) {
    this.filledOf = new Float64Array(allowed.length);
    this.refused = new Uint8Array(allowed.length);
  }

  get final(): boolean {
    return this.state === "filled" || this.state === "cancelled" || this.state === "ended";
  }

  /** Children that are out. */
  get out(): number {
    let out = 0;
    for (const { state } of this.children) if (!isFinal(state)) out++;
    return out;
  }

  /** Units that are neither filled nor out. */
  get left(): number {
    let left = this.size - this.filled;
    for (const child of this.children) left -= this.#open(child);
    return left;
  }

  /** The same of each source's part, where there are parts. */
  get partsLeft(): Float64Array | undefined {
    if (this.parts === undefined) return undefined;
    const left = this.parts.map((part, i) => part - this.filledOf[i]);
    for (const child of this.children) left[child.source] -= this.#open(child);
    return left;
  }

  /** A child was filled; the core's ledger has just booked it. */
  fill(child: Child, core: Core, price: number, lots: number): void {
    const { valuation } = core.account, units = lots * this.market.book.lotUnits[child.source];
    child.filled += lots;
    this.filled += units;
    this.filledOf[child.source] += units;
    this.#value.add(valuation.value(this.market.instruments[child.source], price, lots, this.#fill));
    this.#fees.add(core.ledger.fee);
  }

  /** A copy of how it stands. */
  view(core: Core): RouteView {
    const { market, request: { symbol, side }, id, code, rounds, state, filled, size } = this;
    const scale = core.account.valuation.scales[market.instruments[0]];
    const units = (count: number) => count / Number(`1e${market.book.sizeDecimals}`);
    const value = this.#value.toNumber(scale), fees = this.#fees.toNumber(scale);
    const total = this.#fill.set(this.#value);
    if (side > 0) total.add(this.#fees);
    else total.subtract(this.#fees);
    return {
      id,
      symbol,
      side,
      size: units(size),
      filled: units(filled),
      left: units(size - filled),
      state,
      code,
      rounds,
      averagePrice: filled > 0 ? total.toNumber(scale) / units(filled) : NaN,
      grossPrice: filled > 0 ? value / units(filled) : NaN,
      fees,
      children: this.children.map((child) => ({
        order: child.order,
        instrument: market.instruments[child.source],
        venue: market.names[child.source],
        price: child.price,
        size: child.size,
        filled: child.filled,
        state: STATE_NAMES[child.state],
        round: child.round,
        rests: child.rests,
      })),
    };
  }

  /** All that the constructor is not given, for a snapshot. */
  save(): unknown {
    const { state, code, rounds, rests, cancelled, filled, filledOf, refused, children } = this;
    const money = [this.#value.toBigInt(), this.#fees.toBigInt()];
    return { own: { state, code, rounds, rests, cancelled, filled, filledOf, refused, children }, money };
  }

  /** Takes back what `save` returned. */
  load(saved: unknown): void {
    const { own, money: [value, fees] } = saved as { own: Partial<Route>; money: bigint[] };
    Object.assign(this, own);
    this.#value.setBigInt(value);
    this.#fees.setBigInt(fees);
  }

  #open({ state, size, filled, source }: Child): number {
    return isFinal(state) ? 0 : (size - filled) * this.market.book.lotUnits[source];
  }
}
