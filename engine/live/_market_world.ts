/** An exchange that is made up, and a network that is none: what dialects of market data are tried on. */
import { assertEquals } from "@std/assert";
import { L2Book } from "../book/l2.ts";
import { parseDecimal } from "../core/decimal.ts";
import { AT_LOCAL, BUY, CLEAR, DEPTH, GAP, SELL, SNAPSHOT, TRADE } from "../core/event.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import type { Rng } from "../core/rng.ts";
import { Grid } from "../feed/grid.ts";
import { Row } from "../feed/row.ts";
import { FakeTimers } from "./_fake_timers.ts";
import type { LiveEvent } from "./live_event.ts";
import { LiveMarket } from "./live_market.ts";
import type { MarketDialect } from "./market_dialect.ts";
import type { HttpRequest, HttpResponse, Network, Socket } from "./network.ts";

/** Something that happened in a made-up market, as its exchange keeps it. */
export interface MarketChange {
  readonly symbol: string;
  /** Whether it is of the book; else it is a trade. */
  readonly ofBook: boolean;
}

/** One connection at a made-up exchange. */
export interface ScriptedConnection {
  /** What it is answered with. */
  receive(text: string): readonly string[];
  /** The frames that carry a change, where this connection is subscribed to it. */
  deliver(change: MarketChange): readonly string[];
}

/** An exchange that is made up, in one dialect. */
export interface ScriptedExchange {
  connect(url: string): ScriptedConnection;
  /** Changes the market of one of its instruments. */
  change(): MarketChange;
  request(request: HttpRequest): { readonly status: number; readonly text: string };
  /** Sizes by price, as decimals. */
  book(symbol: string): { readonly bids: ReadonlyMap<string, string>; readonly asks: ReadonlyMap<string, string> };
  /** A frame by which it says that a connection ends soon; undefined where it has none. */
  readonly ending?: string;
  /** Levels a side that its integrity proof covers; all unless said. */
  readonly levels?: number;
}

/** A dialect, and its made-up exchange. */
export interface ConformingDialect {
  readonly dialect: MarketDialect;
  readonly instruments: readonly InstrumentSpec[];
  /** `nowNs`: wall time. */
  exchange(options: { rng: Rng; nowNs: () => bigint }): ScriptedExchange;
}

const BEGINS = 1_700_000_000_000_000_000n;
const FAULTS = ["drop", "double", "swap", "garble", "cut", "mute", "none"] as const;

interface Open {
  readonly socket: Socket;
  readonly end: ScriptedConnection;
  /** Frames that wait to be swapped with the next. */
  held: string[];
  mute: boolean;
  over: boolean;
}

/** A feed, its made-up exchange, and the network between. */
export class MarketWorld implements Network {
  readonly timers = new FakeTimers();
  readonly exchange: ScriptedExchange;
  readonly feed: LiveMarket;
  readonly events: LiveEvent[] = [];
  /** How often each trade came: by symbol, price, size and time. */
  readonly trades = new Map<string, number>();
  /** Chance that a frame meets a fault. */
  faults = 0;
  reachable = true;
  /** Whether requests are answered with more than that it is busy. */
  answering = true;
  /** Books that were compared with the exchange's. */
  checks = 0;
  dials = 0;
  readonly #rng: Rng;
  readonly #open = new Set<Open>();
  readonly #books = new Map<string, { readonly spec: InstrumentSpec; readonly book: L2Book; stale: boolean }>();
  readonly #levels: number;

  constructor({ dialect, instruments, exchange }: ConformingDialect, rng: Rng) {
    this.#rng = rng.child("network");
    const wall = () => BEGINS + BigInt(Math.round(this.timers.now() * 1e6));
    this.exchange = exchange({ rng: rng.child("exchange"), nowNs: wall });
    this.#levels = this.exchange.levels ?? Infinity;
    const into = new Map(
      instruments.map((instrument) => [instrument.symbol, { instrument, sink: this.#sink(instrument) }]),
    );
    const random = rng.child("client");
    this.feed = new LiveMarket(dialect, { endpoints: dialect.endpoints, into }, {
      network: this,
      timers: this.timers,
      wall,
      random: () => random.float(),
      tell: (event) => this.events.push(event),
    });
  }

  async opened(): Promise<void> {
    const opening = this.feed.open();
    opening.catch(() => {});
    await this.quiet(30_000);
    await opening;
    this.checkAll();
  }

  /** Lets time go on with a change now and then. */
  async quiet(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1000) {
      this.change();
      await this.timers.advance(1000);
    }
  }

  /** Something happens, and is sent to all who want it. */
  change(): void {
    const change = this.exchange.change();
    const carried = [...this.#open].flatMap((open) => open.end.deliver(change).map((text) => ({ open, text })));
    // Of two that bring the same, neither is all that the feed knows.
    const checked = change.ofBook && carried.length === 1 ? change.symbol : undefined;
    for (const { open, text } of carried) this.#deliver(open, text, checked);
  }

  sendAll(text: string): void {
    for (const { socket } of this.#open) socket.onFrame(text, this.#wall());
  }

  /** All books that are whole are the exchange's. */
  checkAll(): void {
    for (const symbol of this.#books.keys()) this.#check(symbol);
  }

  socket(url: string): Socket {
    this.dials++;
    const open: Open = {
      socket: {
        onOpen: () => {},
        onFrame: () => {},
        onClose: () => {},
        send: (text) => this.#sent(open, text),
        close: () => this.#cut(open),
      },
      end: this.exchange.connect(url),
      held: [],
      mute: false,
      over: false,
    };
    this.timers.after(20, () => {
      if (!this.reachable) return this.#cut(open);
      if (open.over) return;
      this.#open.add(open);
      open.socket.onOpen();
    });
    return open.socket;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    const later = (ms: number) => new Promise<void>((done) => this.timers.after(ms, done));
    await later(30);
    if (!this.answering) return { status: 503, headers: {}, text: "busy", at: this.#wall() };
    const answer = this.exchange.request(request);
    await later(30 + this.#rng.int(300));
    return { ...answer, headers: {}, at: this.#wall() };
  }

  #sent(open: Open, text: string): void {
    if (open.over) throw new Error("Cannot send: it is closed");
    this.timers.after(20, () => {
      if (open.over) return;
      const answers = open.end.receive(text);
      if (!open.mute) { for (const answer of answers) open.socket.onFrame(answer, this.#wall()); }
    });
  }

  #deliver(open: Open, text: string, checked: string | undefined): void {
    if (open.over || open.mute) return;
    const fault = this.#rng.float() < this.faults ? FAULTS[this.#rng.int(FAULTS.length)] : "none";
    if (fault === "cut") return this.#cut(open);
    if (fault === "mute") open.mute = true;
    if (fault === "drop" || fault === "mute") return;
    if (fault === "swap" && open.held.length === 0) return void open.held.push(text);
    const held = open.held.splice(0);
    open.socket.onFrame(fault === "garble" ? text.slice(0, text.length >> 1) : text, this.#wall());
    if (fault === "double") open.socket.onFrame(text, this.#wall());
    for (const old of held) open.socket.onFrame(old, this.#wall());
    if (checked !== undefined && fault !== "garble") this.#check(checked);
  }

  #cut(open: Open): void {
    if (open.over) return;
    open.over = true;
    this.#open.delete(open);
    open.socket.onClose(1006, "cut");
  }

  #check(symbol: string): void {
    const { spec, book, stale } = this.#books.get(symbol)!;
    if (stale) return;
    const { bids, asks } = this.exchange.book(symbol);
    for (const [side, levels] of [[BUY, bids], [SELL, asks]] as const) {
      const expected = this.#top(
        side,
        [...levels].map(([price, size]) => [units(spec, "tick", price), units(spec, "lot", size)]),
      );
      const count = Math.min(book.count(side), this.#levels === Infinity ? book.count(side) : this.#levels);
      const prices = new Float64Array(count), sizes = new Float64Array(count);
      book.top(side, count, prices, sizes);
      assertEquals([...prices].map((price, i) => [price, sizes[i]]), expected, `${symbol} ${side}`);
    }
    this.checks++;
  }

  #top(side: number, levels: readonly (readonly number[])[]): (readonly number[])[] {
    return [...levels].sort(([a], [b]) => side === BUY ? b - a : a - b).slice(0, this.#levels);
  }

  #sink(spec: InstrumentSpec): { row: Row; add(): void } {
    const kept = { spec, book: new L2Book(), stale: true };
    this.#books.set(spec.symbol, kept);
    const row = new Row(), { book } = kept;
    const add = () => {
      const { kind, side, price, size, flags } = row;
      if (!(flags & AT_LOCAL)) return;
      if (kind === GAP) kept.stale = true;
      else if (kind === DEPTH) book.set(side as typeof BUY, price, size);
      else if (kind === CLEAR || kind === SNAPSHOT) {
        kept.stale = false;
        if (kind === CLEAR) book.clear(side as typeof BUY, price);
        else book.set(side as typeof BUY, price, size);
      } else if (kind === TRADE) {
        const key = `${spec.symbol} ${price} ${size} ${row.exchangeSec} ${row.exchangeNs}`;
        this.trades.set(key, (this.trades.get(key) ?? 0) + 1);
        assertEquals(this.trades.get(key), 1, `a trade came twice: ${key}`);
      }
    };
    return { row, add };
  }

  #wall(): bigint {
    return BEGINS + BigInt(Math.round(this.timers.now() * 1e6));
  }
}

function units(spec: InstrumentSpec, name: "tick" | "lot", text: string): number {
  const { mantissa, decimals } = parseDecimal(text);
  return new Grid(name, parseDecimal(spec[name])).units(mantissa, decimals);
}
