import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { BoundedRing } from "./bounded_ring.ts";
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
 * | a message comes | O(1); O(waiting) to find its symbol where a full queue is of several |
 * | a message is taken | O(1) |
 */
export class Subscription<C extends Channel> extends Iterated<Update<C>> {
  readonly #queue: BoundedRing<Merged>;

  constructor(channel: C, symbol: string, wishes: Wishes, leave: (self: Intake) => void) {
    super(channel, symbol, wishes, leave);
    this.#queue = new BoundedRing(wishes.queue ?? (CHANNELS[channel].delivery === "lossless" ? 1024 : 64));
  }

  /** Messages that wait to be taken. */
  get waiting(): number {
    return this.#queue.size;
  }

  override deliver(message: Merged): void {
    if (this.ended) return;
    if (!this.#queue.full) this.#queue.push(message);
    else if (CHANNELS[this.channel].delivery === "lossless") return this.#overflow();
    else this.#squeeze(message);
    this.serve();
  }

  protected override take(): Update<C> | undefined {
    // The codec checked it against the schema of its channel.
    return this.#queue.shift() as unknown as Update<C> | undefined;
  }

  protected override drop(): void {
    this.#queue.clear();
  }

  #overflow(): void {
    const { capacity } = this.#queue;
    this.cut(
      new ProtocolError(
        "SLOW_CONSUMER",
        `Cannot keep ${this.channel} ${this.symbol}: ${capacity} messages wait for the iterator; take them faster, or give a longer queue`,
      ),
    );
  }

  /** Merges into the last message of its symbol; where none waits, the two oldest of one symbol make room. */
  #squeeze(message: Merged): void {
    const waiting: Merged[] = [];
    for (let item = this.#queue.shift(); item; item = this.#queue.shift()) waiting.push(item);
    waiting.push(message);
    const last = new Map<string, number>();
    let merged = false;
    for (let i = waiting.length - 1; i >= 0 && !merged; i--) {
      const { symbol } = waiting[i];
      const later = last.get(symbol);
      if (later === undefined) last.set(symbol, i);
      else {
        waiting[later] = mergeMessages(waiting[i], waiting[later]);
        waiting.splice(i, 1);
        merged = true;
      }
    }
    // More symbols than the queue is long: the oldest goes, and comes again when it changes.
    if (!merged) waiting.shift();
    for (const item of waiting) this.#queue.push(item);
  }
}
