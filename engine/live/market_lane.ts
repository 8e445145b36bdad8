import type { Endpoints } from "./exchange.ts";
import { KeptSocket } from "./kept_socket.ts";
import type { LiveTools } from "./live_tools.ts";
import type { FrameNews, FrameReader, MarketDialect, MarketLane } from "./market_dialect.ts";

/** What a lane's connection brings, once. */
export interface LaneListener {
  /** A frame of the connection in use, and what it says. */
  news(news: FrameNews, text: string, at: bigint): void;
  /** A frame that made no sense. */
  refused(error: Error, text: string, at: bigint): void;
  /** The connection ended before another took its place. */
  down(reason: string): void;
  /** A connection is in use from here on. */
  taken(): void;
  failed(error: Error): void;
}

/** What a connection carries. */
export interface LaneOptions {
  readonly dialect: Pick<MarketDialect, "venue" | "limits" | "ping">;
  readonly lane: MarketLane;
  readonly endpoints: Endpoints;
  readonly symbols: readonly string[];
}

/** A connection and the one that renews it both bring frames for so long at least. */
const OVERLAP_MS = 1000;
/** Frames of a renewal that are held back; where there are more, it takes over. */
const HELD_MAX = 10_000;

interface Held {
  readonly news: FrameNews;
  readonly text: string;
}

/**
 * One connection of market data, whatever sockets it is made of.
 *
 * While a socket is renewed both bring the same data, one a little behind the other. The new one's frames are held back until
 * it has brought data of every instrument, for a second at least; then the old one ends, and what was held follows: what is
 * known already is left out by the decoders, by ids and numbers, and nothing is missing.
 */
export class KeptLane {
  readonly lane: MarketLane;
  readonly symbols: readonly string[];
  readonly url: string;
  readonly #listener: LaneListener;
  readonly #tools: LiveTools;
  readonly #socket: KeptSocket;
  readonly #readers = new Map<number, FrameReader>();
  #held: Held[] = [];
  /** Instruments that the renewal has brought data of. */
  readonly #brought = new Set<string>();
  #since = 0;

  constructor({ dialect, lane, endpoints, symbols }: LaneOptions, listener: LaneListener, tools: LiveTools) {
    const { venue, limits: { sendsPerSecond, lifeMs, silenceMs }, ping } = dialect;
    this.lane = lane;
    this.symbols = symbols;
    this.url = lane.url(endpoints);
    this.#listener = listener;
    this.#tools = tools;
    this.#socket = new KeptSocket(
      {
        venue,
        name: `${lane.name} stream`,
        url: () => this.url,
        greet: () => lane.subscribe(symbols),
        sendsPerSecond,
        lifeMs,
        silenceMs,
        ping,
      },
      {
        taken: (link) => this.#taken(link),
        frame: (text, at, link) => this.#frame(text, at, link),
        down: (_, reason) => listener.down(reason),
        failed: (error) => listener.failed(error),
      },
      tools,
    );
  }

  /** The socket in use, by its number; 0 where there is none. */
  get link(): number {
    return this.#socket.link;
  }

  open(): void {
    this.#socket.open();
  }

  close(): void {
    this.#socket.close();
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  renew(reason: string): void {
    this.#socket.renew(reason);
  }

  #taken(link: number): void {
    for (const other of this.#readers.keys()) if (other < link) this.#readers.delete(other);
    this.#listener.taken();
    const held = this.#held;
    this.#held = [];
    this.#brought.clear();
    // They reach the session only now: time does not go back for it.
    const at = held.length > 0 ? this.#tools.wall() : 0n;
    for (const { news, text } of held) this.#listener.news(news, text, at);
  }

  #frame(text: string, at: bigint, link: number): boolean {
    const inUse = link === this.#socket.link;
    let news: FrameNews;
    try {
      news = this.#reader(link).read(text);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (inUse) this.#listener.refused(error, text, at);
      return false;
    }
    if (inUse) this.#listener.news(news, text, at);
    return !inUse && this.#hold(news, text);
  }

  /** Holds a frame of a renewal; true once it has brought all. */
  #hold(news: FrameNews, text: string): boolean {
    const now = this.#tools.timers.now();
    if (this.#held.length === 0) this.#since = now;
    this.#held.push({ news, text });
    if (news.kind === "data") { for (const symbol of news.symbols) this.#brought.add(symbol); }
    if (this.#held.length >= HELD_MAX) return true;
    return this.#brought.size >= this.symbols.length && now - this.#since >= OVERLAP_MS;
  }

  #reader(link: number): FrameReader {
    let reader = this.#readers.get(link);
    if (reader === undefined) {
      // A renewal that failed brought what nobody will ask for.
      if (link !== this.#socket.link) {
        this.#held = [];
        this.#brought.clear();
      }
      this.#readers.set(link, reader = this.lane.reader());
    }
    return reader;
  }
}
