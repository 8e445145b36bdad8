import { krakenV2Decoder } from "../../feed/decode/kraken_v2.ts";
import { connectLine, receivedLine } from "../../feed/decode/session_text.ts";
import type { FrameNews, FrameReader, MarketDialect } from "../market_dialect.ts";
import { krakenInstruments } from "./instruments.ts";

/** Levels a side: the most that Kraken offers. */
const DEPTH = 1000;

/**
 * Kraken's spot market, by version 2 of its WebSocket API: books of 1,000 levels a side, trades and best prices over one
 * connection. A book that is not whole is subscribed to again.
 *
 * Its checksums cover the best ten levels of a side: what is wrong further off is found once it comes that near.
 */
export const kraken: MarketDialect = {
  venue: "kraken",
  endpoints: { rest: "https://api.kraken.com", market: "wss://ws.kraken.com", orders: "wss://ws-auth.kraken.com" },
  format: "kraken_v2",
  limits: {
    instrumentsMax: 100,
    sendsPerSecond: 5,
    lifeMs: Infinity,
    // It sends a heartbeat each second in which it has nothing else.
    silenceMs: 15_000,
    weightPerMinute: 60,
  },
  lanes: [{
    name: "market",
    books: true,
    url: ({ market }) => `${market}/v2`,
    subscribe: (symbols) => [
      subscription("subscribe", { channel: "book", symbol: symbols, depth: DEPTH }),
      subscription("subscribe", { channel: "trade", symbol: symbols, snapshot: false }),
      subscription("subscribe", { channel: "ticker", symbol: symbols, event_trigger: "bbo" }),
    ],
    reader: () => new KrakenFrames(),
  }],
  resync: {
    by: "frames",
    frames: (symbol) => [
      subscription("unsubscribe", { channel: "book", symbol: [symbol], depth: DEPTH }),
      subscription("subscribe", { channel: "book", symbol: [symbol], depth: DEPTH }),
    ],
  },
  ping: { everyMs: 5000, frame: () => '{"method":"ping"}' },
  decoder: krakenV2Decoder,
  line: receivedLine,
  lost: (at, url) => connectLine(url, at),
  instruments: (symbols, { rest }, client) => krakenInstruments(symbols, rest, client),
};

function subscription(method: string, params: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ method, params });
}

const DATA = /^\{"channel":"(?:book|trade|ticker)",/;
const SYMBOL = '"symbol":"';
const OTHER: FrameNews = { kind: "other" };

/** Reads of which pairs a frame is without parsing it, where it is of any; all else is small. */
class KrakenFrames implements FrameReader {
  read(text: string): FrameNews {
    if (DATA.test(text) && text.endsWith("]}")) return { kind: "data", symbols: symbolsIn(text) };
    const { method, success, error, result, symbol, channel, data } = JSON.parse(text);
    if (method === "subscribe" && success === false) {
      return { kind: "refused", message: String(error), ...typeof symbol === "string" && { symbols: [symbol] } };
    }
    // The depth that it confirms is what the decoder keeps.
    if (method === "subscribe" && result?.channel === "book") return { kind: "data", symbols: [result.symbol] };
    if (Array.isArray(data) && (channel === "book" || channel === "trade" || channel === "ticker")) {
      return { kind: "data", symbols: [...new Set<string>(data.map((each) => each.symbol))] };
    }
    return OTHER;
  }
}

function symbolsIn(text: string): string[] {
  const found = new Set<string>();
  for (let at = text.indexOf(SYMBOL); at >= 0; at = text.indexOf(SYMBOL, at)) {
    const start = at + SYMBOL.length;
    at = text.indexOf('"', start);
    if (at < 0) throw new SyntaxError("a symbol does not end");
    found.add(text.slice(start, at));
  }
  return [...found];
}
