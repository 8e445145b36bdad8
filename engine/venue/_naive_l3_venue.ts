import { BUY, SELL } from "../core/event.ts";

/** One order of the market or of ours, in the one list of all. */
interface Entry {
  /** The tape's id; 0 for ours. */
  readonly id: number;
  readonly name: string;
  side: number;
  price: number;
  left: number;
  /** What the tape says it has left. */
  said: number;
  /** Ours: lots filled, lots shown at a time (0: all), lots shown now. */
  filled: number;
  readonly display: number;
  shown: number;
}

/** A row of the tape or a request of ours. */
export interface Command {
  readonly does: "add" | "modify" | "cancel" | "execute" | "trade" | "order" | "withdraw" | "amend";
  readonly id: number;
  readonly side: number;
  readonly price: number;
  readonly size: number;
  /** Orders of ours: lots shown at a time, 0 for all; whether what is not taken at once may rest. */
  readonly display: number;
  readonly rests: boolean;
}

/**
 * The slow, obvious twin of {@linkcode L3Venue} with partial fills: our orders really stand in one list with the market's,
 * the longest in their queue first, and every question is answered by looking through it.
 */
export class NaiveL3Venue {
  unknown = 0;
  #entries: Entry[] = [];
  /** Of the market: orders that we took whole, which the tape still speaks of. */
  #emptied: Entry[] = [];
  #done = new Map<string, Entry>();
  #said: string[] = [];

  constructor(readonly insert: boolean) {}

  play(command: Command): string {
    this.#said = [];
    const { does, id, side, price, size } = command;
    const entry = this.#market(id);
    if (does === "order") this.#arrive(command);
    else if (does === "withdraw") this.#withdraw(`o${id}`);
    else if (does === "amend") this.#amend(`o${id}`, price, size);
    else if (does === "trade") this.#pierce(side, price, size);
    else if (does === "add") {
      if (!entry || entry.left === 0) this.#add(id, side, price, size, size, size);
    } else if (!entry) {
      this.unknown++;
      if (does === "execute") this.#through(side, price, size);
    } else if (does === "execute") this.#execute(entry, size);
    else if (does === "cancel") this.#cancel(entry, size);
    else this.#modify(entry, side, price, size);
    return this.#said.join("; ");
  }

  /** Lots of the market before an order of ours; undefined where it does not rest. */
  ahead(name: string): number | undefined {
    const own = this.#own(name);
    if (!own) return undefined;
    const queue = this.#queue(own.side, own.price);
    return queue.slice(0, queue.indexOf(own)).reduce((lots, entry) => entry.id > 0 ? lots + entry.left : lots, 0);
  }

  /** Lots of the market at a price. */
  size(side: number, price: number): number {
    return this.#queue(side, price).reduce((lots, entry) => entry.id > 0 ? lots + entry.left : lots, 0);
  }

  #execute(entry: Entry, size: number): void {
    let lots = size;
    for (;;) {
      const first = this.#ranked(entry.side).find((other) => this.#before(other, entry));
      if (!first || lots === 0) break;
      const piece = Math.min(lots, first.id > 0 ? first.left : first.shown);
      lots -= piece;
      if (first.id > 0) first.left -= piece;
      else this.#make(first, piece);
      this.#sweep();
    }
    entry.said = Math.max(0, entry.said - size);
    entry.left -= Math.min(entry.left, this.insert ? lots : size);
    this.#sweep();
    this.#settle(entry.side, entry.price);
  }

  /** Whether an execution of `entry` comes to `other` first: ours with priority, or one kept because of us. */
  #before(other: Entry, entry: Entry): boolean {
    // An order that we took whole has no place: nothing can be said to stand behind it but what is worse in price.
    if (entry.left === 0) return false;
    const better = other.side * other.price > other.side * entry.price;
    const earlier = other.price === entry.price &&
      this.#entries.indexOf(other) < this.#entries.indexOf(entry);
    return other.id > 0 ? earlier && other.said === 0 : better || earlier;
  }

  #cancel(entry: Entry, size: number): void {
    entry.said = Math.max(0, entry.said - size);
    entry.left = entry.said === 0 ? 0 : Math.max(0, entry.left - size);
    this.#sweep();
    this.#settle(entry.side, entry.price);
  }

  #modify(entry: Entry, side: number, price: number, size: number): void {
    const left = Math.max(0, size + entry.left - entry.said), { said } = entry;
    const empty = entry.left === 0;
    if (!empty && price === entry.price && size <= said) {
      entry.left = left;
      entry.said = size;
      this.#sweep();
    } else {
      this.#entries = this.#entries.filter((other) => other !== entry);
      this.#emptied = this.#emptied.filter((other) => other !== entry);
      const fresh = empty ? left : price === entry.price ? size - said : left;
      this.#add(entry.id, empty ? side : entry.side, price, left, fresh, size);
    }
    if (!empty) this.#settle(entry.side, entry.price);
  }

  #add(id: number, side: number, price: number, size: number, fresh: number, said: number): void {
    let reach = Math.min(fresh, size), taken = 0;
    for (;;) {
      const first = this.#ranked(-side).find((other) => other.id === 0 && side * other.price <= side * price);
      if (!first) break;
      const ranked = this.#ranked(-side);
      const market = ranked.slice(0, ranked.indexOf(first)).filter((other) => other.id > 0);
      const piece = Math.min(reach - market.reduce((lots, other) => lots + other.left, 0), first.shown);
      if (piece <= 0) break;
      reach -= piece;
      taken += piece;
      this.#make(first, piece);
      this.#sweep();
    }
    this.#emptied = this.#emptied.filter((other) => other.id !== id);
    const left = this.insert ? size - taken : size;
    this.#entries.push({ id, name: "", side, price, left, said, filled: 0, display: 0, shown: 0 });
    this.#sweep();
  }

  #pierce(aggressor: number, price: number, size: number): void {
    let lots = size;
    const sides = aggressor === BUY ? [SELL] : aggressor === SELL ? [BUY] : [BUY, SELL];
    for (const side of sides) {
      for (lots = size; lots > 0;) {
        const first = this.#ranked(side).find((other) => other.id === 0 && side * other.price > side * price);
        if (!first) break;
        const piece = Math.min(lots, first.shown);
        lots -= piece;
        this.#make(first, piece);
        this.#sweep();
      }
    }
  }

  /** An execution of an order nobody knows: it stands before all of its price. */
  #through(side: number, price: number, size: number): void {
    this.#pierce(-side, price, size);
  }

  #arrive({ id, side, price, size, display, rests }: Command): void {
    const shown = display > 0 ? Math.min(display, size) : size;
    const own: Entry = { id: 0, name: `o${id}`, side, price, left: size, said: 0, filled: 0, display, shown };
    this.#done.set(own.name, own);
    this.#work(own, false, rests);
  }

  #work(own: Entry, known: boolean, rests: boolean): void {
    const touched = new Set<number>();
    while (own.left > 0) {
      const first = this.#ranked(-own.side).find((other) =>
        other.id > 0 && own.side * other.price <= own.side * own.price
      );
      if (!first) break;
      const piece = Math.min(own.left, first.left);
      own.left -= piece;
      own.filled += piece;
      first.left -= piece;
      touched.add(first.price);
      this.#said.push(`${own.name} takes ${piece}@${first.price}`);
      this.#sweep();
    }
    for (const price of touched) this.#settle(-own.side, price);
    if (own.left === 0) return;
    if (!rests) return void this.#said.push(`${own.name} expired NOT_IMMEDIATE`);
    if (touched.size === 0 && !known) this.#said.push(`${own.name} works`);
    own.shown = own.display > 0 ? Math.min(own.display, own.left) : own.left;
    this.#entries.push(own);
  }

  #withdraw(name: string): void {
    if (!this.#done.has(name)) return;
    const own = this.#own(name);
    this.#entries = this.#entries.filter((other) => other !== own);
    this.#said.push(own ? `${name} cancelled` : `${name} refused TOO_LATE`);
  }

  #amend(name: string, price: number, size: number): void {
    if (!this.#done.has(name)) return;
    const own = this.#own(name);
    if (!own) return void this.#said.push(`${name} refused TOO_LATE`);
    if (size <= own.filled) return this.#withdraw(name);
    this.#said.push(`${name} amended ${size}@${price}`);
    const left = size - own.filled;
    if (price === own.price && left <= own.left) {
      own.left = left;
      own.shown = Math.min(own.shown, left);
      return;
    }
    this.#entries = this.#entries.filter((other) => other !== own);
    own.price = price;
    own.left = left;
    this.#work(own, true, true);
  }

  #make(own: Entry, lots: number): void {
    own.left -= lots;
    own.shown -= lots;
    own.filled += lots;
    this.#said.push(`${own.name} makes ${lots}@${own.price}`);
    if (own.left === 0 || own.shown > 0) return;
    own.shown = Math.min(own.display, own.left);
    this.#entries = [...this.#entries.filter((other) => other !== own), own];
  }

  /** insert: with the last live order of a price goes what was kept there. */
  #settle(side: number, price: number): void {
    const market = this.#queue(side, price).filter((entry) => entry.id > 0);
    if (market.some((entry) => entry.said > 0)) return;
    this.#entries = this.#entries.filter((entry) => !market.includes(entry));
  }

  #sweep(): void {
    this.#emptied.push(...this.#entries.filter((entry) => entry.id > 0 && entry.left === 0));
    this.#entries = this.#entries.filter((entry) => entry.left > 0);
    this.#emptied = this.#emptied.filter((entry) => entry.said > 0);
  }

  #market(id: number): Entry | undefined {
    return this.#entries.find((entry) => entry.id === id) ?? this.#emptied.find((entry) => entry.id === id);
  }

  #own(name: string): Entry | undefined {
    return this.#entries.find((entry) => entry.name === name);
  }

  #queue(side: number, price: number): Entry[] {
    return this.#entries.filter((entry) => entry.side === side && entry.price === price);
  }

  /** One side, first to trade first. */
  #ranked(side: number): Entry[] {
    return this.#entries.filter((entry) => entry.side === side).sort((a, b) => side * (b.price - a.price));
  }
}
