import { Code } from "../../core/codes.ts";
import { plain, plus } from "../decimals.ts";
import { executionNumber } from "../execution_number.ts";
import { type Fields, object, objects, text, textOr, time } from "../json_fields.ts";
import type { ExchangeAccount, ExchangeFill, OrderName, OrderStatus } from "../order_entry.ts";
import { ExchangeError } from "../refusals.ts";
import type { Brokerage } from "./brokerage.ts";

/** Of lists: what one page has, and how many are read at most. */
const LIMIT = "250", PAGES_MAX = 40;

/** What the exchange knows, asked over HTTP. */
export class CoinbaseQuestions {
  constructor(private readonly rest: Brokerage) {}

  /**
   * An order by the exchange's name of it, or by ours. There is no question by our name: the symbol's orders are read, the newest first,
   * and it rejects where it is not among the last 10,000 rather than say that there is none.
   */
  async order({ clientId, symbol, exchangeId }: OrderName): Promise<OrderStatus | undefined> {
    if (exchangeId !== undefined) {
      try {
        return status(object((await this.rest.ask(`/orders/historical/${exchangeId}`)).order));
      } catch (error) {
        if (error instanceof ExchangeError && error.code === Code.UNKNOWN_ORDER) return undefined;
        throw error;
      }
    }
    for await (const order of this.#orders({ product_ids: symbol })) if (order.clientId === clientId) return order;
    return undefined;
  }

  async openOrders(symbol: string): Promise<OrderStatus[]> {
    return await Array.fromAsync(this.#orders({ product_ids: symbol, order_status: "OPEN" }));
  }

  /** Executions of an order, or of a symbol since a time; the oldest first. */
  async fills(
    of: { readonly exchangeId: string } | { readonly symbol: string; readonly since: bigint },
    clientIdOf: (exchangeId: string) => string | undefined,
  ): Promise<ExchangeFill[]> {
    const query: Readonly<Record<string, string>> = "exchangeId" in of
      ? { order_ids: of.exchangeId }
      : { product_ids: of.symbol, start_sequence_timestamp: new Date(Number(of.since / 1_000_000n)).toISOString() };
    const found: ExchangeFill[] = [], names = new Map<string, string>();
    for await (const page of this.rest.pages("/orders/historical/fills", { ...query, limit: LIMIT }, PAGES_MAX)) {
      for (const fill of objects(page.fills)) {
        const exchangeId = text(fill, "order_id"), symbol = text(fill, "product_id");
        const clientId = clientIdOf(exchangeId) ?? names.get(exchangeId) ??
          (await this.order({ clientId: "", symbol, exchangeId }))?.clientId ?? "";
        names.set(exchangeId, clientId);
        found.push(execution(fill, { clientId, symbol, exchangeId }));
      }
    }
    const since = "since" in of ? of.since : 0n;
    // They come the newest first, also of one moment.
    return found.filter((fill) => fill.time >= since).toReversed().sort((one, other) => Number(one.time - other.time));
  }

  async account(): Promise<ExchangeAccount> {
    const balances: Record<string, string> = {};
    for await (const page of this.rest.pages("/accounts", { limit: LIMIT }, PAGES_MAX)) {
      for (const account of objects(page.accounts)) {
        const free = text(object(account.available_balance), "value"), held = text(object(account.hold), "value");
        const name = text(account, "currency"), sum = plus(balances[name] ?? "0", plus(free, held));
        if (sum !== "0") balances[name] = sum;
      }
    }
    return { balances };
  }

  async *#orders(query: Readonly<Record<string, string>>): AsyncGenerator<OrderStatus> {
    for await (const page of this.rest.pages("/orders/historical/batch", { ...query, limit: LIMIT }, PAGES_MAX)) {
      for (const order of objects(page.orders)) yield status(order);
    }
  }
}

/** How orders stand, by Coinbase's words. */
export const COINBASE_STATES: Readonly<Record<string, OrderStatus["state"]>> = {
  PENDING: "open",
  QUEUED: "open",
  OPEN: "open",
  CANCEL_QUEUED: "open",
  EDIT_QUEUED: "open",
  FILLED: "filled",
  CANCELLED: "cancelled",
  EXPIRED: "expired",
  FAILED: "rejected",
};

function status(order: Fields): OrderStatus {
  const state = COINBASE_STATES[text(order, "status")];
  if (state === undefined) throw new SyntaxError(`Cannot read an order: its status is ${text(order, "status")}`);
  const [terms = {}] = Object.values(object(order.order_configuration ?? {})).map(object),
    price = textOr(terms, "limit_price");
  return {
    clientId: text(order, "client_order_id"),
    symbol: text(order, "product_id"),
    exchangeId: text(order, "order_id"),
    side: text(order, "side") === "BUY" ? "buy" : "sell",
    ...(price === undefined ? {} : { price: plain(price) }),
    size: plain(textOr(terms, "base_size") ?? "0"),
    filled: plain(textOr(order, "filled_size") ?? "0"),
    state,
  };
}

function execution(fill: Fields, order: OrderName & { readonly exchangeId: string }): ExchangeFill {
  if (fill.size_in_quote === true) throw new SyntaxError("Cannot read a fill: its size is in the quote currency");
  return {
    ...order,
    execution: executionNumber(text(fill, "entry_id")),
    side: text(fill, "side") === "BUY" ? "buy" : "sell",
    price: plain(text(fill, "price")),
    size: plain(text(fill, "size")),
    liquidity: fill.liquidity_indicator === "MAKER" ? "maker" : "taker",
    fee: plain(textOr(fill, "commission") ?? "0"),
    feeCurrency: order.symbol.split("-")[1] ?? "",
    time: time(fill, "trade_time"),
  };
}
