/** An exchange on this machine: a made-up or captured market, served over real sockets and HTTP. For tests and for trying out. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as ws from "ws";
import type { MarketChange, ScriptedConnection } from "../engine/live/_market_world.ts";
import type { Endpoints } from "../engine/live/exchange.ts";
import type { HttpRequest } from "../engine/live/network.ts";

/** A market to serve: as `ScriptedExchange`, but that it may end, and may not be able to answer yet. */
export interface LocalMarket {
  connect(url: string): ScriptedConnection;
  /** The next change; undefined where there are no more. */
  change(): MarketChange | undefined;
  /** The answer to a request; undefined where it is not known yet, and is asked for again after each change. */
  request(request: HttpRequest): { readonly status: number; readonly text: string } | undefined;
  /** It waits for a request before it goes on. */
  readonly waits?: boolean;
  /** When the next change is due by its own pace, in ms of any clock; undefined where it has none. */
  readonly dueMs?: number;
}

/** A server's socket of `npm:ws`, which brings no types. */
interface ServerSocket {
  on(event: "message", listener: (data: { toString(): string }) => void): void;
  on(event: "close" | "error", listener: () => void): void;
  readonly bufferedAmount: number;
  send(text: string): void;
  terminate(): void;
}
interface SocketServer {
  on(event: "connection", listener: (socket: ServerSocket, request: IncomingMessage) => void): void;
}
const SocketServer: new (options: { readonly server: unknown; readonly perMessageDeflate: boolean }) => SocketServer =
  ws.WebSocketServer;

interface Peer {
  readonly socket: ServerSocket;
  readonly end: ScriptedConnection;
}

/** Changes between two breaths, and bytes that may wait for a client. */
const BURST = 500, BUFFERED_MAX = 1 << 18;

/** Serves one market to any number of clients. */
export class LocalExchange implements AsyncDisposable {
  readonly endpoints: Endpoints;
  /** What becomes of a frame on its way to one client: all that is sent in its place. */
  through: (text: string) => readonly string[] = (text) => [text];
  /** While it is true nothing is played. */
  holds: () => boolean = () => false;
  readonly #market: LocalMarket;
  readonly #server = createServer((request, response) => this.#asked(request, response));
  readonly #peers = new Set<Peer>();
  #unanswered: { readonly request: HttpRequest; readonly response: ServerResponse }[] = [];
  #closed = false;

  private constructor(market: LocalMarket, port: number) {
    this.#market = market;
    const host = `127.0.0.1:${port}`;
    this.endpoints = { rest: `http://${host}`, market: `ws://${host}`, orders: `ws://${host}` };
  }

  /** Listens on a port of its own. */
  static async serve(market: LocalMarket): Promise<LocalExchange> {
    const probe = createServer();
    await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
    const { port } = probe.address() as AddressInfo;
    await new Promise<void>((done) => probe.close(() => done()));
    const exchange = new LocalExchange(market, port);
    await new Promise<void>((done) => exchange.#server.listen(port, "127.0.0.1", done));
    new SocketServer({ server: exchange.#server, perMessageDeflate: false })
      .on("connection", (socket, { url = "/" }) => exchange.#connected(socket, url));
    return exchange;
  }

  /** Clients that are connected. */
  get peers(): number {
    return this.#peers.size;
  }

  /** The flags of a command line that point at it. */
  get flags(): string[] {
    const { rest, market } = this.endpoints;
    return ["--endpoint", `rest=${rest}`, "--endpoint", `market=${market}`];
  }

  /**
   * Plays so many changes, or all there are: as fast as clients take them, or `everyMs` apart. Returns how many there were.
   */
  async play(changes = Infinity, everyMs = 0): Promise<number> {
    let played = 0;
    for (; played < changes && !this.#closed; played++) {
      await this.#held();
      const change = this.#market.change();
      if (change === undefined) break;
      this.send(change);
      this.#answer();
      if (everyMs > 0) await breath(everyMs);
      else if (played % BURST === BURST - 1) {
        do await breath(0); while ([...this.#peers].some(({ socket }) => socket.bufferedAmount > BUFFERED_MAX));
      }
    }
    return played;
  }

  /** Plays so many ms of a market at its own pace. Returns how many changes these were. */
  async playAtItsPace(ms: number): Promise<number> {
    await this.#held();
    const began = performance.now(), { dueMs: first = 0 } = this.#market;
    let played = 0;
    for (; !this.#closed; played++) {
      await this.#held();
      const due = (this.#market.dueMs ?? Infinity) - first, wait = due - (performance.now() - began);
      if (due >= ms) break;
      if (wait > 0) await breath(wait);
      this.send(this.#market.change()!);
      this.#answer();
    }
    return played;
  }

  /** Waits while nothing is to be played. */
  async #held(): Promise<void> {
    while ((this.#market.waits || this.holds()) && !this.#closed) {
      this.#answer();
      await breath(1);
    }
  }

  /** Sends a change to all who have subscribed to it. */
  send(change: MarketChange): void {
    for (const { socket, end } of this.#peers) {
      for (const text of end.deliver(change)) for (const sent of this.through(text)) socket.send(sent);
    }
  }

  /** Cuts all connections. */
  cut(): void {
    for (const { socket } of this.#peers) socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.cut();
    for (const { response } of this.#unanswered) response.destroy();
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #connected(socket: ServerSocket, url: string): void {
    const peer = { socket, end: this.#market.connect(`${this.endpoints.market}${url}`) };
    this.#peers.add(peer);
    socket.on("message", (data) => {
      for (const answer of peer.end.receive(data.toString())) socket.send(answer);
    });
    socket.on("close", () => void this.#peers.delete(peer));
    // Who is cut in the midst of a frame: the end that follows says all.
    socket.on("error", () => {});
  }

  #asked({ url = "/" }: IncomingMessage, response: ServerResponse): void {
    this.#unanswered.push({ request: { method: "GET", url: `${this.endpoints.rest}${url}` }, response });
    this.#answer();
  }

  #answer(): void {
    this.#unanswered = this.#unanswered.filter(({ request, response }) => {
      const answer = this.#market.request(request);
      if (answer === undefined) return true;
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.text);
      return false;
    });
  }
}

/** Lets clients and timers have their turn. */
function breath(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
