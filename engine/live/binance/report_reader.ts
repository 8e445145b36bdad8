import { Code } from "../../core/codes.ts";
import { minus, plain } from "../decimals.ts";
import { type Fields, text, textOr, whole } from "../json_fields.ts";
import type { OrderChange, OrderName } from "../order_entry.ts";
import type { OrderReports } from "../order_reports.ts";
import { BINANCE_REFUSALS } from "./order_refusals.ts";

/** An amend that is on its way. */
export interface Amending {
  readonly change: OrderChange;
  /** The order that is replaced was cancelled, with so much executed: whether another came in its place is still to be heard. */
  cancelled?: { readonly executed: string; readonly at: bigint };
}

/**
 * Reads Binance's reports of orders: `executionReport` of spot, and what stands in `o` of USD-M's `ORDER_TRADE_UPDATE`, whose fields
 * have the same letters.
 *
 * Amends on their way are known here, because an order that is replaced is told of as one that was cancelled and another.
 */
export class ReportReader {
  /** By both names of the order: the one it has, and the one it gets where it is replaced. */
  readonly #amending = new Map<string, Amending>();

  constructor(private readonly reports: OrderReports, private readonly replaces: boolean) {}

  amending(change: OrderChange): void {
    const one: Amending = { change };
    this.#amending.set(change.clientId, one);
    if (this.replaces) this.#amending.set(change.nextClientId, one);
  }

  /** The amend was refused: the order goes on, or is over by what was heard meanwhile. */
  amendRefused(change: OrderChange): void {
    const { clientId, symbol } = change, cancelled = this.forget(change)?.cancelled;
    if (cancelled === undefined) return;
    this.reports.ended("cancelled", { clientId, symbol }, 0, cancelled.executed, cancelled.at);
  }

  /** The amend was done, as the answer says or the stream: whichever comes first. */
  amended(change: OrderChange, executed: string | undefined, exchangeId: string, at: bigint): void {
    const one = this.forget(change);
    if (one === undefined) return;
    if (!this.replaces) return this.reports.amended(change, { price: change.price, size: change.size }, at);
    const { nextClientId: clientId, price, size, filled } = change;
    const done = one.cancelled?.executed ?? executed;
    const next = { clientId, exchangeId, rest: minus(size, filled), ...(done === undefined ? {} : { executed: done }) };
    this.reports.amended(change, { price, size, next }, at);
  }

  /** A report; what it says twice is heard once. */
  read(report: Fields, at: bigint): void {
    const type = text(report, "x"), order = orderOf(report, type), executed = text(report, "z");
    const amending = this.#amending.get(order.clientId);
    if (amending !== undefined && this.replaces && order.clientId === amending.change.nextClientId) {
      if (type === "REJECTED") return; // the answer says why
      this.amended(amending.change, undefined, order.exchangeId, at);
    }
    if (type === "NEW") this.reports.acknowledged(order, order.exchangeId, at);
    else if (type === "TRADE") this.#fill(report, order, at);
    else if (type === "AMENDMENT" && amending !== undefined) this.amended(amending.change, undefined, "", at);
    else if (type === "REJECTED") this.reports.rejected(order, BINANCE_REFUSALS.read(text(report, "r"), ""), at);
    else if (type === "CANCELED") {
      if (amending !== undefined && this.replaces) amending.cancelled = { executed, at };
      else this.reports.ended("cancelled", order, 0, executed, at);
    } else if (type === "EXPIRED" || (type === "TRADE_PREVENTION" && text(report, "X") === "EXPIRED_IN_MATCH")) {
      this.reports.ended("expired", order, expiry(report, type), executed, at);
    }
  }

  /** The amend is no longer on its way; undefined where it was not. */
  forget(change: OrderChange): Amending | undefined {
    const one = this.#amending.get(change.clientId);
    if (one?.change !== change) return undefined;
    this.#amending.delete(change.clientId);
    this.#amending.delete(change.nextClientId);
    return one;
  }

  #fill(report: Fields, order: OrderName & { readonly exchangeId: string }, at: bigint): void {
    this.reports.fill({
      ...order,
      execution: whole(report, "t"),
      side: text(report, "S") === "BUY" ? "buy" : "sell",
      price: plain(text(report, "L")),
      size: plain(text(report, "l")),
      liquidity: report.m === true ? "maker" : "taker",
      fee: plain(textOr(report, "n") ?? "0"),
      feeCurrency: textOr(report, "N") ?? "",
      time: BigInt(whole(report, "T")) * 1_000_000n,
    }, at);
  }
}

/** The order that a report is about. A cancel on spot has a name of its own, and the order's beside it. */
function orderOf(report: Fields, type: string): OrderName & { readonly exchangeId: string } {
  const original = type === "CANCELED" ? textOr(report, "C") : undefined;
  return { clientId: original ?? text(report, "c"), symbol: text(report, "s"), exchangeId: text(report, "i") };
}

/** Why an order expired, by what it was. */
function expiry(report: Fields, type: string): Code {
  if (type === "TRADE_PREVENTION" || report.X === "EXPIRED_IN_MATCH") return Code.SELF_TRADE;
  if (report.o === "MARKET") return Code.NO_LIQUIDITY;
  const byTif: Readonly<Record<string, Code>> = {
    IOC: Code.NOT_IMMEDIATE,
    FOK: Code.NOT_FILLED_WHOLE,
    GTX: Code.WOULD_CROSS,
  };
  return byTif[textOr(report, "f") ?? ""] ?? Code.TIME_UP;
}
