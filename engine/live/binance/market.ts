import { binanceDecoder } from "../../feed/decode/binance.ts";
import type { Endpoints } from "../exchange.ts";
import type { FrameNews, FrameReader, MarketDialect, MarketLane } from "../market_dialect.ts";
import type { RestClient } from "../rest_client.ts";
import { binanceInstruments } from "./instruments.ts";

/** What of the two markets differs. */
interface BinanceMarket {
  readonly venue: "binance-spot" | "binance-usdm";
  readonly endpoints: Endpoints;
  readonly testnet: Endpoints;
  /** Where requests go, from the base: "/api/v3". */
  readonly path: string;
  readonly lanes: readonly { readonly name: string; readonly path: string; readonly streams: readonly string[] }[];
  readonly weightPerMinute: number;
  /** Levels a side of a snapshot, by how many instruments there are, and what it weighs. */
  readonly depth: (instruments: number) => { readonly limit: number; readonly weight: number };
}

const DAY_MS = 86_400_000;
/** Streams that one connection carries. */
const STREAMS_MAX = 1024;
/** Streams that one frame subscribes to: some 10 KB. */
const STREAMS_A_FRAME = 200;

/**
 * Binance spot: combined streams of depth (each 100 ms), trades and best prices over one connection, with snapshots over HTTP:
 * 5,000 levels a side of up to ten instruments, 1,000 of each where there are more.
 */
export const binanceSpot: MarketDialect = binanceMarket({
  venue: "binance-spot",
  endpoints: {
    rest: "https://api.binance.com",
    market: "wss://stream.binance.com:9443",
    orders: "wss://ws-api.binance.com:443",
  },
  testnet: {
    rest: "https://testnet.binance.vision",
    market: "wss://stream.testnet.binance.vision",
    orders: "wss://ws-api.testnet.binance.vision",
  },
  path: "/api/v3",
  lanes: [{ name: "market", path: "", streams: ["depth@100ms", "trade", "bookTicker"] }],
  weightPerMinute: 6000,
  depth: (instruments) => instruments > 10 ? { limit: 1000, weight: 50 } : { limit: 5000, weight: 250 },
});

/**
 * Binance USD-M futures: books and trades come over connections of their own. Depth is that of each change (`depth@0ms`). Trades
 * are asked for singly and by taker order (`aggTrade`): the first that comes is taken, for the single ones are not promised.
 */
export const binanceUsdm: MarketDialect = binanceMarket({
  venue: "binance-usdm",
  endpoints: {
    rest: "https://fapi.binance.com",
    market: "wss://fstream.binance.com",
    orders: "wss://ws-fapi.binance.com",
  },
  testnet: {
    rest: "https://testnet.binancefuture.com",
    market: "wss://fstream.binancefuture.com",
    orders: "wss://testnet.binancefuture.com",
  },
  path: "/fapi/v1",
  lanes: [
    { name: "book", path: "/public", streams: ["depth@0ms", "bookTicker"] },
    { name: "trade", path: "/market", streams: ["trade", "aggTrade"] },
  ],
  weightPerMinute: 2400,
  depth: () => ({ limit: 1000, weight: 20 }),
});

function binanceMarket(market: BinanceMarket): MarketDialect {
  const { venue, endpoints, testnet, path, weightPerMinute, depth } = market;
  const streams = Math.max(...market.lanes.map((lane) => lane.streams.length));
  return {
    venue,
    endpoints,
    testnet,
    format: "binance",
    limits: {
      instrumentsMax: Math.floor(STREAMS_MAX / streams),
      sendsPerSecond: 5,
      lifeMs: DAY_MS,
      silenceMs: 60_000,
      weightPerMinute,
    },
    lanes: market.lanes.map(binanceLane),
    resync: {
      by: "request",
      request: (symbol, { rest }, instruments) => {
        const { limit, weight } = depth(instruments);
        return { request: { method: "GET", url: `${rest}${path}/depth?symbol=${symbol}&limit=${limit}` }, weight };
      },
    },
    ping: { everyMs: 20_000, frame: () => '{"method":"LIST_SUBSCRIPTIONS","id":0}' },
    decoder: binanceDecoder,
    line: (text, at) => `${at} ${text}`,
    lost: (at) => `${at} {"lost":"the connection ended"}`,
    instruments: (symbols, { rest }, client) => binanceInstruments(symbols, { venue, url: `${rest}${path}` }, client),
    time: (at, client) => serverTime(venue, `${at.rest}${path}/time`, client),
    weightUsed: ({ "x-mbx-used-weight-1m": used }) => used === undefined ? undefined : Number(used),
  };
}

function binanceLane({ name, path, streams }: BinanceMarket["lanes"][number]): MarketLane {
  return {
    name,
    books: streams.some((stream) => stream.startsWith("depth")),
    url: ({ market }) => `${market}${path}/stream`,
    subscribe: (symbols) => subscriptions(symbols, streams),
    reader: () => new BinanceFrames(),
  };
}

function subscriptions(symbols: readonly string[], streams: readonly string[]): string[] {
  const all = symbols.flatMap((symbol) => streams.map((stream) => `${symbol.toLowerCase()}@${stream}`));
  return Array.from({ length: Math.ceil(all.length / STREAMS_A_FRAME) }, (_, i) => {
    const params = all.slice(i * STREAMS_A_FRAME, (i + 1) * STREAMS_A_FRAME);
    return JSON.stringify({ method: "SUBSCRIBE", params, id: i + 1 });
  });
}

const STREAM = '{"stream":"';
const OTHER: FrameNews = { kind: "other" };

/** Reads whose stream a frame is from its first bytes; all else is small, and parsed. */
class BinanceFrames implements FrameReader {
  /** By symbol as streams name it. */
  readonly #known = new Map<string, FrameNews>();

  read(text: string): FrameNews {
    if (text.startsWith(STREAM)) {
      const at = text.indexOf("@", STREAM.length);
      if (at > 0 && text.charCodeAt(STREAM.length) !== 33) return this.#data(text.slice(STREAM.length, at)); // "!"
    }
    const message = JSON.parse(text);
    const { e, error, code, msg } = message.data ?? message;
    if (e === "serverShutdown") return { kind: "ending", message: "the exchange's server shuts down" };
    const why = error ?? (code === undefined ? undefined : { code, msg });
    if (why !== undefined) return { kind: "refused", message: `${why.code} ${why.msg}` };
    return OTHER;
  }

  #data(symbol: string): FrameNews {
    let news = this.#known.get(symbol);
    if (news === undefined) {
      news = { kind: "data", symbols: [symbol.toUpperCase()] };
      // A frame of ours names what was subscribed to; what does not is not kept.
      if (this.#known.size < STREAMS_MAX) this.#known.set(symbol, news);
    }
    return news;
  }
}

async function serverTime(venue: string, url: string, client: RestClient): Promise<number> {
  const { serverTime } = await client.json({ method: "GET", url }, 1) as { serverTime?: unknown };
  if (typeof serverTime === "number") return serverTime;
  throw new RangeError(
    `Cannot read the time of ${venue}: serverTime is ${JSON.stringify(serverTime)}; is the endpoint Binance's?`,
  );
}
