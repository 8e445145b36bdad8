import { eachFrame, make, panel, write } from "./dom.ts";
import { type Instrument, priceText, sizeText } from "./format.ts";
import { type Level, type Line, linesOf } from "./ladder_lines.ts";

/** Levels shown a side. */
const DEPTH = 10;

/** A book as the ladder shows it, best first. */
export interface LadderBook {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** Our own open lots by price in ticks, on each side. */
export interface OwnLots {
  readonly bids: ReadonlyMap<number, number>;
  readonly asks: ReadonlyMap<number, number>;
}

interface Row {
  readonly row: HTMLTableRowElement;
  readonly own: HTMLElement;
  readonly price: HTMLElement;
  readonly size: HTMLElement;
  readonly bar: HTMLElement;
}

/** The best levels of the book, asks above bids, with what we have standing at each price of its side. */
export class Ladder {
  readonly element: HTMLElement;
  readonly #instrument: Instrument;
  readonly #asks: Row[] = [];
  readonly #bids: Row[] = [];
  readonly #spread = make("td", { colspan: 3 });
  readonly #table: HTMLElement;
  readonly #empty = make("p", { class: "empty", text: "No book yet." });
  readonly #paint = eachFrame(() => this.#show());
  #book: LadderBook = { bids: [], asks: [] };
  #own: OwnLots = { bids: new Map(), asks: new Map() };

  constructor(instrument: Instrument) {
    this.#instrument = instrument;
    const body = make("tbody");
    for (let i = 0; i < DEPTH; i++) this.#asks.unshift(addRow(body, "ask"));
    body.append(make("tr", { class: "spread" }, [this.#spread]));
    for (let i = 0; i < DEPTH; i++) this.#bids.push(addRow(body, "bid"));
    const head = make("thead", {}, [
      make("tr", {}, ["Own", "Price", "Size"].map((text) => make("th", { text, scope: "col" }))),
    ]);
    this.#table = make("table", { class: "ladder", id: "ladder", hidden: true }, [
      make("caption", { class: "unseen", text: "Asks above the spread, bids below it" }),
      head,
      body,
    ]);
    this.element = panel(`Book of ${instrument.symbol}`, this.#empty, this.#table);
  }

  /** Shows another state of the book. */
  book(book: LadderBook): void {
    this.#book = book;
    this.#paint();
  }

  /** Shows our own open lots. */
  own(lots: OwnLots): void {
    this.#own = lots;
    this.#paint();
  }

  /** Says why there is no book; it is said as long as there is none. */
  says(why: string): void {
    write(this.#empty, why);
  }

  #show(): void {
    const { bids, asks } = this.#book;
    const none = bids.length === 0 && asks.length === 0;
    this.#empty.hidden = !none;
    this.#table.hidden = none;
    if (none) return;
    const bidLines = linesOf(bids, this.#own.bids, -1, DEPTH), askLines = linesOf(asks, this.#own.asks, 1, DEPTH);
    const most = [...bidLines, ...askLines].reduce((size, { lots }) => Math.max(size, lots), 1);
    for (const [rows, lines] of [[this.#asks, askLines], [this.#bids, bidLines]] as const) {
      rows.forEach((row, i) => this.#fill(row, lines[i], most));
    }
    const bid = bids[0]?.[0], ask = asks[0]?.[0];
    const text = bid === undefined || ask === undefined
      ? "one side is empty"
      : `spread ${priceText(this.#instrument, ask - bid)}`;
    write(this.#spread, text);
  }

  #fill({ row, own, price, size, bar }: Row, line: Line | undefined, most: number): void {
    row.classList.toggle("ours", line !== undefined && line.own > 0);
    write(price, line ? priceText(this.#instrument, line.ticks) : "");
    write(size, line ? (line.lots > 0 ? sizeText(this.#instrument, line.lots) : "–") : "");
    write(own, line && line.own > 0 ? sizeText(this.#instrument, line.own) : "");
    bar.style.width = `${line ? (100 * line.lots) / most : 0}%`;
  }
}

function addRow(body: HTMLElement, side: string): Row {
  const own = make("span"),
    price = make("span", { class: "price" }),
    size = make("span"),
    bar = make("i", { class: "bar" });
  const row = make("tr", { class: side }, [
    make("td", { class: "own" }, [own]),
    make("td", {}, [price]),
    make("td", {}, [bar, size]),
  ]);
  body.append(row);
  return { row, own, price, size, bar };
}
