import { coinbaseDecoder } from "../../feed/decode/coinbase.ts";
import { coinbaseMessage } from "../../feed/decode/coinbase_message.ts";
import { connectLine, receivedLine } from "../../feed/decode/session_text.ts";
import type { FrameNews, FrameReader, Hole, MarketDialect } from "../market_dialect.ts";
import type { RestClient } from "../rest_client.ts";
import { coinbaseInstruments } from "./instruments.ts";

/**
 * Coinbase Advanced Trade: whole books, trades and best prices over one connection, without keys. Each channel is subscribed to by
 * itself, heartbeats too: where a market is quiet they keep the others open. A book that is not whole is subscribed to again.
 */
export const coinbase: MarketDialect = {
  venue: "coinbase",
  endpoints: {
    rest: "https://api.coinbase.com",
    market: "wss://advanced-trade-ws.coinbase.com",
    orders: "wss://advanced-trade-ws-user.coinbase.com",
  },
  format: "coinbase",
  limits: {
    instrumentsMax: 50,
    sendsPerSecond: 8,
    lifeMs: Infinity,
    // It sends a heartbeat each second.
    silenceMs: 15_000,
    weightPerMinute: 600,
  },
  lanes: [{
    name: "market",
    books: true,
    url: ({ market }) => market,
    subscribe: (symbols) => [
      '{"type":"subscribe","channel":"heartbeats"}',
      ...["level2", "market_trades", "ticker"].map((channel) => subscription("subscribe", channel, symbols)),
    ],
    reader: () => new CoinbaseFrames(),
  }],
  resync: {
    by: "frames",
    frames: (
      symbol,
    ) => [subscription("unsubscribe", "level2", [symbol]), subscription("subscribe", "level2", [symbol])],
  },
  decoder: coinbaseDecoder,
  line: receivedLine,
  lost: (at, url) => connectLine(url, at),
  instruments: (symbols, { rest }, client) => coinbaseInstruments(symbols, rest, client),
  time: ({ rest }, client) => serverTime(`${rest}/api/v3/brokerage/time`, client),
};

function subscription(type: string, channel: string, symbols: readonly string[]): string {
  return JSON.stringify({ type, product_ids: symbols, channel });
}

const OTHER: FrameNews = { kind: "other" };

/** Follows the numbers of one connection: what is missing before a frame is a hole, what came already is no news. */
class CoinbaseFrames implements FrameReader {
  #last = -1;

  read(text: string): FrameNews {
    // All of it: of a frame that is cut short the number must not count.
    const json = JSON.parse(text), { type, message, events } = json;
    if (type === "error") return { kind: "refused", message: String(message) };
    const envelope = coinbaseMessage({ ...json, events: [] }, 0);
    if (envelope?.sequence === undefined) return OTHER;
    const { channel, sequence } = envelope, last = this.#last;
    if (sequence <= last) return OTHER;
    this.#last = sequence;
    const hole: Hole | undefined = last >= 0 && sequence > last + 1
      ? { expected: `message ${last + 1}`, found: `message ${sequence}` }
      : undefined;
    const symbols = productsOf(channel, events);
    return symbols.length > 0 ? { kind: "data", symbols, hole } : { kind: "other", hole };
  }
}

function productsOf(channel: string, events: unknown): string[] {
  if (!Array.isArray(events)) return [];
  const found = channel === "l2_data"
    ? events.map((event) => event?.product_id)
    : channel === "market_trades"
    ? events.flatMap((event) => (event?.trades ?? []).map((trade: { product_id: unknown }) => trade?.product_id))
    : channel === "ticker"
    ? events.flatMap((event) => (event?.tickers ?? []).map((ticker: { product_id: unknown }) => ticker?.product_id))
    : [];
  return [...new Set(found)].filter((product) => typeof product === "string");
}

async function serverTime(url: string, client: RestClient): Promise<number> {
  const { epochMillis } = await client.json({ method: "GET", url }, 1) as { epochMillis?: unknown };
  const ms = Number(epochMillis);
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new RangeError(
    `Cannot read the time of coinbase: epochMillis is ${JSON.stringify(epochMillis)}; is the endpoint Coinbase's?`,
  );
}
