import type { ExchangeFill } from "./order_entry.ts";

/** A line of an order log: what must survive whatever ends the program. */
export type OrderLogEntry =
  /** A run begins. `baseline` is what was there, by currency, beside what the strategies of earlier runs hold. */
  | {
    readonly kind: "run";
    readonly run: string;
    readonly at: string;
    /** Executions from this time on stand in the log before it; all that happened earlier is in the positions. */
    readonly since: string;
    readonly baseline: Readonly<Record<string, string>>;
    /** By base currency: fees that were kept of what was bought and are in no position yet; below 0 what is left of a lot that is out. */
    readonly keptFees?: Readonly<Record<string, string>>;
    /** By symbol: what those hold, as it stood then. */
    readonly positions: Readonly<Record<string, LoggedPosition>>;
  }
  /** An order, or another price and size for one, is about to leave. */
  | {
    readonly kind: "sent";
    /** Wall time, ns since 1970-01-01 UTC. */
    readonly at: string;
    readonly clientId: string;
    readonly symbol: string;
    readonly side: "buy" | "sell";
    readonly size: string;
    readonly price?: string;
  }
  /** An execution was heard of. */
  | ({ readonly kind: "fill" } & LoggedFill)
  /** An order is over. */
  | { readonly kind: "done"; readonly clientId: string };

/** A position, and what was paid for it in all (below 0 where it was sold), in decimals. */
export interface LoggedPosition {
  readonly size: string;
  readonly cost: string;
}

/** An execution, as a log has it: times are text there. */
export type LoggedFill = Omit<ExchangeFill, "time"> & { readonly time: string };

/** Takes whole lines, each durably before it returns. Throws what went wrong. */
export interface LineSink {
  line(text: string): void;
}

/**
 * Writes down, before it happens, what a program that is killed must know when it starts again: which orders left, and which
 * executions were heard of.
 */
export class OrderLog {
  /** What the sink threw first; nothing is written from then on, and nothing may be sent. */
  failure: Error | undefined;
  readonly #sink: LineSink;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** Writes an entry; false where it could not be. */
  write(entry: OrderLogEntry): boolean {
    if (this.failure) return false;
    try {
      this.#sink.line(JSON.stringify(entry));
      return true;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      return false;
    }
  }
}
