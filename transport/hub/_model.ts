import { depthSent } from "../protocol/book_depths.ts";
import { assert, assertEquals } from "@std/assert";
import type { Channel } from "../protocol/channels.ts";
import { CHANNELS } from "../protocol/channels.ts";
import type { ChannelMessage, Message } from "../protocol/messages.ts";
import type { BookData, Level } from "./conflation.ts";
import type { Data } from "./entry.ts";
import type { Hub } from "./hub.ts";

/** The state of every topic at every sequence, kept the long way, to hold a hub and what its clients see against. */
export class WorldModel {
  readonly hub: () => Hub;
  /** By topic: state after each sequence; [0] is before the first. */
  readonly states = new Map<string, unknown[]>();
  readonly books = new Map<string, { bids: Map<number, number>; asks: Map<number, number> }>();

  constructor(hub: () => Hub) {
    this.hub = hub;
  }

  publish(channel: Channel, symbol: string, data: Data): void {
    const key = `${channel} ${symbol}`, states = this.#statesOf(key, channel);
    if (channel === "book") {
      const book = this.book(symbol);
      apply(book, data as unknown as BookData);
      states.push(bookText(book));
    } else if (channel === "pnl") states.push({ ...states[states.length - 1] as Data, ...data });
    else states.push(data);
    assertEquals(this.hub().publish(channel, symbol, data, BigInt(states.length)), states.length - 1);
  }

  book(symbol: string): { bids: Map<number, number>; asks: Map<number, number> } {
    let book = this.books.get(symbol);
    if (book === undefined) this.books.set(symbol, book = { bids: new Map(), asks: new Map() });
    return book;
  }

  snapshot(channel: Channel, symbol: string): Data | undefined {
    if (channel === "book") {
      const { bids, asks } = this.book(symbol);
      return { bids: [...bids], asks: [...asks] };
    }
    return channel === "pnl" ? this.states.get("pnl ")?.at(-1) as Data : undefined;
  }

  state(channel: Channel, symbol: string, seq: number): unknown {
    return this.#statesOf(`${channel} ${symbol}`, channel)[seq];
  }

  #statesOf(key: string, channel: Channel): unknown[] {
    let states = this.states.get(key);
    if (states === undefined) {
      this.states.set(key, states = [channel === "book" ? bookText(this.book(key.slice(5))) : {}]);
    }
    return states;
  }
}

interface Seen {
  have: number;
  /** Nothing is to be believed before the state comes. */
  live: boolean;
  book: { bids: Map<number, number>; asks: Map<number, number> };
  fields: Data;
}

/** What a client that follows the protocol knows, each message of which is checked against the world. */
export class WatcherModel {
  readonly world: WorldModel;
  readonly topics = new Map<string, Seen>();
  /** Topics that the server has said over this link that they go on. */
  readonly begun = new Set<string>();
  /** Levels asked for, by symbol; 0: all. */
  depths = new Map<string, number>();
  /** Values asked for of trades; undefined: all. */
  filter: string | undefined;
  lossless = 0;
  merged = 0;
  recovered = 0;
  unrecoverable = 0;

  constructor(world: WorldModel) {
    this.world = world;
  }

  hear(messages: readonly Message[]): void {
    for (const message of messages) {
      if ("seq" in message) this.#channel(message as ChannelMessage);
      else if (message.type === "error") {
        const { name } = message.data as { name: string };
        assert(
          ["UNRECOVERABLE", "SLOW_CONSUMER", "REPLACED"].includes(name),
          `${name}: ${JSON.stringify(message.data)}`,
        );
        if (name === "UNRECOVERABLE") this.unrecoverable++;
      }
    }
  }

  /** The server said where topics stand. */
  subscribed(channel: Channel, list: readonly { symbol: string; seq: number; recovered: boolean }[]): void {
    for (const { symbol, seq, recovered } of list) {
      const seen = this.seen(channel, symbol);
      this.begun.add(`${channel} ${symbol}`);
      if (recovered) this.recovered++;
      else {
        // Before the first message there may be no state to send.
        seen.live = !CHANNELS[channel].snapshot || seq === 0;
        if (seen.live) seen.have = seq;
      }
    }
  }

  seen(channel: Channel, symbol: string): Seen {
    const key = `${channel} ${symbol}`;
    let seen = this.topics.get(key);
    if (seen === undefined) {
      seen = { have: 0, live: false, book: { bids: new Map(), asks: new Map() }, fields: {} };
      this.topics.set(key, seen);
    }
    return seen;
  }

  #channel({ type, channel, symbol, seq, prev, data }: ChannelMessage): void {
    // Of a subscription that the client never heard of, as its link was lost.
    if (!this.begun.has(`${channel} ${symbol}`)) return;
    const seen = this.seen(channel, symbol), what = `${type} ${channel} ${symbol} ${prev}-${seq}, having ${seen.have}`;
    if (type === "snapshot") {
      assertEquals(prev, 0);
      seen.live = true;
      seen.book = { bids: new Map(), asks: new Map() };
      seen.fields = {};
    } else {
      assert(seen.live, `${what}: it comes before the state`);
      assert(seq > seen.have, `${what}: it comes twice`);
      assert(prev <= seen.have, `${what}: there is a gap`);
      if (CHANNELS[channel].delivery === "lossless") this.#whole(channel, symbol, seq, seen.have, data);
      else if (seq - prev > 1) this.merged++;
    }
    seen.have = seq;
    if (channel === "book") {
      apply(seen.book, data as unknown as BookData);
      const depth = depthSent(this.depths.get(symbol) ?? 0);
      assertEquals(bookText(seen.book), topOf(this.world.state(channel, symbol, seq) as string, depth), what);
    } else if (channel === "pnl") {
      seen.fields = { ...seen.fields, ...data };
      assertEquals(seen.fields, this.world.state(channel, symbol, seq), what);
    } else if (type === "update") assertEquals(data, this.world.state(channel, symbol, seq), what);
  }

  /** Nothing that was asked for lies between. */
  #whole(channel: Channel, symbol: string, seq: number, have: number, data: Data): void {
    this.lossless++;
    if (channel === "trades" && this.filter !== undefined) {
      assertEquals(data.side, this.filter);
      for (let i = have + 1; i < seq; i++) {
        assert(
          (this.world.state(channel, symbol, i) as Data).side !== this.filter,
          `${channel} ${symbol} ${i} is missing`,
        );
      }
    } else assertEquals(seq, have + 1, `${channel} ${symbol}: something is missing`);
  }
}

function apply(book: { bids: Map<number, number>; asks: Map<number, number> }, { bids, asks }: BookData): void {
  for (const [levels, changes] of [[book.bids, bids], [book.asks, asks]] as const) {
    for (const [ticks, lots] of changes) {
      if (lots === 0) levels.delete(ticks);
      else levels.set(ticks, lots);
    }
  }
}

function bookText({ bids, asks }: { bids: Map<number, number>; asks: Map<number, number> }): string {
  const text = (levels: Iterable<Level>, sign: number) =>
    [...levels].sort((a, b) => sign * (a[0] - b[0])).map(([ticks, lots]) => `${ticks}:${lots}`).join(" ");
  return `${text(bids, -1)}|${text(asks, 1)}`;
}

function topOf(book: string, depth: number): string {
  if (depth === 0) return book;
  return book.split("|").map((side) => side.split(" ").slice(0, depth).join(" ")).join("|");
}
