/** A captured market of Binance, to be played by a `LocalExchange` as it was. */
import type { MarketChange, ScriptedConnection } from "../engine/live/_market_world.ts";
import type { HttpRequest } from "../engine/live/network.ts";
import type { LocalMarket } from "./local_exchange.ts";

/** A frame of the capture. */
interface Frame extends MarketChange {
  readonly stream: string;
  readonly text: string;
}

/**
 * Lines of one instrument, `<local ns> <frame>` with the reply of REST among them, as frames of the streams that are subscribed to.
 *
 * The reply answers the first request for a snapshot that comes after the frames before it; until it is asked for, nothing goes
 * on. Clients ask once updates flow, and so get it behind the first of them, as whoever captured it did.
 */
export class PlayedCapture implements LocalMarket {
  readonly #lines: readonly string[];
  readonly #symbol: string;
  readonly #steps: { readonly tick: string; readonly lot: string };
  #at = 0;
  #snapshot: string | undefined;
  #asked = false;
  /** Frames that were sent. */
  delivered = 0;
  /** Streams that somebody has subscribed to. */
  subscribed = 0;

  constructor(lines: readonly string[], symbol: string, steps: { readonly tick: string; readonly lot: string }) {
    this.#lines = lines;
    this.#symbol = symbol;
    this.#steps = steps;
  }

  /** Whether the snapshot is due and nobody has asked for it. */
  get waits(): boolean {
    return this.#snapshot !== undefined && !this.#asked;
  }

  connect(_url: string): ScriptedConnection {
    const streams = new Set<string>();
    return {
      receive: (text) => {
        const { method, params = [], id } = JSON.parse(text) as { method: string; params?: string[]; id: number };
        if (method === "SUBSCRIBE") { for (const stream of params) streams.add(stream); }
        this.subscribed += params.length;
        return [JSON.stringify({ result: null, id })];
      },
      deliver: (change) => {
        const { stream, text } = change as Frame;
        if (!streams.has(stream)) return [];
        this.delivered++;
        return [text];
      },
    };
  }

  change(): Frame | undefined {
    for (let line = this.#lines[this.#at++]; line !== undefined; line = this.#lines[this.#at++]) {
      const text = line.slice(line.indexOf(" ") + 1), stream = /^\{"stream":"([^"]+)"/.exec(text)?.[1];
      if (stream !== undefined) return { symbol: this.#symbol, ofBook: stream.includes("@depth"), stream, text };
      this.#snapshot = text;
      // What is behind it is not sent before it is asked for.
      return { symbol: this.#symbol, ofBook: false, stream: "", text };
    }
    return undefined;
  }

  request({ url }: HttpRequest): { readonly status: number; readonly text: string } | undefined {
    const { pathname } = new URL(url);
    if (pathname.endsWith("/time")) return { status: 200, text: JSON.stringify({ serverTime: Date.now() }) };
    if (pathname.endsWith("/exchangeInfo")) return { status: 200, text: JSON.stringify({ symbols: [this.#info()] }) };
    if (!pathname.endsWith("/depth") || this.#snapshot === undefined) return undefined;
    this.#asked = true;
    return { status: 200, text: this.#snapshot };
  }

  #info(): unknown {
    const filters = [{ filterType: "PRICE_FILTER", tickSize: this.#steps.tick }, {
      filterType: "LOT_SIZE",
      stepSize: this.#steps.lot,
    }];
    const contract = { contractType: "PERPETUAL", marginAsset: "USDT" };
    return { symbol: this.#symbol, status: "TRADING", quoteAsset: "USDT", ...contract, filters };
  }
}
