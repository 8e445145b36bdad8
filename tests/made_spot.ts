import { Rng } from "../engine/core/rng.ts";

/** Levels a side that a book has, and that a snapshot of many instruments brings. */
const LEVELS = 1000;
/** Of a hundred frames of BTCUSDT on a busy evening 68 were best prices, 24 trades and 8 depth, with 36 levels each on average. */
const TICKERS = 68, TRADES = 24, LEVELS_MAX = 71;

interface Market {
  readonly symbol: string;
  readonly stream: string;
  /** Sizes, in lots of 0.001, of bids and asks, the best first. */
  readonly bids: Int32Array;
  readonly asks: Int32Array;
  id: number;
  trade: number;
}

/**
 * Markets of Binance spot that are made up: frames of its streams, as many and as large as they are there, and the snapshots that
 * they follow on. What they do is drawn from a seed, and goes on for ever.
 *
 * @example
 * ```ts
 * import { MadeSpot } from "./made_spot.ts";
 * const made = new MadeSpot(2, 1);
 * if (!made.frame(1_700_000_000_000).text.startsWith('{"stream":"made')) throw new Error("unexpected");
 * ```
 */
export class MadeSpot {
  readonly #rng: Rng;
  readonly #markets: readonly Market[];

  constructor(instruments: number, seed: number) {
    this.#rng = new Rng(seed);
    this.#markets = Array.from({ length: instruments }, (_, i) => ({
      symbol: `MADE${i}USDT`,
      stream: `made${i}usdt`,
      ...{ bids: this.#side(), asks: this.#side(), id: 1000, trade: 0 },
    }));
  }

  get symbols(): readonly string[] {
    return this.#markets.map(({ symbol }) => symbol);
  }

  /** The next frame of any instrument, at a time in ms since 1970-01-01 UTC. */
  frame(atMs: number): { readonly symbol: string; readonly text: string } {
    const market = this.#markets[this.#rng.int(this.#markets.length)], kind = this.#rng.int(100), { symbol } = market;
    if (kind < TICKERS) return { symbol, text: this.#ticker(market) };
    return { symbol, text: kind < TICKERS + TRADES ? this.#trade(market, atMs) : this.#depth(market, atMs) };
  }

  /** A snapshot, as it is answered; undefined for a symbol that is none of these. */
  snapshot(name: string): string | undefined {
    const market = this.#markets.find(({ symbol }) => symbol === name);
    if (market === undefined) return undefined;
    const levels = (sizes: Int32Array, side: number) =>
      Array.from(sizes, (size, i) => [price(side, i), lots(size)]).filter(([, size]) => Number(size) > 0);
    const { id: lastUpdateId, bids, asks } = market;
    return JSON.stringify({ lastUpdateId, bids: levels(bids, -1), asks: levels(asks, 1) });
  }

  #depth(market: Market, E: number): string {
    const first = market.id + 1, count = 1 + this.#rng.int(LEVELS_MAX), b: string[] = [], a: string[] = [];
    for (let i = 0; i < count; i++) {
      const buys = this.#rng.int(2) === 0, level = this.#rng.int(LEVELS);
      // The best levels stay, so that there is always a market; of the others one in three goes.
      const size = level > 0 && this.#rng.int(3) === 0 ? 0 : 1 + this.#rng.int(5000);
      (buys ? market.bids : market.asks)[level] = size;
      (buys ? b : a).push(`["${price(buys ? -1 : 1, level)}","${lots(size)}"]`);
    }
    market.id += count;
    const { symbol, stream } = market, ids = `"U":${first},"u":${market.id}`;
    return `{"stream":"${stream}@depth@100ms","data":{"e":"depthUpdate","E":${E},"s":"${symbol}",${ids},"b":[${b}],"a":[${a}]}}`;
  }

  #ticker({ stream, symbol, id, bids, asks }: Market): string {
    const bid = `"b":"${price(-1, 0)}","B":"${lots(bids[0])}"`, ask = `"a":"${price(1, 0)}","A":"${lots(asks[0])}"`;
    return `{"stream":"${stream}@bookTicker","data":{"u":${id},"s":"${symbol}",${bid},${ask}}}`;
  }

  #trade(market: Market, E: number): string {
    const buyerMade = this.#rng.int(2) === 0, { stream, symbol } = market;
    const what = `"t":${++market.trade},"p":"${price(buyerMade ? -1 : 1, 0)}","q":"${lots(1 + this.#rng.int(500))}"`;
    return `{"stream":"${stream}@trade","data":{"e":"trade","E":${E},"s":"${symbol}",${what},"T":${E},"m":${buyerMade},"M":true}}`;
  }

  #side(): Int32Array {
    return Int32Array.from({ length: LEVELS }, () => 1 + this.#rng.int(5000));
  }
}

/** A price of level `i`, best first, of the bids (-1) or the asks (1). */
function price(side: number, i: number): string {
  return `${6_180_000 + side * (1 + i)}`.replace(/(\d\d)$/, ".$1000000");
}

function lots(size: number): string {
  return `${(size / 1000).toFixed(3)}00000`;
}
