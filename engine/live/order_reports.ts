import { Code } from "../core/codes.ts";
import { compare, minus, plus } from "./decimals.ts";
import type { LiveEventName } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import type { ExchangeFill, ExchangeFunding, NewOrder, OrderListener, OrderName } from "./order_entry.ts";
import type { Refusal } from "./refusals.ts";

/** Orders that are over and still remembered, so that what is said of them late is told apart from what is said of strangers. */
const OVER_MAX = 4096;
/** Orders that are remembered in all: of those that nobody ever told the end of, the oldest are forgotten. */
const ORDERS_MAX = 65_536;
/** How long the end of an order waits for fills that it counts and that were not heard, before they are read anew. */
const HELD_MS = 3000;

/** An order as the exchange told of it so far. */
interface Known {
  clientId: string;
  readonly symbol: string;
  /** In all; undefined of an order that is not ours. */
  size: string | undefined;
  /** Executed, of which we heard. */
  filled: string;
  /** Executed before the exchange made another order of it. */
  before: string;
  exchangeId: string | undefined;
  acknowledged: boolean;
  over: boolean;
  readonly executions: Set<number>;
  /** Over at the exchange, with fills that we have not heard. */
  held: (() => void) | undefined;
  release: (() => void) | undefined;
}

/** What an order is like after an amend. */
export interface Amended {
  readonly price: string;
  /** In all, with what is filled. */
  readonly size: string;
  /** Where the exchange made another order of it. */
  readonly next?: {
    /** What it goes by from now on. */
    readonly clientId: string;
    readonly exchangeId: string;
    /** The size of the other order. */
    readonly rest: string;
    /** What the exchange counts as executed of the one that was replaced, where it says so. */
    readonly executed?: string;
  };
}

/**
 * Makes reports of what an exchange says, said once each and in an order that makes sense, however often and in whatever order
 * the exchange says it: answers to requests and its stream of reports tell of the same things, in either order, and two streams
 * do while a connection is renewed.
 *
 * - An order is acknowledged once, before anything else of it. A fill that is heard first acknowledges it.
 * - An amend is reported under the name that the order has from then on.
 * - A fill is reported once, by the exchange's number of it, under the name that its order had.
 * - The end of an order is reported once, and after the fills that the exchange counts in it. Where these do not come in 3 s,
 *   reports are missing: `gap`.
 * - Orders that were neither sent nor asked for here are reported too, so that nothing is lost, and told of (FOREIGN_ORDER).
 * - More filled than asked is reported as it is, and told of (OVERFILLED).
 */
export class OrderReports {
  readonly #venue: string;
  readonly #listener: OrderListener;
  readonly #tools: LiveTools;
  readonly #orders = new Map<string, Known>();
  readonly #byExchange = new Map<string, Known>();
  readonly #over: Known[] = [];

  constructor(venue: string, listener: OrderListener, tools: LiveTools) {
    this.#venue = venue;
    this.#listener = listener;
    this.#tools = tools;
  }

  /** An order is about to be sent: from now on it is ours. */
  sending(order: NewOrder): void {
    this.#remember(order, order.size);
  }

  /** An order is asked for, or asked to change: it is ours, though it may have been sent before we started. */
  ours(order: OrderName): void {
    const known = this.#orders.get(order.clientId) ?? this.#remember(order, undefined);
    if (known.exchangeId === undefined) this.#identify(known, order.exchangeId);
  }

  /** Our name of an order that the exchange names by its own; undefined where we never heard of it. */
  clientIdOf(exchangeId: string): string | undefined {
    return this.#byExchange.get(exchangeId)?.clientId;
  }

  /** The exchange's name of an order; undefined where we never heard it. */
  exchangeIdOf(clientId: string): string | undefined {
    return this.#orders.get(clientId)?.exchangeId;
  }

  /** What was heard to be filled of an order. */
  filledOf(clientId: string): string {
    return this.#orders.get(clientId)?.filled ?? "0";
  }

  /** Whether an order was heard to be over. */
  isOver(clientId: string): boolean {
    return this.#orders.get(clientId)?.over ?? false;
  }

  /** What an order is of; undefined where we never heard of it. */
  symbolOf(clientId: string): string | undefined {
    return this.#orders.get(clientId)?.symbol;
  }

  acknowledged(order: OrderName, exchangeId: string, at: bigint): void {
    this.#acknowledge(this.#known(order), exchangeId, at);
  }

  rejected(order: OrderName, { code, reason }: Refusal, at: bigint): void {
    const known = this.#known(order);
    if (known.over) return;
    this.#end(known);
    this.#tell(refusedBy(code), order.symbol, `order ${order.clientId} was rejected: ${reason}`);
    this.#listener.report({ kind: "rejected", order: name(known), code, reason }, at);
  }

  fill(fill: ExchangeFill, at: bigint): void {
    const known = this.#known(fill);
    this.#acknowledge(known, fill.exchangeId, at);
    if (known.executions.has(fill.execution)) return;
    known.executions.add(fill.execution);
    known.filled = plus(known.filled, fill.size);
    const { size, filled } = known, excess = size === undefined ? -1 : compare(filled, size);
    if (excess > 0) this.#tell("OVERFILLED", fill.symbol, `order ${fill.clientId} of ${size} is filled ${filled}`);
    this.#listener.report({ kind: "fill", order: { ...name(known), clientId: fill.clientId }, fill }, at);
    if (excess >= 0 && !known.over) this.#end(known);
    known.release?.();
  }

  /**
   * An order is over before it was filled; `filled` is what the exchange counts as executed of it, where it says so. With the
   * exchange's name of it, it is about that one alone: where it was replaced meanwhile, nothing is over.
   */
  ended(kind: "cancelled" | "expired", order: OrderName, code: Code | 0, filled: string | undefined, at: bigint): void {
    const known = this.#known(order), { exchangeId } = known;
    if (known.over || known.held !== undefined) return;
    // The end of an order that another has replaced is none of ours.
    if (exchangeId !== undefined && (order.exchangeId ?? exchangeId) !== exchangeId) return;
    const report = () => {
      known.held?.();
      known.held = known.release = undefined;
      if (known.over) return;
      this.#end(known);
      this.#listener.report({ kind, order: name(known), code }, at);
    };
    const total = filled === undefined ? undefined : plus(known.before, filled);
    if (total === undefined || compare(total, known.filled) <= 0) return report();
    known.release = () => {
      if (compare(total, known.filled) <= 0) report();
    };
    known.held = this.#tools.timers.after(HELD_MS, () => {
      this.gap(`order ${known.clientId} is over with ${minus(total, known.filled)} filled that was not heard of`);
      report();
    });
  }

  amended(order: OrderName, { price, size, next }: Amended, at: bigint): void {
    const known = this.#known(order);
    known.size = size;
    known.acknowledged = true;
    if (next !== undefined) {
      known.before = next.executed === undefined ? known.filled : plus(known.before, next.executed);
      // A fill that came in between makes it larger than was asked: that is said as it is.
      known.size = plus(known.before, next.rest);
      known.clientId = next.clientId;
      this.#orders.set(next.clientId, known);
      this.#identify(known, next.exchangeId);
    }
    known.over = compare(known.filled, known.size) >= 0;
    this.#listener.report({ kind: "amended", order: name(known), price, size: known.size }, at);
  }

  refused(request: "cancel" | "amend", order: OrderName, { code, reason }: Refusal, at: bigint): void {
    this.#tell(refusedBy(code), order.symbol, `${request} of order ${order.clientId} was refused: ${reason}`);
    this.#listener.report({ kind: "refused", request, order: name(this.#known(order)), code, reason }, at);
  }

  unanswered(request: "submit" | "cancel" | "amend", order: OrderName, why: string, at: bigint): void {
    this.#tell("UNANSWERED", order.symbol, `${request} of order ${order.clientId} has no answer: ${why}`);
    this.#listener.report({ kind: "unanswered", request, order: name(this.#known(order)) }, at);
  }

  /** Whoever reads them says each payment once. */
  funding(funding: ExchangeFunding, at: bigint): void {
    this.#listener.report({ kind: "funding", funding }, at);
  }

  /** Reports may be missing. */
  gap(reason: string): void {
    this.#tell("USER_GAP", undefined, reason);
    this.#listener.gap();
  }

  /** Nothing is waited for any longer. */
  close(): void {
    for (const known of this.#orders.values()) known.held?.();
  }

  #known(order: OrderName): Known {
    const known = this.#orders.get(order.clientId) ??
      (order.exchangeId === undefined ? undefined : this.#byExchange.get(order.exchangeId));
    if (known !== undefined) return known;
    this.#tell(
      "FOREIGN_ORDER",
      order.symbol,
      `order ${order.clientId} (${order.exchangeId ?? "?"}) was not sent here, but by a run before or by others`,
    );
    const stranger = this.#remember(order, undefined);
    this.#identify(stranger, order.exchangeId);
    stranger.acknowledged = true;
    return stranger;
  }

  #remember({ clientId, symbol }: OrderName, size: string | undefined): Known {
    const known: Known = {
      clientId,
      symbol,
      size,
      filled: "0",
      before: "0",
      exchangeId: undefined,
      acknowledged: false,
      over: false,
      executions: new Set(),
      held: undefined,
      release: undefined,
    };
    this.#orders.set(clientId, known);
    if (this.#orders.size > ORDERS_MAX) this.#forget(this.#orders.keys().next().value!);
    return known;
  }

  #forget(clientId: string): void {
    const { exchangeId, held } = this.#orders.get(clientId)!;
    held?.();
    this.#orders.delete(clientId);
    if (exchangeId !== undefined) this.#byExchange.delete(exchangeId);
  }

  #identify(known: Known, exchangeId: string | undefined): void {
    if (exchangeId === undefined) return;
    known.exchangeId = exchangeId;
    this.#byExchange.set(exchangeId, known);
  }

  #acknowledge(known: Known, exchangeId: string, at: bigint): void {
    if (known.exchangeId === undefined) this.#identify(known, exchangeId);
    if (known.acknowledged) return;
    known.acknowledged = true;
    this.#listener.report({ kind: "acknowledged", order: name(known), exchangeId }, at);
  }

  #end(known: Known): void {
    known.over = true;
    this.#over.push(known);
    if (this.#over.length <= OVER_MAX) return;
    const gone = new Set(this.#over.splice(0, OVER_MAX / 2).filter((one) => one.over));
    for (const names of [this.#orders, this.#byExchange]) {
      for (const [id, one] of names) if (gone.has(one)) names.delete(id);
    }
  }

  #tell(event: LiveEventName, symbol: string | undefined, message: string): void {
    this.#tools.tell({ name: event, venue: this.#venue, message, ...(symbol === undefined ? {} : { symbol }) });
  }
}

/** A key that may not trade is not the order's fault, and the next will not fare better. */
function refusedBy(code: Code | 0): LiveEventName {
  return code === Code.NOT_PERMITTED ? "NOT_PERMITTED" : "REQUEST_REFUSED";
}

function name({ clientId, symbol, exchangeId }: Known): OrderName {
  return exchangeId === undefined ? { clientId, symbol } : { clientId, symbol, exchangeId };
}
