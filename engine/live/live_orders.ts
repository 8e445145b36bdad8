import { Code } from "../core/codes.ts";
import type { OrderOptions } from "./exchange.ts";
import type { LiveTools } from "./live_tools.ts";
import { NetworkError } from "./network.ts";
import type {
  ExchangeAccount,
  ExchangeFill,
  NewOrder,
  OrderChange,
  OrderEntry,
  OrderListener,
  OrderName,
  OrderStatus,
} from "./order_entry.ts";
import { OrderReports } from "./order_reports.ts";
import { ExchangeError, type Refusal } from "./refusals.ts";

/** A request that waits for its answer. */
export type OrderRequest =
  | { readonly kind: "submit"; readonly order: NewOrder }
  | { readonly kind: "cancel"; readonly order: OrderName }
  | { readonly kind: "amend"; readonly order: OrderChange };

/**
 * What order entries share: requests are refused here where they cannot be sent, and otherwise leave once; what becomes of them is
 * reported by `OrderReports`. How it is said on the wire is a dialect's.
 */
export abstract class LiveOrders implements OrderEntry {
  readonly venue: string;
  protected readonly options: OrderOptions;
  protected readonly tools: LiveTools;
  protected readonly reports: OrderReports;
  #listener: OrderListener | undefined;
  /** Submits without an answer: until when (ms of the timers) the exchange may still take them. */
  readonly #inDoubt = new Map<string, number>();

  constructor(venue: string, options: OrderOptions, tools: LiveTools) {
    this.venue = venue;
    this.options = options;
    // Whatever an exchange or a library says: our secret is not in it when it is told.
    this.tools = {
      ...tools,
      tell: (event) => tools.tell({ ...event, message: options.keys.redact(event.message) }),
    };
    const report: OrderListener["report"] = (report, at) => this.#listener?.report(report, at);
    const gap = () => this.#listener?.gap();
    this.reports = new OrderReports(venue, { report, gap }, this.tools);
  }

  abstract get ready(): boolean;
  abstract holdsReduceOnly(symbol: string): boolean;
  abstract cancelAll(symbol: string): Promise<void>;
  abstract openOrders(symbol: string): Promise<readonly OrderStatus[]>;
  abstract fills(symbol: string, since: bigint): Promise<readonly ExchangeFill[]>;
  abstract account(): Promise<ExchangeAccount>;

  /** Checks keys and permissions, and connects. */
  protected abstract connect(): Promise<void>;
  /** Ends all connections and timers; called where `connect` failed as well. */
  protected abstract shut(): void;
  /** Sends a request, once. */
  protected abstract send(request: OrderRequest): void;
  /** Why a request cannot be sent: not connected, left alone, or of a form that the exchange has not; undefined where it can. */
  protected abstract refusalHere(request: OrderRequest): Refusal | undefined;
  /** What the exchange says of an order now. */
  protected abstract ask(order: OrderName): Promise<OrderStatus | undefined>;
  /** For how long after it was sent the exchange may take a submit, in ms. */
  protected abstract readonly takenWithinMs: number;

  async open(listener: OrderListener): Promise<void> {
    this.#listener = listener;
    try {
      await this.connect();
    } catch (error) {
      this.#close();
      const refused = error instanceof ExchangeError && error.code === Code.NOT_PERMITTED;
      const name = refused ? "NOT_PERMITTED" : error instanceof NetworkError ? "NOT_REACHED" : undefined;
      if (name) this.tools.tell({ name, venue: this.venue, message: (error as Error).message });
      throw error;
    }
  }

  close(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  submit(order: NewOrder): void {
    this.reports.sending(order);
    this.#request({ kind: "submit", order });
  }

  cancel(order: OrderName): void {
    this.reports.ours(order);
    this.#request({ kind: "cancel", order });
  }

  amend(change: OrderChange): void {
    this.reports.ours(change);
    this.#request({ kind: "amend", order: change });
  }

  async lookup(order: OrderName): Promise<OrderStatus | undefined> {
    this.reports.ours(order);
    const found = await this.ask(order), until = this.#inDoubt.get(order.clientId);
    if (found !== undefined || until === undefined) return found;
    const left = until - this.tools.timers.now();
    if (left > 0) await new Promise<void>((resolve) => this.tools.timers.after(left, resolve));
    return await this.ask(order);
  }

  /** The exchange refused a request. */
  protected refused({ kind, order }: OrderRequest, refusal: Refusal, at: bigint): void {
    if (kind === "submit") this.reports.rejected(order, this.#redacted(refusal), at);
    else this.reports.refused(kind, order, this.#redacted(refusal), at);
  }

  /** What became of a request is not known. */
  protected unanswered({ kind, order }: OrderRequest, why: string): void {
    if (kind === "submit") this.#doubt(order.clientId);
    this.reports.unanswered(kind, order, why, this.tools.wall());
  }

  #request(request: OrderRequest): void {
    const refusal = this.refusalHere(request);
    if (refusal === undefined) this.send(request);
    else this.refused(request, refusal, this.tools.wall());
  }

  #redacted({ code, reason }: Refusal): Refusal {
    return { code, reason: this.options.keys.redact(reason) };
  }

  /** Those that the exchange can no longer take are forgotten. */
  #doubt(clientId: string): void {
    const now = this.tools.timers.now();
    for (const [id, until] of this.#inDoubt) if (until < now) this.#inDoubt.delete(id);
    this.#inDoubt.set(clientId, now + this.takenWithinMs);
  }

  #close(): void {
    this.shut();
    this.reports.close();
  }
}

/** Nothing was sent, for a spot market holds no positions that an order could be kept to reducing. */
export const NO_REDUCE_ONLY: Refusal = {
  code: Code.ORDER_FORM,
  reason: "it keeps no resting order to reducing, as it has no positions; send it without reduce-only",
};

/** Nothing was sent, for there is no connection. */
export const NOT_CONNECTED: Refusal = { code: Code.NOT_CONNECTED, reason: "there is no connection to the exchange" };

/** Nothing was sent, for the exchange is to be left alone. */
export function leftAlone(ms: number): Refusal {
  return { code: Code.THROTTLED, reason: `the exchange asked for less: it is left alone for ${Math.ceil(ms)} ms more` };
}
