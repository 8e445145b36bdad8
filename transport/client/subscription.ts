import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { type Intake, Iterated } from "./intake.ts";
import { type Merged, mergeMessages } from "./merge.ts";
import type { Update, Wishes } from "./update.ts";

/**
 * Messages of one channel and symbol, for `for await`. Leaving the loop ends the subscription.
 *
 * - Messages that nobody has taken wait in a queue of bounded length.
 * - When it is full and the channel is conflated, what comes is merged into the last one of its symbol that waits: nothing that
 *   holds now is lost, only steps in between; `merged` on the message counts them.
 * - When it is full and the channel is lossless, the iterator ends with SLOW_CONSUMER after what it has: a gap that nobody sees
 *   would be worse.
 *
 * One loop at a time: two loops over one subscription share its messages between them.
 *
 * | operation | cost |
 * |---|---|
 * | a message comes | O(1); O(waiting) where the queue is full |
 * | a message is taken | O(1), and a move of the at most 8 KiB that wait |
 */
export class Subscription<C extends Channel> extends Iterated<Update<C>> {
  readonly #queue: Merged[] = [];
  readonly #capacity: number;

  constructor(channel: C, symbol: string, wishes: Wishes, leave: (self: Intake) => void) {
    super(channel, symbol, wishes, leave);
    this.#capacity = wishes.queue ?? (CHANNELS[channel].delivery === "lossless" ? 1024 : 64);
    if (!(this.#capacity >= 1)) {
      throw new RangeError(`Cannot subscribe: queue is ${this.#capacity}; give a whole number from 1`);
    }
  }

  /** Messages that wait to be taken. */
  get waiting(): number {
    return this.#queue.length;
  }

  override deliver(message: Merged): void {
    if (this.ended) return;
    const lossless = CHANNELS[this.channel].delivery === "lossless";
    if (lossless && this.#queue.length >= this.#capacity) return this.#overflow();
    this.#queue.push(message);
    if (this.#queue.length > this.#capacity) this.#squeeze();
    this.serve();
  }

  protected override take(): Update<C> | undefined {
    // The codec checked it against the schema of its channel.
    return this.#queue.shift() as unknown as Update<C> | undefined;
  }

  protected override drop(): void {
    this.#queue.length = 0;
  }

  #overflow(): void {
    const { channel, symbol } = this;
    const why = `Cannot keep ${channel} ${symbol}: ${this.#capacity} messages wait for the iterator`;
    this.cut(new ProtocolError("SLOW_CONSUMER", `${why}; take them faster, or give a longer queue`));
  }

  /** Makes room: the last message of a symbol takes the one before it into itself. */
  #squeeze(): void {
    const queue = this.#queue, places = new Map<string, number>();
    for (let i = queue.length - 1; i >= 0; i--) {
      const { symbol } = queue[i], later = places.get(symbol);
      if (later !== undefined) {
        queue[later] = mergeMessages(queue[i], queue[later]);
        queue.splice(i, 1);
        return;
      }
      places.set(symbol, i);
    }
    // More symbols than the queue is long: the oldest goes, and comes again when it changes.
    queue.shift();
  }
}
