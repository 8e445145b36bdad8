import type { Instrument } from "../core/instrument.ts";
import type { OrderName } from "./order_entry.ts";

/** What was asked about an order, and has not been answered. */
export interface Asked {
  readonly request: "submit" | "cancel" | "amend";
  /** Of an amend: ticks, and lots in all. */
  readonly price: number;
  readonly lots: number;
}

/** An order of ours that is on its way to an exchange, or works there. */
export class WorkingOrder {
  /** The exchange's own name of it, once it has told. */
  exchangeId: string | undefined;
  /** What is not answered yet. */
  asked: Asked | undefined;
  /** When the order, or its last amend, left: ms of the timers. It may arrive for a while. */
  sentAt = -Infinity;
  /** The exchange has told of it. */
  known = false;
  /** It is being looked up. */
  sought = false;
  /** How often something was asked about it: an answer to a question from before says nothing any more. */
  asks = 0;
  /** A name for which an amend has asked. */
  nextClientId: string | undefined;
  /** Lots of the session's order that were not sent, because a fee was kept of what was bought. */
  short = 0;
  /** And once the amend that is on its way is done; the same where none is. */
  nextShort = 0;
  /** These were told as filled. */
  isEven = false;
  /** Lots filled by the name that the order had: an amend may give it another, and the exchange counts anew. */
  readonly #filled = new Map<string, number>();

  constructor(
    /** Our id. */
    readonly id: number,
    public clientId: string,
    readonly instrument: Instrument,
    readonly side: 1 | -1,
    /** Lots in all, at the exchange. */
    public lots: number,
    readonly postOnly: boolean,
  ) {}

  get name(): OrderName {
    const { clientId, exchangeId, instrument: { symbol } } = this;
    return { clientId, symbol, ...(exchangeId === undefined ? {} : { exchangeId }) };
  }

  /** Lots filled, as far as the exchange has told. */
  get filled(): number {
    let sum = 0;
    for (const lots of this.#filled.values()) sum += lots;
    return sum;
  }

  /** Of these, lots that were filled under a name. */
  filledUnder(clientId: string): number {
    return this.#filled.get(clientId) ?? 0;
  }

  /** Lots of the session's order that are open still. */
  get left(): number {
    return this.lots - this.filled + (this.isEven ? 0 : this.short);
  }

  /** Lots that are offered at the exchange, at most: an amend on its way may be done, or not. */
  get offered(): number {
    const next = this.asked?.request === "amend" ? this.asked.lots : 0;
    return Math.max(this.lots, next) - this.filled;
  }

  /** Lots that are held back, at least, likewise. */
  get heldBack(): number {
    return this.isEven ? 0 : Math.min(this.short, this.nextShort);
  }

  /** Something is asked about it, at `at` ms. */
  ask(
    request: Asked["request"],
    at: number,
    { price, lots }: Pick<Asked, "price" | "lots"> = { price: 0, lots: 0 },
  ): void {
    this.asked = { request, price, lots };
    if (request !== "cancel") this.sentAt = at;
    this.asks++;
  }

  /** Whether it brings a position to zero at most, also if all others that work on its side are filled before. */
  reduces(position: number, working: Iterable<WorkingOrder>): boolean {
    let lots = this.left;
    for (const each of working) {
      if (each.instrument === this.instrument && each.side === this.side) lots += each.left;
    }
    return lots <= -this.side * position;
  }

  /** Lots were filled under a name. */
  took(clientId: string, lots: number): void {
    this.known = true;
    this.#filled.set(clientId, this.filledUnder(clientId) + lots);
  }

  /** An amend was done, and the order goes by `clientId` now: a new name, where the exchange made another order of it. */
  amended(clientId: string, lots: number): void {
    if (clientId !== this.clientId) {
      this.clientId = clientId;
      this.exchangeId = undefined;
    }
    this.nextClientId = this.asked = undefined;
    this.lots = lots;
    if (!this.isEven) this.short = this.nextShort;
  }

  /** An amend was not done. */
  stays(): void {
    this.nextClientId = undefined;
    this.nextShort = this.short;
  }

  get sideWord(): "buy" | "sell" {
    return this.side > 0 ? "buy" : "sell";
  }
}
