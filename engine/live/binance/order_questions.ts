import { Code } from "../../core/codes.ts";
import { plain, plus } from "../decimals.ts";
import { type Fields, object, objects, text, textOr, whole } from "../json_fields.ts";
import type { ExchangeAccount, ExchangeFill, OrderName, OrderStatus } from "../order_entry.ts";
import { ExchangeError } from "../refusals.ts";
import type { BinanceOrderMarket } from "./order_market.ts";
import type { Params } from "./order_params.ts";
import type { SignedRest } from "./signed_rest.ts";

/** Trades that one answer has at most. */
const PAGE = 1000;

/** What the exchange knows, asked over HTTP. */
export class BinanceQuestions {
  constructor(private readonly market: BinanceOrderMarket, private readonly rest: SignedRest) {}

  /** An order by our name of it, or by the exchange's; undefined where it knows none. */
  async order(symbol: string, by: { readonly origClientOrderId: string } | { readonly orderId: string }) {
    const { path, weight } = this.market;
    try {
      return orderStatus(object(await this.rest.signed("GET", path.order, { symbol, ...by }, weight.order)));
    } catch (error) {
      if (error instanceof ExchangeError && error.code === Code.TOO_LATE) return undefined;
      throw error;
    }
  }

  async openOrders(symbol: string): Promise<OrderStatus[]> {
    const { path, weight } = this.market;
    return objects(await this.rest.signed("GET", path.open, { symbol }, weight.open)).map(orderStatus);
  }

  /** Cancels all of a symbol; that there is none is no error. */
  async cancelAll(symbol: string): Promise<void> {
    try {
      await this.rest.signed("DELETE", this.market.path.cancelAll, { symbol }, 1);
    } catch (error) {
      if (!(error instanceof ExchangeError && error.code === Code.TOO_LATE)) throw error;
    }
  }

  /** Our executions since a time, the oldest first; `clientIdOf` knows our names of orders that were heard of. */
  async fills(
    symbol: string,
    since: bigint,
    clientIdOf: (exchangeId: string) => string | undefined,
  ): Promise<ExchangeFill[]> {
    const found: ExchangeFill[] = [], names = new Map<string, string>();
    for await (const trade of this.#trades(symbol, Number(since / 1_000_000n))) {
      const orderId = text(trade, "orderId");
      const clientId = clientIdOf(orderId) ?? names.get(orderId) ??
        (await this.order(symbol, { orderId }))?.clientId ?? "";
      names.set(orderId, clientId);
      const time = BigInt(whole(trade, "time")) * 1_000_000n;
      if (time >= since) found.push(fillOfTrade(trade, { clientId, symbol, exchangeId: orderId }, time));
    }
    return found;
  }

  /** Trades from a time on: by spans of time until there is one, and from there by number. */
  async *#trades(symbol: string, sinceMs: number): AsyncGenerator<Fields> {
    const { path, weight, tradesSpanMs } = this.market, now = this.rest.clock.now();
    const page = async (params: Params) =>
      objects(await this.rest.signed("GET", path.trades, { symbol, ...params, limit: PAGE }, weight.trades));
    let trades: Fields[] = [];
    for (let from = sinceMs; trades.length === 0 && from <= now; from += tradesSpanMs) {
      // The end may lie ahead: its clock may, too.
      trades = await page({ startTime: from, endTime: from + tradesSpanMs - 1 });
    }
    while (trades.length > 0) {
      yield* trades;
      trades = await page({ fromId: whole(trades[trades.length - 1], "id") + 1 });
    }
  }

  /** Whether a symbol has one position, and not one each way, for which orders would have to say which they mean. */
  async hasOnePosition(): Promise<boolean> {
    if (this.market.reportsOverOrders) return true;
    return object(await this.rest.signed("GET", "/fapi/v1/positionSide/dual", {}, 30)).dualSidePosition !== true;
  }

  async account(): Promise<ExchangeAccount> {
    const { path, reportsOverOrders: spot } = this.market;
    if (spot) {
      const account = object(await this.rest.signed("GET", path.account, { omitZeroBalances: true }, 20));
      const balances = objects(account.balances).map((one) => [
        text(one, "asset"),
        plus(text(one, "free"), text(one, "locked")),
      ]);
      return { balances: Object.fromEntries(balances) };
    }
    const account = object(await this.rest.signed("GET", path.account, {}, 5));
    const positions = objects(await this.rest.signed("GET", "/fapi/v3/positionRisk", {}, 5));
    return {
      balances: Object.fromEntries(
        objects(account.assets).map((one) => [text(one, "asset"), plain(text(one, "walletBalance"))])
          .filter(([, amount]) => amount !== "0"),
      ),
      positions: Object.fromEntries(
        positions.map((one) => [text(one, "symbol"), {
          size: plain(text(one, "positionAmt")),
          entryPrice: plain(text(one, "entryPrice")),
        }]),
      ),
    };
  }
}

const STATES: Readonly<Record<string, OrderStatus["state"]>> = {
  NEW: "open",
  PENDING_NEW: "open",
  PARTIALLY_FILLED: "open",
  FILLED: "filled",
  CANCELED: "cancelled",
  PENDING_CANCEL: "cancelled",
  REJECTED: "rejected",
  EXPIRED: "expired",
  EXPIRED_IN_MATCH: "expired",
};

function orderStatus(order: Fields): OrderStatus {
  const state = STATES[text(order, "status")], price = plain(textOr(order, "price") ?? "0");
  if (state === undefined) throw new SyntaxError(`Cannot read an order: its status is ${text(order, "status")}`);
  return {
    clientId: text(order, "clientOrderId"),
    symbol: text(order, "symbol"),
    exchangeId: text(order, "orderId"),
    side: text(order, "side") === "BUY" ? "buy" : "sell",
    ...(price === "0" ? {} : { price }),
    size: plain(text(order, "origQty")),
    filled: plain(text(order, "executedQty")),
    state,
  };
}

function fillOfTrade(trade: Fields, order: OrderName & { readonly exchangeId: string }, time: bigint): ExchangeFill {
  return {
    ...order,
    execution: whole(trade, "id"),
    side: (trade.isBuyer ?? trade.buyer) === true ? "buy" : "sell",
    price: plain(text(trade, "price")),
    size: plain(text(trade, "qty")),
    liquidity: (trade.isMaker ?? trade.maker) === true ? "maker" : "taker",
    fee: plain(textOr(trade, "commission") ?? "0"),
    feeCurrency: textOr(trade, "commissionAsset") ?? "",
    time,
  };
}
