import { Code } from "../../core/codes.ts";
import { plain, plus } from "../decimals.ts";
import { type Fields, objects, text, textOr, time, whole } from "../json_fields.ts";
import type { OrderChange, OrderName } from "../order_entry.ts";
import { ourName } from "./client_ids.ts";
import type { OrderReports } from "../order_reports.ts";

/** Reads the messages of Kraken's `executions` channel, which have only what is new of an order. */
export class ExecutionReader {
  /** Amends on their way, by the order's name. */
  readonly #amending = new Map<string, OrderChange>();

  constructor(private readonly reports: OrderReports, private readonly symbols: readonly string[]) {}

  amending(change: OrderChange): void {
    this.#amending.set(change.clientId, change);
  }

  /** The amend is no longer on its way. */
  forget(change: OrderChange): void {
    if (this.#amending.get(change.clientId) === change) this.#amending.delete(change.clientId);
  }

  /** The amend was done, as the answer says or the channel: whichever comes first. */
  amended(change: OrderChange, at: bigint): void {
    if (this.#amending.get(change.clientId) !== change) return;
    this.#amending.delete(change.clientId);
    this.reports.amended(change, { price: change.price, size: change.size }, at);
  }

  read(report: Fields, at: bigint): void {
    const type = text(report, "exec_type"), order = this.#order(report);
    if (type === "new" || type === "pending_new") this.reports.acknowledged(order, order.exchangeId, at);
    else if (type === "trade") this.#fill(report, order, at);
    else if (type === "amended" || type === "restated") {
      const change = this.#amending.get(order.clientId);
      if (change !== undefined) this.amended(change, at);
    } else if (type === "canceled" || type === "expired") {
      const reason = textOr(report, "reason") ?? "", kind = type === "expired" ? "expired" : "cancelled";
      this.reports.ended(kind, order, why(type, reason), textOr(report, "cum_qty"), at);
    }
  }

  #order(report: Fields): OrderName & { readonly exchangeId: string } {
    const exchangeId = text(report, "order_id");
    const named = textOr(report, "cl_ord_id");
    const clientId = named === undefined ? this.reports.clientIdOf(exchangeId) ?? exchangeId : ourName(named);
    return {
      clientId,
      symbol: textOr(report, "symbol") ?? this.reports.symbolOf(clientId) ?? this.symbols[0],
      exchangeId,
    };
  }

  #fill(report: Fields, order: OrderName & { readonly exchangeId: string }, at: bigint): void {
    const fees = report.fees === undefined ? [] : objects(report.fees);
    this.reports.fill({
      ...order,
      execution: whole(report, "trade_id"),
      side: text(report, "side") === "buy" ? "buy" : "sell",
      price: plain(text(report, "last_price")),
      size: plain(text(report, "last_qty")),
      liquidity: report.liquidity_ind === "m" ? "maker" : "taker",
      fee: fees.reduce((sum, fee) => plus(sum, text(fee, "qty")), "0"),
      feeCurrency: fees.length === 0 ? "" : text(fees[0], "asset"),
      time: time(report, "timestamp"),
    }, at);
  }
}

/** Kraken's words for why an order ended. */
const REASONS: readonly (readonly [words: RegExp, code: Code])[] = [
  [/post.?only/i, Code.WOULD_CROSS],
  [/reduce.?only/i, Code.NOT_REDUCING],
  [/self.?trade|stp/i, Code.SELF_TRADE],
  [/immediate|ioc/i, Code.NOT_IMMEDIATE],
  [/liquidity/i, Code.NO_LIQUIDITY],
];

function why(type: string, reason: string): Code | 0 {
  return REASONS.find(([words]) => words.test(reason))?.[1] ?? (type === "expired" ? Code.TIME_UP : 0);
}
