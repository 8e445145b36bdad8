import type { Link } from "../link/link.ts";
import type { Timers } from "../link/timers.ts";
import type { Codec } from "../protocol/codec.ts";
import { errorData, type ErrorName } from "../protocol/errors.ts";
import { type Compression, compressionFor, type Compressor } from "./compression.ts";
import type { Counters } from "./counters.ts";
import { Credit } from "./credit.ts";
import type { HubLimits } from "./limits.ts";
import type { Batch } from "./outbox.ts";

/** What a client says in its hello that its link goes by. */
export interface Wishes {
  readonly client: string;
  readonly compression?: readonly string[];
  readonly window?: number;
  readonly timing?: boolean;
}

/** What a wire needs of its hub. */
export interface WireTools {
  readonly clock: Timers;
  readonly limits: HubLimits;
  readonly counters: Counters;
  readonly compressor: Compressor;
}

/** How long a link that was closed may take to close, in ms. */
const CLOSE_MS = 1000;

/**
 * A link with what was agreed on for it: codec, compression, window. It makes frames of messages, counts what is on its way, and
 * sees when nobody reads any more.
 *
 * Cost: O(bytes) to write, else O(1).
 */
export class Wire {
  readonly link: Link;
  readonly codec: Codec;
  readonly compression: Compression | null;
  /** Each frame begins by saying when it was written. */
  readonly timing: boolean;
  readonly credit: Credit;
  /** Wall time in ms at which something was last received. */
  heardAt: number;
  /** Requests that came over it and were refused. */
  faults = 0;
  readonly #tools: WireTools;
  /** When something was last acknowledged, or nothing was on its way; and what was acknowledged then. */
  #movedAt: number;
  #ackedThen = 0;

  constructor(link: Link, codec: Codec, wishes: Wishes, tools: WireTools) {
    const { limits, clock } = tools, window = Math.min(wishes.window ?? limits.windowBytes, limits.windowBytesMax);
    this.link = link;
    this.codec = codec;
    this.compression = compressionFor(codec, wishes.compression);
    this.timing = wishes.timing ?? false;
    this.credit = new Credit(window, wishes.window === undefined ? limits.windowBytesMax : window);
    this.heardAt = this.#movedAt = clock.now();
    this.#tools = tools;
  }

  /** Whether another frame may go: both the client and what lies between take more. */
  get open(): boolean {
    return this.credit.open && this.link.buffered < this.credit.window;
  }

  /** Whether its client reads: "stalled" where bytes are on their way and none arrive, "silent" where nothing is heard of it. */
  stateAt(now: number): "well" | "stalled" | "silent" {
    const { limits } = this.#tools, { credit, link } = this;
    const moves = credit.acked !== this.#ackedThen && link.buffered < credit.window;
    if (moves || (credit.outstanding === 0 && link.buffered === 0)) {
      this.#ackedThen = credit.acked;
      this.#movedAt = now;
    } else if (now - this.#movedAt >= limits.stallMs) return "stalled";
    return now - this.heardAt >= limits.heartbeatMs * 2.5 ? "silent" : "well";
  }

  /** Writes messages as one frame. Throws what the link says of it. */
  write(parts: readonly Uint8Array[], snapshot = false): void {
    const { counters, compressor, clock } = this.#tools;
    const frame = compressor.pack(this.codec.frame(parts), this.compression, snapshot);
    this.credit.spend(frame.length, clock.now());
    counters.framesBuilt++;
    counters.framesSent++;
    counters.bytesSent += frame.length;
    this.link.send(frame);
  }

  /** Writes messages of an outbox. Throws what the link says of it. */
  writeBatch({ parts, snapshot, at, merged, skipped, entries }: Batch): void {
    const { counters, clock } = this.#tools;
    for (const entry of entries) {
      const { channel, lane } = entry.fields, bytes = entry.encoded(this.codec).length;
      counters.channels[channel].sent++;
      counters.channels[channel].bytes += bytes;
      counters.laneBytes[lane] += bytes;
    }
    counters.merged += merged;
    counters.skipped += skipped;
    if (this.timing && entries.length > 0) {
      const written = clock.now(), enqueued = Math.min(at, written);
      parts.unshift(this.codec.encode({ type: "frame", data: { written, enqueued, merged, skipped } }));
    }
    this.write(parts, snapshot);
  }

  /** Says why it will be closed, where the client may still hear it. */
  lastWords(name: ErrorName, reason: string): void {
    if (this.link.buffered > this.#tools.limits.windowBytesMax) return;
    this.link.send(this.codec.frame([this.codec.encode({ type: "error", data: errorData(name, reason, 0) })]));
  }

  /** Nothing that happens to the link is of interest any more. */
  unhear(): void {
    this.link.onFrame = () => {};
    this.link.onClose = () => {};
  }

  /** Closes the link; it is cut where that takes too long. */
  close(code: number, reason: string): void {
    const { link } = this, calledOff = this.#tools.clock.after(CLOSE_MS, () => link.terminate());
    link.onClose = () => calledOff();
    link.close(code, reason);
  }
}
