import type { CcxtBook, CcxtTrade } from "./client.ts";
import { plain } from "../decimals.ts";

/** Levels of one side by price, both as text. */
type Side = Map<string, string>;

/**
 * What ccxt says of one market, written as a capture of Coinbase's Advanced Trade would be: it has the plainest format of those that
 * have decoders, and what is recorded is converted by it. The lines are made here; they are not the exchange's frames.
 *
 * ccxt keeps a book and hands it out whole: what has changed since the last time is a message, the first time all of it is.
 */
export class BookLines {
  readonly #symbol: string;
  #bids: Side = new Map();
  #asks: Side = new Map();
  #whole = false;
  /** Numbers of trades go up, over all runs that are recorded one behind the other. */
  #number = 0;

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  /** The next book begins anew. */
  lost(): void {
    this.#whole = false;
  }

  /** A book at our time `atMs`; undefined where nothing has changed. */
  book({ bids, asks, timestamp }: CcxtBook, atMs: number): string | undefined {
    const snapshot = !this.#whole, time = new Date(timestamp ?? atMs).toISOString();
    const next = { bid: sideOf(bids), offer: sideOf(asks) };
    const updates = [
      ...changes("bid", snapshot ? new Map() : this.#bids, next.bid),
      ...changes("offer", snapshot ? new Map() : this.#asks, next.offer),
    ].map((change) => ({ ...change, event_time: time }));
    this.#bids = next.bid;
    this.#asks = next.offer;
    this.#whole = true;
    if (updates.length === 0 && !snapshot) return undefined;
    const event = { type: snapshot ? "snapshot" : "update", product_id: this.#symbol, updates };
    return JSON.stringify({ channel: "l2_data", timestamp: time, events: [event] });
  }

  /** Trades at our time `atMs`, the oldest first; undefined where there are none. */
  trades(list: readonly CcxtTrade[], atMs: number): string | undefined {
    const trades = list.filter(({ price, amount }) => price !== undefined && amount !== undefined && amount > 0)
      .map(({ price, amount, side, timestamp }) => ({
        trade_id: String(this.#number = Math.max(this.#number + 1, Math.floor(atMs * 1000))),
        product_id: this.#symbol,
        price: plain(price!),
        size: plain(amount!),
        // The maker's side stands in this format.
        side: side === "buy" ? "SELL" : "BUY",
        time: new Date(timestamp ?? atMs).toISOString(),
      }));
    if (trades.length === 0) return undefined;
    const timestamp = new Date(atMs).toISOString();
    return JSON.stringify({ channel: "market_trades", timestamp, events: [{ type: "update", trades }] });
  }
}

function sideOf(levels: CcxtBook["bids"]): Side {
  return new Map(
    levels.filter(([price, size]) => price !== undefined && size !== undefined && size > 0)
      .map(([price, size]) => [plain(price!), plain(size!)]),
  );
}

/** What makes `after` of `before`: levels that are gone have size 0. */
function changes(side: "bid" | "offer", before: Side, after: Side) {
  const gone = [...before.keys()].filter((price) => !after.has(price)).map((price) => [price, "0"]);
  const changed = [...after].filter(([price, size]) => before.get(price) !== size);
  return [...gone, ...changed].map(([price_level, new_quantity]) => ({ side, price_level, new_quantity }));
}
