import { type Channel, CHANNELS, LANES } from "../protocol/channels.ts";
import type { ErrorName } from "../protocol/errors.ts";

/** Messages and bytes of one channel. */
export interface ChannelCount {
  published: number;
  /** To all clients together. */
  sent: number;
  bytes: number;
}

/** What a hub has done so far, as plain numbers that whoever likes reads at any time. */
export class Counters {
  readonly channels: Readonly<Record<Channel, ChannelCount>> = Object.fromEntries(
    Object.keys(CHANNELS).map((name) => [name, { published: 0, sent: 0, bytes: 0 }]),
  ) as Record<Channel, ChannelCount>;
  /** Bytes of messages by lane, in the order of LANES. */
  readonly laneBytes: number[] = LANES.map(() => 0);
  /** Frames built, and frames handed to links. */
  framesBuilt = 0;
  framesSent = 0;
  bytesSent = 0;
  received = 0;
  bytesReceived = 0;
  /** Messages that another stood for, and those that a snapshot stood for. */
  merged = 0;
  skipped = 0;
  joins = 0;
  resumes = 0;
  /** Members that fell out of step, and that were in step again. */
  fell = 0;
  caughtUp = 0;
  /** Links cut, and requests refused, by error. */
  readonly errors: Partial<Record<ErrorName, number>> = {};
  /** Bytes before and after compression, and the time it took in ms. */
  compressedFrom = 0;
  compressedTo = 0;
  compressMs = 0;

  /** One more of an error. */
  erred(name: ErrorName): void {
    this.errors[name] = (this.errors[name] ?? 0) + 1;
  }
}

/** What a hub tells as it happens, for figures that sums do not show. */
export interface HubMetrics {
  /** A frame was written to so many members, so many ms after its oldest message was published. */
  written?(waitedMs: number, members: number, messages: number, bytes: number): void;
  /** A client acknowledged; its shortest round trip so far, in ms. */
  acknowledged?(roundTripMs: number): void;
}
