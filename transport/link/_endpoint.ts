import { ERRORS } from "../protocol/errors.ts";
import type { Carrier, Link, LinkLane } from "./link.ts";

/** The most bytes a frame has where nobody says otherwise. */
export const FRAME_BYTES_MAX = 1_048_576;
/** The most bytes that wait in one link, in either direction, where nobody says otherwise. */
export const BUFFER_BYTES_MAX = 16_777_216;

/** Bounds of a link. */
export interface LinkLimits {
  /** The most bytes a frame may have; 1 MiB. */
  readonly frameBytesMax?: number;
  /** The same of frames that come, where less is taken than is sent; `frameBytesMax`. Carriers of servers look at it. */
  readonly takenBytesMax?: number;
  /** The most bytes that may wait: a link that would hold more is cut with SLOW_CONSUMER; 16 MiB. */
  readonly bufferBytesMax?: number;
}

/** What ended a link. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const unheard = () => {};

/**
 * What every link does alike, whatever carries it: sizes are checked, frames wait for a listener, the end is told once and
 * after the frames that came before it, and whoever sends after the end is not heard.
 *
 * A carrier says how a frame goes out (`transmit`), how the link ends in good order (`finish`) and at once (`abort`), and calls
 * `receive` and `end` for what it hears.
 */
export abstract class Endpoint implements Link {
  abstract readonly buffered: number;
  readonly carrier: Carrier;
  readonly remote: string;
  readonly frameBytesMax: number;
  protected readonly bufferBytesMax: number;
  #onFrame: (frame: Uint8Array | string) => void = unheard;
  #onClose: (code: number, reason: string) => void = unheard;
  #waiting: (Uint8Array | string)[] = [];
  #waitingBytes = 0;
  #closing = false;
  #ending: Ending | undefined;

  constructor(carrier: Carrier, remote: string, limits: LinkLimits = {}) {
    this.carrier = carrier;
    this.remote = remote;
    this.frameBytesMax = limits.frameBytesMax ?? FRAME_BYTES_MAX;
    this.bufferBytesMax = limits.bufferBytesMax ?? BUFFER_BYTES_MAX;
  }

  get onFrame(): (frame: Uint8Array | string) => void {
    return this.#onFrame;
  }

  set onFrame(listener: (frame: Uint8Array | string) => void) {
    this.#onFrame = listener;
    if (this.#waiting.length > 0) queueMicrotask(() => this.#drain());
  }

  get onClose(): (code: number, reason: string) => void {
    return this.#onClose;
  }

  set onClose(listener: (code: number, reason: string) => void) {
    this.#onClose = listener;
    if (this.#ending) queueMicrotask(() => this.#tellEnd());
  }

  /** Whether nothing more goes out: somebody closed it here, or it has ended. */
  get closing(): boolean {
    return this.#closing;
  }

  send(frame: Uint8Array, lane: LinkLane = "reliable"): void {
    if (frame.length > this.frameBytesMax) {
      throw new RangeError(
        `Cannot send a frame: its size is ${frame.length} B; make frames of at most ${this.frameBytesMax} B`,
      );
    }
    if (this.#closing) return;
    if (this.buffered + frame.length > this.bufferBytesMax) {
      this.cut(ERRORS.SLOW_CONSUMER[0], `more than ${this.bufferBytesMax} B wait for the reader`);
      return;
    }
    this.transmit(frame, lane);
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#forget();
    this.finish(code, reason);
  }

  terminate(): void {
    this.cut(ERRORS.LINK_LOST[0], "terminated");
  }

  /** Puts a frame on its way. */
  protected abstract transmit(frame: Uint8Array, lane: LinkLane): void;
  /** Ends it after what was sent; calls `end` when that is done. */
  protected abstract finish(code: number, reason: string): void;
  /** Ends it now and frees what it holds; need not call `end`. Called at most once, and perhaps after `finish`. */
  protected abstract abort(code: number, reason: string): void;

  /** Ends it at once, here: the listener is told the code in the next turn. */
  protected cut(code: number, reason: string): void {
    if (this.#ending) return;
    this.#closing = true;
    this.#forget();
    this.#ending = { code, reason };
    this.abort(code, reason);
    queueMicrotask(() => this.#tellEnd());
  }

  /** A frame has come. */
  protected receive(frame: Uint8Array | string): void {
    if (this.#closing) return;
    const bytes = byteLengthOf(frame, this.frameBytesMax);
    if (bytes > this.frameBytesMax) {
      this.refuse(`a frame has ${bytes} B, at most ${this.frameBytesMax} are taken`);
    } else if (this.#onFrame !== unheard && this.#waiting.length === 0) this.#onFrame(frame);
    else if (this.#waitingBytes + bytes > this.bufferBytesMax) {
      this.cut(ERRORS.SLOW_CONSUMER[0], "nobody listens to what came");
    } else {
      this.#waiting.push(frame);
      this.#waitingBytes += bytes;
    }
  }

  /** The link has ended: for the other end's reason, or in good order after `finish`. Later calls do nothing. */
  protected end(code: number, reason: string): void {
    if (this.#ending) return;
    this.#closing = true;
    this.#ending = { code, reason };
    this.#tellEnd();
  }

  /** Closes because the other end sent more than is taken. */
  protected refuse(reason: string): void {
    this.close(ERRORS.TOO_LARGE[0], reason);
  }

  #drain(): void {
    const waiting = this.#waiting;
    for (let i = 0; i < waiting.length && this.#waiting === waiting; i++) this.#onFrame(waiting[i]);
    if (this.#waiting === waiting) this.#forget();
    this.#tellEnd();
  }

  #tellEnd(): void {
    const listener = this.#onClose;
    if (!this.#ending || listener === unheard) return;
    if (this.#waiting.length > 0 && this.#onFrame !== unheard) return;
    this.#onClose = () => {};
    listener(this.#ending.code, this.#ending.reason);
  }

  #forget(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

/** A frame as a carrier that tells text from bytes hands it over. */
export function frameAs(text: boolean, frame: Uint8Array): Uint8Array | string {
  return text ? decoder.decode(frame) : frame;
}

/** The bytes of a frame, whichever way it came. */
export function bytesOf(frame: Uint8Array | string): Uint8Array {
  return typeof frame === "string" ? encoder.encode(frame) : frame;
}

/** Bytes of a frame; a text is only measured where its length leaves it open whether it has more than `most`. */
function byteLengthOf(frame: Uint8Array | string, most: number): number {
  if (typeof frame !== "string" || frame.length > most) return frame.length;
  return frame.length * 3 <= most ? frame.length : encoder.encode(frame).length;
}
