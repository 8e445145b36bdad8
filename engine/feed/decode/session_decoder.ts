import type { InstrumentSpec } from "../../core/instrument.ts";
import type { DecoderOptions } from "../decoder.ts";
import type { Moment } from "./digits.ts";
import { OneSymbol, type SymbolDecoder } from "./one_symbol.ts";
import { type SessionLine, SessionLines } from "./session_lines.ts";
import { SessionRows } from "./session_rows.ts";
import type { TextLevel } from "./text_level.ts";
import { TextBook } from "./text_book.ts";

/** What was expected and what was there instead, where messages were lost. */
export interface Hole {
  readonly expected: string;
  readonly found: string;
}

/** What decoders of recorded WebSocket sessions share: lines, connections, trades, and where a book is whole. */
export abstract class SessionDecoder implements SymbolDecoder {
  protected readonly rows: SessionRows;
  protected readonly one: OneSymbol;
  protected readonly book = new TextBook();
  /** The exchange time of the latest book message; `sec` is -1 before the first. */
  protected readonly time: Moment = { sec: -1, ns: 0 };
  readonly #lines: SessionLines;
  /** Whether this connection had a snapshot. */
  #live = false;
  /** Whether a GAP row stands that no snapshot has ended. */
  #stale = false;
  /** The highest number of a trade. */
  #trade = -1;
  /** The line being read. */
  #place = 0;

  /** `factsOf` says what a symbol tells of its instrument; `parse` reads a message, as JSON unless said. */
  constructor(
    options: DecoderOptions,
    factsOf: (symbol: string) => Partial<InstrumentSpec>,
    parse?: (text: string) => unknown,
  ) {
    this.#lines = new SessionLines((line) => this.#read(line), parse);
    this.rows = new SessionRows(options);
    this.one = new OneSymbol(options.symbol, ({ symbol = "" }) => options.describe({ symbol, ...factsOf(symbol) }));
  }

  /** The instruments that a message of ours subscribes to. */
  protected abstract sent(json: unknown): Iterable<string>;

  /** A message of the exchange. */
  protected abstract received(line: SessionLine): void;

  /** A new connection: which channels are taken is open again. */
  protected abstract connected(): void;

  get symbols(): ReadonlySet<string> {
    return this.one.names;
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    this.one.end(this.#place);
  }

  /** Writes the trades of a message, each at its own time; of those with numbers, what is not above those before it came twice. */
  protected trades(
    trades: readonly TextLevel[],
    times: readonly Moment[],
    { at, place }: SessionLine,
    numbers?: readonly number[],
  ): void {
    if (numbers) {
      const fresh = numbers.map((number) => number > this.#trade && (this.#trade = number, true));
      trades = trades.filter((_, i) => fresh[i]);
      times = times.filter((_, i) => fresh[i]);
    }
    this.rows.at(times[0] ?? at, at);
    this.rows.trades(trades, place, (i) => times[i]);
  }

  /** Changes the book; a snapshot makes it anew and whole. */
  protected fill(levels: readonly TextLevel[], snapshot: boolean): void {
    if (snapshot) {
      this.book.clear();
      this.#live = true;
      this.#stale = false;
    }
    for (const { side, price, size } of levels) this.book.set(side, price, size);
  }

  /** The hole that a message shows, by `find` where there is a book to compare; told once until the next snapshot. */
  protected holeOnce(find: () => Hole | undefined): Hole | undefined {
    if (this.#stale) return undefined;
    const hole = this.#live ? find() : { expected: "a snapshot", found: "an update" };
    if (hole) this.#stale = true;
    return hole;
  }

  /** Messages are missing before this line, whatever it holds: the book is stale until the next snapshot. */
  protected broken({ at, place }: SessionLine, hole: Hole): void {
    if (!this.#live) return;
    this.#live = false;
    if (this.#stale) return;
    this.#stale = true;
    this.rows.at(this.time, at);
    this.rows.gap(place, hole);
  }

  #read(line: SessionLine): void {
    this.#place = line.place;
    if (line.kind === "sent") this.one.expect(this.sent(line.json), line.place);
    else if (line.kind === "received") this.received(line);
    else this.#connect(line);
  }

  #connect(line: SessionLine): void {
    this.connected();
    this.broken(line, { expected: "one unbroken connection", found: "a new one" });
  }
}

/** The hole that a checksum shows, where a message has one. */
export function wrongChecksum(
  sent: number | undefined,
  book: TextBook,
  of: (book: TextBook) => number,
): Hole | undefined {
  if (sent === undefined) return undefined;
  const found = of(book);
  return found === sent ? undefined : { expected: `checksum ${sent}`, found: `${found}` };
}
