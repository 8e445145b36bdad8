import type { Alert } from "../core/alerts.ts";
import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import { isoTime } from "../core/gap_error.ts";
import { CANCEL_DONE } from "../oms/order_life.ts";
import { BY_SESSION } from "../oms/order_table.ts";
import type { Arrivals } from "./arrivals.ts";
import { type GuardDesk, type GuardPart, neat, percent, seconds } from "./breach.ts";
import type { ComplianceSpecs } from "./guard_specs.ts";

/** Own fills and cancelled orders of an instrument that are remembered, at most. */
const PLACES = 256;
/** Orders that evidence names, at most. */
const NAMED_MAX = 16;

/** The last fills, or cancelled orders, as rings; plain, so that a snapshot can keep them. */
interface Trail {
  count: number;
  readonly order: Float64Array;
  readonly side: Int8Array;
  readonly price: Float64Array;
  readonly lots: Float64Array;
  /** Session time: of the fill, or of the cancel. */
  readonly time: Float64Array;
  /** Session time at which the order was sent. */
  readonly sent: Float64Array;
  /** Twice the middle when it was sent, and at the fill; of fills, whether it took. */
  readonly from2: Float64Array;
  readonly mid2: Float64Array;
  readonly took: Uint8Array;
}

/** What is known of one instrument. */
interface Known {
  readonly fills: Trail;
  readonly cancels: Trail;
  /** By pattern: when it was flagged last; a fresh one needs events of after that. */
  readonly flagged: Float64Array;
  /** A burst that moved the price: its side, its orders, prices and when it was over; 0 where there is none. */
  burst: { side: number; time: number; from2: number; to2: number; orders: number[]; lots: number };
}

const WASH = 0, LAYERS = 1, IGNITION = 2;

/**
 * Patterns of our own orders that a supervisor would ask about: flagged with evidence, blocked only where told.
 *
 * - Wash trades: a buy and a sell of ours, of two orders, filled at one price within the window. A maker that is hit on one
 *   side and then on the other at the same price is flagged as well: it is for people to judge.
 * - Layering: so many orders of one side, not filled at all, each cancelled within the window of being sent, all of these
 *   cancels within one window, and each order rested while a fill came in on the other side. Prices may be the same.
 * - Momentum ignition: so many fills in one direction that took, within the window, from the first of which to the last the
 *   middle moved their way by the share or more (the first counts from the middle at which its order was sent), none the
 *   other way between them; and then a fill the other way, at a price better for us than that middle, within the reversal.
 * - The session's own closing orders are no part of it. The last 256 fills and cancels of an instrument are looked at.
 * - A flag names the orders, prices, lots and times; what was flagged is not flagged again with the same events.
 *
 * | call | cost |
 * |---|---|
 * | `fill`, `order` | the fills or cancels within the window, 256 at most; nothing allocated where nothing is found |
 */
export class Compliance implements GuardPart {
  readonly known: { readonly of: Known[] };
  readonly #arrivals: Arrivals;
  readonly #core: Core;
  readonly #desk: GuardDesk;
  readonly #specs: ComplianceSpecs;

  constructor(core: Core, desk: GuardDesk, arrivals: Arrivals, specs: ComplianceSpecs) {
    this.#arrivals = arrivals;
    this.#core = core;
    this.#desk = desk;
    this.#specs = specs;
    const of = core.account.valuation.instruments.map(() => ({
      fills: trail(),
      cancels: trail(),
      flagged: new Float64Array(3).fill(-Infinity),
      burst: noBurst(),
    }));
    this.known = { of };
  }

  fill(slot: number, price: number, lots: number, liquidity: number): void {
    const { orders } = this.#core, i = orders.instrument[slot];
    if (orders.flags[slot] & BY_SESSION) return;
    const { fills } = this.known.of[i];
    const place = this.#put(fills, slot, price, lots);
    fills.took[place] = liquidity;
    if (this.#specs.washTrades) this.#wash(i, place);
    if (this.#specs.momentum) this.#ignition(i, place);
  }

  order(slot: number, event: number): void {
    const { orders, now } = this.#core, { layering } = this.#specs;
    if (!layering || event !== CANCEL_DONE || orders.filled[slot] > 0 || orders.flags[slot] & BY_SESSION) return;
    if (now - (orders.submitted[slot] - orders.shifted[slot]) > layering.window) return;
    const i = orders.instrument[slot];
    const place = this.#put(this.known.of[i].cancels, slot, orders.price[slot], orders.size[slot]);
    this.#layers(i, place);
  }

  rebase(shift: number): void {
    for (const { fills, cancels, flagged, burst } of this.known.of) {
      for (const column of [fills.time, fills.sent, cancels.time, cancels.sent, flagged]) {
        for (let i = 0; i < column.length; i++) column[i] -= shift;
      }
      burst.time -= shift;
    }
  }

  released(): void {}

  #put(to: Trail, slot: number, price: number, lots: number): number {
    const { orders, now } = this.#core, place = to.count++ % PLACES;
    to.order[place] = orders.id[slot];
    to.side[place] = orders.side[slot];
    to.price[place] = price;
    to.lots[place] = lots;
    to.time[place] = now;
    to.sent[place] = orders.submitted[slot] - orders.shifted[slot];
    to.from2[place] = this.#arrivals.of(slot);
    to.mid2[place] = this.#core.mid2(orders.instrument[slot]);
    return place;
  }

  #wash(i: number, newest: number): void {
    const { window } = this.#specs.washTrades!, { fills, flagged } = this.known.of[i], { now } = this.#core;
    for (let back = 1; back < Math.min(fills.count, PLACES); back++) {
      const at = (newest - back + PLACES) % PLACES;
      if (now - fills.time[at] > window) return;
      const crosses = fills.side[at] === -fills.side[newest] && fills.price[at] === fills.price[newest];
      if (!crosses || fills.order[at] === fills.order[newest] || fills.time[at] <= flagged[WASH]) continue;
      flagged[WASH] = now;
      const lots = Math.min(fills.lots[at], fills.lots[newest]);
      const words = `bought and sold ${lots} lots at ${this.#price(i, fills.price[at])} within ${
        seconds(now - fills.time[at])
      }`;
      return this.#flag(i, Code.WASH_TRADE, words, {
        limit: window / 1e9,
        observed: (now - fills.time[at]) / 1e9,
        evidence: this.#evidence(i, fills, [at, newest]),
      });
    }
  }

  #layers(i: number, newest: number): void {
    const { orders: least, window } = this.#specs.layering!, { now } = this.#core;
    const { cancels, fills, flagged } = this.known.of[i], side = cancels.side[newest];
    let count = 0;
    for (let back = 0; back < Math.min(cancels.count, PLACES); back++) {
      const at = (newest - back + PLACES) % PLACES;
      if (now - cancels.time[at] > window || cancels.time[at] <= flagged[LAYERS]) break;
      if (cancels.side[at] === side && filledMeanwhile(fills, -side, cancels.sent[at], cancels.time[at]) >= 0) count++;
    }
    if (count < least) return;
    // Only now, as something is found, anything is allocated.
    const layers: number[] = [], taken = new Set<number>();
    for (let back = 0; back < Math.min(cancels.count, PLACES); back++) {
      const at = (newest - back + PLACES) % PLACES;
      if (now - cancels.time[at] > window || cancels.time[at] <= flagged[LAYERS]) break;
      const fill = filledMeanwhile(fills, -side, cancels.sent[at], cancels.time[at]);
      if (cancels.side[at] !== side || fill < 0) continue;
      layers.unshift(at);
      taken.add(fill);
    }
    flagged[LAYERS] = now;
    const [does, did] = side > 0 ? ["bids", "sold"] : ["offers", "bought"];
    const words = `${count} ${does} cancelled unfilled within ${seconds(window)}, while it ${did} on the other side`;
    const filled = this.#evidence(i, fills, [...taken].sort((a, b) => fills.time[a] - fills.time[b]));
    this.#flag(i, Code.LAYERING, words, {
      limit: least,
      observed: count,
      evidence: { ...this.#evidence(i, cancels, layers), fills: filled.orders, fillTimes: filled.times },
    });
  }

  #ignition(i: number, newest: number): void {
    const { trades, window, move, reversal } = this.#specs.momentum!, { now } = this.#core;
    const known = this.known.of[i], { fills, burst } = known, side = fills.side[newest];
    if (burst.side === -side) {
      const better = burst.side * (2 * fills.price[newest] - burst.from2) > 0;
      if (now - burst.time <= reversal && better) {
        known.flagged[IGNITION] = now;
        const moved = Math.abs(burst.to2 - burst.from2) / Math.abs(burst.from2);
        const [first, then] = side < 0 ? ["bought", "sold"] : ["sold", "bought"];
        const words = `${first} ${burst.lots} lots while the middle moved by ${percent(moved)}, then ${then} at ${
          this.#price(i, fills.price[newest])
        }`;
        const evidence = {
          orders: burst.orders.slice(0, NAMED_MAX),
          from: this.#price(i, burst.from2 / 2),
          to: this.#price(i, burst.to2 / 2),
          burstOver: this.#iso(burst.time),
          reversal: fills.order[newest],
        };
        this.#flag(i, Code.MOMENTUM_IGNITION, words, { limit: move, observed: moved, evidence });
        known.burst = noBurst();
        return;
      }
      if (now - burst.time > reversal) known.burst = noBurst();
    }
    if (fills.took[newest] === 0) return;
    let count = 0, first = newest;
    for (let back = 0; back < Math.min(fills.count, PLACES); back++) {
      const at = (newest - back + PLACES) % PLACES;
      if (now - fills.time[at] > window || fills.side[at] !== side || fills.time[at] <= known.flagged[IGNITION]) break;
      if (fills.took[at] === 0) continue;
      count++;
      first = at;
    }
    const from2 = fills.from2[first], to2 = fills.mid2[newest];
    if (count < trades || !(side * (to2 - from2) >= move * Math.abs(from2))) return;
    const orders: number[] = [];
    let lots = 0;
    for (let at = first;; at = (at + 1) % PLACES) {
      if (fills.took[at] !== 0) {
        orders.push(fills.order[at]);
        lots += fills.lots[at];
      }
      if (at === newest) break;
    }
    known.burst = { side, time: now, from2, to2, orders: [...new Set(orders)], lots };
  }

  #flag(
    instrument: number,
    code: Code,
    words: string,
    facts: { readonly limit: number; readonly observed: number; readonly evidence: Alert["evidence"] },
  ): void {
    const { washTrades, layering, momentum } = this.#specs;
    const action = (code === Code.WASH_TRADE ? washTrades : code === Code.LAYERING ? layering : momentum)!;
    this.#desk.trip({ instrument, code, action, words, ...facts });
  }

  /** Orders with their prices, lots and times, oldest first. */
  #evidence(
    i: number,
    from: Trail,
    places: readonly number[],
  ): { orders: number[]; prices: string[]; lots: number[]; times: string[] } {
    const named = places.slice(0, NAMED_MAX);
    return {
      orders: named.map((at) => from.order[at]),
      prices: named.map((at) => this.#price(i, from.price[at])),
      lots: named.map((at) => from.lots[at]),
      times: named.map((at) => this.#iso(from.time[at])),
    };
  }

  #iso(time: number): string {
    return isoTime(this.#core.clock.toEpochNs(time));
  }

  #price(i: number, ticks: number): string {
    return neat(ticks * this.#core.feeds[i].instrument.tickSize);
  }
}

/** The place of a fill of a side between two times; -1 where there is none. */
function filledMeanwhile(fills: Trail, side: number, from: number, to: number): number {
  for (let back = 1; back <= Math.min(fills.count, PLACES); back++) {
    const at = (fills.count - back) % PLACES;
    if (fills.time[at] < from) return -1;
    if (fills.side[at] === side && fills.time[at] <= to) return at;
  }
  return -1;
}

function trail(): Trail {
  return {
    count: 0,
    order: new Float64Array(PLACES),
    side: new Int8Array(PLACES),
    price: new Float64Array(PLACES),
    lots: new Float64Array(PLACES),
    time: new Float64Array(PLACES),
    sent: new Float64Array(PLACES),
    from2: new Float64Array(PLACES),
    mid2: new Float64Array(PLACES),
    took: new Uint8Array(PLACES),
  };
}

function noBurst(): Known["burst"] {
  return { side: 0, time: NaN, from2: NaN, to2: NaN, orders: [], lots: 0 };
}
