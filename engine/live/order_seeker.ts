import { Code } from "../core/codes.ts";
import type { VenueReport } from "../core/venue_report.ts";
import { lotsOf, ticksOf } from "./grid_text.ts";
import type { LiveTools } from "./live_tools.ts";
import type { ExchangeFill, OrderEntry, OrderName, OrderStatus } from "./order_entry.ts";
import type { WorkingOrder } from "./working_order.ts";

/** What is found out about orders, and who hears it. */
export interface Findings {
  /** Executions of ours; those heard before among them. */
  fills(fills: readonly ExchangeFill[]): void;
  /** How an order stands. */
  report(order: WorkingOrder, report: Omit<VenueReport, "order">): void;
  /** It is over, and the session knows all of it. */
  over(order: WorkingOrder): void;
}

/** Between two questions about one order: at first, doubled each time, and at most. */
const FIRST_MS = 200;
const MOST_MS = 5000;
/** A request may arrive this long after it left: exchanges take none that is older, and ours never asks for more. */
const LATE_MS = 10_000;
/** Executions are asked for from this long before the order was sent, as clocks differ. */
const MARGIN_NS = 60_000_000_000n;

/**
 * Finds out what became of orders whose requests had no answer, or of which something may have been missed: asks the exchange, again and
 * again, until it says.
 *
 * - An order that the exchange does not know was not taken, once ten seconds have passed since it left: until then it may arrive.
 * - Executions are read before how the order ended is told, so that nothing filled comes after the end.
 */
export class OrderSeeker {
  readonly #entry: OrderEntry;
  readonly #tools: LiveTools;
  readonly #findings: Findings;
  #closed = false;

  constructor(entry: OrderEntry, tools: LiveTools, findings: Findings) {
    this.#entry = entry;
    this.#tools = tools;
    this.#findings = findings;
  }

  /** Looks for an order, unless it is being looked for. */
  seek(order: WorkingOrder): void {
    if (order.sought || this.#closed) return;
    order.sought = true;
    void this.#ask(order, this.#tools.wall(), FIRST_MS);
  }

  /** Asks nothing any more. */
  close(): void {
    this.#closed = true;
  }

  async #ask(order: WorkingOrder, since: bigint, waitMs: number): Promise<void> {
    let known = false;
    try {
      known = await this.#found(order, since);
    } catch {
      // No answer: it is asked again.
    }
    if (this.#closed) return;
    if (known) order.sought = false;
    else this.#tools.timers.after(waitMs, () => void this.#ask(order, since, Math.min(waitMs * 2, MOST_MS)));
  }

  /** Asks once; whether it is known now how the order stands. */
  async #found(order: WorkingOrder, since: bigint): Promise<boolean> {
    const { symbol } = order.instrument, { asked, asks } = order, names = namesOf(order);
    const statuses = await Promise.all(names.map((name) => this.#entry.lookup(name)));
    const found = statuses.filter((each) => each !== undefined);
    if (found.some((each) => unheard(order, each))) {
      const fills = await this.#entry.fills(symbol, since - MARGIN_NS);
      if (this.#closed) return true;
      this.#findings.fills(fills);
      // An exchange may count an execution before it lists it.
      if (found.some((each) => unheard(order, each))) return false;
    }
    // What was asked meanwhile may have changed all of it.
    if (this.#closed || order.asks !== asks || order.asked !== asked) return this.#closed;
    const status = found.at(-1);
    if (status === undefined) return this.#missing(order);
    // An amend that is not done yet may still be on its way.
    if (asked?.request === "amend" && status.state === "open" && !this.#isDone(order, status) && this.#young(order)) {
      return false;
    }
    this.#stands(order, status);
    return true;
  }

  /** The exchange does not know it: not yet, or it never will. */
  #missing(order: WorkingOrder): boolean {
    if (this.#young(order)) return false;
    const never = order.asked?.request === "submit";
    this.#findings.report(
      order,
      never ? { event: "Reject", code: Code.NO_ANSWER } : { event: "CancelDone", code: Code.NO_ANSWER },
    );
    return true;
  }

  #stands(order: WorkingOrder, status: OrderStatus): void {
    const { asked } = order;
    order.exchangeId = status.exchangeId;
    order.known = true;
    if (status.state === "cancelled") return this.#findings.report(order, { event: "CancelDone", code: 0 });
    if (status.state === "expired") return this.#findings.report(order, { event: "Expire", code: 0 });
    if (status.state === "rejected") return this.#findings.report(order, { event: "Reject", code: Code.VENUE_REFUSED });
    if (status.state === "filled") {
      // It may be filled because it was made smaller.
      if (asked?.request === "amend" && this.#isDone(order, status)) this.#amend(order, status);
      return this.#findings.over(order);
    }
    if (asked?.request === "submit") this.#findings.report(order, { event: "Acknowledged" });
    else if (asked?.request === "amend") this.#amend(order, status);
    else if (asked?.request === "cancel") {
      this.#findings.report(order, { event: "RequestRefused", code: Code.NO_ANSWER });
    }
  }

  /** What was asked for may still be on its way. */
  #young({ sentAt }: WorkingOrder): boolean {
    return this.#tools.timers.now() - sentAt < LATE_MS;
  }

  /** Whether an amend was done shows in the name, or in price and size. */
  #isDone({ instrument, asked, nextClientId }: WorkingOrder, { clientId, price = "0", size }: OrderStatus): boolean {
    return clientId === nextClientId ||
      (ticksOf(instrument, price).steps === asked!.price && lotsOf(instrument, size).steps === asked!.lots);
  }

  #amend(order: WorkingOrder, status: OrderStatus): void {
    const { instrument, filled } = order, { clientId, price = "0", size } = status;
    if (!this.#isDone(order, status)) {
      order.stays();
      return this.#findings.report(order, { event: "RequestRefused", code: Code.NO_ANSWER });
    }
    // Another order has the rest of the size: with what was filled under other names it is what was asked for.
    const before = clientId === order.clientId ? 0 : filled - order.filledUnder(clientId);
    const lots = lotsOf(instrument, size).steps + before;
    order.amended(clientId, lots);
    this.#findings.report(order, { event: "ReplaceDone", price: ticksOf(instrument, price).steps, lots });
  }
}

/** Whether the exchange has filled more of an order than was heard of. */
function unheard(order: WorkingOrder, { clientId, filled }: OrderStatus): boolean {
  return lotsOf(order.instrument, filled).steps > order.filledUnder(clientId);
}

/** The names by which an exchange may know an order: an amend that had no answer may have given it another. */
function namesOf(order: WorkingOrder): OrderName[] {
  const { name, nextClientId, instrument: { symbol } } = order;
  return nextClientId === undefined ? [name] : [name, { clientId: nextClientId, symbol }];
}
