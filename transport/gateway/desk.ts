import { Code } from "../../engine/core/codes.ts";
import { PENDING_CANCEL } from "../../engine/oms/order_life.ts";
import type { Principal } from "../auth/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Timers } from "../link/timers.ts";
import type { Commanded, SentCommand } from "../host/session_commands.ts";
import { BinanceError, filterFailure, refusal } from "./binance_error.ts";
import type { SpotExchange } from "./spot_exchange.ts";
import type { SpotOrder } from "./spot_order.ts";
import type { SpotSymbol } from "./spot_symbol.ts";

/** What a desk needs of its session: a `HostedSession` is one. */
export interface CommandedHost {
  perform(principal: Principal, command: SentCommand["command"]): Commanded;
  refusal(code: number): string;
}

/** An order that somebody wants, in ticks and lots: the fields of the session's command `submit`. */
export interface OrderWish {
  readonly symbol: SpotSymbol;
  readonly clientId?: string;
  /** The money that it is asked for, where that is so: an amount of the quote asset. */
  readonly quoteSize?: bigint;
  readonly fields: Readonly<Record<string, unknown>> & WishFields;
}

/** What the desk itself looks at. */
interface WishFields {
  readonly side: "buy" | "sell";
  readonly size: number;
  readonly type: string;
  /** Ticks. */
  readonly trigger?: number;
}

/** Who waits for an order to come to something. */
interface Waiting {
  readonly order: SpotOrder;
  readonly cancels: boolean;
  readonly done: () => void;
}

/** For whom the desk trades: everybody with a key of the gateway, on this session. */
const TRADER: Principal = { name: "gateway", scopes: ["trade"] };
/** How long an answer may take, ms of wall time: a clock that stands still gives none. */
const ANSWER_MS = 10_000;
/** Orders that may be waited for at one time. */
const WAITING_MAX = 1000;

/**
 * Takes orders to the session, by its commands alone, and waits for what becomes of them: as an exchange it answers when the
 * order has arrived, with what it traded at once.
 */
export class Desk {
  readonly #host: CommandedHost;
  readonly #exchange: SpotExchange;
  readonly #timers: Timers;
  readonly #waiting = new Set<Waiting>();
  /** Hears that somebody begins to wait for the session's time to go on. */
  onWait: () => void = () => {};

  constructor(host: CommandedHost, exchange: SpotExchange, timers: Timers) {
    this.#host = host;
    this.#exchange = exchange;
    this.#timers = timers;
  }

  /** Whether an answer waits for the session's time to go on. */
  get waits(): boolean {
    return this.#waiting.size > 0;
  }

  /** Sends an order; the order as it stands when it has arrived. Throws BinanceError where risk or the venue refuse it. */
  async place({ symbol, clientId, quoteSize, fields }: OrderWish): Promise<SpotOrder> {
    if (clientId !== undefined && this.#exchange.orders.byName(symbol.name, clientId)?.over === false) {
      throw refusal("DUPLICATE_ORDER");
    }
    if (this.#waiting.size >= WAITING_MAX) throw refusal("UNKNOWN");
    if (isReached(fields, this.#exchange.market(symbol.name)!.lastPrice)) throw refusal("WOULD_TRIGGER");
    if (fields.side === "sell" && this.#exchange.sellsKept(symbol, fields.size)) throw refusal("INSUFFICIENT_BALANCE");
    const id = this.#perform({ kind: "submit", instrument: symbol.instrument, ...fields });
    const order = this.#exchange.orders.byId(id);
    if (order === undefined) throw refusal("UNKNOWN");
    if (clientId !== undefined) this.#exchange.orders.name(order, clientId);
    if (quoteSize !== undefined) order.quoteSize = quoteSize;
    await this.#arrival(order, false);
    if (order.working) return order;
    if (!order.over) throw refusal("TIMEOUT");
    throw refused(order.code, this.#host.refusal(order.code));
  }

  /** Asks to cancel an order; the order once it has ended so. Throws BinanceError where it ended otherwise. */
  async cancel(order: SpotOrder, cancelId: string): Promise<SpotOrder> {
    if (order.over) throw refusal("CANCEL_REJECTED");
    if (this.#waiting.size >= WAITING_MAX) throw refusal("UNKNOWN");
    order.cancelId ??= cancelId;
    try {
      this.#perform({ kind: "cancel", order: order.id });
    } catch (error) {
      if (order.state !== PENDING_CANCEL) throw error;
      // Another cancel of it is on its way: whoever asks second hears what comes of the first.
    }
    await this.#arrival(order, true);
    if (order.status === "CANCELED") return order;
    order.cancelId = undefined;
    throw refusal("CANCEL_REJECTED");
  }

  /** After each move: answers whoever has waited long enough. */
  moved(): void {
    for (const each of this.#waiting) {
      const { order, cancels } = each;
      if (order.over) each.done();
      else if (cancels ? order.state !== PENDING_CANCEL : order.working && !this.#exchange.more) each.done();
    }
  }

  /** The session has ended: nobody hears more. */
  close(): void {
    for (const each of this.#waiting) each.done();
  }

  /** Has the session do something; returns the order's number. Throws BinanceError. */
  #perform(command: SentCommand["command"]): number {
    try {
      const { code, order, reason } = this.#host.perform(TRADER, command);
      if (code === 0) return order;
      throw command.kind === "cancel" ? refusal("CANCEL_REJECTED") : refused(code, reason);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.data.name === "SESSION_OVER") throw refusal("SERVICE_SHUTTING_DOWN");
      throw new BinanceError(-2010, error.message);
    }
  }

  /** Until an order has arrived, or its cancel has. Throws BinanceError where that takes too long. */
  #arrival(order: SpotOrder, cancels: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(waiting);
        stop();
      };
      const waiting: Waiting = {
        order,
        cancels,
        done: () => (end(), resolve()),
      };
      const stop = this.#timers.after(ANSWER_MS, () => (end(), reject(refusal("TIMEOUT"))));
      this.#waiting.add(waiting);
      this.onWait();
    });
  }
}

/** Whether the last price, in ticks, is already there that an order is to wait for; NaN before the first trade is nowhere. */
function isReached({ side, type, trigger = NaN }: WishFields, last: number): boolean {
  const above = (side === "buy") === (type !== "market_if_touched");
  return above ? last >= trigger : last <= trigger;
}

/** The filter that says what a limit of risk says. */
const FILTERS: Readonly<Record<number, string>> = {
  [Code.PRICE_GRID]: "PRICE_FILTER",
  [Code.SIZE_GRID]: "LOT_SIZE",
  [Code.ORDER_SIZE]: "LOT_SIZE",
  [Code.ORDER_SIZE_MIN]: "LOT_SIZE",
  [Code.NOTIONAL]: "NOTIONAL",
  [Code.NOTIONAL_MIN]: "NOTIONAL",
  [Code.PRICE_BAND]: "PERCENT_PRICE",
  [Code.COLLAR_LAST]: "PERCENT_PRICE",
  [Code.COLLAR_REFERENCE]: "PERCENT_PRICE",
  [Code.POSITION]: "MAX_POSITION",
  [Code.OPEN_ORDERS]: "MAX_NUM_ORDERS",
};
const NO_MONEY = new Set<number>([Code.MARGIN, Code.CASH, Code.SHORT_SELLING, Code.LEVERAGE]);
const TOO_FAST = new Set<number>([Code.MESSAGE_RATE, Code.ORDER_RATE, Code.CANCEL_RATE]);
const CLOSED = new Set<number>([
  Code.HALTED,
  Code.INSTRUMENT_HALTED,
  Code.EXPIRED_INSTRUMENT,
  Code.DELISTED,
  Code.CLOSED,
]);

/** What an exchange says of an order that risk or the venue refused. */
export function refused(code: number, reason: string): BinanceError {
  if (code === Code.WOULD_CROSS) return refusal("WOULD_MATCH");
  if (NO_MONEY.has(code)) return refusal("INSUFFICIENT_BALANCE");
  if (CLOSED.has(code)) return refusal("MARKET_CLOSED");
  if (TOO_FAST.has(code)) return new BinanceError(-1015, `Too many new orders; ${reason}`, 429);
  return code in FILTERS ? filterFailure(FILTERS[code]) : new BinanceError(-2010, reason);
}
