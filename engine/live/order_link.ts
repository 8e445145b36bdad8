import { exactJson } from "./exact_json.ts";
import { type Fields, object } from "./json_fields.ts";
import { KeptSocket } from "./kept_socket.ts";
import type { LiveEventName } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import { PendingRequests } from "./pending_requests.ts";
import type { ExchangeError } from "./refusals.ts";

/** What a connection of orders is made of. `Request` is what is remembered of a request until it is answered. */
export interface OrderLinkOptions<Request> {
  readonly venue: string;
  /** For people: "orders", "reports". */
  readonly name: string;
  readonly url: () => string | Promise<string>;
  /** What a new connection is sent first: log on, subscribe. */
  readonly hello: () => readonly string[];
  /**
   * What a frame says of the greeting: that all of it is done (true), that it was refused (an error), or that it is about something
   * else (undefined).
   */
  readonly greeted: (frame: Fields) => true | ExchangeError | undefined;
  /** Any other frame. Throws SyntaxError where it makes no sense. */
  readonly frame: (frame: Fields, at: bigint) => void;
  /** Frames may be missing, and are heard again. */
  readonly missed: (reason: string) => void;
  /** A request has no answer. */
  readonly unanswered: (request: Request, why: string) => void;
  readonly lifeMs: number;
  readonly silenceMs: number;
  /** What is sent now and then so that there is an answer to hear; absent where the exchange speaks by itself. */
  readonly ping?: { readonly everyMs: number; readonly frame: () => string };
}

/** How long a request waits for its answer. */
const ANSWER_MS = 10_000;
/** How long after a refused greeting another connection is tried. */
const MEND_MS = 5000;
/** Orders are never held back here: what an exchange allows of them is counted where they are made. */
const SENDS_PER_SECOND = 1000;

/**
 * A connection that orders, or reports of them, travel over: kept up, greeted, with requests that wait for their answers.
 *
 * - It is ready once its greeting was accepted; where the first one is refused, `open` rejects.
 * - When it was lost, what was asked over it has no answer, and frames may be missing: that is said once it is heard again, so that
 *   whoever reads anew then misses nothing.
 * - A frame that cannot be read is told (FRAME_REFUSED), and may have been a report: frames may be missing.
 */
export class OrderLink<Request> {
  readonly pending: PendingRequests<Request>;
  readonly #options: OrderLinkOptions<Request>;
  readonly #tools: LiveTools;
  readonly #socket: KeptSocket;
  readonly #greeted = new Set<number>();
  /** Why frames may be missing, until it is said. */
  #missing: string | undefined;
  #opening: PromiseWithResolvers<void> | undefined;
  #mend: () => void = () => {};

  constructor(options: OrderLinkOptions<Request>, tools: LiveTools) {
    this.#options = options;
    this.#tools = tools;
    this.pending = new PendingRequests(tools.timers, options.unanswered);
    const { venue, name, url, hello: greet, lifeMs, silenceMs, ping } = options;
    this.#socket = new KeptSocket(
      { venue, name, url, greet, sendsPerSecond: SENDS_PER_SECOND, lifeMs, silenceMs, ping },
      {
        taken: (link) => this.#taken(link),
        frame: (text, at, link) => this.#frame(text, at, link),
        down: (link, reason) => this.#down(link, reason),
        failed: (error) => this.#opening?.reject(error),
      },
      tools,
    );
  }

  /** Connects; resolves once it is ready. */
  open(): Promise<void> {
    this.#opening = Promise.withResolvers();
    this.#socket.open();
    return this.#opening.promise;
  }

  get ready(): boolean {
    return this.#greeted.has(this.#socket.link);
  }

  /** Sends a request, once; its answer is `pending.take(id)`. */
  send(id: string, frame: string, request: Request): void {
    const { link } = this.#socket;
    // First of all it leaves; no answer comes before this is over.
    this.#socket.send(frame);
    this.pending.add(id, request, link, ANSWER_MS);
  }

  /** Has another connection take over; with `missing`, frames are missing since. */
  renew(reason: string, missing = false): void {
    if (missing) this.#missing = reason;
    this.#socket.renew(reason);
  }

  close(): void {
    this.#mend();
    this.#socket.close();
    this.pending.end(undefined, "the connection was closed");
  }

  /** Whether the connection brings all that it should, so that it may take over from the one before. */
  #frame(text: string, at: bigint, link: number): boolean {
    try {
      const frame = object(exactJson(text)), greeted = this.#options.greeted(frame);
      if (greeted === true) this.#ready(link);
      else if (greeted !== undefined) this.#refused(greeted);
      else this.#options.frame(frame, at);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      this.#tell("FRAME_REFUSED", `${this.#options.name}: ${error.message}`);
      this.#options.missed(`a frame of ${this.#options.name} could not be read`);
    }
    // The one before goes when it has answered all that it was asked; KeptSocket bounds that.
    return this.#greeted.has(link) && !(link !== this.#socket.link && this.pending.waitsFor(this.#socket.link));
  }

  #ready(link: number): void {
    this.#greeted.add(link);
    this.#opening?.resolve();
    this.#opening = undefined;
    if (this.#missing === undefined) return;
    const reason = this.#missing;
    this.#missing = undefined;
    this.#options.missed(reason);
  }

  #refused(error: ExchangeError): void {
    if (this.#opening !== undefined) {
      this.#opening.reject(error);
      this.close();
      return;
    }
    this.#missing ??= error.message;
    this.#tell("REQUEST_REFUSED", `${this.#options.name}: ${error.message}`);
    this.#mend();
    this.#mend = this.#tools.timers.after(MEND_MS, () => {
      if (!this.ready) this.#socket.renew("it was not greeted");
    });
  }

  #down(link: number, reason: string): void {
    this.#greeted.delete(link);
    this.#missing = `${this.#options.name} were lost (${reason})`;
    this.pending.end(link, `the connection ended (${reason})`);
  }

  #taken(link: number): void {
    for (const old of this.#greeted) {
      if (old === link) continue;
      this.#greeted.delete(old);
      this.pending.end(old, "the connection was replaced");
    }
    // One that was greeted before the other ended has heard all that came.
    if (this.#greeted.has(link)) this.#missing = undefined;
  }

  #tell(name: LiveEventName, message: string): void {
    this.#tools.tell({ name, venue: this.#options.venue, message });
  }
}
