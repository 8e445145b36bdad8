import type { Link, LinkLane } from "./link.ts";
import { type Ending, Endpoint, frameAs, type LinkLimits } from "./_endpoint.ts";

/** How a pair in memory is made. */
export interface MemoryOptions extends LinkLimits {
  /** Frames arrive as text, as those of a text codec do over a WebSocket; false. */
  readonly text?: boolean;
  /** Bounds of the client's end where they are others than the server's. */
  readonly client?: LinkLimits;
}

/**
 * Two ends of a link in one process: what one end sends the other gets in a later microtask, in order, without a copy.
 *
 * | operation | cost |
 * |---|---|
 * | send | O(1), one microtask for all frames of a turn |
 * | delivery | O(1) a frame; O(n) bytes where text is asked for |
 * | terminate | O(1) |
 *
 * @example
 * ```ts
 * import { memoryPair } from "./memory.ts";
 *
 * const [server, client] = memoryPair({ text: true });
 * const heard = new Promise((resolve) => client.onFrame = resolve);
 * server.send(new TextEncoder().encode("hello"));
 * if (await heard !== "hello") throw new Error("not heard");
 * ```
 */
export function memoryPair(options: MemoryOptions = {}): [server: MemoryLink, client: MemoryLink] {
  const text = options.text ?? false;
  const server = new MemoryLink("server", text, options);
  const client = new MemoryLink("client", text, { ...options, ...options.client });
  MemoryLink.join(server, client);
  return [server, client];
}

/** One end of a pair in memory. A test may stop it from reading, as a stalled client does. */
export class MemoryLink extends Endpoint implements Link {
  readonly #text: boolean;
  #peer: MemoryLink | undefined;
  /** Frames on their way to the peer. */
  #outgoing: Uint8Array[] = [];
  #outgoingBytes = 0;
  #scheduled = false;
  #reading = true;
  #last: Ending | undefined;

  constructor(name: string, text: boolean, limits: LinkLimits) {
    super("memory", `memory:${name}`, limits);
    this.#text = text;
  }

  /** Makes two ends one link. */
  static join(one: MemoryLink, other: MemoryLink): void {
    one.#peer = other;
    other.#peer = one;
  }

  get buffered(): number {
    return this.#outgoingBytes;
  }

  /** Reads no more: what the other end sends waits there. */
  pause(): void {
    this.#reading = false;
  }

  /** Reads on. */
  resume(): void {
    this.#reading = true;
    if (this.#peer) this.#peer.#schedule();
  }

  protected override transmit(frame: Uint8Array, _lane: LinkLane): void {
    this.#outgoing.push(frame);
    this.#outgoingBytes += frame.length;
    this.#schedule();
  }

  protected override finish(code: number, reason: string): void {
    this.#last = { code, reason };
    this.#schedule();
  }

  protected override abort(code: number, reason: string): void {
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    const peer = this.#peer;
    this.#leave();
    queueMicrotask(() => peer?.end(code, reason));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    const frames = this.#outgoing;
    let i = 0;
    const peer = this.#peer;
    if (!peer) return;
    while (i < frames.length && peer.#reading && this.#outgoing === frames) {
      const frame = frames[i++];
      this.#outgoingBytes -= frame.length;
      peer.receive(frameAs(this.#text, frame));
    }
    if (this.#outgoing === frames) frames.splice(0, i);
    if (!this.#last || this.#peer !== peer || this.#outgoing.length > 0 || !peer.#reading) return;
    const { code, reason } = this.#last;
    this.#leave();
    peer.end(code, reason);
    this.end(code, reason);
  }

  /** Neither end knows the other any more. */
  #leave(): void {
    const peer = this.#peer;
    if (!peer) return;
    this.#peer = undefined;
    peer.#peer = undefined;
    peer.#outgoing = [];
    peer.#outgoingBytes = 0;
  }
}
