import { freeAndLocked } from "./balances.ts";
import { refusal } from "./binance_error.ts";
import type { GatewayClock } from "./gateway_clock.ts";
import type { Execution, SpotExchange } from "./spot_exchange.ts";
import type { StreamMessage } from "./stream_feed.ts";
import { amountText } from "./spot_symbol.ts";

/** Who hears what becomes of the account. */
export type UserListener = (event: StreamMessage) => void;

/** How long a listen key is good that nobody keeps alive, ms, and how many there may be. */
const KEY_MS = 3_600_000, KEYS_MAX = 100;

/** The user data stream: reports of orders, balances as they change; to all who listen, as there is one account. */
export class UserStreams {
  readonly #exchange: SpotExchange;
  readonly #clock: GatewayClock;
  readonly #listeners = new Set<UserListener>();
  /** Listen keys, and until when they are good. */
  readonly #keys = new Map<string, number>();
  #reports = 0;

  constructor(exchange: SpotExchange, clock: GatewayClock) {
    this.#exchange = exchange;
    this.#clock = clock;
  }

  /** Those who listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Has somebody hear; returns what ends that. */
  listen(listener: UserListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A listen key; the one there is, where it is still good. */
  open(): string {
    const now = this.#clock.now();
    for (const [key, until] of this.#keys) if (until <= now) this.#keys.delete(key);
    const key = this.#keys.keys().next().value ?? crypto.getRandomValues(new Uint8Array(32)).toHex();
    if (this.#keys.size >= KEYS_MAX) throw refusal("UNKNOWN");
    this.#keys.set(key, now + KEY_MS);
    return key;
  }

  /** Keeps a listen key alive. Throws BinanceError where there is none. */
  keep(key: string): void {
    if (!this.isKey(key)) throw refusal("BAD_LISTEN_KEY");
    this.#keys.set(key, this.#clock.now() + KEY_MS);
  }

  /** Ends one, likewise. */
  end(key: string): void {
    if (!this.#keys.delete(key)) throw refusal("BAD_LISTEN_KEY");
  }

  /** Whether it is one, and good. */
  isKey(key: string): boolean {
    return (this.#keys.get(key) ?? -Infinity) > this.#clock.now();
  }

  /** Something became of an order. */
  execution(execution: Execution): void {
    const { order: { symbol, working }, time, ahead } = execution;
    if (this.#listeners.size === 0 || !working) return;
    this.#tell(this.#report(execution));
    if (ahead) return;
    const balances = this.#exchange.balances(new Set([symbol.base, symbol.quote]));
    const B = balances.map((each) => {
      const { free, locked } = freeAndLocked(each);
      return { a: each.asset, f: free, l: locked };
    });
    this.#tell({ e: "outboundAccountPosition", E: time, u: time, B });
  }

  /** There is more or less of an asset, by no trade. */
  transfer(asset: string, amount: bigint, time: number): void {
    this.#tell({ e: "balanceUpdate", E: time, a: asset, d: amountText(amount), T: time });
  }

  #tell(event: StreamMessage): void {
    for (const listener of this.#listeners) listener(event);
  }

  #report({ order, type, time, fill, reason }: Execution): StreamMessage {
    const { symbol } = order, cancelled = type === "CANCELED" && order.cancelId !== undefined;
    return {
      e: "executionReport",
      E: time,
      s: symbol.name,
      c: cancelled ? order.cancelId : order.clientId,
      S: order.side,
      o: order.type,
      f: order.timeInForce,
      q: symbol.size(Math.max(0, order.size)),
      p: symbol.price(Number.isNaN(order.price) ? 0 : order.price),
      P: symbol.price(order.triggered ? order.trigger : 0),
      F: symbol.size(order.display),
      g: -1,
      C: cancelled ? order.clientId : "",
      x: type,
      X: order.status,
      r: reason,
      i: order.id,
      l: symbol.size(fill?.lots ?? 0),
      z: symbol.size(order.filled),
      L: symbol.price(fill?.price ?? 0),
      n: fill?.commission.amount ?? "0",
      N: fill?.commission.asset ?? null,
      T: time,
      t: fill?.id ?? -1,
      v: 0,
      I: ++this.#reports,
      w: !order.over && order.booked,
      m: fill?.maker ?? false,
      M: false,
      O: order.time,
      Z: amountText(symbol.value(order.value)),
      Y: amountText(fill ? symbol.worth(fill.price, fill.lots) : 0n),
      Q: amountText(order.quoteSize),
      ...(order.booked ? { W: order.workingTime } : {}),
      V: "NONE",
    };
  }
}
