import type { AwayOrders } from "../venue/away_venue.ts";

/**
 * Keeps what a session asks of an exchange until it has made its moves: a request takes the processor for longer than many of the
 * market's messages do, and those that came with the one it answers would wait for it. There are no more than the session has orders,
 * twice: each has one request on its way, behind its submit.
 */
export class HeldRequests implements AwayOrders {
  readonly #held: ((to: AwayOrders) => void)[] = [];

  submit(slot: number): void {
    this.#held.push((to) => to.submit(slot));
  }

  cancel(slot: number): void {
    this.#held.push((to) => to.cancel(slot));
  }

  amend(slot: number, price: number, size: number): void {
    this.#held.push((to) => to.amend(slot, price, size));
  }

  /** Hands all of them on, in their order. */
  release(to: AwayOrders): void {
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) next(to);
  }

  /** Forgets them: they do not leave. */
  drop(): void {
    this.#held.length = 0;
  }
}
