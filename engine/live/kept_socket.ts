import { Backoff } from "./backoff.ts";
import type { LiveEventName } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import { NetworkError, type Socket } from "./network.ts";
import { PacedSender } from "./paced_sender.ts";

/** What is heard of a connection that is kept. `link` counts the sockets it was made of, from 1. */
export interface SocketListener {
  /** That socket is the one in use from here on: the first, one made again, or one that renews another. */
  taken(link: number): void;
  /**
   * A frame of the socket in use, or of the one that will take its place. Of that: whether it brings all that it should by now,
   * and is to be taken.
   */
  frame(text: string, at: bigint, link: number): boolean;
  /** The socket in use ended before another took its place: what it brought is missing from here on. */
  down(link: number, reason: string): void;
  /** It could not be opened even once, in so many attempts; it is not tried again. */
  failed(error: Error): void;
}

/** How a connection is kept. */
export interface KeptSocketOptions {
  readonly venue: string;
  /** What it is in messages: "book stream". */
  readonly name: string;
  /** Asked at each attempt: some exchanges put a key in it that lives for an hour. */
  readonly url: () => string | Promise<string>;
  /** What a new socket is sent first. */
  readonly greet: () => readonly string[];
  readonly sendsPerSecond: number;
  /** After how long the exchange ends it; Infinity where it does not. */
  readonly lifeMs: number;
  /** Frames are never further apart than this. */
  readonly silenceMs: number;
  /** What is sent when nothing was heard for so long, for an answer. */
  readonly ping?: { readonly everyMs: number; readonly frame: () => string };
}

const OPENING_MS = 10_000;
/** Attempts before a connection that never was is given up. */
const FIRST_ATTEMPTS = 5;
/** How long a socket and the one that renews it both bring frames, at most. */
const OVERLAP_MS = 30_000;

/**
 * Keeps one connection to an exchange: makes it again when it is lost, with waits that double and are drawn (full jitter), and
 * renews it before the exchange ends it, the new one made before the old one goes.
 *
 * - It is renewed when 95 to 98 % of its life are over, drawn, so that not all are at once; and when `renew` is called, since
 *   the exchange said that it shuts down.
 * - One that brings no frame for `silenceMs` is dead, whatever its socket says, and so is one that does not open in 10 s.
 * - What is sent is paced.
 */
export class KeptSocket {
  readonly #options: KeptSocketOptions;
  readonly #tools: LiveTools;
  readonly #listener: SocketListener;
  readonly #backoff: Backoff;
  #links = 0;
  #current: Link | undefined;
  #next: Link | undefined;
  /** Whether there was ever one. */
  #was = false;
  #closed = false;
  #retry: (() => void) | undefined;
  #overlap: (() => void) | undefined;

  constructor(options: KeptSocketOptions, listener: SocketListener, tools: LiveTools) {
    this.#options = options;
    this.#listener = listener;
    this.#tools = tools;
    this.#backoff = new Backoff({ baseMs: 500, capMs: 30_000, attempts: Infinity }, tools.random);
  }

  /** The socket in use; 0 where there is none. */
  get link(): number {
    return this.#current?.number ?? 0;
  }

  /** Connects, and stays so until it is closed. */
  open(): void {
    this.#dial();
  }

  /** Sends over the socket in use; what is sent while there is none is lost, for each is greeted anew. */
  send(text: string): void {
    this.#current?.sender.send(text);
  }

  /** Makes another socket and then ends this one. */
  renew(reason: string): void {
    if (this.#closed || this.#next || this.#retry || !this.#current) return;
    this.#tell("RENEWED", `${this.#options.name} is made anew: ${reason}`);
    this.#dial();
  }

  close(): void {
    this.#closed = true;
    this.#retry?.();
    this.#overlap?.();
    for (const link of [this.#current, this.#next]) link?.end();
    this.#current = this.#next = undefined;
  }

  #dial(): void {
    this.#retry = undefined;
    const link = this.#next = new Link(++this.#links, this.#options, this.#tools, {
      opened: () => this.#opened(link),
      frame: (text, at) => this.#frame(link, text, at),
      ended: (reason) => this.#ended(link, reason),
      old: () => this.renew("its day is nearly over"),
    });
    link.open();
  }

  #opened(link: Link): void {
    this.#was = true;
    for (const text of this.#options.greet()) link.sender.send(text);
    if (this.#current) this.#overlap = this.#tools.timers.after(OVERLAP_MS, () => this.#take(link));
    else this.#take(link);
  }

  #frame(link: Link, text: string, at: bigint): void {
    const complete = this.#listener.frame(text, at, link.number);
    if (complete && link === this.#next) this.#take(link);
  }

  /** The next one is in use now, and the other ends. */
  #take(link: Link): void {
    if (link !== this.#next) return;
    const old = this.#current;
    this.#overlap?.();
    this.#overlap = undefined;
    this.#current = link;
    this.#next = undefined;
    old?.end();
    if (!old) this.#tell("CONNECTED", `${this.#options.name} is connected`);
    this.#listener.taken(link.number);
  }

  #ended(link: Link, reason: string): void {
    if (this.#closed) return;
    if (link.openMs > this.#backoff.stableMs) this.#backoff.reset();
    const { name } = this.#options;
    if (link === this.#next) {
      this.#overlap?.();
      this.#next = undefined;
    } else {
      this.#current = undefined;
      this.#listener.down(link.number, reason);
      // One that is open already takes over with what it has.
      if (this.#next?.isOpen) this.#take(this.#next);
    }
    // What is heard may close all.
    if (this.#closed || this.#next || this.#retry) return;
    // The one that was to be renewed ended, and its renewal is in use.
    if (this.#current && link.number < this.#current.number) return;
    if (!this.#was && this.#backoff.attempts >= FIRST_ATTEMPTS - 1) return this.#giveUp(reason);
    const ms = this.#backoff.next()!;
    this.#tell("RECONNECTING", `${name} ended (${reason}); it is made again in ${(ms / 1000).toFixed(1)} s`);
    this.#retry = this.#tools.timers.after(ms, () => this.#dial());
  }

  #giveUp(reason: string): void {
    this.#closed = true;
    const { name, venue } = this.#options;
    const why = `its ${name} could not be opened in ${FIRST_ATTEMPTS} attempts (${reason})`;
    this.#listener.failed(new NetworkError(`Cannot connect to ${venue}: ${why}; check the network, or --endpoint`));
  }

  #tell(name: LiveEventName, message: string): void {
    const { venue, name: connection } = this.#options;
    this.#tools.tell({ name, venue, message, connection });
  }
}

interface LinkListener {
  opened(): void;
  frame(text: string, at: bigint): void;
  ended(reason: string): void;
  /** Its life is nearly over. */
  old(): void;
}

/** One socket, from its dial to its end. */
class Link {
  readonly sender: PacedSender;
  isOpen = false;
  #socket: Socket | undefined;
  #ended = false;
  #opened = 0;
  #heard = 0;
  readonly #timers: { opening?: () => void; silence?: () => void; life?: () => void; ping?: () => void } = {};

  constructor(
    readonly number: number,
    private readonly options: KeptSocketOptions,
    private readonly tools: LiveTools,
    private readonly listener: LinkListener,
  ) {
    this.sender = new PacedSender((text) => this.#send(text), options.sendsPerSecond, tools.timers);
  }

  /** How long it has been open, in ms. */
  get openMs(): number {
    return this.#opened === 0 ? 0 : this.tools.timers.now() - this.#opened;
  }

  open(): void {
    this.#timers.opening = this.tools.timers.after(OPENING_MS, () => {
      if (!this.isOpen) this.#over(`nothing answered in ${OPENING_MS / 1000} s`);
    });
    const { url } = this.options;
    Promise.resolve().then(url).then((at) => this.#dial(at), (error) => this.#over(String(error?.message ?? error)));
  }

  /** Ends it; nothing is heard of it from now on. */
  end(): void {
    this.#ended = true;
    this.#tidy();
  }

  #dial(url: string): void {
    if (this.#ended) return;
    const socket = this.#socket = this.tools.network.socket(url);
    socket.onOpen = () => this.#begin();
    socket.onFrame = (text, at) => {
      if (this.#ended) return;
      this.#heard = this.tools.timers.now();
      this.listener.frame(text, at);
    };
    socket.onClose = (code, reason) => this.#over(`${code}${reason === "" ? "" : ` ${reason}`}`);
  }

  #begin(): void {
    if (this.#ended) return;
    const { lifeMs, ping } = this.options, { timers, random } = this.tools;
    this.isOpen = true;
    this.#opened = this.#heard = timers.now();
    this.#watch();
    const old = () => this.listener.old();
    if (lifeMs < Infinity) this.#timers.life = timers.after(lifeMs * (0.95 + 0.03 * random()), old);
    if (ping) this.#ping(ping);
    this.listener.opened();
  }

  /** One timer looks at when it was last heard, rather than one a frame. */
  #watch(): void {
    const { timers } = this.tools, { silenceMs } = this.options;
    const left = this.#heard + silenceMs - timers.now();
    if (left <= 0) this.#over(`it was silent for ${silenceMs / 1000} s`);
    else this.#timers.silence = timers.after(left, () => this.#watch());
  }

  #ping(ping: NonNullable<KeptSocketOptions["ping"]>): void {
    const { timers } = this.tools;
    this.#timers.ping = timers.after(ping.everyMs, () => {
      if (timers.now() - this.#heard >= ping.everyMs) this.sender.send(ping.frame());
      this.#ping(ping);
    });
  }

  #send(text: string): void {
    if (this.#ended || !this.isOpen) return;
    try {
      this.#socket!.send(text);
    } catch {
      // It is closing: its end is heard, and the next one is greeted anew.
    }
  }

  #over(reason: string): void {
    if (this.#ended) return;
    this.end();
    this.listener.ended(reason);
  }

  #tidy(): void {
    this.isOpen = false;
    this.sender.close();
    for (const cancel of Object.values(this.#timers)) cancel();
    this.#socket?.close();
  }
}
