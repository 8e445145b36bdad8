import type { Keys } from "./keys.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { FakeTimers } from "./_fake_timers.ts";
import { compare, minus, plus } from "./decimals.ts";
import type { LiveEvent } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import { type HttpRequest, type HttpResponse, type Network, NetworkError, type Socket } from "./network.ts";
import type { NewOrder, OrderEntry } from "./order_entry.ts";

/** An order as it stands at the exchange. */
export interface Standing {
  clientId: string;
  exchangeId: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  price: string;
  size: string;
  filled: string;
  state: "open" | "filled" | "cancelled";
}

/** An execution as the exchange has it. */
export interface Traded {
  readonly order: Standing;
  readonly execution: number;
  readonly price: string;
  readonly size: string;
  readonly atMs: number;
}

/** A request of ours, as the exchange understood it. `reply` is the dialect's own way back. */
export interface Asked<Reply> {
  readonly kind: "submit" | "cancel" | "amend";
  readonly clientId: string;
  readonly symbol: string;
  readonly side?: "buy" | "sell";
  readonly price?: string;
  readonly size?: string;
  readonly nextClientId?: string;
  readonly reply: Reply;
}

/** Why the exchange says no. "new words" is a refusal that nobody has heard of. */
export type Refused = "cash" | "new words" | "too late" | "not permitted" | "clock" | "429" | "418" | "5xx";

/** What it does with the next request of a kind: "late" answers after a minute, "first" reports before it answers. */
export type Doing = "accept" | "silence" | "late" | "cut" | "garbage" | "first" | Refused;

/** The exchange's end of a socket. */
export class FarSocket implements Socket {
  onOpen = () => {};
  onFrame: (text: string, at: bigint) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  isOpen = true;

  constructor(readonly url: string, private readonly far: { heard(socket: FarSocket, text: string): void }) {}

  send(text: string): void {
    if (!this.isOpen) throw new Error("Cannot send: the socket is not open");
    this.far.heard(this, text);
  }

  close(): void {
    this.end(1000);
  }

  end(code: number): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onClose(code, "");
  }
}

/** Wall time at which the tests begin. */
export const START_MS = 1_700_000_000_000;
/** How long everything takes on its way. */
const WAY_MS = 2;

/**
 * An exchange in a test's hands, on the other side of an injected network: it keeps orders, and does with requests what the test
 * says. What it understands and how it speaks is a dialect's.
 */
export abstract class ScriptedExchange<Reply = unknown> implements Network {
  readonly timers = new FakeTimers(1000);
  readonly sockets: FarSocket[] = [];
  readonly events: LiveEvent[] = [];
  readonly orders = new Map<string, Standing>();
  readonly trades: Traded[] = [];
  /** What arrived, each once: "submit c1". */
  readonly arrived: string[] = [];
  /** What is done with the next requests of a kind; then they are accepted. */
  readonly next: Record<"submit" | "cancel" | "amend", Doing[]> = { submit: [], cancel: [], amend: [] };
  /** Whether our key may trade. */
  mayTrade = true;
  /** What the exchange's clock is ahead of ours, in ms. */
  clockOffMs = 0;
  /** What the dead man's switch was set to, last. */
  deadManMs: number | undefined;
  #told: (() => void) | undefined;
  #count = 100;

  readonly tools: LiveTools = {
    network: this,
    timers: this.timers,
    wall: () => BigInt(this.wallMs) * 1_000_000n,
    random: () => 0.5,
    tell: (event) => this.events.push(event),
  };

  abstract readonly instrument: InstrumentSpec;
  abstract readonly keys: Keys;
  /** Whether an order that is amended becomes another, with the next name. */
  abstract readonly replaces: boolean;
  /** Whether it ends connections after a time. */
  abstract readonly renews: boolean;
  /** Whether an order that is partly filled can be amended, as far as the entry knows. */
  readonly partAmends: boolean = true;
  /** Whether reports come over a connection, which can be lost; else they are asked for. */
  readonly connected: boolean = true;
  /** Whether it says of a key that it may not trade before an order is sent. */
  readonly saysPermission: boolean = true;
  /** What it says in its own way, of all there is. */
  abstract readonly refusals: readonly Refused[];
  /** The entry under test. */
  abstract entry(): OrderEntry;
  /** A frame arrived. */
  protected abstract hear(socket: FarSocket, text: string): void;
  /** A request over HTTP arrived; undefined where it is never answered. */
  protected abstract asked(request: HttpRequest): Promise<HttpResponse | undefined> | HttpResponse | undefined;
  /** Answers a request: it was accepted, or why not. */
  protected abstract answer(asked: Asked<Reply>, how: "accepted" | Refused, order: Standing | undefined): void;
  /** Reports, over the stream of reports, how an order stands or what of it was traded. */
  protected abstract report(order: Standing, what: "new" | "cancelled" | "amended" | Traded): void;
  /** A frame that is none, where reports come. */
  abstract garbage(): void;

  /** Our wall time. */
  get wallMs(): number {
    return START_MS + this.timers.now();
  }

  /** The exchange's. */
  get theirMs(): number {
    return this.wallMs + this.clockOffMs;
  }

  socket(url: string): Socket {
    const far = new FarSocket(url, {
      heard: (socket, text) => this.#later(() => socket.isOpen && this.hear(socket, text)),
    });
    this.sockets.push(far);
    this.#later(() => far.isOpen && far.onOpen());
    return far;
  }

  request(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const timeout = this.timers.after(request.timeoutMs ?? 10_000, () => reject(new NetworkError("no answer")));
      this.#later(async () => {
        const response = await this.asked(request);
        if (response === undefined) return;
        this.#later(() => {
          timeout();
          resolve(response);
        });
      });
    });
  }

  response(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
    return { status, headers, text: JSON.stringify(body), at: this.tools.wall() };
  }

  /** Sends a frame to us. */
  say(socket: FarSocket, frame: unknown): void {
    const text = typeof frame === "string" ? frame : JSON.stringify(frame);
    this.#later(() => socket.isOpen && socket.onFrame(text, this.tools.wall()));
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.sockets) socket.end(1006);
  }

  /** Trades some of an order; `clientId` may be of nobody's. Nothing keeps it from trading more than there is. */
  fill(clientId: string, size: string, price = "100"): Traded {
    const order = this.orders.get(clientId) ?? this.#place({ clientId, symbol: this.instrument.symbol, size: "9" });
    order.filled = plus(order.filled, size);
    if (compare(order.filled, order.size) >= 0) order.state = "filled";
    const traded = { order, execution: ++this.#count, price, size, atMs: this.theirMs };
    this.trades.push(traded);
    this.#tell(() => this.report(order, traded));
    return traded;
  }

  /** Says again what it reported last. */
  again(): void {
    this.#told?.();
  }

  /** Cancels all that is open, unasked or asked. */
  cancelOpen(): void {
    for (const order of this.orders.values()) {
      if (order.state !== "open") continue;
      order.state = "cancelled";
      this.#tell(() => this.report(order, "cancelled"));
    }
  }

  /** Does what was scripted with a request, or accepts it. */
  protected act(asked: Asked<Reply>): void {
    this.arrived.push(`${asked.kind} ${asked.clientId}`);
    const doing = this.next[asked.kind].shift() ?? "accept";
    if (doing === "silence") return;
    if (doing === "cut") return this.cut();
    if (doing === "garbage") return this.garbage();
    if (doing === "5xx" || this.refusals.includes(doing as Refused)) {
      return this.answer(asked, doing as Refused, undefined);
    }
    const order = asked.kind === "submit" ? this.#place(asked) : this.orders.get(asked.clientId);
    if (order === undefined || order.state !== "open") return this.answer(asked, "too late", order);
    const told = this.#perform(asked, order), answer = () => this.answer(asked, "accepted", order);
    if (doing === "late") this.timers.after(60_000, answer);
    else if (doing === "accept") answer();
    this.#tell(told);
    if (doing === "first") this.#later(answer);
  }

  /** Does what was asked; what it gives reports it. */
  #perform(asked: Asked<Reply>, order: Standing): () => void {
    if (asked.kind === "submit") return () => this.report(order, "new");
    if (asked.kind === "cancel") {
      order.state = "cancelled";
      return () => this.report(order, "cancelled");
    }
    if (!this.replaces) {
      Object.assign(order, { price: asked.price, size: asked.size });
      return () => this.report(order, "amended");
    }
    order.state = "cancelled";
    const clientId = asked.nextClientId!, { symbol, side } = order;
    const other = this.#place({ clientId, symbol, side, size: asked.size, price: asked.price });
    return () => {
      this.report(order, "cancelled");
      this.report(other, "new");
    };
  }

  #place(asked: Partial<Asked<Reply>> & { readonly clientId: string; readonly symbol: string }): Standing {
    const { clientId, symbol, side = "buy", price = "100", size = "1" } = asked;
    const exchangeId = this.exchangeId(++this.#count);
    const order: Standing = { clientId, exchangeId, symbol, side, price, size, filled: "0", state: "open" };
    this.orders.set(clientId, order);
    return order;
  }

  /** How it names an order. */
  protected exchangeId(count: number): string {
    return String(count);
  }

  #tell(told: () => void): void {
    this.#told = told;
    told();
  }

  #later(fn: () => unknown): void {
    this.timers.after(WAY_MS / 2, () => void fn());
  }
}

/** What is left of an order. */
export function left(order: Standing): string {
  return minus(order.size, order.filled);
}

/** A limit order of one lot's worth of the tests. */
export function limit(clientId: string, symbol: string, more: Partial<NewOrder> = {}): NewOrder {
  const fixed = { side: "buy", type: "limit", size: "1", price: "100", tif: "gtc" } as const;
  return { clientId, symbol, ...fixed, postOnly: false, reduceOnly: false, ...more };
}
