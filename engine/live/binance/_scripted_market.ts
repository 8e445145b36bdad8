import type { Rng } from "../../core/rng.ts";
import type { MarketChange, ScriptedConnection, ScriptedExchange } from "../_market_world.ts";
import type { HttpRequest } from "../network.ts";

type Levels = Map<string, string>;

interface Market {
  readonly symbol: string;
  readonly bids: Levels;
  readonly asks: Levels;
  id: number;
  trade: number;
}

/** A change, with its frame. */
export interface BinanceChange extends MarketChange {
  readonly stream: string;
  readonly text: string;
}

/** A connection that is subscribed to by stream. */
export class BinanceConnection implements ScriptedConnection {
  readonly streams = new Set<string>();

  receive(text: string): string[] {
    const { method, params, id } = JSON.parse(text) as { method: string; params: string[]; id: number };
    if (method === "LIST_SUBSCRIPTIONS") return [JSON.stringify({ result: [...this.streams], id })];
    for (const stream of params) this.streams.add(stream);
    return [JSON.stringify({ result: null, id })];
  }

  deliver(change: MarketChange): string[] {
    const { stream, text } = change as BinanceChange;
    return this.streams.has(stream) ? [text] : [];
  }
}

/** Binance with a market of its own: as its documentation says, as far as market data goes. */
export class ScriptedBinance implements ScriptedExchange {
  readonly ending = '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1700000000000}}';
  readonly #markets: readonly Market[];

  constructor(
    private readonly market: "spot" | "usdm",
    symbols: readonly string[],
    private readonly options: { readonly rng: Rng; readonly nowNs: () => bigint },
  ) {
    this.#markets = symbols.map((symbol) => {
      const made: Market = { symbol, bids: new Map(), asks: new Map(), id: 1000, trade: 0 };
      for (let i = 0; i < 30; i++) this.#update(made);
      return made;
    });
  }

  connect(_url?: string): ScriptedConnection {
    return new BinanceConnection();
  }

  change(): BinanceChange {
    const { rng } = this.options, market = this.#markets[rng.int(this.#markets.length)];
    return rng.int(4) === 0 ? this.#trade(market) : this.#update(market);
  }

  request({ url }: HttpRequest): { status: number; text: string } {
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith("/time")) return answer({ serverTime: this.#nowMs() });
    if (pathname.endsWith("/exchangeInfo")) {
      return answer({ symbols: this.#markets.map(({ symbol }) => infoOf(symbol)) });
    }
    const market = this.#markets.find(({ symbol }) => symbol === searchParams.get("symbol"));
    if (!pathname.endsWith("/depth") || !market) return { status: 400, text: '{"code":-1121,"msg":"Invalid symbol."}' };
    const limit = Number(searchParams.get("limit"));
    const levels = (side: Levels, sign: number) =>
      [...side].sort(([a], [b]) => sign * (Number(a) - Number(b))).slice(0, limit);
    const times = this.market === "usdm" ? { E: this.#nowMs(), T: this.#nowMs() } : {};
    return answer({ lastUpdateId: market.id, ...times, bids: levels(market.bids, -1), asks: levels(market.asks, 1) });
  }

  book(symbol: string): { readonly bids: Levels; readonly asks: Levels } {
    return this.#markets.find((market) => market.symbol === symbol)!;
  }

  #update(market: Market): BinanceChange {
    const { rng } = this.options, { symbol } = market;
    const previous = market.id, first = previous + 1 + (this.market === "usdm" ? rng.int(5) : 0);
    market.id = first + rng.int(3);
    const changes = { b: [] as [string, string][], a: [] as [string, string][] };
    for (let i = 0; i <= rng.int(3); i++) {
      const buys = rng.int(2) === 0, side = buys ? market.bids : market.asks;
      const price = ((buys ? 9_000 : 9_100) + rng.int(100)).toString().replace(/(\d)$/, ".$1");
      const size = rng.int(3) === 0 ? "0.000" : `${rng.int(9)}.${100 + rng.int(900)}`;
      changes[buys ? "b" : "a"].push([price, size]);
      if (size === "0.000") side.delete(price);
      else side.set(price, size);
    }
    const ids = this.market === "usdm" ? { pu: previous } : {}, E = this.#nowMs();
    const time = this.market === "usdm" ? { T: E } : {};
    const stream = `${symbol.toLowerCase()}@depth@${this.market === "usdm" ? "0ms" : "100ms"}`;
    return framed(
      stream,
      { e: "depthUpdate", E, ...time, s: symbol, U: first, u: market.id, ...ids, ...changes },
      true,
    );
  }

  #trade(market: Market): BinanceChange {
    const { symbol } = market,
      t = ++market.trade,
      T = this.#nowMs(),
      own = this.market === "spot" ? { M: true } : { X: "MARKET" };
    // No two have the same size, so that one that comes twice is known.
    const fields = { e: "trade", E: T, T, s: symbol, t, p: "905.0", q: `${t}.000`, ...own, m: t % 2 === 0 };
    return framed(`${symbol.toLowerCase()}@trade`, fields, false);
  }

  #nowMs(): number {
    return Number(this.options.nowNs() / 1_000_000n);
  }
}

function framed(
  stream: string,
  data: { readonly s: string; readonly [field: string]: unknown },
  ofBook: boolean,
): BinanceChange {
  return { symbol: data.s, ofBook, stream, text: JSON.stringify({ stream, data }) };
}

function answer(json: unknown): { status: number; text: string } {
  return { status: 200, text: JSON.stringify(json) };
}

function infoOf(symbol: string): unknown {
  const filters = [
    { filterType: "PRICE_FILTER", tickSize: "0.10000000" },
    { filterType: "LOT_SIZE", stepSize: "0.00100000" },
  ];
  return { symbol, status: "TRADING", quoteAsset: "USDT", marginAsset: "USDT", contractType: "PERPETUAL", filters };
}
