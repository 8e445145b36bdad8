import { Code } from "../../core/codes.ts";
import type { SessionContext } from "../../core/context.ts";
import type { Core } from "../../core/core.ts";
import { instrumentNames } from "../../core/instrument_names.ts";
import type { Rng } from "../../core/rng.ts";
import type { OrderRequest } from "../../core/strategy.ts";
import type { Learner } from "./learners.ts";
import { FOK, IOC, MARKET } from "../order_table.ts";
import { CHILDREN_MAX, type Parent } from "./parent.ts";

/** How long a parent sends no child after risk refused one. */
const RETRY_NS = 1e9;

/** Children that are one after another too large for risk are halved; this often is from 2^53 lots to one. */
const HALVINGS_MAX = 60;

/**
 * Sends the children of parents, each an order like any other: through risk, latency, journal and digest.
 *
 * - A child has whole lots, at least `minSize` of them and `minNotional` of value, at most `maxSize`, and keeps to the
 *   instrument's own limits of size and value; it has never more than the parent has room for. What would be left below the
 *   least is put to the child before it, or left to it.
 * - Where risk refuses a child as too large all the same, by a limit of a wider scope, it is halved until it passes, and as
 *   too small it waits until twice as much is due; the parent keeps to that from then on.
 * - A refusal that says give up ends the parent; after any other it sends nothing for a second.
 *
 * | call | cost |
 * |---|---|
 * | `take`, `post`, `place` | children of the parent, 32 at most |
 */
export class Desk {
  /** What risk calls the instruments. */
  readonly #names: readonly string[];

  constructor(
    readonly core: Core,
    readonly random: Rng,
    readonly learnt: (instrument: number) => Learner | undefined,
    private readonly context: SessionContext,
    private readonly refused: (parent: Parent, code: number) => void,
  ) {
    this.#names = instrumentNames(core.account.valuation.instruments);
  }

  /** Best price of the side that `side` would trade with; infinite where there is none. */
  opposite(instrument: number, side: number): number {
    const { book } = this.core.feeds[instrument].view;
    return side > 0 ? book.bestAsk : book.bestBid;
  }

  /** Whether the market's touch is one the parent may take. */
  takeable(parent: Parent): boolean {
    const price = this.opposite(parent.instrument, parent.side);
    if (price - price !== 0) return false;
    return !(parent.side * price > parent.side * parent.limit);
  }

  /**
   * What slices do: takes what is overdue, and rests the remainder of what is due; with style "take" all of it is overdue.
   * Where there is no price yet it is tried again with the first one.
   */
  place(parent: Parent): void {
    parent.placing = true;
    if (parent.arrival2 !== parent.arrival2 || this.#resting(parent)) return;
    parent.placing = false;
    parent.clearing = 0;
    const { orders } = this.core;
    if (parent.overdue > parent.filled && this.takeable(parent)) {
      this.take(parent, Math.min(parent.overdue, parent.target) - parent.filled - parent.outstanding(orders));
    }
    const due = parent.target - parent.filled - parent.outstanding(orders);
    if (parent.request.style === "post" && parent.target > parent.overdue && due > 0) this.post(parent, due);
  }

  /** Takes up to `lots` from the market, at the limit or better; what is not there ends at once. Returns the lots sent. */
  take(parent: Parent, lots: number): number {
    const { instrument, side, limit } = parent;
    const order: OrderRequest = limit === limit
      ? { instrument, side, size: 0, price: limit, tif: "ioc" }
      : { instrument, side, size: 0 };
    return this.send(parent, order, lots);
  }

  /** Rests up to `lots` at our side's touch, at the limit or better, and never crosses. */
  post(parent: Parent, lots: number): void {
    const { instrument, side, limit } = parent;
    const touch = this.opposite(instrument, -side);
    if (touch - touch !== 0) return;
    const price = side * touch > side * limit ? limit : touch;
    this.send(parent, { instrument, side, size: 0, price, postOnly: true }, lots);
  }

  /** Sends `order` with `lots`, in several where they are more than one child may have; returns the lots sent. */
  send(parent: Parent, order: OrderRequest, lots: number): number {
    const { core } = this;
    let sent = 0;
    for (let tries = 0; tries < HALVINGS_MAX && sent < lots; tries++) {
      if (parent.done || parent.ending === "Refused" || parent.open.length >= CHILDREN_MAX) break;
      if (core.now < parent.notBefore) break;
      const room = parent.room(core.orders);
      const size = this.#fit(parent, order.price, Math.min(lots - sent, room), room);
      if (size === 0) break;
      const id = this.context.submit({ ...order, size });
      if (id > 0) {
        core.orders.parent[core.orders.slotOf(id)] = parent.id;
        parent.open.push(id);
        parent.children++;
        sent += size;
      } else if (!this.#learn(parent, -id, size)) break;
    }
    return sent;
  }

  /** Asks to cancel the children that are open; with `all` false those that end by themselves are left. */
  clear(parent: Parent, all: boolean): void {
    const { orders, flow } = this.core;
    parent.clearing = all ? 2 : 1;
    // A copy: a cancel may end a child at once.
    for (const id of [...parent.open]) {
      const slot = orders.slotOf(id);
      if (slot >= 0 && (all || !endsByItself(orders.type[slot], orders.tif[slot]))) flow.cancel(id);
    }
  }

  /** Least lots of a child at a price in ticks (NaN: the market's): as asked, and as the instrument's limits have it. */
  least(parent: Parent, price: number): number {
    const { minSize = 1, minNotional = 0 } = parent.request;
    const size = Math.max(minSize, this.#limit(parent, "orderSizeMin", 1));
    const notional = Math.max(minNotional, this.#limit(parent, "notionalMin", 0));
    if (notional === 0) return size;
    // A float's rounding must not cost a lot: 10 ÷ 0.1 may be a little above 100.
    const lots = Math.ceil(notional / this.#value(parent, price) * (1 - 2 ** -50));
    return Number.isSafeInteger(lots) ? Math.max(size, lots) : Infinity;
  }

  /** Most lots of a child, likewise. */
  #most(parent: Parent, price: number): number {
    const size = Math.min(parent.most, Math.floor(this.#limit(parent, "orderSize", Infinity)));
    const notional = this.#limit(parent, "notional", Infinity);
    if (notional === Infinity) return size;
    const lots = Math.floor(notional / this.#value(parent, price) * (1 + 2 ** -50));
    return Number.isSafeInteger(lots) ? Math.min(size, lots) : size;
  }

  /** What one lot is worth at a price in ticks (NaN: the market's), in the instrument's currency. */
  #value({ instrument }: Parent, price: number): number {
    const { kind, tickSize, lotSize, contract } = this.core.account.valuation.instruments[instrument];
    const at = price === price ? price : this.core.mid2(instrument) / 2;
    return lotSize * contract * (kind === "inverse" ? 1 : Math.abs(at) * tickSize);
  }

  #limit({ instrument }: Parent, name: string, unlimited: number): number {
    const limit = this.core.risk.limit(`instruments.${this.#names[instrument]}`, name);
    return limit === "unlimited" ? unlimited : limit;
  }

  /** The size of a child that may have `lots`, of a parent with room for `room`; 0 where it must wait. */
  #fit(parent: Parent, price: number | undefined, lots: number, room: number): number {
    const least = this.least(parent, price ?? NaN);
    if (lots < least || (lots < parent.least && lots < room)) return 0;
    const most = Math.max(least, this.#most(parent, price ?? NaN));
    const left = room - Math.min(lots, most);
    if (left === 0 || left >= least) return Math.min(lots, most);
    // What is left would be too small for a child of its own.
    if (room <= most) return room;
    const smaller = room - least;
    return smaller >= least ? Math.min(lots, smaller) : Math.min(lots, most);
  }

  /** What a refusal teaches; true where another size may pass at once. */
  #learn(parent: Parent, code: number, size: number): boolean {
    parent.code = code;
    if ((code === Code.ORDER_SIZE || code === Code.NOTIONAL) && size > 1) {
      parent.most = Math.floor(size / 2);
      return true;
    }
    parent.notBefore = this.core.now + RETRY_NS;
    if (code === Code.ORDER_SIZE_MIN || code === Code.NOTIONAL_MIN) parent.least = 2 * size;
    else if (code % 1000 >= 200) this.refused(parent, code);
    return false;
  }

  /** Whether a child of the parent rests, or is on its way to rest. */
  #resting(parent: Parent): boolean {
    const { orders } = this.core;
    for (const id of parent.open) {
      const slot = orders.slotOf(id);
      if (!endsByItself(orders.type[slot], orders.tif[slot])) return true;
    }
    return false;
  }
}

function endsByItself(type: number, tif: number): boolean {
  return type === MARKET || tif === IOC || tif === FOK;
}
