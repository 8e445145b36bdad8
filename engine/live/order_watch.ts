import type { Instrument } from "../core/instrument.ts";
import { compare, minus } from "./decimals.ts";
import { baseOf } from "./fill_report.ts";
import { sizeText } from "./grid_text.ts";
import { heldAt } from "./holdings.ts";
import type { HaltCause } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import type { ExchangeFill, ExchangeFunding, OrderEntry, OrderStatus } from "./order_entry.ts";

/** What a watch holds against the exchange. */
export interface Watched {
  /** What the exchange has open of an instrument. */
  compareOpen(symbol: string, open: readonly OrderStatus[]): void;
  /** Executions, of which some may not have been heard of. */
  fills(fills: readonly ExchangeFill[]): void;
  /** Funding, likewise. */
  funding(payments: readonly ExchangeFunding[]): void;
  /** Lots that the session holds of an instrument. */
  position(instrument: number): number;
  /** Fees kept of what was bought, by which less is held than the session has. */
  keptFees(instrument: Instrument): string;
  /** Books do not agree, and go on not to: nothing may leave. Who hears it tells of it, once; it may come again. */
  halt(cause: HaltCause): void;
}

/** What a watch is made of. */
export interface WatchOptions {
  readonly entry: OrderEntry;
  readonly instruments: readonly Instrument[];
  readonly tools: LiveTools;
  readonly watched: Watched;
  /** What the account held, by currency, beside what the session does when it began. */
  readonly baseline: Readonly<Record<string, string>>;
  /** Between two looks, ms; 30,000 unless said. */
  readonly everyMs?: number;
}

const EVERY_MS = 30_000;
/** Executions are read again from this long before the last look, as an exchange may list one late. */
const MARGIN_NS = 60_000_000_000n;
/** An execution is heard of, or listed, within so long. */
const ON_ITS_WAY_MS = 10_000;

/**
 * Holds a session's books against the exchange's, now and then while it runs: executions that were never told, orders that are open
 * there and not here, or here and not there, funding, and what is held.
 *
 * A position that differs may be an execution on its way: that is told once. One that still differs by as much ten seconds later stops
 * the session's orders.
 */
export class OrderWatch {
  readonly #options: WatchOptions;
  /** By symbol: by how much the books differ, and since when, in ms. */
  readonly #differs = new Map<string, { readonly by: string; readonly since: number }>();
  #since: bigint;
  #looking = false;
  #again = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#since = options.tools.wall();
    this.#later();
  }

  /** Looks now: something may have been missed. */
  look(): void {
    if (this.#closed) return;
    if (this.#looking) this.#again = true;
    else void this.#look();
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#cancel?.();
    const began = this.#options.tools.wall();
    try {
      await this.#compare();
      this.#since = began;
    } catch {
      // No answer: the next look goes as far back.
    }
    this.#looking = false;
    if (this.#closed) return;
    if (this.#again) {
      this.#again = false;
      void this.#look();
    } else this.#later();
  }

  #later(): void {
    const { tools, everyMs = EVERY_MS } = this.#options;
    this.#cancel = tools.timers.after(everyMs, () => void this.#look());
  }

  async #compare(): Promise<void> {
    const { entry, instruments, watched, baseline } = this.#options;
    for (const { symbol } of instruments) {
      const open = await entry.openOrders(symbol), fills = await entry.fills(symbol, this.#since - MARGIN_NS);
      if (this.#closed) return;
      watched.fills(fills);
      watched.compareOpen(symbol, open);
    }
    const payments = await entry.funding?.(this.#since - MARGIN_NS) ?? [];
    if (this.#closed) return;
    watched.funding(payments);
    const account = await entry.account();
    if (this.#closed) return;
    instruments.forEach((instrument, i) => {
      const paid = watched.keptFees(instrument), before = baseline[baseOf(instrument)];
      this.#held(instrument, heldAt(account, instrument, { before, paid }), sizeText(instrument, watched.position(i)));
    });
  }

  #held({ symbol }: Instrument, there: string, here: string): void {
    const { tools, watched, entry: { venue } } = this.#options;
    const by = minus(there, here), before = this.#differs.get(symbol), now = tools.timers.now();
    if (compare(by, "0") === 0) return void this.#differs.delete(symbol);
    const cause = { name: "UNRECONCILED", symbol, message: `the exchange has ${there}, we have ${here}` } as const;
    if (before?.by !== by) {
      this.#differs.set(symbol, { by, since: now });
      tools.tell({ ...cause, venue, message: `${cause.message}: it may be on its way` });
    } else if (now - before.since >= ON_ITS_WAY_MS) watched.halt(cause);
  }
}
