import { plain } from "../decimals.ts";
import { executionNumber } from "../execution_number.ts";
import type { ExchangeAccount, ExchangeFill, OrderName, OrderStatus } from "../order_entry.ts";
import type { CcxtClient, CcxtMarket, CcxtOrder, CcxtTrade } from "./client.ts";
import { ccxtRefusal } from "./refusals.ts";
import { Code } from "../../core/codes.ts";

/** Trades that one question is for, and questions that are asked for a time. */
const PAGE = 500, PAGES_MAX = 40;

/** Our name of an order that the exchange names by its own; undefined where it is not known. */
export type ClientIdOf = (exchangeId: string) => string | undefined;

/** What the exchange knows, asked through ccxt. */
export class CcxtQuestions {
  constructor(
    private readonly client: CcxtClient,
    private readonly markets: Readonly<Record<string, CcxtMarket | undefined>>,
  ) {}

  /**
   * An order by the exchange's name of it, or by ours, which is looked for among those that it lists. Rejects where it does not list
   * those that are over, rather than say that there is none.
   */
  async order({ clientId, symbol, exchangeId }: OrderName): Promise<OrderStatus | undefined> {
    if (exchangeId !== undefined) {
      try {
        return orderStatus(await this.client.fetchOrder(exchangeId, symbol), { clientId, symbol });
      } catch (error) {
        if (ccxtRefusal(error)?.code === Code.TOO_LATE) return undefined;
        throw error;
      }
    }
    const named = (orders: readonly CcxtOrder[]) => orders.find(({ clientOrderId }) => clientOrderId === clientId);
    const open = named(await this.client.fetchOpenOrders(symbol));
    if (open !== undefined) return orderStatus(open, { clientId, symbol });
    if (this.client.has.fetchOrders !== true) {
      throw new Error(`Cannot look up ${clientId}: ccxt:${this.client.id} lists open orders only; look there`);
    }
    const found = named(await this.client.fetchOrders(symbol));
    return found === undefined ? undefined : orderStatus(found, { clientId, symbol });
  }

  async openOrders(symbol: string, clientIdOf: ClientIdOf): Promise<OrderStatus[]> {
    return (await this.client.fetchOpenOrders(symbol)).map((order) =>
      orderStatus(order, { clientId: order.clientOrderId ?? clientIdOf(order.id ?? "") ?? "", symbol })
    );
  }

  async cancelAll(symbol: string): Promise<void> {
    if (this.client.has.cancelAllOrders === true) {
      await this.client.cancelAllOrders(symbol);
      return;
    }
    for (const { id } of await this.client.fetchOpenOrders(symbol)) await this.client.cancelOrder(id!, symbol);
  }

  /** Our executions since a time, the oldest first. */
  async fills(symbol: string, since: bigint, clientIdOf: ClientIdOf): Promise<ExchangeFill[]> {
    const found = new Map<number, ExchangeFill>();
    let from = Number(since / 1_000_000n);
    for (let page = 0; page < PAGES_MAX; page++) {
      const trades = await this.client.fetchMyTrades(symbol, from, PAGE), before = found.size;
      for (const trade of trades) {
        const exchangeId = trade.order ?? "";
        const clientId = clientIdOf(exchangeId) ?? (await this.order({ clientId: "", symbol, exchangeId }))?.clientId ??
          "";
        const fill = fillOf(trade, { clientId, symbol, exchangeId });
        if (fill.time >= since) found.set(fill.execution, fill);
        from = Math.max(from, trade.timestamp ?? from);
      }
      if (found.size === before) break; // nothing new: those of the last moment alone came again
    }
    return [...found.values()].sort((one, other) => Number(one.time - other.time));
  }

  async account(symbols: readonly string[]): Promise<ExchangeAccount> {
    const { total = {} } = await this.client.fetchBalance() as { readonly total?: Readonly<Record<string, number>> };
    const held = Object.entries(total).filter(([, amount]) => amount !== 0 && amount !== undefined);
    const contracts = symbols.filter((symbol) => this.markets[symbol]?.contract === true);
    const balances = Object.fromEntries(held.map(([name, amount]) => [name, plain(amount)]));
    if (contracts.length === 0) return { balances };
    const positions = await this.client.fetchPositions([...contracts]);
    return {
      balances,
      positions: Object.fromEntries(positions.map(({ symbol = "", contracts = 0, side, entryPrice = 0 }) => [symbol, {
        size: plain(side === "short" ? -Math.abs(contracts) : contracts),
        entryPrice: plain(entryPrice),
      }])),
    };
  }
}

const STATES: Readonly<Record<string, OrderStatus["state"]>> = {
  open: "open",
  closed: "filled",
  canceled: "cancelled",
  expired: "expired",
  rejected: "rejected",
};

/** How an order stands; "closed" is filled, as far as ccxt tells. */
export function orderStatus(order: CcxtOrder, { clientId, symbol }: OrderName): OrderStatus {
  const { id = "", clientOrderId, side, price, amount = 0, filled = 0, status = "open" } = order;
  return {
    clientId: clientOrderId ?? clientId,
    symbol,
    exchangeId: id,
    side: side === "sell" ? "sell" : "buy",
    ...(price === undefined || price === 0 ? {} : { price: plain(price) }),
    size: plain(amount),
    filled: plain(filled),
    state: STATES[status] ?? "open",
  };
}

/** An execution. One that has no name of its own is named by what it is. */
export function fillOf(trade: CcxtTrade, order: OrderName & { readonly exchangeId: string }): ExchangeFill {
  const { id, timestamp = 0, side, price = 0, amount = 0, takerOrMaker, fee } = trade;
  return {
    ...order,
    execution: executionNumber(id ?? [timestamp, order.exchangeId, price, amount].join(" ")),
    side: side === "sell" ? "sell" : "buy",
    price: plain(price),
    size: plain(amount),
    liquidity: takerOrMaker === "maker" ? "maker" : "taker",
    fee: plain(fee?.cost ?? 0),
    feeCurrency: fee?.currency ?? "",
    time: BigInt(Math.round(timestamp)) * 1_000_000n,
  };
}
