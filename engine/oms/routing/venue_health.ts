import type { Core } from "../../core/core.ts";
import { HALTED } from "../../risk/gate.ts";

/**
 * How a venue stands with a router; all but "open" leave it out.
 *
 * | state | while |
 * |---|---|
 * | `expired` | the instrument has expired: for good |
 * | `held` | the session's own gate is halted for it |
 * | `halted` | the venue's last status said so |
 * | `stale` | messages were lost and no snapshot has come since |
 * | `silent` | the last message is older than the router's `silence`, or none has come yet |
 * | `rejecting` | it rejected `rejections` of the router's orders in a row, for the `pause` after the last of them |
 */
export type VenueState = "open" | "expired" | "held" | "halted" | "stale" | "silent" | "rejecting";

/** Weight of the newest order in the fill ratio. */
const NEWEST = 1 / 8;

/**
 * What a router knows of one venue by what has reached it: whether it can be reached, and what its orders came to there.
 *
 * Nothing has to be told when a venue comes back: its state is worked out anew whenever it is asked for.
 */
export class VenueHealth {
  /** Lots filled of lots asked for at once, 1 at first; each order counts 7/8 of the next. */
  fillRatio = 1;
  #rejections = 0;
  #pausedUntil = -Infinity;

  constructor(private readonly core: Core, readonly instrument: number) {}

  state(silence: number): VenueState {
    const { core, instrument } = this;
    const { view, heard } = core.feeds[instrument];
    if (core.expired(instrument)) return "expired";
    if (core.gate.state(instrument) === HALTED) return "held";
    if (view.halted) return "halted";
    if (view.book.stale) return "stale";
    if (!(core.now - heard <= silence)) return "silent";
    return core.now < this.#pausedUntil ? "rejecting" : "open";
  }

  /** The venue took an order. */
  accepted(): void {
    this.#rejections = 0;
  }

  /** The venue rejected an order; the `most`-th in a row, and after a pause the first, starts a pause. */
  rejected(most: number, pause: number): void {
    if (++this.#rejections < most) return;
    this.#rejections = most - 1;
    this.#pausedUntil = this.core.now + pause;
  }

  /** An order that was to fill at once is over. */
  ended(filled: number, lots: number): void {
    this.fillRatio += NEWEST * (filled / lots - this.fillRatio);
  }

  /** All of it, for a snapshot. */
  save(): unknown {
    return [this.fillRatio, this.#rejections, this.#pausedUntil];
  }

  /** Takes back what `save` returned. */
  load(state: unknown): void {
    [this.fillRatio, this.#rejections, this.#pausedUntil] = state as number[];
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    this.#pausedUntil -= shift;
  }
}
