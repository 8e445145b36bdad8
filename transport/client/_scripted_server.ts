import { assertEquals } from "@std/assert";
import { type MemoryLink, memoryPair } from "../link/memory.ts";
import { errorData, type ErrorName } from "../protocol/errors.ts";
import { codecOf } from "../protocol/codecs.ts";
import type { CodecName } from "../protocol/codec.ts";
import type { ChannelMessage, ClientMessage, ServerMessage } from "../protocol/messages.ts";
import type { Channel } from "../protocol/channels.ts";
import { type Client, connect } from "./client.ts";
import type { Dial } from "./dial.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { settle } from "./_settle.ts";
import type { ClientOptions } from "./options.ts";
import type { ServerHello } from "./update.ts";

type Request<Type> = Extract<ClientMessage, { readonly type: Type }>;

/** A hello as the script says it. */
export const HELLO: ServerHello = {
  protocol: 1,
  session: "s",
  connection: "c1",
  mode: "backtest",
  live: false,
  commands: ["submit"],
  channels: ["book", "trades"],
  instruments: [],
  scopes: ["read"],
  resumed: false,
  heartbeatMs: 0,
  messageBytesMax: 65536,
  window: 65536,
  compression: null,
};

/** One link at the server's end. */
export class ScriptedLink {
  /** What the client has sent over it. */
  readonly heard: ClientMessage[] = [];
  readonly link: MemoryLink;
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(
    link: MemoryLink,
    readonly codec: CodecName,
    answer: (message: ClientMessage, self: ScriptedLink) => void,
  ) {
    this.link = link;
    link.onFrame = (frame) => {
      for (const message of codecOf(codec).decode(frame, "client") as ClientMessage[]) {
        this.heard.push(message);
        answer(message, this);
      }
    };
    link.onClose = (code, reason) => this.closed = { code, reason };
  }

  /** What was heard of one type. */
  of<Type extends ClientMessage["type"]>(type: Type): Request<Type>[] {
    return this.heard.filter((message) => message.type === type) as Request<Type>[];
  }

  /** Sends messages in one frame. */
  send(...messages: (ServerMessage | ChannelMessage)[]): void {
    const codec = codecOf(this.codec);
    this.link.send(codec.frame(messages.map((message) => codec.encode(message))));
  }

  /** Sends an error. */
  error(name: ErrorName, id?: string, retryMs = 0): void {
    this.send({
      type: "error",
      ...(id === undefined ? {} : { id }),
      data: errorData(name, `scripted ${name}`, retryMs),
    });
  }
}

/**
 * A server for tests of the client: it says hello, answers pings and subscribes, and does what a test tells it beside that. A
 * test may put a function in the place of any answer.
 */
export class ScriptedServer {
  readonly clock = new FakeTimers(1_700_000_000_000);
  readonly links: ScriptedLink[] = [];
  /** Dials fail while this is set. */
  refuse: Error | undefined;
  /** Dials never end while this is set. */
  silent = false;
  hello: Partial<ServerHello> = {};
  epoch = "e1";
  /** Answers pings, by the server's clock. */
  pong: ((message: Request<"ping">, link: ScriptedLink) => void) | undefined;
  onHello: ((message: Request<"hello">, link: ScriptedLink) => void) | undefined;
  onSubscribe: ((message: Request<"subscribe">, link: ScriptedLink) => void) | undefined;
  onCommand: ((message: Request<"command">, link: ScriptedLink) => void) | undefined;
  onOther: ((message: ClientMessage, link: ScriptedLink) => void) | undefined;
  #subscriptions = 0;
  readonly #clients: Client[] = [];

  /** The newest link. */
  get link(): ScriptedLink {
    const link = this.links.at(-1);
    if (!link) throw new Error("no link was dialled");
    return link;
  }

  readonly dial: Dial = ({ codec }) => {
    if (this.refuse) return Promise.reject(this.refuse);
    if (this.silent) return new Promise(() => {});
    const [server, client] = memoryPair({ text: codec === "json" });
    this.links.push(new ScriptedLink(server, codec, (message, link) => this.#answer(message, link)));
    return Promise.resolve(client);
  };

  /** A client of this server, on its clock, whose chance is always the middle. */
  client(options: Partial<ClientOptions> = {}): Client {
    const client = connect({ dial: this.dial, clock: this.clock, random: () => 0.5, page: {}, ...options });
    this.#clients.push(client);
    return client;
  }

  /** A client that is connected. */
  async connected(options: Partial<ClientOptions> = {}): Promise<Client> {
    const client = this.client(options);
    await client.ready();
    return client;
  }

  /** Answers a subscribe as a hub does. */
  subscribed(message: Request<"subscribe">, link: ScriptedLink, seq: number, recovered: boolean): void {
    const topics = [{ symbol: message.data.symbol, epoch: this.epoch, seq, recovered }];
    link.send({ type: "subscribed", id: message.id, data: { subscription: `sub${++this.#subscriptions}`, topics } });
  }

  /** Ends all clients; what they leave behind would be a timer. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    await settle();
    for (const { link } of this.links) link.terminate();
    await settle();
  }

  #answer(message: ClientMessage, link: ScriptedLink): void {
    switch (message.type) {
      case "hello":
        if (this.onHello) return this.onHello(message, link);
        return link.send({ type: "hello", id: message.id, data: { ...HELLO, ...this.hello } });
      case "ping":
        if (this.pong) return this.pong(message, link);
        return link.send({
          type: "pong",
          id: message.id,
          data: { sent: message.data.sent, received: this.clock.now() },
        });
      case "subscribe":
        if (this.onSubscribe) return this.onSubscribe(message, link);
        return this.subscribed(message, link, 0, false);
      case "command":
        if (this.onCommand) return this.onCommand(message, link);
        return link.send({ type: "commanded", id: message.id, data: { code: 0, reason: "", order: 1 } });
      default:
        this.onOther?.(message, link);
    }
  }
}

/** A message of a channel. */
export function update(
  channel: Channel,
  symbol: string,
  seq: number,
  data: ChannelMessage["data"],
  more: Partial<ChannelMessage> = {},
): ChannelMessage {
  return { type: "update", channel, symbol, data, timestamp: BigInt(seq), seq, prev: seq - 1, ...more };
}

/** A trade at a sequence, whose price is that sequence. */
export function trade(symbol: string, seq: number, more: Partial<ChannelMessage> = {}): ChannelMessage {
  return update("trades", symbol, seq, { price: seq, size: 1, side: "buy" }, more);
}

/** Reads so many messages of an iterator. */
export async function take<T>(iterator: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = await iterator.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

/** Makes tests of a part of the client, each with a server that is ended whatever happens; no timer may be left. */
export function scriptedTests(part: string): (name: string, fn: (server: ScriptedServer) => Promise<void>) => void {
  return (name, fn) =>
    Deno.test(`${part}: ${name}`, async () => {
      const server = new ScriptedServer();
      try {
        await fn(server);
      } finally {
        await server.end();
      }
      assertEquals(server.clock.waiting, 0, "a timer was left");
    });
}
