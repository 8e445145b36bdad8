import { crc32 } from "node:zlib";
import type { Rng } from "../../core/rng.ts";
import type { MarketChange, ScriptedConnection, ScriptedExchange } from "../_market_world.ts";
import type { HttpRequest } from "../network.ts";

type Levels = Map<string, string>;

interface Market {
  readonly symbol: string;
  readonly bids: Levels;
  readonly asks: Levels;
  trade: number;
}

/** A change, with the channel that carries it and its frame. */
interface KrakenChange extends MarketChange {
  readonly channel: "book" | "trade";
  readonly text: string;
}

/** What we send, as far as it is read. */
interface Request {
  readonly method: string;
  readonly params?: { readonly channel: string; readonly symbol: readonly string[]; readonly depth?: number };
}

/** Kraken, version 2, with a market of its own: as its documentation says, as far as market data goes. */
export class ScriptedKraken implements ScriptedExchange {
  readonly levels = 10;
  readonly #markets: readonly Market[];

  constructor(
    symbols: readonly string[],
    private readonly options: { readonly rng: Rng; readonly nowNs: () => bigint },
  ) {
    this.#markets = symbols.map((symbol) => {
      const made: Market = { symbol, bids: new Map(), asks: new Map(), trade: 0 };
      for (let i = 0; i < 60; i++) this.#update(made);
      return made;
    });
  }

  connect(_url: string): ScriptedConnection {
    const subscribed = new Set<string>();
    return {
      receive: (text) => {
        const { method, params } = JSON.parse(text) as Request;
        if (method === "ping") return ['{"method":"pong","time_in":"","time_out":""}'];
        return params!.symbol.flatMap((symbol) => this.#answer(subscribed, method, params!, symbol));
      },
      deliver: (change) => {
        const { channel, symbol, text } = change as KrakenChange;
        return subscribed.has(`${channel} ${symbol}`) ? [text] : [];
      },
    };
  }

  change(): KrakenChange {
    const { rng } = this.options, market = this.#markets[rng.int(this.#markets.length)];
    return rng.int(4) === 0 ? this.#trade(market) : this.#update(market);
  }

  request({ url }: HttpRequest): { status: number; text: string } {
    const pairs = Object.fromEntries(this.#markets.map(({ symbol }) => [symbol.replace("/", ""), {
      wsname: symbol.replace("BTC", "XBT"),
      status: "online",
      tick_size: "0.1",
      pair_decimals: 1,
      lot_decimals: 3,
    }]));
    const { pathname } = new URL(url);
    if (pathname.endsWith("/AssetPairs")) return { status: 200, text: JSON.stringify({ error: [], result: pairs }) };
    return { status: 404, text: '{"error":["EGeneral:Unknown method"]}' };
  }

  book(symbol: string): { readonly bids: Levels; readonly asks: Levels } {
    return this.#markets.find((market) => market.symbol === symbol)!;
  }

  #answer(
    subscribed: Set<string>,
    method: string,
    { channel, depth }: Request["params"] & object,
    symbol: string,
  ): string[] {
    const key = `${channel} ${symbol}`;
    if (method === "unsubscribe") {
      const success = subscribed.delete(key);
      return [JSON.stringify({ method, result: { channel, symbol, depth }, success })];
    }
    const market = this.#markets.find((each) => each.symbol === symbol);
    if (market === undefined) {
      return [JSON.stringify({ error: `Currency pair not supported ${symbol}`, method, success: false, symbol })];
    }
    subscribed.add(key);
    const ack = JSON.stringify({ method, result: { channel, depth, snapshot: true, symbol }, success: true });
    return channel === "book" ? [ack, this.#bookText("snapshot", market, [...market.asks], [...market.bids])] : [ack];
  }

  #update(market: Market): KrakenChange {
    const { rng } = this.options, changes = { bids: [] as [string, string][], asks: [] as [string, string][] };
    for (let i = 0; i <= rng.int(3); i++) {
      const buys = rng.int(2) === 0, side = buys ? market.bids : market.asks;
      const price = ((buys ? 9_000 : 9_100) + rng.int(100)).toString().replace(/(\d)$/, ".$1");
      const size = rng.int(3) === 0 ? "0.000" : `${rng.int(9)}.${100 + rng.int(900)}`;
      changes[buys ? "bids" : "asks"].push([price, size]);
      if (size === "0.000") side.delete(price);
      else side.set(price, size);
    }
    const text = this.#bookText("update", market, changes.asks, changes.bids);
    return { symbol: market.symbol, ofBook: true, channel: "book", text };
  }

  #trade({ symbol, ...market }: Market): KrakenChange {
    const of = this.#markets.find((each) => each.symbol === symbol)!, id = of.trade = market.trade + 1;
    // No two have the same size, so that one that comes twice is known.
    const text = `{"channel":"trade","type":"update","data":[{"symbol":"${symbol}","side":"buy","price":905.0,` +
      `"qty":${id}.000,"ord_type":"market","trade_id":${id},"timestamp":"${this.#now()}"}]}`;
    return { symbol, ofBook: false, channel: "trade", text };
  }

  #bookText(type: string, market: Market, asks: [string, string][], bids: [string, string][]): string {
    const text = (levels: [string, string][]) => levels.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join();
    return `{"channel":"book","type":"${type}","data":[{"symbol":"${market.symbol}","bids":[${text(bids)}],` +
      `"asks":[${text(asks)}],"checksum":${checksum(market)},"timestamp":"${this.#now()}"}]}`;
  }

  #now(): string {
    return new Date(Number(this.options.nowNs() / 1_000_000n)).toISOString().replace("Z", "000Z");
  }
}

function checksum({ bids, asks }: Market): number {
  const digits = (text: string) => text.replace(".", "").replace(/^0+/, "");
  const text = (side: Levels, sign: number) =>
    [...side].sort(([a], [b]) => sign * (Number(a) - Number(b))).slice(0, 10).map((level) => level.map(digits).join(""))
      .join("");
  return crc32(text(asks, 1) + text(bids, -1));
}
