import { readClientName } from "./client_names.ts";
import { compare, minus, plus, times } from "./decimals.ts";
import type { LoggedFill, LoggedPosition, OrderLogEntry } from "./order_log.ts";

/** An order that left, and of which the log says no end. */
export interface LoggedOrder {
  readonly clientId: string;
  readonly symbol: string;
}

/** A position: what is flat has cost nothing, for what was gained with it is cash. */
export function sized(size: string, cost: string): LoggedPosition {
  return { size, cost: compare(size, "0") === 0 ? "0" : cost };
}

/** Executions that are remembered by name, the newest: a restart asks the exchange for no older ones. */
const EXECUTIONS = 100_000;

/** What a run's order log says: what it and those before it hold, what they had open, and which executions they heard of. */
export class OrderBooks {
  /** What was there beside what the runs hold, by currency; undefined where there was no run. */
  baseline: Readonly<Record<string, string>> | undefined;
  /** By symbol. */
  readonly positions = new Map<string, LoggedPosition>();
  /** By client id. */
  readonly open = new Map<string, LoggedOrder>();
  /** Fees paid since the last run began, by currency, with what runs before it left. */
  readonly fees = new Map<string, string>();
  /** When the last execution happened, ns since 1970-01-01 UTC; the begin of the last run where there was none since. */
  lastAt = 0n;
  /** Executions that happened before are in the positions, and no more told apart. */
  since = 0n;
  /** When the last request left, likewise; 0 where none did. */
  sentAt = 0n;
  /** A line that was cut off, and left out. */
  torn = false;
  readonly #executions = new Set<string>();

  /**
   * Reads a log. A last line that was cut off is left out. Throws RangeError for any other that is none, with its number: a log that
   * somebody changed says nothing.
   */
  static read(text: string): OrderBooks {
    const books = new OrderBooks(), lines = text.split("\n"), last = lines.pop();
    books.torn = last !== "";
    lines.forEach((line, i) => books.#take(line, i + 1));
    return books;
  }

  /** Whether an execution was heard of. */
  has({ symbol, execution }: Pick<LoggedFill, "symbol" | "execution">): boolean {
    return this.#executions.has(`${symbol} ${execution}`);
  }

  /** Books an execution; false where it was known. */
  fill(fill: LoggedFill): boolean {
    if (this.has(fill)) return false;
    const { symbol, side, size, price, fee, feeCurrency, time } = fill, { size: had, cost } = this.positionOf(symbol);
    this.#remember(`${symbol} ${fill.execution}`);
    const value = times(price, size), [signed, paid] = side === "buy" ? [plus, plus] : [minus, minus];
    this.positions.set(symbol, sized(signed(had, size), paid(cost, value)));
    this.fees.set(feeCurrency, plus(this.fees.get(feeCurrency) ?? "0", fee));
    if (BigInt(time) > this.lastAt) this.lastAt = BigInt(time);
    return true;
  }

  /** What is held of an instrument. */
  positionOf(symbol: string): LoggedPosition {
    return this.positions.get(symbol) ?? { size: "0", cost: "0" };
  }

  #take(line: string, number: number): void {
    let known: boolean;
    try {
      known = this.#book(JSON.parse(line));
    } catch (error) {
      throw new RangeError(
        `Cannot read the order log: line ${number} is ${JSON.stringify(line.slice(0, 60))}; it was changed`,
        { cause: error },
      );
    }
    if (known) return;
    throw new RangeError(
      `Cannot read the order log: line ${number} is of a kind that is not known; it was changed, or a newer Lockstep wrote it`,
    );
  }

  /** Takes what a line says; false for a kind that there is not. */
  #book(entry: OrderLogEntry): boolean {
    if (entry.kind === "sent") this.#sent(entry);
    else if (entry.kind === "done") this.#done(entry.clientId);
    else if (entry.kind === "fill") this.fill(entry);
    else if (entry.kind === "run") this.#begin(entry);
    else return false;
    return true;
  }

  #sent({ clientId, symbol, at }: Extract<OrderLogEntry, { readonly kind: "sent" }>): void {
    this.open.set(clientId, { clientId, symbol });
    this.sentAt = BigInt(at);
  }

  /** An order is over by all its names: amends have asked for others. */
  #done(clientId: string): void {
    const over = readClientName(clientId);
    if (over === undefined) return void this.open.delete(clientId);
    for (const name of this.open.keys()) {
      const each = readClientName(name);
      if (each?.run === over.run && each.order === over.order) this.open.delete(name);
    }
  }

  #begin({ at, since, baseline, positions, keptFees = {} }: Extract<OrderLogEntry, { readonly kind: "run" }>): void {
    this.baseline = baseline;
    this.since = BigInt(since);
    this.positions.clear();
    this.fees.clear();
    for (const [currency, fee] of Object.entries(keptFees)) this.fees.set(currency, fee);
    for (const [symbol, position] of Object.entries(positions)) this.positions.set(symbol, position);
    if (BigInt(at) > this.lastAt) this.lastAt = BigInt(at);
  }

  #remember(name: string): void {
    this.#executions.add(name);
    if (this.#executions.size > EXECUTIONS) {
      this.#executions.delete(this.#executions.values().next().value!);
    }
  }
}
