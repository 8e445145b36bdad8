import { NaiveL2Book } from "../engine/book/naive_l2.ts";
import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, SELL, SNAPSHOT, TRADE } from "../engine/core/event.ts";
import { log1p } from "../engine/core/math.ts";
import type { MadeRow } from "../engine/feed/_made_tape.ts";

/** How a touch maker is run: times in ns. */
export interface TouchOptions {
  readonly queue: "risk" | "power3" | "log";
  readonly latency: number;
  readonly interval: number;
  readonly limit: number;
}

interface Order {
  readonly id: number;
  readonly side: number;
  readonly price: number;
  /** As far as we know. */
  known: "sent" | "works" | "cancelling" | "over";
  /** At the venue. */
  rests: boolean;
  front: number;
  traded: number;
}

interface Message {
  readonly at: bigint;
  /** 1 an answer, 3 a request. */
  readonly rank: number;
  readonly sequence: number;
  readonly act: () => void;
}

/**
 * The slow, obvious twin of a session with `touch_maker` whose orders are filled whole: maps, lists and bigints, and one event
 * at a time, chosen from all there are. It returns the lines of a steps file, on a grid of whole ticks and lots, with a fee
 * of 0.0002.
 */
export class NaiveTouch {
  readonly lines: string[] = [];
  readonly #ours = new NaiveL2Book();
  readonly #theirs = new NaiveL2Book();
  #orders: Order[] = [];
  #messages: Message[] = [];
  #sequence = 0;
  #now = 0n;
  #position = 0;
  #trades = 0;
  #value = 0;
  #volume = 0;
  #told = 0;

  constructor(readonly rows: readonly MadeRow[], readonly options: TouchOptions) {
    const seen = rows.filter(({ flags }) => flags! & AT_LOCAL),
      there = rows.filter(({ flags }) => flags! & AT_EXCHANGE);
    let timer = BigInt(there[0].exchange) + BigInt(options.interval);
    for (let ours = 0, theirs = 0;;) {
      this.#messages.sort((a, b) => Number(a.at - b.at) || a.rank - b.rank || a.sequence - b.sequence);
      const due: [bigint, number, () => void][] = [];
      if (ours < seen.length) due.push([BigInt(seen[ours].local!), 0, () => this.#see(seen[ours++])]);
      if (theirs < there.length) due.push([BigInt(there[theirs].exchange), 2, () => this.#happen(there[theirs++])]);
      if (this.#messages.length > 0) {
        due.push([this.#messages[0].at, this.#messages[0].rank, () => this.#messages.shift()!.act()]);
      }
      if (due.length === 0) return;
      due.push([timer, 4, () => {
        timer += BigInt(options.interval);
        this.#step();
      }]);
      due.sort(([at, rank], [other, otherRank]) => Number(at - other) || rank - otherRank);
      this.#now = due[0][0];
      due[0][2]();
    }
  }

  #send(rank: number, act: () => void): void {
    this.#messages.push({ at: this.#now + BigInt(this.options.latency), rank, sequence: this.#sequence++, act });
  }

  #see({ kind, side, price, size }: MadeRow): void {
    if (kind === DEPTH || kind === SNAPSHOT) this.#ours.set(side!, price!, size!);
    else if (kind === CLEAR) this.#ours.clear(side!, price);
  }

  #happen({ kind, side = 0, price = 0, size = 0 }: MadeRow): void {
    const book = this.#theirs;
    if (kind === CLEAR) book.clear(side, price);
    else if (kind === TRADE) {
      const hitsBids = side === SELL || (side === 0 && price <= book.bestBid);
      const hitsAsks = side === BUY || (side === 0 && price >= book.bestAsk);
      for (const order of this.#resting()) {
        if (order.side === BUY ? hitsBids : hitsAsks) this.#print(order, price, size);
      }
    } else {
      const [bid, ask] = [book.bestBid, book.bestAsk], previous = book.set(side, price, size);
      for (const order of this.#resting()) {
        if (order.side !== side || order.price !== price) continue;
        order.front = this.#front(order, previous, size);
        order.traded = 0;
      }
      for (const order of this.#resting()) {
        const reached = order.side === SELL
          ? book.bestBid > bid && order.price <= book.bestBid
          : book.bestAsk < ask && order.price >= book.bestAsk;
        if (reached) this.#fill(order);
      }
    }
  }

  #print(order: Order, price: number, size: number): void {
    if (order.side * order.price > order.side * price) return this.#fill(order);
    if (order.price !== price) return;
    order.front -= size;
    order.traded += size;
    if (Math.round(-order.front) > 0) this.#fill(order);
  }

  #front({ front, traded }: Order, previous: number, size: number): number {
    const { queue } = this.options, change = previous - size - traded;
    if (queue === "risk" || change < 0) return Math.min(front, size);
    const f = (lots: number) => queue === "log" ? log1p(lots) : lots * lots * lots;
    const back = previous - front, share = f(back) / (f(back) + f(front));
    const p = Math.abs(share) === Infinity ? 1 : share;
    const next = front - (1 - p) * change + Math.min(0, back - p * change);
    return Number.isNaN(next) ? size : Math.min(size, next);
  }

  #fill(order: Order): void {
    order.rests = false;
    this.#send(1, () => {
      order.known = "over";
      this.#trades++;
      this.#position += order.side;
      this.#value -= order.side * order.price;
      this.#volume += order.price;
    });
  }

  #resting(): Order[] {
    return this.#orders.filter(({ rests }) => rests);
  }

  #step(): void {
    if (this.#trades !== this.#told) {
      const fee = `${this.#volume * 2}`.padStart(5, "0");
      const line = `${this.#now},${this.#position},${this.#trades},${this.#value}.000000`;
      this.lines.push(`${line},${fee.slice(0, -4)}.${fee.slice(-4)}00`);
      this.#told = this.#trades;
    }
    this.#orders = this.#orders.filter(({ known, rests }) => known !== "over" || rests);
    const { bestBid, bestAsk } = this.#ours;
    if (bestBid === -Infinity || bestAsk === Infinity) return;
    let hasBid = false, hasAsk = false;
    for (const order of this.#orders) {
      if (order.known === "over") continue;
      if (order.price !== (order.side === BUY ? bestBid : bestAsk)) {
        if (order.known === "works") this.#cancel(order);
      } else if (order.side === BUY) hasBid = true;
      else hasAsk = true;
    }
    if (!hasBid && this.#position < this.options.limit) this.#submit(BUY, bestBid);
    if (!hasAsk && this.#position > -this.options.limit) this.#submit(SELL, bestAsk);
  }

  #cancel(order: Order): void {
    order.known = "cancelling";
    this.#send(3, () => {
      if (!order.rests) return this.#send(1, () => {});
      order.rests = false;
      this.#send(1, () => order.known = "over");
    });
  }

  #submit(side: number, price: number): void {
    const order: Order = { id: ++this.#sequence, side, price, known: "sent", rests: false, front: 0, traded: 0 };
    this.#orders.push(order);
    this.#send(3, () => {
      const crosses = side === BUY ? price >= this.#theirs.bestAsk : price <= this.#theirs.bestBid;
      if (crosses) return this.#send(1, () => order.known = "over");
      order.rests = true;
      order.front = this.#theirs.size(side, price);
      this.#send(1, () => order.known = order.known === "sent" ? "works" : order.known);
    });
  }
}
