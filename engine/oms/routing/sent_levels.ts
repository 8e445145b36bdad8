import type { BookView } from "../../core/strategy.ts";

/** Lots that went to one level. */
interface Sent {
  readonly order: number;
  readonly side: number;
  readonly price: number;
  readonly lots: number;
  /** Lots that the book showed there then. */
  readonly shown: number;
  /** When the order was over, as we heard; Infinity before. */
  ended: number;
}

/**
 * What a router has sent to the levels of one venue while the book as we know it cannot show yet what came of it.
 *
 * - Lots sent to a level count as gone from it, until their order is over, the venue has sent a message after that, and the
 *   level shows another size than it did, or the same one for so long that it must have been filled up again (`settle`).
 * - What was not filled of them counts as well: a level that gave less than it showed is not asked again before it is told of.
 *
 * | call | cost |
 * |---|---|
 * | each | the levels with orders that are out, and those that do not count as told of yet |
 */
export class SentLevels {
  #all: Sent[] = [];

  /** Levels held at the moment. */
  get count(): number {
    return this.#all.length;
  }

  add(sent: Omit<Sent, "ended">): void {
    this.#all.push({ ...sent, ended: Infinity });
  }

  /** Lots that went to a level by orders of `side`. */
  lots(side: number, price: number): number {
    let lots = 0;
    for (const sent of this.#all) if (sent.price === price && sent.side === side) lots += sent.lots;
    return lots;
  }

  /** An order is over. */
  ended(order: number, now: number): void {
    for (const sent of this.#all) if (sent.order === order) sent.ended = now;
  }

  /** Forgets what the book shows by now; the venue's last message came at `heard`. */
  forget(book: Pick<BookView, "size">, heard: number, now: number, settle: number): void {
    if (this.#all.length === 0) return;
    this.#all = this.#all.filter(({ ended, side, price, shown }) =>
      !(ended < heard && (now - ended >= settle || book.size(-side, price) !== shown))
    );
  }

  /** All of it, for a snapshot. */
  save(): unknown {
    return this.#all;
  }

  /** Takes back what `save` returned. */
  load(all: unknown): void {
    this.#all = all as Sent[];
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    for (const sent of this.#all) sent.ended -= shift;
  }
}
