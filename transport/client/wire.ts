import { bytesOf } from "../link/_endpoint.ts";
import type { Link } from "../link/link.ts";
import type { Codec } from "../protocol/codec.ts";
import { ERRORS } from "../protocol/errors.ts";
import type { ChannelMessage, ClientMessage, ServerMessage } from "../protocol/messages.ts";
import type { Timers } from "../link/timers.ts";

/** Bytes received are acknowledged at the latest when so many are not. */
export const ACK_BYTES = 32_768;
/** Bytes received are acknowledged at the latest after so long; when, is drawn between half of it and all. */
const ACK_MS = 250;

/** What comes from a server. */
export type Incoming = ServerMessage | ChannelMessage;

/** What happens on a wire. Nothing is heard after `closed`. */
export interface WireEvents {
  message(message: Incoming, wire: Wire): void;
  /** Ended: by the other side, or because what it sent cannot be read. */
  closed(code: number, reason: string, wire: Wire): void;
}

/** What went over a wire. */
export interface Traffic {
  received: number;
  receivedBytes: number;
  sent: number;
  sentBytes: number;
}

/** What a wire needs of its client. */
export interface WireTools {
  readonly codec: Codec;
  readonly clock: Timers;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly traffic: Traffic;
}

/**
 * One link's life as a client sees it: messages in and out of frames, and bytes acknowledged every 32 KiB or 250 ms.
 *
 * What a server says to all its clients reaches them at once. If each acknowledged a fixed time later, a thousand would do so
 * together, and what is said next would wait behind them; so the time is drawn.
 *
 * A frame that cannot be read ends the wire: what it held is lost, and recovery by sequence over another link is the way to get
 * it back. Cost: O(bytes) a frame; one timer while bytes are not acknowledged.
 */
export class Wire {
  readonly link: Link;
  readonly #tools: WireTools;
  #events: WireEvents;
  #bytes = 0;
  #acknowledged = 0;
  #cancelAck: (() => void) | undefined;
  #over = false;

  constructor(link: Link, tools: WireTools, events: WireEvents) {
    this.link = link;
    this.#tools = tools;
    this.#events = events;
    link.onFrame = (frame) => this.#receive(frame);
    link.onClose = (code, reason) => this.#end(code, reason);
  }

  /** Hands what comes from now on to somebody else. */
  listen(events: WireEvents): void {
    this.#events = events;
  }

  /** Frames that have come. Whoever waits for a sign of life compares. */
  get bytesReceived(): number {
    return this.#bytes;
  }

  /** Sends messages in one frame. */
  send(...messages: readonly ClientMessage[]): void {
    if (this.#over || messages.length === 0) return;
    const { codec, traffic } = this.#tools, frame = codec.frame(messages.map((message) => codec.encode(message)));
    traffic.sent += messages.length;
    traffic.sentBytes += frame.length;
    this.link.send(frame);
  }

  /** Ends it in good order, and hears nothing more. */
  close(code: number, reason: string): void {
    this.#forget();
    this.link.close(code, reason);
  }

  /** Ends it at once, and hears nothing more. */
  terminate(): void {
    this.#forget();
    this.link.terminate();
  }

  #receive(frame: Uint8Array | string): void {
    if (this.#over) return;
    const { codec, traffic } = this.#tools, bytes = bytesOf(frame).length;
    this.#bytes += bytes;
    traffic.receivedBytes += bytes;
    let messages;
    try {
      messages = codec.decode(frame, "server") as Incoming[];
    } catch (error) {
      this.#unreadable(error);
      return;
    }
    traffic.received += messages.length;
    for (const message of messages) {
      if (this.#over) return;
      this.#events.message(message, this);
    }
    this.#acknowledge();
  }

  /** The fault is the server's or the network's, so the code is one to reconnect on, whatever the codec calls it. */
  #unreadable(error: unknown): void {
    const reason = `Cannot read a frame: ${error instanceof Error ? error.message : error}`;
    this.#end(ERRORS.LINK_LOST[0], reason, () => this.link.close(ERRORS.MALFORMED[0], reason.slice(0, 100)));
  }

  #acknowledge(): void {
    if (this.#over) return;
    const { clock, random } = this.#tools;
    if (this.#bytes - this.#acknowledged >= ACK_BYTES) this.#sendAck();
    else this.#cancelAck ??= clock.after(ACK_MS * (1 + random()) / 2, () => this.#sendAck());
  }

  #sendAck(): void {
    this.#cancelAck?.();
    this.#cancelAck = undefined;
    this.#acknowledged = this.#bytes;
    this.send({ type: "ack", data: { bytes: this.#bytes } });
  }

  #end(code: number, reason: string, close: () => void = () => {}): void {
    if (this.#over) return;
    this.#forget();
    close();
    this.#events.closed(code, reason, this);
  }

  #forget(): void {
    this.#over = true;
    this.#cancelAck?.();
    this.#cancelAck = undefined;
  }
}
