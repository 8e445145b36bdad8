import type { Link, LinkLane } from "../link/link.ts";
import { Probes, type Quality } from "../link/quality.ts";
import type { Probed } from "../link/quality_watch.ts";
import type { Timers } from "../link/timers.ts";

const WHOLE = 0, PROBE = 1, ECHO = 2;

/**
 * An end of a link that answers probes and can send them, as one over a data channel does, over any other link of bytes; so that a
 * simulated network can stand for WebRTC.
 */
export class ProbedLink implements Link, Probed {
  readonly carrier = "datachannel";
  onFrame: (frame: Uint8Array | string) => void = () => {};
  readonly #link: Link;
  readonly #clock: Timers;
  readonly #probes = new Probes();

  constructor(link: Link, clock: Timers) {
    this.#link = link;
    this.#clock = clock;
    link.onFrame = (frame) => this.#hear(frame as Uint8Array);
  }

  get remote(): string {
    return this.#link.remote;
  }

  get buffered(): number {
    return this.#link.buffered;
  }

  get frameBytesMax(): number {
    return this.#link.frameBytesMax;
  }

  get onClose(): (code: number, reason: string) => void {
    return this.#link.onClose;
  }

  set onClose(listener: (code: number, reason: string) => void) {
    this.#link.onClose = listener;
  }

  send(frame: Uint8Array, lane?: LinkLane): void {
    this.#link.send(new Uint8Array([WHOLE, ...frame]), lane);
  }

  close(code: number, reason: string): void {
    this.#link.close(code, reason);
  }

  terminate(): void {
    this.#link.terminate();
  }

  probe(): void {
    this.#link.send(numbered(PROBE, this.#probes.send(this.#clock.now())), "lossy");
  }

  quality(): Promise<Quality> {
    const { rttMs, jitterMs } = this.#probes;
    const loss = this.#probes.loss(this.#clock.now());
    return Promise.resolve({ rttMs, jitterMs, loss, buffered: this.buffered, candidate: "host" });
  }

  #hear(frame: Uint8Array): void {
    if (frame[0] === WHOLE) return this.onFrame(frame.subarray(1));
    const number = new DataView(frame.buffer, frame.byteOffset).getUint32(1);
    if (frame[0] === PROBE) this.#link.send(numbered(ECHO, number), "lossy");
    else this.#probes.echo(number, this.#clock.now());
  }
}

function numbered(kind: number, number: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(1, number);
  return bytes;
}
