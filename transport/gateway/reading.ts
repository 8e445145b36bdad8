/** How a client is with what it was sent: it reads along, is behind, or is behind and as good as gone. */
export type ReadingState = "along" | "behind" | "stalled";

/** Bytes that wait to be read before time stands for their reader. */
const BEHIND_BYTES = 1024 * 1024;
/** Who is behind reads so much in this time: less is no reader that others could wait for. */
const SPAN_MS = 10_000, READ_BYTES_MIN = 256 * 1024;

/**
 * How one client reads. Time stands for a client that is behind, and so for all others: that is right where it reads, however slowly, and
 * wrong where it has gone without a word, or means to hold the others up.
 *
 * It is stalled when it has been behind for ten seconds, without a moment in which it had nearly caught up, and has read less than 256 KiB
 * in them.
 *
 * @example
 * ```ts
 * import { Reading } from "./reading.ts";
 * const reading = new Reading();
 * reading.sent(3_000_000);
 * if (reading.look(3_000_000, 0) !== "behind" || reading.look(2_999_000, 10_000) !== "stalled") throw new Error("unexpected");
 * ```
 */
export class Reading {
  #sent = 0;
  /** When it was found to be behind, in ms, and what it had read by then. */
  #since: { readonly at: number; readonly read: number } | undefined;

  /** So many bytes more are on their way to it. */
  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** How it is, with so many bytes that wait to be read; `now` in ms that never go back. */
  look(waiting: number, now: number): ReadingState {
    if (waiting <= BEHIND_BYTES) {
      if (waiting <= BEHIND_BYTES / 2) this.#since = undefined;
      return "along";
    }
    const read = this.#sent - waiting;
    this.#since ??= { at: now, read };
    if (now - this.#since.at < SPAN_MS) return "behind";
    if (read - this.#since.read < READ_BYTES_MIN) return "stalled";
    this.#since = { at: now, read };
    return "behind";
  }
}
