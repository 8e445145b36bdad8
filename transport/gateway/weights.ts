import { BinanceError } from "./binance_error.ts";

/** Weight of requests that may be used in a minute, and orders in 10 seconds and in a day; as exchangeInfo says. */
export interface GatewayRates {
  readonly weight: number;
  readonly ordersPer10s: number;
  readonly ordersPerDay: number;
}

/** Binance's own. */
export const BINANCE_RATES: GatewayRates = { weight: 6000, ordersPer10s: 100, ordersPerDay: 200_000 };

const MINUTE = 60_000, TEN_SECONDS = 10_000, DAY = 86_400_000;
/** Who asks on after so many refusals in a minute is not heard at all for a while. */
const REFUSALS_MAX = 100, BAN_MS = 120_000;
/** Addresses that are counted; the gateway has clients, not a public. */
const CALLERS_MAX = 1000;

/** So many in a window of time, which begins anew at whole multiples of it. */
class Window {
  #began = 0;
  #used = 0;

  constructor(private readonly ms: number) {}

  add(count: number, now: number): number {
    const began = Math.floor(now / this.ms) * this.ms;
    if (began !== this.#began) {
      this.#began = began;
      this.#used = 0;
    }
    return this.#used += count;
  }

  /** Whole seconds until it begins anew. */
  left(now: number): number {
    return Math.ceil((this.ms - now % this.ms) / 1000);
  }
}

/**
 * Counts what clients ask, as Binance counts it: the weight of requests by address in each minute of the clock, orders by account.
 * Who goes on beyond it is refused with 429, and then with 418.
 */
export class Weights {
  readonly #rates: GatewayRates;
  readonly #callers = new Map<string, { used: Window; refused: Window; bannedUntil: number }>();
  readonly #tenSeconds = new Window(TEN_SECONDS);
  readonly #day = new Window(DAY);

  constructor(rates: GatewayRates = BINANCE_RATES) {
    this.#rates = rates;
  }

  /** A request of so much weight, `now` in ms; returns what its address has used in this minute. Throws BinanceError. */
  take(address: string, weight: number, now: number): number {
    const caller = this.#caller(address);
    if (now < caller.bannedUntil) {
      const until = `IP banned until ${caller.bannedUntil}`;
      throw limited(
        418,
        `Way too much request weight used; ${until}. ${ADVICE} to avoid bans.`,
        caller.bannedUntil - now,
      );
    }
    const used = caller.used.add(weight, now);
    if (used <= this.#rates.weight) return used;
    if (caller.refused.add(1, now) > REFUSALS_MAX) caller.bannedUntil = now + BAN_MS;
    const limit = `current limit is ${this.#rates.weight} request weight per 1 MINUTE`;
    throw limited(
      429,
      `Too much request weight used; ${limit}. ${ADVICE} to avoid polling the API.`,
      caller.used.left(now) * 1000,
    );
  }

  /** What an address has used in this minute. */
  used(address: string, now: number): number {
    return this.#callers.get(address)?.used.add(0, now) ?? 0;
  }

  /** So many new orders; throws BinanceError where they are too many. */
  order(count: number, now: number): void {
    const short = this.#tenSeconds.add(count, now), day = this.#day.add(count, now);
    const { ordersPer10s, ordersPerDay } = this.#rates;
    if (count === 0 || (short <= ordersPer10s && day <= ordersPerDay)) return;
    const limit = short > ordersPer10s ? `${ordersPer10s} orders per 10 SECOND` : `${ordersPerDay} orders per 1 DAY`;
    throw new BinanceError(-1015, `Too many new orders; current limit is ${limit}.`, 429);
  }

  /** New orders in these ten seconds and on this day. */
  orders(now: number): readonly [tenSeconds: number, day: number] {
    return [this.#tenSeconds.add(0, now), this.#day.add(0, now)];
  }

  /** The limits, as exchangeInfo tells them. */
  get limits(): readonly Readonly<Record<string, unknown>>[] {
    const { weight, ordersPer10s, ordersPerDay } = this.#rates;
    return [
      { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: weight },
      { rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: ordersPer10s },
      { rateLimitType: "ORDERS", interval: "DAY", intervalNum: 1, limit: ordersPerDay },
    ];
  }

  #caller(address: string) {
    const known = this.#callers.get(address);
    if (known) return known;
    if (this.#callers.size >= CALLERS_MAX) this.#callers.delete(this.#callers.keys().next().value!);
    const made = { used: new Window(MINUTE), refused: new Window(MINUTE), bannedUntil: 0 };
    this.#callers.set(address, made);
    return made;
  }
}

const ADVICE = "Please use WebSocket Streams for live updates";

function limited(status: number, message: string, waitMs: number): BinanceError {
  return new BinanceError(-1003, message, status, { retryAfterS: Math.ceil(waitMs / 1000) });
}
