/** Recorded sessions of Kraken v1 and of Coinbase's older API, as markets for a `LocalExchange`. */
import { BUY, SELL, type Side } from "../engine/core/event.ts";
import { krakenMessage } from "../engine/feed/decode/kraken_message.ts";
import { SessionLines } from "../engine/feed/decode/session_lines.ts";
import type { TextLevel } from "../engine/feed/decode/text_level.ts";
import { TextBook } from "../engine/feed/decode/text_book.ts";
import type { MarketChange, ScriptedConnection } from "../engine/live/_market_world.ts";
import type { LocalMarket } from "./local_exchange.ts";

/** The messages of the exchange in a session. */
function receivedIn(session: Uint8Array): unknown[] {
  const all: unknown[] = [];
  const lines = new SessionLines(({ kind, json }) => {
    if (kind === "received") all.push(json);
  });
  lines.push(session);
  lines.end();
  return all;
}

/** One message of a session that changes a market. */
interface Step extends MarketChange {
  readonly levels: readonly TextLevel[];
  /** What a client that is subscribed to it is sent: a frame, or for Coinbase its event and its channel. */
  readonly text: string;
  readonly channel: string;
}

/**
 * A captured market: its books are those of the session's snapshots when it begins, and go on by its messages. Who subscribes later,
 * or again, gets a snapshot of what the book is by then.
 */
abstract class CapturedMarket implements LocalMarket {
  readonly books = new Map<string, TextBook>();
  /** Steps that were played. */
  played = 0;
  protected readonly steps: Step[] = [];
  readonly #depth: number;

  constructor(depth: number) {
    this.#depth = depth;
  }

  abstract connect(url: string): ScriptedConnection;

  change(): Step | undefined {
    const step = this.steps[this.played];
    if (step === undefined) return undefined;
    this.played++;
    this.apply(step.symbol, step.levels);
    return step;
  }

  request(): { readonly status: number; readonly text: string } {
    return { status: 200, text: `{"epochMillis":"${Date.now()}"}` };
  }

  /** Levels of a side, best first, as they were sent. */
  levels(symbol: string, side: Side): [price: string, size: string][] {
    const book = this.books.get(symbol)!;
    return Array.from({ length: book.count(side) }, (_, i) => [book.price(side, i), book.size(side, i)]);
  }

  protected apply(symbol: string, levels: readonly TextLevel[]): void {
    let book = this.books.get(symbol);
    if (book === undefined) this.books.set(symbol, book = new TextBook());
    for (const { side, price, size } of levels) book.set(side, price, size);
    for (const side of [BUY, SELL] as Side[]) book.truncate(side, this.#depth);
  }
}

/** Kraken v1's `book-1000`. */
export class CapturedKraken extends CapturedMarket {
  constructor(session: Uint8Array) {
    super(1000);
    for (const json of receivedIn(session)) {
      const message = krakenMessage(json, 1);
      if (message?.channel !== "book") continue;
      const { pair: symbol, levels } = message;
      if (message.snapshot) this.apply(symbol, levels);
      else this.steps.push({ symbol, levels, ofBook: true, channel: "book", text: JSON.stringify(json) });
    }
  }

  connect(): ScriptedConnection {
    const subscribed = new Set<string>();
    return {
      receive: (text) => {
        const { event, pair = [] } = JSON.parse(text) as { event: string; pair?: string[] };
        for (const name of pair) {
          if (event === "subscribe") subscribed.add(name);
          else subscribed.delete(name);
        }
        return event === "subscribe" ? pair.map((name) => this.#snapshot(name)) : [];
      },
      deliver: ({ symbol, text }: Step) => subscribed.has(symbol) ? [text] : [],
    } as ScriptedConnection;
  }

  #snapshot(pair: string): string {
    const side = (of: Side) => this.levels(pair, of).map(([price, size]) => [price, size, "1618678130.000000"]);
    return JSON.stringify([7, { as: side(SELL), bs: side(BUY) }, "book-1000", pair]);
  }
}

/** What Coinbase's older API sends, as far as it is read. */
interface OldMessage {
  readonly type: string;
  readonly product_id: string;
  readonly time: string;
  readonly asks: readonly (readonly [string, string])[];
  readonly bids: readonly (readonly [string, string])[];
  readonly changes: readonly (readonly ["buy" | "sell", string, string])[];
  readonly trade_id: number;
  readonly price: string;
  readonly size: string;
  readonly side: "buy" | "sell";
}

/** Coinbase's market of 2021, told in the shape of Advanced Trade. */
export class CapturedCoinbase extends CapturedMarket {
  constructor(session: Uint8Array) {
    super(Infinity);
    for (const message of receivedIn(session) as OldMessage[]) {
      const { type, product_id: symbol } = message;
      if (type === "snapshot") this.apply(symbol, [...oldLevels(BUY, message.bids), ...oldLevels(SELL, message.asks)]);
      else if (type === "l2update") this.steps.push(bookStep(message));
      else if (type === "match") this.steps.push(tradeStep(message));
    }
  }

  connect(): ScriptedConnection {
    const subscribed = new Set<string>();
    let sequence = 0;
    const framed = (channel: string, event: string) =>
      `{"channel":"${channel}","timestamp":"2021-04-17T16:43:37.000001Z","sequence_num":${sequence++},"events":[${event}]}`;
    return {
      receive: (text) => {
        const { type, channel, product_ids = [] } = JSON.parse(text) as
          & Record<"type" | "channel", string>
          & { product_ids?: string[] };
        const snapshots = product_ids.flatMap((product) => {
          if (type === "unsubscribe") subscribed.delete(`${channel} ${product}`);
          else subscribed.add(`${channel} ${product}`);
          return type === "subscribe" && channel === "level2" ? [framed("l2_data", this.#snapshot(product))] : [];
        });
        return [...snapshots, framed("subscriptions", "{}")];
      },
      deliver: ({ symbol, channel, text }: Step) => {
        if (!subscribed.has(`${channel} ${symbol}`)) return [];
        return [framed(channel === "level2" ? "l2_data" : channel, text)];
      },
    } as ScriptedConnection;
  }

  #snapshot(product: string): string {
    const time = "1970-01-01T00:00:00Z";
    const side = (of: Side) => this.levels(product, of).map(([price, size]) => updateText(of, price, size, time));
    return `{"type":"snapshot","product_id":"${product}","updates":[${[...side(BUY), ...side(SELL)]}]}`;
  }
}

function oldLevels(side: Side, levels: readonly (readonly [string, string])[]): TextLevel[] {
  return levels.map(([price, size]) => ({ side, price, size }));
}

function bookStep({ product_id: symbol, changes, time }: OldMessage): Step {
  const levels = changes.map(([side, price, size]): TextLevel => ({ side: side === "buy" ? BUY : SELL, price, size }));
  const updates = levels.map(({ side, price, size }) => updateText(side, price, size, time));
  const text = `{"type":"update","product_id":"${symbol}","updates":[${updates}]}`;
  return { symbol, levels, ofBook: true, channel: "level2", text };
}

function tradeStep({ product_id: symbol, trade_id, price, size, side, time }: OldMessage): Step {
  const trade = `{"trade_id":"${trade_id}","product_id":"${symbol}","price":"${price}","size":"${size}",` +
    `"time":"${time}","side":"${side.toUpperCase()}"}`;
  const text = `{"type":"update","trades":[${trade}]}`;
  return { symbol, levels: [], ofBook: false, channel: "market_trades", text };
}

function updateText(side: Side, price: string, size: string, time: string): string {
  const name = side === BUY ? "bid" : "offer";
  return `{"side":"${name}","event_time":"${time}","price_level":"${price}","new_quantity":"${size}"}`;
}
