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

/** A change, with the channel that carries it and its event. */
interface CoinbaseChange extends MarketChange {
  readonly channel: "level2" | "market_trades";
  readonly event: string;
}

/** Coinbase Advanced Trade with a market of its own: as its documentation says, as far as market data goes. */
export class ScriptedCoinbase implements ScriptedExchange {
  readonly #markets: readonly Market[];

  constructor(
    symbols: readonly string[],
    private readonly options: { readonly rng: Rng; readonly nowNs: () => bigint },
  ) {
    this.#markets = symbols.map((symbol) => {
      const made: Market = { symbol, bids: new Map(), asks: new Map(), trade: 0 };
      for (let i = 0; i < 30; i++) this.#update(made);
      return made;
    });
  }

  connect(_url: string): ScriptedConnection {
    const subscribed = new Set<string>();
    let sequence = 0;
    const framed = (channel: string, event: string): string =>
      `{"channel":"${channel}","client_id":"","timestamp":"${this.#now()}","sequence_num":${sequence++},"events":[${event}]}`;
    return {
      receive: (text) => {
        const { type, channel, product_ids = [] } = JSON.parse(text) as Record<string, string> & {
          product_ids?: string[];
        };
        const answers: string[] = [];
        for (const product of product_ids) {
          const market = this.#markets.find(({ symbol }) => symbol === product);
          if (market === undefined) return ['{"type":"error","message":"failure to subscribe"}'];
          if (type === "unsubscribe") subscribed.delete(`${channel} ${product}`);
          else {
            subscribed.add(`${channel} ${product}`);
            if (channel === "level2") answers.push(framed("l2_data", this.#bookEvent("snapshot", market, market)));
          }
        }
        return [...answers, framed("subscriptions", `{"subscriptions":{"${channel}":${JSON.stringify(product_ids)}}}`)];
      },
      deliver: (change) => {
        const { channel, symbol, event } = change as CoinbaseChange;
        if (!subscribed.has(`${channel} ${symbol}`)) return [];
        return [framed(channel === "level2" ? "l2_data" : channel, event)];
      },
    };
  }

  change(): CoinbaseChange {
    const { rng } = this.options, market = this.#markets[rng.int(this.#markets.length)];
    return rng.int(4) === 0 ? this.#trade(market) : this.#update(market);
  }

  request({ url }: HttpRequest): { status: number; text: string } {
    const { pathname } = new URL(url);
    if (pathname.endsWith("/time")) {
      return { status: 200, text: `{"epochMillis":"${this.options.nowNs() / 1_000_000n}"}` };
    }
    if (!pathname.endsWith("/products")) return { status: 404, text: "not found" };
    const products = this.#markets.map(({ symbol }) => ({
      product_id: symbol,
      price_increment: "0.1",
      quote_increment: "0.1",
      base_increment: "0.001",
      quote_currency_id: symbol.split("-")[1],
      trading_disabled: false,
      status: "online",
      alias: "",
    }));
    return { status: 200, text: JSON.stringify({ products }) };
  }

  book(symbol: string): { readonly bids: Levels; readonly asks: Levels } {
    return this.#markets.find((market) => market.symbol === symbol)!;
  }

  #update(market: Market): CoinbaseChange {
    const { rng } = this.options, changes = { bids: new Map<string, string>(), asks: new Map<string, string>() };
    for (let i = 0; i <= rng.int(3); i++) {
      const buys = rng.int(2) === 0, side = buys ? market.bids : market.asks;
      const price = ((buys ? 9_000 : 9_100) + rng.int(100)).toString().replace(/(\d)$/, ".$1");
      const size = rng.int(3) === 0 ? "0" : `${rng.int(9)}.${100 + rng.int(900)}`;
      changes[buys ? "bids" : "asks"].set(price, size);
      if (size === "0") side.delete(price);
      else side.set(price, size);
    }
    return {
      symbol: market.symbol,
      ofBook: true,
      channel: "level2",
      event: this.#bookEvent("update", market, changes),
    };
  }

  #trade(market: Market): CoinbaseChange {
    const id = ++market.trade, { symbol } = market;
    // No two have the same size, so that one that comes twice is known.
    const trade =
      `{"trade_id":"${id}","product_id":"${symbol}","price":"905","size":"${id}","side":"BUY","time":"${this.#now()}"}`;
    return { symbol, ofBook: false, channel: "market_trades", event: `{"type":"update","trades":[${trade}]}` };
  }

  #bookEvent(
    type: string,
    { symbol }: Market,
    { bids, asks }: { readonly bids: Levels; readonly asks: Levels },
  ): string {
    const time = this.#now();
    const text = (side: string, levels: Levels) =>
      [...levels].map(([price, size]) =>
        `{"side":"${side}","event_time":"${time}","price_level":"${price}","new_quantity":"${size}"}`
      );
    const updates = [...text("bid", bids), ...text("offer", asks)];
    return `{"type":"${type}","product_id":"${symbol}","updates":[${updates}]}`;
  }

  #now(): string {
    return new Date(Number(this.options.nowNs() / 1_000_000n)).toISOString().replace("Z", "000000Z");
  }
}
