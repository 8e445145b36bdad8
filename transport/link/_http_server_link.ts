import { ERRORS } from "../protocol/errors.ts";
import type { Caller } from "./caller.ts";
import type { Link } from "./link.ts";
import { type Ending, Endpoint, type LinkLimits } from "./_endpoint.ts";
import { eventOfClose, eventOfFrame, type FrameEvent, FrameEvents } from "./_frame_events.ts";
import type { Timers } from "./timers.ts";

/** The most bytes that one read takes, unless a single frame is larger. */
const BATCH_BYTES = 65_536;

/** How a link over HTTP lives and ends. */
export interface HttpLinkTimes {
  readonly timers: Timers;
  /** Without a reader for so long, the link ends. */
  readonly idleMs: number;
  /** How long a close may wait for a reader to take what was sent. */
  readonly closeMs: number;
}

/** The server's end of a link over HTTP: events wait here until a request of the client takes them. */
export class HttpServerLink extends Endpoint implements Link {
  /** Which post comes next; one that is sent twice, or too late, is refused. */
  nextPost = 0;
  /** Called once when the link is over, however it ended. */
  gone: () => void = () => {};
  readonly #text: boolean;
  readonly #times: HttpLinkTimes;
  readonly #events: FrameEvents;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #cancelIdle: () => void = () => {};
  #last: Ending | undefined;
  #over = false;
  #cutReader: (() => void) | undefined;

  constructor(carrier: "sse" | "polling", caller: Caller, limits: LinkLimits, times: HttpLinkTimes) {
    super(carrier, caller.remote, limits);
    this.#text = caller.codec === "json";
    this.#times = times;
    this.#events = new FrameEvents(limits.takenBytesMax ?? this.frameBytesMax, this.#text);
    this.#idle();
  }

  get buffered(): number {
    return this.#bytes;
  }

  /** Nothing goes either way any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether a request is taking what is sent. */
  get attached(): boolean {
    return this.#cutReader !== undefined;
  }

  /** A request begins to take what is sent; `cut` ends it at once. */
  attach(cut: () => void): void {
    this.#cutReader = cut;
    this.#cancelIdle();
  }

  /** The request has ended in good order. */
  detach(): void {
    this.#cutReader = undefined;
    if (this.#last && this.#waiting.length === 0) this.end(this.#last.code, this.#last.reason);
    else if (!this.#over) this.#idle();
  }

  /** The request was given up by its caller. */
  lose(): void {
    this.#cutReader = undefined;
    if (this.#last) this.end(this.#last.code, this.#last.reason);
    else this.cut(ERRORS.LINK_LOST[0], "the client went away");
  }

  /** What waits, as soon as something does; undefined after `ms`, and where nothing will come any more. */
  async take(ms: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#waiting.length === 0 && !this.#last && !this.#over) {
      await new Promise<void>((resolve) => {
        const cancel = this.#times.timers.after(ms, resolve);
        this.#wake = () => (cancel(), resolve());
      });
      this.#wake = undefined;
    }
    let count = 0;
    let bytes = 0;
    for (; count < this.#waiting.length; count++) {
      const { length } = this.#waiting[count];
      if (count > 0 && bytes + length > BATCH_BYTES) break;
      bytes += length;
    }
    if (count === 0) return undefined;
    const batch = new Uint8Array(bytes);
    let at = 0;
    for (const event of this.#waiting.splice(0, count)) {
      batch.set(event, at);
      at += event.length;
    }
    this.#bytes -= bytes;
    return batch;
  }

  /** Whether all that will ever be sent has been taken. */
  get done(): boolean {
    return this.#over || (this.#last !== undefined && this.#waiting.length === 0);
  }

  /** A piece of what the client posts. Throws `ProtocolError` for what is no event, after which the link must end. */
  post(chunk: Uint8Array): void {
    for (const event of this.#events.push(chunk)) this.#hear(event);
  }

  /** Ends it for what the client did: it is told. */
  refuseWith(code: number, reason: string): void {
    this.close(code, reason);
  }

  protected override transmit(frame: Uint8Array): void {
    this.#push(eventOfFrame(frame, this.#text));
  }

  protected override finish(code: number, reason: string): void {
    this.#push(eventOfClose(code, reason));
    this.#last = { code, reason };
    this.#cancelIdle();
    this.#cancelIdle = this.#times.timers.after(this.#times.closeMs, () => {
      this.#cutReader?.();
      this.end(code, reason);
    });
  }

  protected override abort(): void {
    this.#cutReader?.();
    this.#leave();
  }

  protected override end(code: number, reason: string): void {
    this.#leave();
    super.end(code, reason);
  }

  #hear(event: FrameEvent): void {
    if (event.kind === "frame") this.receive(event.frame);
    else this.end(event.code, event.reason);
  }

  #push(event: Uint8Array): void {
    this.#waiting.push(event);
    this.#bytes += event.length;
    this.#wake?.();
  }

  #idle(): void {
    const { timers, idleMs } = this.#times;
    this.#cancelIdle();
    this.#cancelIdle = timers.after(idleMs, () => this.cut(ERRORS.LINK_LOST[0], `nobody read for ${idleMs} ms`));
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = [];
    this.#bytes = 0;
    this.#cancelIdle();
    this.#wake?.();
    this.gone();
  }
}
