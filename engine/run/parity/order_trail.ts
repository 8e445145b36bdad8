import { BUY, SELL } from "../../core/event.ts";
import { ERA } from "../../core/clock.ts";
import { instrumentOfFill, ORDER_STATE, OWN_FILL, type Recorder, REFUSAL, stateOfFill } from "../../core/recorder.ts";
import { isFinal, PENDING_CANCEL, PENDING_NEW, PENDING_REPLACE } from "../../oms/order_life.ts";
import { MAKER } from "../../venue/liquidity.ts";

/** One fill of an order, as the session heard of it. */
export interface TrailFill {
  /** ns since 1970-01-01 UTC. */
  readonly at: bigint;
  /** Ticks. */
  readonly price: number;
  readonly lots: number;
  /** In minor units of the instrument's money. */
  readonly fee: number;
  /** Whether it rested; undefined where that is not known. */
  maker?: boolean;
}

/** One request about an order. */
export interface TrailRequest {
  readonly what: "cancel" | "amend";
  readonly at: bigint;
}

/** What an order asks for. */
export interface OrderTerms {
  readonly instrument: number;
  /** BUY or SELL. */
  readonly side: number;
  /** Ticks; 0 where it has none. */
  readonly price: number;
  readonly lots: number;
}

/** One order as a session put it out: what was asked for, and what became of it. */
export interface TrailOrder extends OrderTerms {
  readonly id: number;
  /** When the strategy sent it; of an execution of no order that is known, when that was booked. */
  readonly sent: bigint;
  readonly requests: TrailRequest[];
  readonly fills: TrailFill[];
  /** As it was last put out, see order_life.ts. */
  state: number;
  /** How it ended; absent where it stands open. */
  end?: { readonly state: number; readonly code: number; readonly at: bigint };
}

/** Orders that are kept; a session of more cannot be certified. */
const ORDERS_MAX = 1_000_000;
/** The low limb of money is below 2^52; a fee has only that, so that a rebate shows as the upper half. */
const HALF = 2 ** 51, LIMB = 2 ** 52;

/**
 * The orders of one session in the order in which they were sent, from its output records: of a run as it goes, or of a journal.
 *
 * Positions that it begins with stand at the beginning of its records as fills of no order that is known. They are none of its own, and
 * are left out, as a result leaves them out.
 *
 * Memory: some 300 bytes an order, a million orders at most; RangeError beyond.
 */
export class OrderTrail implements Recorder {
  readonly orders: TrailOrder[] = [];
  /** Orders that never left: refused before that. */
  refused = 0;
  readonly #byId = new Map<number, TrailOrder>();
  #lastFill: TrailFill | undefined;
  #openings: number;

  /** `openings` is with how many positions the session begins, of those whose records are to come. */
  constructor(openings: number) {
    this.#openings = openings;
  }

  /** The order of that id; undefined where there is none. */
  byId(id: number): TrailOrder | undefined {
    return this.#byId.get(id);
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    const kind = tag & 15;
    if (kind !== ORDER_STATE && kind !== OWN_FILL && kind !== REFUSAL) return;
    const at = BigInt(era) * BigInt(ERA) + BigInt(ns), known = this.#byId.get(order);
    if (kind === REFUSAL) {
      if (known === undefined) this.refused++;
    } else if (kind === OWN_FILL) {
      if (known === undefined && this.#openings > 0) return void this.#openings--;
      const lots = Math.abs(y), fee = z >= HALF ? z - LIMB : z, state = stateOfFill(tag);
      const terms = { instrument: instrumentOfFill(tag), side: y < 0 ? SELL : BUY, price: x, lots };
      const filled = known ?? this.#add({ id: order, ...terms, sent: at });
      filled.fills.push(this.#lastFill = { at, price: x, lots, fee });
      filled.state = state;
      if (isFinal(state)) filled.end ??= { state, code: 0, at };
    } else this.#state(known, order, at, { x, y, z });
  }

  /** Says of the fill that was put out last whether it rested. */
  fill(_orders: unknown, _slot: number, _ns: number, _price: number, _lots: number, liquidity: number): void {
    if (this.#lastFill) this.#lastFill.maker = liquidity === MAKER;
  }

  #state(
    known: TrailOrder | undefined,
    id: number,
    at: bigint,
    { x, y, z }: Readonly<Record<"x" | "y" | "z", number>>,
  ): void {
    const state = x % 16, code = Math.floor(x / 16) % 4096, instrument = Math.floor(x / 65536);
    if (known === undefined) {
      if (state !== PENDING_NEW) return;
      return void this.#add({ id, instrument, side: z < 0 ? SELL : BUY, price: y, lots: Math.abs(z), sent: at });
    }
    // While a request is on its way, what else is said of the order leaves it in that state.
    if (state === PENDING_CANCEL && known.state !== state) known.requests.push({ what: "cancel", at });
    else if (state === PENDING_REPLACE && known.state !== state) known.requests.push({ what: "amend", at });
    else if (isFinal(state)) known.end ??= { state, code, at };
    known.state = state;
  }

  #add(terms: Omit<TrailOrder, "requests" | "fills" | "end" | "state">): TrailOrder {
    if (this.orders.length >= ORDERS_MAX) {
      throw new RangeError(
        `Cannot compare the orders: there are more than ${
          ORDERS_MAX.toLocaleString("en-US")
        }; certify shorter sessions`,
      );
    }
    const order = { ...terms, requests: [], fills: [], state: PENDING_NEW };
    this.orders.push(order);
    this.#byId.set(order.id, order);
    return order;
  }
}
