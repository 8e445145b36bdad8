import { BUY } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
import type { VenueReport } from "../core/venue_report.ts";
import { FRESH, NamedExecutions } from "../oms/executions.ts";
import { canLive, EVENT_NAMES, isFinal } from "../oms/order_life.ts";
import type { OrderTable } from "../oms/order_table.ts";
import type { AwayOrders } from "../venue/away_venue.ts";
import { clientName, readClientName } from "./client_names.ts";
import { fillReport } from "./fill_report.ts";
import { FundingBooks } from "./funding_books.ts";
import { lotsOf, priceText, sizeText, ticksOf } from "./grid_text.ts";
import { KeptFees } from "./kept_fees.ts";
import type { HaltCause, LiveEventName } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import { mayRest, newOrder } from "./new_order.ts";
import type {
  ExchangeFill,
  ExchangeFunding,
  OrderEntry,
  OrderListener,
  OrderName,
  OrderReport,
} from "./order_entry.ts";
import type { OrderLog } from "./order_log.ts";
import { OrderSeeker } from "./order_seeker.ts";
import { WorkingOrder } from "./working_order.ts";

/** What a desk is made of. */
export interface DeskOptions {
  readonly entry: OrderEntry;
  /** The name of this run, by which its orders are told from all others. */
  readonly run: string;
  /** As the session has them, in its order. */
  readonly instruments: readonly Instrument[];
  /** What fees runs before it left to even out, by base currency. */
  readonly keptFees?: Readonly<Record<string, string>>;
  /** The session's orders. */
  readonly orders: OrderTable;
  /** Lots that the session holds of an instrument, by its index. */
  readonly position: (instrument: number) => number;
  readonly log: OrderLog;
  readonly tools: LiveTools;
  /** Where reports go: to the session, which acts on each before it returns. Never called while it is `busy`. */
  readonly report: (report: VenueReport) => void;
  /** Whether the session is in the midst of a move. */
  readonly busy: () => boolean;
  /** Nothing can be relied on any more: no order may leave. Who hears it tells of it, once; it may come again. */
  readonly halt: (cause: HaltCause) => void;
  /** Reports may have been missed, beside those of orders that are open. */
  readonly missed?: () => void;
}

/** Executions that are remembered, so that each is booked once. */
const EXECUTIONS = 65_536;
/** An order that the exchange does not count as open is looked up once its request is so old: it may be on its way before. */
const YOUNG_MS = 5000;
/** What an order does not survive, whether or not there is a session to be told. */
const ENDS = new Set(["Reject", "CancelDone", "Expire"]);
/** Lines about orders of others that are remembered, so that each is told once. */
const STRANGERS_MAX = 1000;

/**
 * Where a session's orders become an exchange's, and the exchange's words reports to the session.
 *
 * - What leaves is written to the order log before it does; where that fails nothing leaves any more.
 * - Where an exchange has no positions, a reduce-only order that cannot rest is kept to reducing here, and leaves as a plain one.
 * - A request without an answer is *unknown*: it is looked up until the exchange says what became of it, and never sent again.
 * - Of what an exchange without positions has kept for its fees nothing is sold, see {@linkcode KeptFees}.
 * - Each execution, and each payment of funding, is booked once, whether it comes by the stream, again by the stream, or by a question.
 * - What an exchange says that cannot follow on what it said before is no report: the order is looked up.
 * - What the entry told of by itself (refusals, silence, gaps, more filled than asked) is not told again.
 * - Orders of other runs of ours, which a dead program left behind, are cancelled when they show.
 *
 * Cost: constant for each request and report; memory for the orders that are open, and 65,536 executions.
 */
export class OrderDesk implements AwayOrders, OrderListener {
  readonly #options: DeskOptions;
  readonly #working = new Map<number, WorkingOrder>();
  readonly #executions = new NamedExecutions(EXECUTIONS);
  readonly #funding: FundingBooks;
  readonly #seeker: OrderSeeker;
  readonly #told = new Set<string>();
  readonly #keptFees: KeptFees;
  /** What came while the session was busy. */
  readonly #acts: (() => void)[] = [];
  #draining = false;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#keptFees = new KeptFees(options.instruments, options.keptFees);
    this.#funding = new FundingBooks(options.instruments, (...event) => this.#event(...event));
    this.#seeker = new OrderSeeker(options.entry, options.tools, {
      fills: (fills) => this.fills(fills),
      report: (order, report) => this.act(() => this.#tell(order, report)),
      over: (order) => this.act(() => this.#over(order)),
    });
  }

  /** Acts now, or once the session has made its move and what came before is done. */
  act(act: () => void): void {
    this.#acts.push(act);
    this.drain();
  }

  /** Carries out what came while the session was busy. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (this.#acts.length > 0 && !this.#options.busy()) this.#acts.shift()!();
    } finally {
      this.#draining = false;
    }
  }

  /** Orders that are on their way or work, as far as is known. */
  get working(): ReadonlyMap<number, WorkingOrder> {
    return this.#working;
  }

  /** Executions and funding that were heard of before this run: they are not booked again. */
  known(executions: Iterable<ExchangeFill>, funding: Iterable<ExchangeFunding> = []): void {
    for (const fill of executions) this.#executions.hear(nameOf(fill), Number(fill.time));
    this.#funding.known(funding);
  }

  submit(slot: number): void {
    const { orders, entry } = this.#options, id = orders.id[slot];
    const instrument = this.#options.instruments[orders.instrument[slot]];
    const clientId = clientName({ run: this.#options.run, order: id });
    const wanted = newOrder(orders, slot, instrument, clientId);
    if (wanted === undefined) return this.#reject(id, Code.ORDER_FORM);
    if (!entry.ready) return this.#reject(id, Code.NOT_CONNECTED);
    const side = orders.side[slot] === BUY ? 1 : -1, lots = orders.size[slot];
    const order = new WorkingOrder(id, clientId, instrument, side, lots, wanted.postOnly);
    const keptHere = wanted.reduceOnly && !mayRest(wanted) && !entry.holdsReduceOnly(instrument.symbol);
    const held = this.#options.position(orders.instrument[slot]);
    if (keptHere && !order.reduces(held, this.#working.values())) return this.#reject(id, Code.NOT_REDUCING);
    order.short = order.nextShort = this.#keptFees.short(order, { lots, position: held }, this.#working.values());
    order.lots -= order.short;
    if (order.lots === 0) return this.#fillHere(order, orders.price[slot]);
    const request = { ...wanted, size: sizeText(instrument, order.lots), reduceOnly: wanted.reduceOnly && !keptHere };
    const now = this.#options.tools.timers.now();
    const { symbol, size, price } = request, at = String(this.#options.tools.wall());
    if (!this.#log({ kind: "sent", at, clientId, symbol, side: order.sideWord, size, ...(price ? { price } : {}) })) {
      return this.#reject(id, Code.CLOSED);
    }
    this.#working.set(id, order);
    order.ask("submit", now);
    entry.submit(request);
  }

  cancel(slot: number): void {
    const order = this.#working.get(this.#options.orders.id[slot]);
    if (!this.#mayAsk(order)) return this.#refuse(this.#options.orders.id[slot]);
    order.ask("cancel", this.#options.tools.timers.now());
    this.#options.entry.cancel(order.name);
  }

  amend(slot: number, price: number, size: number): void {
    const { orders, entry, run, tools } = this.#options, id = orders.id[slot], order = this.#working.get(id);
    if (!this.#mayAsk(order)) return this.#refuse(id);
    const { instrument, filled } = order, nextClientId = clientName({ run, order: id }, order.asks + 1);
    const open = { lots: size - filled, position: this.#options.position(orders.instrument[slot]) };
    const short = this.#keptFees.short(order, open, this.#working.values()), lots = size - short;
    if (short > 0 && lots <= filled) return this.#refuse(id, Code.NOT_REDUCING);
    const change = { symbol: instrument.symbol, side: order.sideWord, size: sizeText(instrument, lots) };
    const at = String(this.#options.tools.wall());
    if (!this.#log({ kind: "sent", at, clientId: nextClientId, ...change, price: priceText(instrument, price) })) {
      return this.#refuse(id);
    }
    order.nextClientId = nextClientId;
    order.nextShort = short;
    order.ask("amend", tools.timers.now(), { price, lots });
    const { postOnly, name } = order, done = { filled: sizeText(instrument, filled), postOnly };
    entry.amend({ ...name, ...change, nextClientId, price: priceText(instrument, price), ...done });
  }

  report(report: OrderReport): void {
    this.act(() => this.#take(report));
  }

  #take(report: OrderReport): void {
    if (report.kind === "funding") return this.#funded(report.funding);
    if (report.kind === "fill") return this.#fill(report.fill);
    const order = this.#find(report.order);
    if (order === undefined) return report.kind === "acknowledged" ? this.#stranger(report.order) : undefined;
    if ("exchangeId" in report.order) order.exchangeId = report.order.exchangeId;
    switch (report.kind) {
      case "acknowledged":
        order.exchangeId = report.exchangeId;
        order.known = true;
        if (order.asked?.request === "submit") order.asked = undefined;
        return this.#tell(order, { event: "Acknowledged" });
      case "rejected":
        return this.#tell(order, { event: "Reject", code: report.code });
      case "cancelled":
        return this.#tell(order, { event: "CancelDone", code: report.code });
      case "expired":
        return this.#tell(order, { event: "Expire", code: report.code });
      case "amended":
        return this.#amended(order, report);
      case "refused":
        return this.#refused(order, report);
      case "unanswered":
        return this.#seeker.seek(order);
    }
  }

  gap(): void {
    for (const order of this.#working.values()) this.#seeker.seek(order);
    this.#options.missed?.();
  }

  /** Fees kept of what was bought of an instrument, by which less is held than the session has. */
  keptFees(instrument: Instrument): string {
    return this.#keptFees.rest(instrument);
  }

  /** Looks up whatever of ours the exchange does not count among its open orders, and cancels what it has of runs that are over. */
  compareOpen(symbol: string, open: readonly OrderName[]): void {
    const { tools } = this.#options, there = new Set(open.map(({ clientId }) => clientId));
    for (const order of this.#working.values()) {
      const young = tools.timers.now() - order.sentAt < YOUNG_MS;
      const named = there.has(order.clientId) || (order.nextClientId !== undefined && there.has(order.nextClientId));
      if (order.instrument.symbol === symbol && !named && !young) this.#seeker.seek(order);
    }
    for (const name of open) if (this.#find(name) === undefined) this.#stranger(name);
  }

  /** Books executions that were asked for; those heard before are passed over. */
  fills(fills: readonly ExchangeFill[]): void {
    this.act(() => fills.forEach((fill) => this.#fill(fill)));
  }

  /** Books funding that was asked for, likewise. */
  funding(payments: readonly ExchangeFunding[]): void {
    this.act(() => payments.forEach((payment) => this.#funded(payment)));
  }

  /** Asks for the end of everything that is open; what comes of it is reported as ever. */
  cancelAll(): void {
    for (const order of this.#working.values()) {
      if (order.asked?.request !== "cancel") this.#options.entry.cancel(order.name);
    }
  }

  /** Looks nothing up any more. */
  close(): void {
    this.#seeker.close();
  }

  /** An execution of ours, by whichever way it came. */
  #fill(fill: ExchangeFill): void {
    const order = this.#find(fill), whose = readClientName(fill.clientId);
    if (order === undefined && whose === undefined) return this.#stranger(fill);
    if (this.#executions.hear(nameOf(fill), Number(fill.time)) !== FRESH) return;
    const instrument = this.#options.instruments.find(({ symbol }) => symbol === fill.symbol);
    if (instrument === undefined) return this.#stranger(fill);
    // Who trades by the new name has been amended, whether or not that was heard.
    if (order?.asked?.request === "amend" && fill.clientId === order.nextClientId) {
      const { price, lots } = order.asked;
      order.amended(fill.clientId, lots);
      this.#tell(order, { event: "ReplaceDone", price, lots });
    }
    this.#log({ kind: "fill", ...fill, time: String(fill.time) });
    const id = order?.id ?? (whose?.run === this.#options.run ? whose.order : 0);
    const costs = this.#options.entry.holdsReduceOnly(fill.symbol) ? fill : this.#keptFees.take(fill, instrument);
    const { report, offGrid, foreignFee } = fillReport(costs, instrument, id);
    if (offGrid) {
      const { tick, lot } = instrument.spec,
        message = `${fill.price} × ${fill.size} is off its grid of ${tick} × ${lot}`;
      this.#options.halt({ name: "INSTRUMENT_CHANGED", message, symbol: fill.symbol });
    }
    if (foreignFee) {
      this.#once("FOREIGN_ORDER", `fees in ${fill.feeCurrency} are estimated by the fee model`, fill.symbol);
    }
    if (order !== undefined) {
      order.took(fill.clientId, report.lots!);
      if (order.asked?.request === "submit") order.asked = undefined;
    }
    this.#options.report(order === undefined ? report : this.#keptFees.evened(order, report, fill.price));
    // What asks for more of it may have been granted before.
    if (order !== undefined && order.filled >= order.lots && order.asked?.request !== "amend") this.#over(order);
    else this.#settled(id);
  }

  #funded(payment: ExchangeFunding): void {
    const report = this.#funding.take(payment);
    if (report !== undefined) this.#options.report(report);
  }

  #amended(order: WorkingOrder, report: Extract<OrderReport, { readonly kind: "amended" }>): void {
    const { instrument } = order,
      price = ticksOf(instrument, report.price).steps,
      lots = lotsOf(instrument, report.size).steps;
    order.amended(report.order.clientId, lots);
    this.#tell(order, { event: "ReplaceDone", price, lots });
  }

  #refused(order: WorkingOrder, report: Extract<OrderReport, { readonly kind: "refused" }>): void {
    if (report.request === "amend") order.stays();
    if (order.asked?.request === report.request) order.asked = undefined;
    this.#tell(order, { event: "RequestRefused", code: report.code });
    // Too late means that it is over: if nobody has told us how, we ask.
    if (report.code === Code.TOO_LATE && this.#working.has(order.id)) this.#seeker.seek(order);
  }

  /** Reports to the session, where it can follow on what was said before; else the order is looked up. */
  #tell(order: WorkingOrder, report: Omit<VenueReport, "order">): void {
    if (!this.#follows(order, report.event)) return this.#seeker.seek(order);
    if (report.event !== "Acknowledged") order.asked = undefined;
    const lots = report.lots === undefined ? {} : { lots: report.lots + order.short };
    this.#options.report({ order: order.id, ...report, ...lots });
    if (ENDS.has(report.event)) this.#over(order);
    else this.#settled(order.id);
  }

  /** Whether an event can follow on how the session's order stands. */
  #follows({ id }: WorkingOrder, event: string): boolean {
    const { orders } = this.#options, slot = orders.slotOf(id);
    return slot < 0 || canLive(orders, slot, EVENT_NAMES.indexOf(event));
  }

  /** Forgets an order that is over as the session has it. */
  #settled(id: number): void {
    const order = this.#working.get(id), { orders } = this.#options, slot = orders.slotOf(id);
    if (order !== undefined && (slot < 0 || isFinal(orders.state[slot]))) this.#over(order);
  }

  #over(order: WorkingOrder): void {
    if (!this.#working.delete(order.id)) return;
    this.#log({ kind: "done", clientId: order.clientId });
  }

  #find({ clientId }: OrderName): WorkingOrder | undefined {
    const named = readClientName(clientId);
    return named?.run === this.#options.run ? this.#working.get(named.order) : undefined;
  }

  /**
   * An order that is none of those at work: one that this run holds to be over, or a run before has left, is cancelled; anybody else's
   * is told of and left alone.
   */
  #stranger(name: OrderName): void {
    const { clientId, exchangeId, symbol } = name;
    if (readClientName(clientId) === undefined) {
      return this.#once("FOREIGN_ORDER", `${clientId || exchangeId} is none of ours, and is left alone`, symbol);
    }
    // Another program of ours may trade other instruments of this account.
    if (!this.#options.instruments.some((each) => each.symbol === symbol)) return;
    this.#once("FOREIGN_ORDER", `${clientId} should be over, and still stands: cancelling it`, symbol);
    this.#options.entry.cancel(name);
  }

  #mayAsk(order: WorkingOrder | undefined): order is WorkingOrder {
    return order !== undefined && this.#options.entry.ready && this.#options.log.failure === undefined;
  }

  /** An order of nothing that is there does not leave. */
  #fillHere(order: WorkingOrder, limit: number): void {
    this.#working.set(order.id, order);
    this.act(() => {
      this.#working.delete(order.id);
      this.#options.report(this.#keptFees.fillHere(order, limit));
    });
  }

  #reject(order: number, code: Code): void {
    this.act(() => this.#options.report({ order, event: "Reject", code }));
  }

  #refuse(order: number, code: Code = this.#working.has(order) ? Code.NOT_CONNECTED : Code.TOO_LATE): void {
    this.act(() => this.#options.report({ order, event: "RequestRefused", code }));
  }

  #log(entry: Parameters<OrderLog["write"]>[0]): boolean {
    const { log, halt } = this.#options, failed = log.failure !== undefined;
    if (log.write(entry)) return true;
    if (!failed) halt({ name: "JOURNAL_FAILED", message: `the order log cannot be written: ${log.failure!.message}` });
    return false;
  }

  #event(name: LiveEventName, message: string, symbol?: string): void {
    this.#options.tools.tell({ name, venue: this.#options.entry.venue, message, symbol });
  }

  #once(name: LiveEventName, message: string, symbol?: string): void {
    if (this.#told.has(message)) return;
    if (this.#told.size >= STRANGERS_MAX) this.#told.clear();
    this.#told.add(message);
    this.#event(name, message, symbol);
  }
}

/** Executions are numbered by instrument. */
function nameOf({ symbol, execution }: ExchangeFill): string {
  return `${symbol} ${execution}`;
}
