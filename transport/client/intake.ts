import { type Channel, isChannel } from "../protocol/channels.ts";
import type { Book } from "./book.ts";
import type { Merged } from "./merge.ts";
import type { Wishes } from "./update.ts";

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

/** One who is asked for what came, by `for await`: leaving the loop ends it. */
export abstract class Iterated<T> extends Intake implements AsyncIterableIterator<T> {
  readonly #leave: (self: Intake) => void;
  #takers: { readonly resolve: (result: IteratorResult<T>) => void; readonly reject: (error: Error) => void }[] = [];
  #error: Error | undefined;
  #ended = false;

  constructor(channel: Channel, symbol: string, wishes: Wishes, leave: (self: Intake) => void) {
    super(channel, symbol, wishes);
    this.#leave = leave;
  }

  /** What came first of all that waits; undefined where nothing does. */
  protected abstract take(): T | undefined;
  /** Drops all that waits. */
  protected abstract drop(): void;

  override end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    const takers = this.#takers;
    this.#takers = [];
    // Whoever waits is told; else whoever comes next.
    if (error && takers.length === 0) this.#error = error;
    for (const { resolve, reject } of takers) error ? reject(error) : resolve({ done: true, value: undefined });
  }

  /** Ends it: what waits is dropped, and the server told where nobody else wants the channel. */
  close(): void {
    this.drop();
    this.cut();
  }

  next(): Promise<IteratorResult<T>> {
    const value = this.take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    const error = this.#error;
    this.#error = undefined;
    if (error) return Promise.reject(error);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T>> {
    this.close();
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Gives what waits to whoever waits for it. */
  protected serve(): void {
    while (this.#takers.length > 0) {
      const value = this.take();
      if (value === undefined) return;
      this.#takers.shift()!.resolve({ done: false, value });
    }
  }

  /** Takes no more; what waits can still be taken, and then the error comes. */
  protected cut(error?: Error): void {
    if (this.#ended) return;
    this.#leave(this);
    this.end(error);
  }

  protected get ended(): boolean {
    return this.#ended;
  }
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

/** Throws RangeError for what is no channel. */
export function checkChannel(channel: string): void {
  if (!isChannel(channel)) {
    throw new RangeError(`Cannot subscribe: channel is ${channel}; protocol/channels.ts lists them`);
  }
}
