import { Code } from "../core/codes.ts";
import type { Rng } from "../core/rng.ts";
import { compare, minus, plus } from "./decimals.ts";
import type {
  ExchangeAccount,
  ExchangeFill,
  ExchangeFunding,
  NewOrder,
  OrderChange,
  OrderEntry,
  OrderListener,
  OrderName,
  OrderReport,
  OrderStatus,
} from "./order_entry.ts";
import type { Timers } from "./timers.ts";
import { pause } from "./pause.ts";

type Open = { -readonly [Field in keyof OrderStatus]: OrderStatus[Field] };

/** What goes wrong between us and a made exchange, each as a chance from 0 to 1. */
export interface Faults {
  /** A request never arrives. */
  lostRequest: number;
  /** An answer, or a report, never arrives. */
  lostReport: number;
  /** A report comes twice. */
  twice: number;
  /** A question is not answered. */
  noAnswer: number;
  /** The longest way, in ms; each is drawn, so that later overtakes earlier. */
  delayMs: number;
}

/** A network to be trusted. */
export const NO_FAULTS: Faults = { lostRequest: 0, lostReport: 0, twice: 0, noAnswer: 0, delayMs: 1 };

/** A request that was not answered for so long is reported as that. */
const ANSWER_MS = 1000;

/** An exchange in memory that takes orders, fills them as it is told, and keeps books of its own to be held against ours. */
export class MadeExchange {
  readonly orders = new Map<string, Open>();
  readonly fills: ExchangeFill[] = [];
  readonly payments: ExchangeFunding[] = [];
  /** Orders that came under a name that was taken: sent twice, which must never be. */
  doubled = 0;
  faults: Faults = NO_FAULTS;
  /** Whether it has positions, as spot has not. */
  holdsReduceOnly = true;
  /** What it keeps of each purchase, in the base currency. */
  keeps = "0";
  /** Names of orders that came as reduce-only. */
  readonly reducing: string[] = [];
  /** Who hears. */
  listener: OrderListener | undefined;
  #ids = 0;

  /** `base` is what is traded, as the account names it. */
  constructor(readonly timers: Timers, readonly rng: Rng, readonly wall: () => bigint, readonly base = "A") {}

  /** Lots bought less sold, and less what was kept, as a decimal. */
  get position(): string {
    return this.fills.reduce((sum, { side, size, fee, feeCurrency }) => {
      const traded = side === "buy" ? plus(sum, size) : minus(sum, size);
      return feeCurrency === this.base ? minus(traded, fee) : traded;
    }, "0");
  }

  /** Names of the orders that are open. */
  get open(): string[] {
    return [...this.orders.values()].filter(({ state }) => state === "open").map(({ clientId }) => clientId);
  }

  /** Fills a part of an open order at its price. */
  fill(clientId: string, size: string): void {
    const order = this.orders.get(clientId)!, left = minus(order.size, order.filled);
    const filled = compare(size, left) > 0 ? left : size;
    order.filled = plus(order.filled, filled);
    if (compare(order.filled, order.size) === 0) order.state = "filled";
    const { symbol, exchangeId, side, price = "100" } = order;
    const paid = side === "buy" && this.keeps !== "0"
      ? { fee: this.keeps, feeCurrency: this.base }
      : { fee: "0", feeCurrency: "USD" };
    const fill: ExchangeFill = {
      ...{ clientId, symbol, exchangeId, side, price, size: filled },
      ...{ execution: this.fills.length + 1, liquidity: "maker", ...paid, time: this.wall() },
    };
    this.fills.push(fill);
    this.say({ kind: "fill", order: { clientId, symbol }, fill });
  }

  /** Pays funding, or takes it where it is below 0. */
  fund(symbol: string, amount: string, currency = "USD"): void {
    const funding = { symbol, id: String(this.payments.length + 1), amount, currency, time: this.wall() };
    this.payments.push(funding);
    this.say({ kind: "funding", funding });
  }

  /** Says something to whoever is connected, by a way that may lose, delay or double it. */
  say(report: OrderReport): void {
    const { listener } = this;
    const times = this.#happens("lostReport") ? 0 : this.#happens("twice") ? 2 : 1;
    for (let i = 0; i < times; i++) {
      this.timers.after(this.#delay(), () => this.listener === listener && listener?.report(report, this.wall()));
    }
  }

  /** The way to it. */
  entry(): OrderEntry {
    return {
      venue: "made",
      ready: true,
      holdsReduceOnly: () => this.holdsReduceOnly,
      open: (listener) => Promise.resolve(void (this.listener = listener)),
      close: () => Promise.resolve(void (this.listener = undefined)),
      submit: (order) => this.#request("submit", order, () => this.#submit(order)),
      cancel: (order) => this.#request("cancel", order, () => this.#cancel(order)),
      amend: (change) => this.#request("amend", change, () => this.#amend(change)),
      cancelAll: (symbol) => this.#answer(() => this.#cancelAll(symbol)),
      lookup: ({ clientId }) => this.#answer(() => copy(this.orders.get(clientId))),
      openOrders: (symbol) =>
        this.#answer(() =>
          [...this.orders.values()].filter((each) => each.symbol === symbol && each.state === "open").map((each) => ({
            ...each,
          }))
        ),
      fills: (symbol, since) =>
        this.#answer(() => this.fills.filter((each) => each.symbol === symbol && each.time >= since)),
      funding: (since) => this.#answer(() => this.payments.filter(({ time }) => time >= since)),
      account: () => this.#answer((): ExchangeAccount => ({ balances: { [this.base]: this.position } })),
    };
  }

  #request(request: "submit" | "cancel" | "amend", order: OrderName, arrive: () => OrderReport | undefined): void {
    const { clientId, symbol } = order;
    let answered = false;
    if (!this.#happens("lostRequest")) {
      this.timers.after(this.#delay(), () => {
        const report = arrive();
        if (report === undefined || this.#happens("lostReport")) return;
        this.timers.after(this.#delay(), () => {
          answered = true;
          this.listener?.report(report, this.wall());
        });
      });
    }
    this.timers.after(ANSWER_MS, () => {
      if (!answered) this.listener?.report({ kind: "unanswered", request, order: { clientId, symbol } }, this.wall());
    });
  }

  #submit({ clientId, symbol, side, price, size, reduceOnly }: NewOrder): OrderReport | undefined {
    if (reduceOnly) this.reducing.push(clientId);
    if (this.orders.has(clientId)) {
      this.doubled++;
      return undefined;
    }
    const exchangeId = String(++this.#ids);
    this.orders.set(clientId, { clientId, symbol, exchangeId, side, price, size, filled: "0", state: "open" });
    return { kind: "acknowledged", order: { clientId, symbol }, exchangeId };
  }

  #cancel({ clientId, symbol }: OrderName): OrderReport {
    const order = this.orders.get(clientId), name = { clientId, symbol };
    if (order?.state !== "open") {
      return { kind: "refused", request: "cancel", order: name, code: Code.TOO_LATE, reason: "it is over" };
    }
    order.state = "cancelled";
    return { kind: "cancelled", order: name, code: 0 };
  }

  /** Another order takes the place of the one, with what is left. */
  #amend({ clientId, symbol, nextClientId, price, size, filled }: OrderChange): OrderReport {
    const order = this.orders.get(clientId), name = { clientId, symbol };
    if (order?.state !== "open") {
      return { kind: "refused", request: "amend", order: name, code: Code.TOO_LATE, reason: "it is over" };
    }
    const left = minus(size, filled);
    if (compare(order.filled, filled) !== 0 || compare(left, "0") <= 0) {
      return { kind: "refused", request: "amend", order: name, code: Code.FILLED_MEANWHILE, reason: "it was filled" };
    }
    order.state = "cancelled";
    const exchangeId = String(++this.#ids), { side } = order;
    this.orders.set(nextClientId, {
      ...{ clientId: nextClientId, symbol, exchangeId, side, price, size: left, filled: "0", state: "open" },
    });
    return { kind: "amended", order: { clientId: nextClientId, symbol, exchangeId }, price, size };
  }

  #cancelAll(symbol: string): void {
    for (const order of this.orders.values()) {
      if (order.symbol === symbol && order.state === "open") order.state = "cancelled";
    }
  }

  async #answer<Value>(find: () => Value): Promise<Value> {
    await pause(this.timers, this.#delay());
    const value = find();
    await pause(this.timers, this.#delay());
    if (this.#happens("noAnswer")) throw new Error("no answer");
    return value;
  }

  #happens(fault: Exclude<keyof Faults, "delayMs">): boolean {
    return this.rng.float() < this.faults[fault];
  }

  #delay(): number {
    return this.rng.float() * this.faults.delayMs;
  }
}

function copy(order: Open | undefined): OrderStatus | undefined {
  return order && { ...order };
}
