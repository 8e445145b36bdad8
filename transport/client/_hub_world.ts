import { Rng } from "../../engine/core/rng.ts";
import { greet } from "../hub/greet.ts";
import { Hub, type HubOptions } from "../hub/hub.ts";
import type { Link } from "../link/link.ts";
import { memoryPair } from "../link/memory.ts";
import { type NetworkOptions, type SimulatedNetwork, simulatedPair } from "../link/simulated.ts";
import { bookChecksum } from "../protocol/book_checksum.ts";
import { codecOf } from "../protocol/codecs.ts";
import type { CodecName } from "../protocol/codec.ts";
import type { Client } from "./client.ts";
import { connect } from "./client.ts";
import type { BookView, Level } from "./book.ts";
import type { Dial } from "./dial.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import type { ClientOptions } from "./options.ts";

/** Instruments of the world. */
export const SYMBOLS = ["BTC", "ETH"] as const;

const INSTRUMENTS = SYMBOLS.map((symbol) => ({
  ...{ symbol, venue: "sim", kind: "linear", tick: "0.01", lot: "1", multiplier: "1", currency: "USD" },
}));

/** A book as whoever publishes it has it. */
class TrueBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  best(side: "bids" | "asks"): Level[] {
    const sign = side === "bids" ? -1 : 1;
    return [...this[side]].sort((one, other) => sign * (one[0] - other[0]));
  }
}

/** A hub on a clock that stands still, what is published drawn from a seed, and clients over links of any kind. */
export class HubWorld {
  readonly clock = new FakeTimers(1_700_000_000_000);
  readonly hub: Hub;
  readonly rng: Rng;
  readonly books = new Map(SYMBOLS.map((symbol) => [symbol as string, new TrueBook()]));
  readonly positions = new Map(
    SYMBOLS.map((symbol) => [symbol as string, { position: 0, average: null as number | null }]),
  );
  /** The networks of links that were dialled over one. */
  readonly networks: SimulatedNetwork[] = [];
  readonly serverLinks: Link[] = [];
  /** Dials fail while this is not so. */
  reachable = true;
  readonly #clients: Client[] = [];
  #published = 0;
  #ids = 0;

  constructor(seed: number, options: Partial<HubOptions> = {}) {
    this.rng = new Rng(seed);
    this.hub = new Hub({
      ...{ session: "s", mode: "backtest", live: false, instruments: INSTRUMENTS, commands: ["submit"] },
      clock: this.clock,
      newId: () => `id${++this.#ids}`,
      snapshot: (channel, symbol) => this.#snapshot(channel, symbol),
      ...options,
    });
  }

  /** Dials a link in memory. */
  readonly memory: Dial = ({ codec }) => {
    if (!this.reachable) return Promise.reject(new Error("nobody answers"));
    const [server, client] = memoryPair({ text: codec === "json" });
    return this.take(server, client, codec);
  };

  /** Dials a link over a network. */
  simulated(options: Omit<NetworkOptions, "seed">): Dial {
    return ({ codec }) => {
      const seed = `${this.rng.int(2 ** 31)}`;
      const [server, client, network] = simulatedPair({ ...options, seed, text: codec === "json" }, this.clock);
      this.networks.push(network);
      return this.take(server, client, codec);
    };
  }

  client(dial: Dial, options: Partial<ClientOptions> = {}): Client {
    const rng = this.rng.child(`client ${this.#clients.length}`);
    const client = connect({ dial, clock: this.clock, random: () => rng.float(), page: {}, ...options });
    this.#clients.push(client);
    return client;
  }

  /** Publishes one thing, drawn. */
  publish(): void {
    const { rng, hub } = this;
    const symbol = SYMBOLS[rng.int(SYMBOLS.length)];
    const time = BigInt(++this.#published);
    switch (rng.int(4)) {
      case 0:
        hub.publish("trades", symbol, { price: this.#published, size: 1, side: rng.int(2) ? "buy" : "sell" }, time);
        break;
      case 1: {
        const fill = {
          order: this.#published,
          side: "buy",
          price: 1,
          size: 1,
          maker: false,
          fee: "0.1",
          currency: "USD",
        };
        hub.publish("fills", symbol, fill, time);
        break;
      }
      case 2: {
        const changed = { position: rng.int(100), ...(rng.int(2) ? { average: rng.int(100) } : {}) };
        Object.assign(this.positions.get(symbol)!, changed);
        hub.publish("positions", symbol, changed, time);
        break;
      }
      default:
        this.#publishBook(symbol, time);
    }
  }

  /** Whether a view is the book as it was published. */
  isBook(view: BookView | undefined): boolean {
    const book = this.books.get(view?.symbol ?? "");
    return view !== undefined && book !== undefined &&
      JSON.stringify([view.bids, view.asks]) === JSON.stringify([book.best("bids"), book.best("asks")]);
  }

  /** Ends all. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.clock.advance(100);
    this.hub.close();
    for (const link of this.serverLinks) link.terminate();
    await this.clock.advance(20_000);
  }

  /** The hub takes one end of a link; the other is the dial's. */
  take(server: Link, client: Link, codec: CodecName): Promise<Link> {
    this.serverLinks.push(server);
    greet(server, codecOf(codec), {
      authenticate: () => ({ name: "ann", scopes: ["read", "trade"] }),
      hubOf: () => this.hub,
      clock: this.clock,
    }).catch((error: unknown) => {
      throw error;
    });
    return Promise.resolve(client);
  }

  #publishBook(symbol: string, time: bigint): void {
    const { rng } = this, book = this.books.get(symbol)!;
    const data: { bids: Level[]; asks: Level[]; checksum?: number } = { bids: [], asks: [] };
    for (let i = 1 + rng.int(3); i > 0; i--) {
      const side = rng.int(2) ? "bids" : "asks";
      const price = side === "bids" ? 100 - rng.int(20) : 101 + rng.int(20);
      if (data[side].some(([there]) => there === price)) continue;
      const size = rng.int(3) === 0 ? 0 : 1 + rng.int(9);
      if (size === 0) book[side].delete(price);
      else book[side].set(price, size);
      data[side].push([price, size]);
    }
    if (rng.int(4) === 0) data.checksum = bookChecksum(book.best("bids"), book.best("asks"));
    this.hub.publish("book", symbol, { ...data }, time);
  }

  #snapshot(channel: string, symbol: string) {
    if (channel === "positions") return { ...this.positions.get(symbol) };
    const book = channel === "book" ? this.books.get(symbol) : undefined;
    if (!book) return undefined;
    const bids = book.best("bids"), asks = book.best("asks");
    return { bids, asks, checksum: bookChecksum(bids, asks) };
  }
}
