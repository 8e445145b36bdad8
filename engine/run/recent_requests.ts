const SECOND = 1e9;
/** Requests that are kept at most, and how many of the oldest then go: more than any rate is judged by. */
const KEPT_MAX = 40_000;
const DROPPED = 20_000;

/** A request that left: its time, and whether it cancels. */
interface Sent {
  readonly time: number;
  readonly instrument: number;
  readonly cancel: boolean;
}

/** Requests that left, counted as limits of rates count them. */
export class RecentRequests {
  readonly #sent: Sent[] = [];

  /** A request leaves. */
  add(sent: Sent): void {
    this.#sent.push(sent);
    if (this.#sent.length > KEPT_MAX) this.#sent.splice(0, DROPPED);
  }

  /** Requests of the second before `now`, of an instrument or of all (below 0), with the one that is judged. */
  rate(now: number, instrument: number, name: "messageRate" | "orderRate" | "cancelRate"): number {
    let count = 1;
    for (let i = this.#sent.length - 1; i >= 0 && this.#sent[i].time > now - SECOND; i--) {
      const { cancel, instrument: of } = this.#sent[i];
      const counts = name === "messageRate" || (name === "cancelRate") === cancel;
      if (counts && (instrument < 0 || of === instrument)) count++;
    }
    // An order is no cancel: it waits while too many of them were sent.
    return name === "cancelRate" ? count - 1 : count;
  }
}
