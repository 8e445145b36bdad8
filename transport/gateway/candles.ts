import type { SpotTrade } from "./spot_trade.ts";

/** One candle: prices in ticks, volumes in lots and ticks × lots. */
export interface Candle {
  /** ms since 1970-01-01 UTC. */
  readonly opens: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  lots: number;
  /** Exact: a day of a large market is worth more than a number holds to the last digit. */
  value: bigint;
  trades: number;
  takerLots: number;
  takerValue: bigint;
  /** Numbers of its first and last trade; -1 where nothing traded, and of bars. */
  firstId: number;
  lastId: number;
}

/** What adds to candles: a trade, or a bar of a tape of bars. */
export type Traded = Omit<Candle, "opens">;

const SECOND = 1000, MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
/** Intervals by name, in ms; a month is no number of them. */
const INTERVALS: Readonly<Record<string, number>> = {
  "1s": SECOND,
  "1m": MINUTE,
  "3m": 3 * MINUTE,
  "5m": 5 * MINUTE,
  "15m": 15 * MINUTE,
  "30m": 30 * MINUTE,
  "1h": HOUR,
  "2h": 2 * HOUR,
  "4h": 4 * HOUR,
  "6h": 6 * HOUR,
  "8h": 8 * HOUR,
  "12h": 12 * HOUR,
  "1d": DAY,
  "3d": 3 * DAY,
  "1w": 7 * DAY,
  "1M": NaN,
};
/** Candles of a minute that are kept, five weeks; and of a second, an hour. */
const MINUTES_MAX = 50_000, SECONDS_MAX = 3600;
/** Monday, 5 January 1970: weeks begin there. */
const FIRST_MONDAY = 4 * DAY;

/** Whether there is such an interval. */
export function isInterval(name: string): boolean {
  return Object.hasOwn(INTERVALS, name);
}

/** When the candle of an interval opens in which a time lies, and when the next does; ms since 1970. */
export function candleSpan(interval: string, time: number): readonly [opens: number, next: number] {
  if (interval === "1M") {
    const date = new Date(time), year = date.getUTCFullYear(), month = date.getUTCMonth();
    return [Date.UTC(year, month), Date.UTC(year, month + 1)];
  }
  const span = INTERVALS[interval], from = interval === "1w" ? FIRST_MONDAY : 0;
  const opens = Math.floor((time - from) / span) * span + from;
  return [opens, opens + span];
}

/**
 * The candles of one symbol, put together as trades come. Where nothing traded, a candle stands at the last close.
 *
 * | call | cost |
 * |---|---|
 * | `add` | constant |
 * | `read` | the minutes between the two times, or the seconds |
 * | `since` | the seconds since then, where they are all kept, else the minutes |
 * | memory | 50,000 candles of a minute, 3,600 of a second |
 *
 * @example
 * ```ts
 * import { Candles, tradeOf } from "./candles.ts";
 * const candles = new Candles();
 * const trades = [{ time: 60_000, price: 10 }, { time: 61_000, price: 12 }, { time: 190_000, price: 11 }];
 * trades.forEach(({ time, price }, i) => candles.add(time, tradeOf({ id: i + 1, price, lots: 2, buyerIsMaker: false })));
 * const [first, quiet, last] = candles.read("1m", 0, 200_000, 10);
 * if (first.high !== 12 || quiet.trades !== 0 || quiet.close !== 12 || last.open !== 11) throw new Error("unexpected");
 * ```
 */
export class Candles {
  readonly #minutes: Candle[] = [];
  readonly #seconds: Candle[] = [];

  /** The first candle of a minute that is kept. */
  get first(): Candle | undefined {
    return this.#minutes[0];
  }

  /** The last candle of a minute; undefined before the first trade. */
  get last(): Candle | undefined {
    return this.#minutes.at(-1);
  }

  /** Something traded at a time, which is not before the last. */
  add(time: number, traded: Traded): void {
    put(this.#minutes, candleSpan("1m", time)[0], traded, MINUTES_MAX);
    put(this.#seconds, candleSpan("1s", time)[0], traded, SECONDS_MAX);
  }

  /** Forgets all that was added, as if only this had been. */
  replace(added: Iterable<readonly [time: number, traded: Traded]>): void {
    this.#minutes.length = this.#seconds.length = 0;
    for (const [time, traded] of added) this.add(time, traded);
  }

  /** Candles of an interval that open from `from` to `to`, both in ms, the last `count` of them. */
  read(interval: string, from: number, to: number, count: number): Candle[] {
    const source = interval === "1s" ? this.#seconds : this.#minutes;
    const made: Candle[] = [];
    // What opens before the first may be of which it is a part.
    const start = candleSpan(interval, Math.max(from, source[0]?.opens ?? 0))[0];
    const begin = firstFrom(source, start), before = source[begin - 1], next = source[begin];
    // Nothing traded in the first: it stands at what was last before it.
    if (before && (next === undefined || candleSpan(interval, next.opens)[0] > start)) made.push(flat(start, before));
    for (let i = begin; i < source.length; i++) {
      const [opens] = candleSpan(interval, source[i].opens);
      if (opens > to) break;
      fill(made, interval, opens, count);
      put(made, opens, source[i], Infinity);
      if (made.length > 2 * count) made.splice(0, made.length - count);
    }
    fill(made, interval, candleSpan(interval, to)[1], count);
    return made.filter(({ opens }) => opens >= from && opens <= to).slice(-count);
  }

  /** All that traded from `from` ms on, as one candle, to the second or the minute; undefined where nothing did. */
  since(from: number): Candle | undefined {
    const source = this.#inSeconds(from) ? this.#seconds : this.#minutes, made: Candle[] = [];
    for (let i = firstFrom(source, from); i < source.length; i++) put(made, from, source[i], 1);
    return made[0];
  }

  /** Whether all seconds from a time on are kept; those that are dropped are more than a minute's. */
  #inSeconds(from: number): boolean {
    const [second] = this.#seconds, [minute] = this.#minutes;
    return second !== undefined && (second.opens <= from || candleSpan("1m", second.opens)[0] === minute.opens);
  }
}

/** What one trade adds to a candle. */
export function tradeOf({ id, price, lots, buyerIsMaker }: Omit<SpotTrade, "time">): Traded {
  const value = BigInt(price) * BigInt(lots),
    takerLots = buyerIsMaker ? 0 : lots,
    takerValue = buyerIsMaker ? 0n : value;
  const prices = { open: price, high: price, low: price, close: price };
  return { ...prices, lots, value, trades: 1, takerLots, takerValue, firstId: id, lastId: id };
}

/** Adds to the candle that opens then, or makes it. */
function put(into: Candle[], opens: number, traded: Traded, max: number): void {
  const last = into.at(-1);
  if (last === undefined || last.opens < opens) {
    into.push({ ...traded, opens });
    if (into.length > max) into.splice(0, Math.ceil(max / 16));
    return;
  }
  last.high = Math.max(last.high, traded.high);
  last.low = Math.min(last.low, traded.low);
  last.close = traded.close;
  last.lots += traded.lots;
  last.value += traded.value;
  last.trades += traded.trades;
  last.takerLots += traded.takerLots;
  last.takerValue += traded.takerValue;
  last.lastId = traded.lastId;
}

/** A candle in which nothing traded, behind the last one in which something did. */
function flat(opens: number, { close }: Candle): Candle {
  return { opens, open: close, high: close, low: close, close, ...EMPTY };
}

const EMPTY = { lots: 0, value: 0n, trades: 0, takerLots: 0, takerValue: 0n, firstId: -1, lastId: -1 };

/** Candles between the last and the one that opens at `until`, in which nothing traded; no more than are asked for. */
function fill(made: Candle[], interval: string, until: number, count: number): void {
  const last = made.at(-1);
  if (last === undefined) return;
  const next = candleSpan(interval, last.opens)[1], reach = INTERVALS[interval] * count;
  // A long gap is as good as its end.
  let opens = until - next > reach ? candleSpan(interval, until - reach)[0] : next;
  for (; opens < until; opens = candleSpan(interval, opens)[1]) {
    made.push(flat(opens, last));
  }
}

/** The place of the first candle that opens at a time or after it. */
function firstFrom(candles: readonly Candle[], time: number): number {
  let low = 0, high = candles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (candles[middle].opens < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
