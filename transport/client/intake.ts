import type { Channel } from "../protocol/channels.ts";
import type { Book } from "./book.ts";
import type { Merged } from "./merge.ts";
import type { Wishes } from "./update.ts";

/** Somebody who waits for the next of something. */
export interface Taker<T> {
  readonly resolve: (result: IteratorResult<T>) => void;
  readonly reject: (error: Error) => void;
}

/** One who gets messages of a channel. */
export abstract class Intake {
  readonly channel: Channel;
  readonly symbol: string;
  readonly wishes: Wishes;

  constructor(channel: Channel, symbol: string, wishes: Wishes) {
    this.channel = channel;
    this.symbol = symbol;
    this.wishes = wishes;
  }

  /** Takes the next message; of books with the book after it. */
  abstract deliver(message: Merged, book?: Book): void;
  /** No more messages come, for this reason; without one, because nobody wants them. */
  abstract end(error?: Error): void;
}

/** Hands each message to a function, in the turn in which it comes. */
export class Listener extends Intake {
  readonly #heard: (message: Merged) => void;
  readonly #failed: (error: Error) => void;

  constructor(
    channel: Channel,
    symbol: string,
    wishes: Wishes,
    heard: (message: Merged) => void,
    failed: (error: Error) => void,
  ) {
    super(channel, symbol, wishes);
    this.#heard = heard;
    this.#failed = failed;
  }

  override deliver(message: Merged): void {
    this.#heard(message);
  }

  override end(error?: Error): void {
    if (error) this.#failed(error);
  }
}
