import { bookChecksum } from "../protocol/book_checksum.ts";
import type { ChannelMessage } from "../protocol/messages.ts";
import { Book } from "./book.ts";
import { type Merged, mergeMessages } from "./merge.ts";
import type { SnapshotData, UpdateData } from "./update.ts";
import { defined } from "./defined.ts";

/** States of an order after which it does not change; one that was Replaced works on. */
const FINAL: ReadonlySet<string> = new Set(["Filled", "Cancelled", "Rejected", "Expired"]);

type Order = UpdateData<"orders">;

/**
 * The state of one topic, folded from its snapshot and updates: what a second subscriber gets first, and what the cache keeps.
 *
 * Channels without snapshots have none. Cost: O(1) an update, of books O(levels changed × log n).
 */
export class Fold {
  readonly #checksum: boolean;
  #book: Book | undefined;
  #orders: Map<number, Order> | undefined;
  #clients: Set<string> | undefined;
  #last: Merged | undefined;

  /** `checksum`: books are whole enough for their checksum to be compared. */
  constructor(checksum = true) {
    this.#checksum = checksum;
  }

  /** The book, of that channel. */
  get book(): Book | undefined {
    return this.#book;
  }

  /** Takes the next message; false where the book is not what its checksum says. */
  take(message: ChannelMessage): boolean {
    switch (message.channel) {
      case "book":
        return this.#takeBook(message);
      case "orders":
        this.#takeOrder(message);
        break;
      case "presence":
        this.#takePresence(message);
    }
    const merges = (message.channel === "positions" || message.channel === "pnl") && this.#last;
    this.#last = merges ? mergeMessages(merges, message) : message;
    return true;
  }

  /** The state as a snapshot; undefined before there is one. */
  snapshot(): ChannelMessage | undefined {
    if (this.#book) return this.#book.snapshot();
    const last = this.#last;
    if (!last) return undefined;
    const data = this.#orders
      ? { orders: [...this.#orders.values()] } satisfies SnapshotData<"orders">
      : this.#clients
      ? {
        joined: [...this.#clients],
        left: [],
        count: (last.data as UpdateData<"presence">).count,
      } satisfies SnapshotData<"presence">
      : last.data;
    const { channel, symbol, timestamp, seq, epoch } = last;
    return defined<ChannelMessage>({ type: "snapshot", channel, symbol, data, timestamp, seq, prev: 0, epoch });
  }

  #takeBook(message: ChannelMessage): boolean {
    const book = this.#book ??= new Book(message.symbol);
    book.apply(message);
    const { checksum } = message.data as UpdateData<"book">;
    return checksum === undefined || !this.#checksum || checksum === bookChecksum(book.bids(10), book.asks(10));
  }

  #takeOrder({ type, data }: ChannelMessage): void {
    if (type === "snapshot") {
      const { orders } = data as unknown as SnapshotData<"orders">;
      this.#orders = new Map(orders.map((order) => [order.order, order]));
      return;
    }
    const order = data as unknown as Order;
    const orders = this.#orders ??= new Map();
    if (FINAL.has(order.state)) orders.delete(order.order);
    else orders.set(order.order, order);
  }

  #takePresence({ type, data }: ChannelMessage): void {
    const { joined, left } = data as unknown as UpdateData<"presence">;
    const clients = type === "snapshot" ? this.#clients = new Set() : this.#clients ??= new Set();
    for (const name of joined) clients.add(name);
    for (const name of left) clients.delete(name);
  }
}
