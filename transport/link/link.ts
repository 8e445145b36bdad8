/** What carries bytes between a client and a hub. */
export type Carrier = "websocket" | "datachannel" | "sse" | "polling" | "memory" | "simulated";

/** Lanes of a carrier: what is lossy may be dropped or come late, where the carrier has such a lane. */
export type LinkLane = "reliable" | "lossy";

/**
 * One end of a carrier: frames go in whole and come out whole. A link that has closed stays closed; who wants another makes one.
 *
 * Frames that come before somebody listens wait; `onFrame` is set in the same turn in which the link is handed over.
 */
export interface Link {
  readonly carrier: Carrier;
  /** Address of the other end, for limits and logs; "" where there is none. */
  readonly remote: string;
  /** Bytes that were handed over and are not known to have left. */
  readonly buffered: number;
  /** The most bytes a frame may have. */
  readonly frameBytesMax: number;
  onFrame: (frame: Uint8Array | string) => void;
  /** Called once, however it ended: who closed it, a code (see protocol/errors.ts; 0 where all is well) and why. */
  onClose: (code: number, reason: string) => void;
  /** Hands a frame over; a link that has closed drops it. Throws RangeError for a frame above `frameBytesMax`. */
  send(frame: Uint8Array, lane?: LinkLane): void;
  /** Closes when what was sent has left. Later calls do nothing. */
  close(code: number, reason: string): void;
  /** Closes at once and frees all memory, however much waits. */
  terminate(): void;
}
