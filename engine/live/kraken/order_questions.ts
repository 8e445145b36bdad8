import { plain, plus } from "../decimals.ts";
import { type Fields, object, text, textOr, whole } from "../json_fields.ts";
import type { ExchangeAccount, ExchangeFill, OrderName, OrderStatus } from "../order_entry.ts";
import { krakenName, ourName } from "./client_ids.ts";
import { currency, symbolOf } from "./names.ts";
import type { PrivateRest } from "./private_rest.ts";

/** Orders whose names can be asked for at once. */
const ORDERS_AT_ONCE = 50;

/** What the exchange knows, asked over HTTP. */
export class KrakenQuestions {
  constructor(private readonly rest: PrivateRest, private readonly symbols: readonly string[]) {}

  /** An order by our name of it; undefined where it knows none. */
  async order({ clientId, exchangeId }: OrderName): Promise<OrderStatus | undefined> {
    if (exchangeId !== undefined) {
      const found = await this.rest.ask("QueryOrders", { txid: exchangeId });
      return this.#statuses(found)[0];
    }
    const named = { cl_ord_id: krakenName(clientId)! };
    const open = this.#statuses(object((await this.rest.ask("OpenOrders", named)).open));
    return open[0] ?? this.#statuses(object((await this.rest.ask("ClosedOrders", named)).closed))[0];
  }

  async openOrders(symbol: string): Promise<OrderStatus[]> {
    const { open } = await this.rest.ask("OpenOrders", {});
    return this.#statuses(object(open)).filter((order) => order.symbol === symbol);
  }

  /** There is no cancel of all of a symbol: each is cancelled by itself. */
  async cancelAll(symbol: string): Promise<void> {
    for (const { exchangeId } of await this.openOrders(symbol)) {
      await this.rest.ask("CancelOrder", { txid: exchangeId });
    }
  }

  /** Our executions since a time, the oldest first; `clientIdOf` knows our names of orders that were heard of. */
  async fills(
    symbol: string,
    since: bigint,
    clientIdOf: (exchangeId: string) => string | undefined,
  ): Promise<ExchangeFill[]> {
    const trades = (await this.#trades(since)).filter((trade) =>
      symbolOf(text(trade, "pair"), this.symbols) === symbol
    );
    const unknown = [...new Set(trades.map((trade) => text(trade, "ordertxid")))].filter((id) => !clientIdOf(id));
    const names = new Map<string, string>();
    for (let i = 0; i < unknown.length; i += ORDERS_AT_ONCE) {
      const txid = unknown.slice(i, i + ORDERS_AT_ONCE).join(",");
      for (const [id, order] of Object.entries(await this.rest.ask("QueryOrders", { txid }))) {
        names.set(id, ourName(textOr(object(order), "cl_ord_id") ?? ""));
      }
    }
    return trades.map((trade) => {
      const exchangeId = text(trade, "ordertxid");
      return fillOf(trade, { clientId: clientIdOf(exchangeId) ?? names.get(exchangeId) ?? "", symbol, exchangeId });
    }).filter(({ time }) => time >= since).sort((one, other) => one.execution - other.execution);
  }

  /** All trades of ours since a time, each execution by itself. `end` is fixed, so that pages do not move while they are read. */
  async #trades(since: bigint): Promise<Fields[]> {
    const start = Number(since / 1_000_000_000n) - 1, end = Math.ceil(this.rest.clock.now() / 1000) + 1;
    const found = new Map<string, Fields>();
    for (let ofs = 0; true;) {
      const page = await this.rest.ask("TradesHistory", { start, end, ofs, consolidate_taker: false }, 2);
      const trades = Object.entries(object(page.trades));
      for (const [id, trade] of trades) found.set(id, object(trade));
      ofs += trades.length;
      if (trades.length === 0 || ofs >= whole(page, "count")) return [...found.values()];
    }
  }

  async account(): Promise<ExchangeAccount> {
    const balances: Record<string, string> = {};
    for (const [name, amount] of Object.entries(await this.rest.ask("Balance", {}))) {
      const known = currency(name), sum = plus(balances[known] ?? "0", String(amount));
      if (sum !== "0") balances[known] = sum;
    }
    return { balances };
  }

  #statuses(orders: Fields): OrderStatus[] {
    return Object.entries(orders).map(([id, order]) => this.#status(id, object(order)));
  }

  #status(exchangeId: string, order: Fields): OrderStatus {
    const descr = object(order.descr), pair = text(descr, "pair"), price = plain(textOr(descr, "price") ?? "0");
    const state = STATES[text(order, "status")];
    if (state === undefined) throw new SyntaxError(`Cannot read an order: its status is ${text(order, "status")}`);
    return {
      clientId: ourName(textOr(order, "cl_ord_id") ?? ""),
      symbol: symbolOf(pair, this.symbols) ?? pair,
      exchangeId,
      side: text(descr, "type") === "buy" ? "buy" : "sell",
      ...(price === "0" ? {} : { price }),
      size: plain(text(order, "vol")),
      filled: plain(text(order, "vol_exec")),
      state,
    };
  }
}

const STATES: Readonly<Record<string, OrderStatus["state"]>> = {
  pending: "open",
  open: "open",
  closed: "filled",
  canceled: "cancelled",
  expired: "expired",
};

function fillOf(trade: Fields, order: OrderName & { readonly exchangeId: string }): ExchangeFill {
  return {
    ...order,
    execution: whole(trade, "trade_id"),
    side: text(trade, "type") === "buy" ? "buy" : "sell",
    price: plain(text(trade, "price")),
    size: plain(text(trade, "vol")),
    liquidity: trade.maker === true ? "maker" : "taker",
    fee: plain(textOr(trade, "fee") ?? "0"),
    feeCurrency: order.symbol.split("/")[1] ?? "",
    time: seconds(text(trade, "time")),
  };
}

/** Seconds with decimals, as ns. */
function seconds(text: string): bigint {
  const [whole, part = ""] = plain(text).split(".");
  return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, "0").slice(0, 9));
}
