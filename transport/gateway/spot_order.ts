import { BUY } from "../../engine/core/event.ts";
import { CANCELLED, EXPIRED, FILLED, isFinal, REJECTED } from "../../engine/oms/order_life.ts";
import {
  FOK,
  ICEBERG,
  IOC,
  LIMIT,
  MARKET,
  MARKET_IF_TOUCHED,
  type OrderTable,
  POST_ONLY,
  STOP_LIMIT,
} from "../../engine/oms/order_table.ts";
import type { Commission } from "./commissions.ts";
import { amountText, type SpotSymbol } from "./spot_symbol.ts";

/** A fill of an order of the account. */
export interface SpotFill {
  /** From 1, of all symbols. */
  readonly id: number;
  readonly time: number;
  /** Ticks. */
  readonly price: number;
  readonly lots: number;
  readonly commission: Commission;
  readonly maker: boolean;
}

/** An order of the account, as the exchange tells of it. */
export class SpotOrder {
  readonly id: number;
  readonly side: "BUY" | "SELL";
  readonly type: string;
  readonly timeInForce: string;
  /** Ticks; NaN without. */
  readonly trigger: number;
  readonly display: number;
  /** When it was sent, and when something happened to it last; ms since 1970. */
  readonly time: number;
  updated: number;
  /** The exchange has it. */
  working = false;
  state = 0;
  /** Why it ended, a code of the engine; 0 where there is nothing to say. */
  code = 0;
  price: number;
  size: number;
  filled = 0;
  /** Ticks × lots of its fills. */
  value = 0n;
  /** The money that it was asked for, an amount of the quote asset; 0 where it was asked for by size. */
  quoteSize = 0n;
  /** When the price came that it waited for; NaN before that. */
  triggeredAt = NaN;
  readonly fills: SpotFill[] = [];
  /** What its owner calls it, and what the request is called that cancels it. */
  clientId: string;
  cancelId: string | undefined;

  constructor(readonly symbol: SpotSymbol, orders: OrderTable, slot: number, time: number) {
    this.id = orders.id[slot];
    this.side = orders.side[slot] === BUY ? "BUY" : "SELL";
    const type = orders.type[slot];
    this.type = typeName(type, orders.flags[slot]);
    this.timeInForce = TIFS[orders.tif[slot]] ?? "GTC";
    this.trigger = orders.trigger[slot];
    this.display = type === ICEBERG ? orders.display[slot] : 0;
    this.price = orders.price[slot];
    this.size = orders.size[slot];
    this.time = this.updated = time;
    this.clientId = `lockstep-${this.id}`;
  }

  /** Whether nothing more happens to it. */
  get over(): boolean {
    return isFinal(this.state);
  }

  /** "NEW", "FILLED" and so on. */
  get status(): string {
    switch (this.state) {
      case FILLED:
        return "FILLED";
      case CANCELLED:
        return "CANCELED";
      case REJECTED:
        return "REJECTED";
      case EXPIRED:
        return "EXPIRED";
      default:
        return this.filled > 0 ? "PARTIALLY_FILLED" : "NEW";
    }
  }

  /** Lots that are still to be filled. */
  get open(): number {
    return this.over ? 0 : Math.max(0, this.size - this.filled);
  }

  /** The numbers that all tellings of it share. */
  get numbers(): Readonly<Record<string, unknown>> {
    const { symbol } = this;
    return {
      price: symbol.price(Number.isNaN(this.price) ? 0 : this.price),
      origQty: symbol.size(Math.max(0, this.size)),
      executedQty: symbol.size(this.filled),
      origQuoteOrderQty: amountText(this.quoteSize),
      cummulativeQuoteQty: amountText(symbol.value(this.value)),
      status: this.status,
      timeInForce: this.timeInForce,
      type: this.type,
      side: this.side,
      ...(this.triggered ? { stopPrice: symbol.price(this.trigger) } : {}),
    };
  }

  /** As a query answers it. */
  get json(): Readonly<Record<string, unknown>> {
    return {
      symbol: this.symbol.name,
      orderId: this.id,
      orderListId: -1,
      clientOrderId: this.clientId,
      ...this.numbers,
      stopPrice: this.symbol.price(this.triggered ? this.trigger : 0),
      icebergQty: this.symbol.size(this.display),
      time: this.time,
      updateTime: this.updated,
      isWorking: this.booked,
      workingTime: this.workingTime,
      selfTradePreventionMode: "NONE",
    };
  }

  /** A fill of it, as `myTrades` tells it. */
  trade(fill: SpotFill): Readonly<Record<string, unknown>> {
    const { symbol } = this;
    return {
      symbol: symbol.name,
      id: fill.id,
      orderId: this.id,
      orderListId: -1,
      price: symbol.price(fill.price),
      qty: symbol.size(fill.lots),
      quoteQty: amountText(symbol.worth(fill.price, fill.lots)),
      commission: fill.commission.amount,
      commissionAsset: fill.commission.asset,
      time: fill.time,
      isBuyer: this.side === "BUY",
      isMaker: fill.maker,
      isBestMatch: true,
    };
  }

  /** Whether it has come to the book: one that waits for a price has not. */
  get booked(): boolean {
    return this.working && !(this.triggered && Number.isNaN(this.triggeredAt));
  }

  /** When it came to the book; -1 before that. */
  get workingTime(): number {
    if (!this.booked) return -1;
    return this.triggered ? this.triggeredAt : this.time;
  }

  /** Whether it waits for a price first. */
  get triggered(): boolean {
    return this.trigger > 0 && this.type !== "LIMIT" && this.type !== "MARKET" && this.type !== "LIMIT_MAKER";
  }
}

const TIFS: Readonly<Record<number, string>> = { [IOC]: "IOC", [FOK]: "FOK" };

function typeName(type: number, flags: number): string {
  if (type === MARKET) return "MARKET";
  if (type === LIMIT) return (flags & POST_ONLY) !== 0 ? "LIMIT_MAKER" : "LIMIT";
  if (type === ICEBERG) return "LIMIT";
  if (type === STOP_LIMIT) return "STOP_LOSS_LIMIT";
  return type === MARKET_IF_TOUCHED ? "TAKE_PROFIT" : "STOP_LOSS";
}
