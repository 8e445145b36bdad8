import { ERRORS } from "../protocol/errors.ts";
import type { Carrier, Link, LinkLane } from "../link/link.ts";
import type { RateLimits, Source } from "./rate_limit.ts";

/**
 * A link whose other end may send so much and no more: its frames and their bytes are counted before anybody looks into them, by
 * connection, address and, once that is known, user. Who sends more is cut with RATE_EXCEEDED; hubs refuse single requests
 * before that.
 *
 * | call | cost |
 * |---|---|
 * | a frame that comes | six buckets |
 * | `send` | a call more |
 *
 * @example
 * ```ts
 * import { memoryPair } from "../link/memory.ts";
 * import { LimitedLink } from "./limited_link.ts";
 * import { RateLimits } from "./rate_limit.ts";
 *
 * const [server, client] = memoryPair();
 * const rates = new RateLimits({ now: () => 0, rates: { bytes: { connection: { perSecond: 1, burst: 10 } } } });
 * const limited = new LimitedLink(server, rates, { connection: "c1" });
 * const closed = new Promise((resolve) => client.onClose = (code) => resolve(code));
 * client.send(new Uint8Array(8));
 * client.send(new Uint8Array(8));
 * if (await closed !== 4001) throw new Error("unexpected");
 * limited.terminate();
 * ```
 */
export class LimitedLink implements Link {
  readonly carrier: Carrier;
  /** The address that it is counted by: behind a proxy not the proxy's. */
  readonly remote: string;
  readonly frameBytesMax: number;
  /** Whose it is, once that is known. */
  user: string | undefined;
  readonly #link: Link;
  readonly #rates: RateLimits;
  readonly #source: Source;
  readonly #ended: () => void;
  #onFrame: Link["onFrame"] = () => {};
  #onClose: Link["onClose"] = () => {};
  #cut = false;

  /** `source.connection` is this link's own name; `ended` is called when it has closed, whoever listens. */
  constructor(link: Link, rates: RateLimits, source: Source, ended: () => void = () => {}) {
    this.carrier = link.carrier;
    this.remote = source.address ?? link.remote;
    this.frameBytesMax = link.frameBytesMax;
    this.#link = link;
    this.#rates = rates;
    this.#source = source;
    this.#ended = ended;
    this.onFrame = this.#onFrame;
    this.onClose = this.#onClose;
  }

  get buffered(): number {
    return this.#link.buffered;
  }

  get onFrame(): Link["onFrame"] {
    return this.#onFrame;
  }

  set onFrame(listener: Link["onFrame"]) {
    this.#onFrame = listener;
    this.#link.onFrame = (frame) => {
      if (this.#allowed(frame.length)) listener(frame);
    };
  }

  get onClose(): Link["onClose"] {
    return this.#onClose;
  }

  set onClose(listener: Link["onClose"]) {
    this.#onClose = listener;
    this.#link.onClose = (code, reason) => {
      if (this.#source.connection !== undefined) this.#rates.forget(this.#source.connection);
      this.#ended();
      listener(code, reason);
    };
  }

  send(frame: Uint8Array, lane?: LinkLane): void {
    this.#link.send(frame, lane);
  }

  close(code: number, reason: string): void {
    this.#link.close(code, reason);
  }

  terminate(): void {
    this.#link.terminate();
  }

  #allowed(bytes: number): boolean {
    if (this.#cut) return false;
    const source = this.user === undefined ? this.#source : { ...this.#source, user: this.user };
    if (this.#rates.take("messages", source) === 0 && this.#rates.take("bytes", source, bytes) === 0) return true;
    this.#cut = true;
    this.#link.close(ERRORS.RATE_EXCEEDED[0], "too much came");
    return false;
  }
}
