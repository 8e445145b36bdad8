import type { Code } from "../core/codes.ts";

/** What we know an order by: our own name of it, and the exchange's once it has one. */
export interface OrderName {
  /** Ours: letters, digits, "-" and "_", at most 36. No two orders ever have the same. */
  readonly clientId: string;
  /** The exchange's name of the instrument. */
  readonly symbol: string;
  readonly exchangeId?: string;
}

/** An order as it goes to an exchange. Prices and sizes are decimals in text, so that they are exact. */
export interface NewOrder extends OrderName {
  readonly side: "buy" | "sell";
  readonly type: "market" | "limit" | "stop" | "stop_limit";
  /** In all. */
  readonly size: string;
  /** Of a limit and a stop_limit. */
  readonly price?: string;
  /** Of a stop and a stop_limit. */
  readonly trigger?: string;
  readonly tif: "gtc" | "ioc" | "fok";
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
}

/** Another price and size for an order that works. */
export interface OrderChange extends OrderName {
  /** What it goes by from now on, where the exchange makes another order of it; some keep the name. */
  readonly nextClientId: string;
  readonly side: "buy" | "sell";
  readonly price: string;
  /** In all, with what is filled. */
  readonly size: string;
  /** Filled so far, as far as we know. */
  readonly filled: string;
  readonly postOnly: boolean;
}

/** How an order stands at the exchange. */
export interface OrderStatus extends OrderName {
  readonly exchangeId: string;
  readonly side: "buy" | "sell";
  readonly price?: string;
  readonly size: string;
  readonly filled: string;
  readonly state: "open" | "filled" | "cancelled" | "rejected" | "expired";
}

/** One execution of an order of ours. */
export interface ExchangeFill extends OrderName {
  readonly exchangeId: string;
  /** The exchange's number of it, or one made of its name: no two of an instrument have the same. */
  readonly execution: number;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
  readonly liquidity: "maker" | "taker";
  /** What it cost, below 0 where we were paid; and in which currency. */
  readonly fee: string;
  readonly feeCurrency: string;
  /** When it happened at the exchange: ns since 1970-01-01 UTC. */
  readonly time: bigint;
}

/** What a position of ours received in funding, or paid. */
export interface ExchangeFunding {
  /** The exchange's name of the instrument. */
  readonly symbol: string;
  /** The exchange's name of it: no two of an instrument have the same. */
  readonly id: string;
  /** What was received, a decimal; below 0 where it was paid. */
  readonly amount: string;
  readonly currency: string;
  /** When it was due: ns since 1970-01-01 UTC. */
  readonly time: bigint;
}

/** What an exchange says of an order of ours, of a request about it, or of a position. */
export type OrderReport =
  | { readonly kind: "acknowledged"; readonly order: OrderName; readonly exchangeId: string }
  | { readonly kind: "rejected"; readonly order: OrderName; readonly code: Code; readonly reason: string }
  | { readonly kind: "fill"; readonly order: OrderName; readonly fill: ExchangeFill }
  | { readonly kind: "funding"; readonly funding: ExchangeFunding }
  | { readonly kind: "cancelled" | "expired"; readonly order: OrderName; readonly code: Code | 0 }
  /** `order` is its name from now on: the next one, where the exchange made another order of it. */
  | { readonly kind: "amended"; readonly order: OrderName; readonly price: string; readonly size: string }
  | {
    readonly kind: "refused";
    /** What of ours was refused; the order goes on as it was, or is over already (TOO_LATE). */
    readonly request: "cancel" | "amend";
    readonly order: OrderName;
    readonly code: Code;
    readonly reason: string;
  }
  /** No answer came, or one that says nothing: what became of the request has to be looked up. */
  | { readonly kind: "unanswered"; readonly request: "submit" | "cancel" | "amend"; readonly order: OrderName };

/** What we own at the exchange. */
export interface ExchangeAccount {
  /** By currency, in all: free and locked together. */
  readonly balances: Readonly<Record<string, string>>;
  /** By symbol, signed: what is not in it is flat. Absent on spot, where what is held is a balance. */
  readonly positions?: Readonly<Record<string, { readonly size: string; readonly entryPrice: string }>>;
}

/** Hears what an exchange says of our orders. */
export interface OrderListener {
  /**
   * In the order in which it came; `at` is when, in wall time (ns since 1970-01-01 UTC).
   *
   * Each thing is said once, however often the exchange says it: an order is acknowledged before all else, and its end comes after
   * the fills that count in it, but for those that a gap lost. Orders that were not sent here are reported as well, and told of
   * (FOREIGN_ORDER). What was unanswered may be answered later all the same.
   */
  report(report: OrderReport, at: bigint): void;
  /**
   * Reports may be missing, which the entry has told of (USER_GAP): orders and fills must be read anew. Said once reports are heard
   * again, so that nothing falls between.
   */
  gap(): void;
}

/**
 * The way of our orders to one exchange, and of its answers back: what a dialect of orders is.
 *
 * Requests leave at once and answer by `listener.report`, never by throwing: whatever an exchange says, or does not, is data; and so is
 * that nothing could be sent (NOT_CONNECTED, THROTTLED). A request is never sent twice. Questions (`lookup` and below) reject where they could not be answered, and may be asked again.
 */
export interface OrderEntry {
  /** "binance-spot". */
  readonly venue: string;
  /** Connects: resolves when orders can be sent and reports are heard. Rejects where keys or permissions do not allow it. */
  open(listener: OrderListener): Promise<void>;
  close(): Promise<void>;
  /** Whether requests can leave: connected, and not asked by the exchange to wait. */
  readonly ready: boolean;
  /** Whether the exchange has positions of an instrument, and keeps a reduce-only order to reducing one: spot has none. */
  holdsReduceOnly(symbol: string): boolean;
  submit(order: NewOrder): void;
  cancel(order: OrderName): void;
  amend(change: OrderChange): void;
  /** Cancels all that is open of an instrument, whoever sent it; resolves when the exchange says so. */
  cancelAll(symbol: string): Promise<void>;
  /**
   * What the exchange knows of an order; undefined where it never had it, and will not have it either: of a submit without an answer
   * that is said only when it can no longer arrive.
   */
  lookup(order: OrderName): Promise<OrderStatus | undefined>;
  openOrders(symbol: string): Promise<readonly OrderStatus[]>;
  /** Executions of ours since a time (ns since 1970-01-01 UTC), the oldest first. */
  fills(symbol: string, since: bigint): Promise<readonly ExchangeFill[]>;
  account(): Promise<ExchangeAccount>;
  /** Funding of all instruments since a time (likewise), the oldest first; absent where the exchange has none, or is not asked for it. */
  funding?(since: bigint): Promise<readonly ExchangeFunding[]>;
  /** Has the exchange cancel everything if it does not hear this again for so long, 0 for never; absent where it has no such switch. */
  deadMan?(ms: number): Promise<void>;
}
