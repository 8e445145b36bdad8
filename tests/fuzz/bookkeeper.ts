import type { Core } from "../../engine/core/core.ts";
import { ACCOUNT_AFTER_FILL, ORDER_STATE, OWN_FILL, type Recorder, stateOfFill } from "../../engine/core/recorder.ts";
import {
  FILL,
  FILLED,
  isFinal,
  NEW,
  PARTIALLY_FILLED,
  PENDING_NEW,
  PENDING_REPLACE,
  STATE_NAMES,
} from "../../engine/oms/order_life.ts";
import { BY_SESSION, REDUCE_ONLY } from "../../engine/oms/order_table.ts";
import { UnboundedAmounts } from "./unbounded_amounts.ts";

/** An order as far as a session has told of it. */
export interface Told {
  readonly id: number;
  readonly instrument: number;
  readonly side: number;
  readonly type: number;
  readonly reduceOnly: boolean;
  /** Sent by the session itself. */
  readonly session: boolean;
  /** It is of money, and has as many lots as that buys. */
  readonly money: boolean;
  price: number;
  size: number;
  filled: number;
  state: number;
  parent: number;
  /** Price and size of an amend on its way. */
  amend: { readonly price: number; readonly size: number } | undefined;
}

/** Lots that an order may still be filled for, an amend on its way included. */
export function leftOf({ size, filled, amend }: Told): number {
  return Math.max(0, Math.max(size, amend?.size ?? 0) - filled);
}

/**
 * Keeps books of its own by what a session puts out, and by the executions that its venues make: every order's life, lots and
 * money. What does not agree with them is written down.
 *
 * - An order begins as PendingNew, ends once, and stays as it ended; what is filled of it is never more than its size.
 * - Every execution of a venue is booked once, however often it was told of.
 * - Positions are what was filled, and money is what that cost, until a split or the end of an instrument.
 */
export class Bookkeeper implements Recorder {
  /** What did not agree, the first few. */
  readonly broken: string[] = [];
  /** Orders that have not ended. */
  readonly open = new Map<number, Told>();
  readonly ended = new Map<number, Told>();
  /** Lots by instrument. */
  readonly positions: number[];
  /** Answers that venues sent. */
  answers = 0;
  fills = 0;
  /** Fills of orders that had ended. */
  late = 0;
  /** By parent: lots that its children were filled for. */
  readonly byParent = new Map<number, number>();
  readonly #amounts: UnboundedAmounts;
  /** By execution: lots and order, as the venue made it. */
  readonly #executions = new Map<string, { readonly order: number; readonly lots: number }>();
  readonly #orderEnds = new Map<number, number>();
  readonly #listeners: BookListener[] = [];
  /** By instrument, the low limb of its balance. */
  readonly #balances = new Map<number, number>();
  /** What comes next is the account after a fill. */
  #filling = false;

  constructor(readonly core: Core) {
    const { instruments } = core.account.valuation;
    this.positions = instruments.map(() => 0);
    this.#amounts = new UnboundedAmounts(instruments);
    this.#hearVenues();
  }

  /** Adds someone who is told of each change, once it is written down. */
  tell(listener: BookListener): void {
    this.#listeners.push(listener);
  }

  hold(holds: boolean, what: () => string): void {
    if (holds || this.broken.length > 5) return;
    this.broken.push(`${what()} (${this.core.clock.toEpochNs(this.core.now)})`);
  }

  output(tag: number, _era: number, _ns: number, order: number, x: number, y: number, z: number): void {
    if (tag === ORDER_STATE) this.#state(order, x, y, z);
    else if ((tag & 15) === OWN_FILL) this.#fill(order, stateOfFill(tag), y);
    else if ((tag & 15) === ACCOUNT_AFTER_FILL) this.#account(order, x, y);
  }

  fill(...[orders, slot, , price, lots, , fee]: Parameters<NonNullable<Recorder["fill"]>>): void {
    this.#amounts.fill(orders.instrument[slot], orders.side[slot] * lots, price, fee.toBigInt());
  }

  order(...[orders, slot]: Parameters<NonNullable<Recorder["order"]>>): void {
    const id = orders.id[slot], state = orders.state[slot];
    if (!isFinal(state)) return;
    const before = this.#orderEnds.get(id);
    this.hold(before === undefined, () => `order ${id} ended as ${name(before!)} and as ${name(state)}`);
    this.#orderEnds.set(id, state);
  }

  /** Holds all that is left at the end of a session against these books; `open`: orders may stand open. */
  end(): void {
    const { core, positions } = this, { account, risk } = core;
    for (const [i, lots] of positions.entries()) {
      this.hold(account.position(i) === lots, () => `instrument ${i}: ${account.position(i)} lots, not ${lots}`);
      this.look(i);
      this.hold(risk.open(i) === this.#openOf(i), () => `instrument ${i}: ${risk.open(i)} orders open in risk`);
    }
    for (const told of this.ended.values()) this.#ends(told);
    for (const problem of this.#amounts.problems(account)) this.hold(false, () => problem);
    const made = new Map<number, number>();
    for (const { order, lots } of this.#executions.values()) made.set(order, (made.get(order) ?? 0) + lots);
    for (const [id, lots] of made) {
      const told = this.open.get(id) ?? this.ended.get(id);
      this.hold(told?.filled === lots, () => `order ${id}: ${lots} lots executed, and ${told?.filled} booked`);
    }
    const booked = [...this.open.values(), ...this.ended.values()].filter(({ filled }) => filled > 0);
    this.hold(booked.length === made.size, () => `${booked.length} orders filled, and ${made.size} executed`);
  }

  /** Holds what risk counts as open in an instrument against these books. */
  look(instrument: number): void {
    // An order of money counts as the lots it was judged as, until it has its own.
    for (const told of this.open.values()) if (told.money && told.instrument === instrument) return;
    for (const side of [1, -1]) {
      const lots = this.core.risk.openLots(instrument, side), own = this.lots(instrument, side);
      this.hold(lots === own, () => `instrument ${instrument}, side ${side}: ${lots} lots open in risk, and ${own}`);
    }
  }

  /** Lots open on a side. */
  lots(instrument: number, side: number): number {
    let lots = 0;
    for (const told of this.open.values()) {
      if (told.instrument === instrument && told.side === side) lots += leftOf(told);
    }
    return lots;
  }

  #account(instrument: number, lots: number, balance: number): void {
    const position = this.positions[instrument], filled = this.#filling, before = this.#balances.get(instrument) ?? 0;
    this.#filling = false;
    this.#balances.set(instrument, balance);
    // What a split leaves of a lot is paid out, though there be as many as before.
    if (!filled && balance !== before) this.#amounts.changed(instrument);
    if (lots === position) return;
    this.hold(!filled, () => `instrument ${instrument}: the account has ${lots} lots, and ${position} were filled`);
    // A split, or the instrument's end.
    this.positions[instrument] = lots;
    this.#amounts.changed(instrument);
    for (const listener of this.#listeners) listener.turned?.(instrument);
  }

  #openOf(instrument: number): number {
    return [...this.open.values()].filter((told) => told.instrument === instrument).length;
  }

  #state(id: number, x: number, price: number, signedSize: number): void {
    const state = x % 16, told = this.open.get(id) ?? this.ended.get(id);
    if (told === undefined) this.#begin(id, state, Math.floor(x / 65536), price, signedSize);
    else this.#stands(told, state, price, Math.abs(signedSize));
  }

  /** An order stands in a state, after a fill or without one. */
  #stands(told: Told, state: number, price: number, size: number): void {
    const { id, state: before } = told, wasOpen = this.open.has(id);
    if (!wasOpen) {
      this.hold(state === before, () => `order ${id} ended as ${name(before)}, and is ${name(state)}`);
      for (const listener of this.#listeners) listener.changed?.(told);
      return;
    }
    if (!isFinal(state)) this.#parent(told);
    told.state = state;
    told.price = price;
    told.size = size;
    if (state !== PENDING_REPLACE) told.amend = undefined;
    const { filled } = told;
    this.hold(told.money || filled <= size, () => `order ${id}: ${filled} filled of ${size}`);
    if (state === FILLED) {
      this.hold(filled > 0 && filled >= size, () => `order ${id} is Filled with ${filled} of ${size}`);
    }
    if (state === NEW) this.hold(filled === 0, () => `order ${id} is New with ${filled} filled`);
    if (state === PARTIALLY_FILLED) this.hold(filled > 0, () => `order ${id} is PartiallyFilled with nothing filled`);
    if (isFinal(state)) {
      this.open.delete(id);
      this.ended.set(id, told);
    }
    for (const listener of this.#listeners) listener.changed?.(told);
  }

  #begin(id: number, state: number, instrument: number, price: number, signedSize: number): void {
    this.hold(state === PENDING_NEW, () => `order ${id} begins as ${name(state)}`);
    const { orders } = this.core, slot = orders.slotOf(id), flags = orders.flags[slot];
    this.open.set(id, {
      id,
      instrument,
      side: Math.sign(signedSize) || orders.side[slot],
      type: orders.type[slot],
      reduceOnly: (flags & REDUCE_ONLY) !== 0,
      session: (flags & BY_SESSION) !== 0,
      money: orders.quote[slot] !== 0,
      price,
      size: Math.abs(signedSize),
      filled: 0,
      state,
      parent: 0,
      amend: undefined,
    });
  }

  #fill(id: number, state: number, signedLots: number): void {
    const told = this.open.get(id) ?? this.ended.get(id);
    if (told === undefined) return this.hold(false, () => `a fill of order ${id}, which was never sent`);
    this.#parent(told);
    this.hold(Math.sign(signedLots) === told.side, () => `order ${id}: a fill of the other side`);
    told.filled += Math.abs(signedLots);
    this.positions[told.instrument] += signedLots;
    this.#filling = true;
    this.fills++;
    if (this.ended.has(id)) this.late++;
    if (told.parent > 0) {
      this.byParent.set(told.parent, (this.byParent.get(told.parent) ?? 0) + Math.abs(signedLots));
    }
    this.#stands(told, state, told.price, told.size);
  }

  /** Whose child an order is, is known once it has been sent. */
  #parent(told: Told): void {
    const slot = this.core.orders.slotOf(told.id);
    if (slot >= 0) told.parent = this.core.orders.parent[slot];
  }

  #ends({ id, state }: Told): void {
    const said = this.#orderEnds.get(id);
    this.hold(said === state, () => `order ${id} ended as ${name(state)}, and was recorded as ${name(said ?? 0)}`);
  }

  /** Listens in on what venues answer, before it is on its way. */
  #hearVenues(): void {
    const { core } = this, answer = core.answer.bind(core);
    core.answer = (instrument, event, slot, price, lots, liquidity, detail) => {
      this.answers++;
      const id = core.orders.id[slot];
      if (event === FILL) {
        const key = `${instrument} ${detail}`, before = this.#executions.get(key);
        const same = before === undefined || (before.order === id && before.lots === lots);
        this.hold(same && detail > 0, () => `execution ${key} of order ${id} is told of twice with other lots`);
        this.#executions.set(key, { order: id, lots });
      }
      answer(instrument, event, slot, price, lots, liquidity, detail);
    };
  }
}

/** Is told of what a bookkeeper has written down. */
export interface BookListener {
  changed?(told: Told): void;
  /** The position of an instrument became another without a fill. */
  turned?(instrument: number): void;
}

function name(state: number): string {
  return STATE_NAMES[state] || "nothing";
}
