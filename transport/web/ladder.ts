import { eachFrame, make, panel } from "./dom.ts";
import { type Instrument, priceText, sizeText } from "./format.ts";

/** Levels shown a side. */
const DEPTH = 10;

type Level = readonly [ticks: number, lots: number];

/** A book as the ladder shows it, best first. */
export interface LadderBook {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

interface Row {
  readonly row: HTMLTableRowElement;
  readonly own: HTMLElement;
  readonly price: HTMLElement;
  readonly size: HTMLElement;
  readonly bar: HTMLElement;
}

/** The best levels of the book, asks above bids, with what we have standing at each price. */
export class Ladder {
  readonly element: HTMLElement;
  readonly #instrument: Instrument;
  readonly #asks: Row[] = [];
  readonly #bids: Row[] = [];
  readonly #spread = make("td", { colspan: 3 });
  readonly #paint = eachFrame(() => this.#show());
  #book: LadderBook = { bids: [], asks: [] };
  #own: ReadonlyMap<number, number> = new Map();

  constructor(instrument: Instrument) {
    this.#instrument = instrument;
    const body = make("tbody");
    for (let i = 0; i < DEPTH; i++) this.#asks.unshift(addRow(body, "ask"));
    body.append(make("tr", { class: "spread" }, [this.#spread]));
    for (let i = 0; i < DEPTH; i++) this.#bids.push(addRow(body, "bid"));
    const head = make("thead", {}, [
      make("tr", {}, ["Own", "Price", "Size"].map((text) => make("th", { text, scope: "col" }))),
    ]);
    this.element = panel(`Book of ${instrument.symbol}`, make("table", { class: "ladder" }, [head, body]));
  }

  /** Shows another state of the book. */
  book(book: LadderBook): void {
    this.#book = book;
    this.#paint();
  }

  /** Shows our own open lots by price. */
  own(lots: ReadonlyMap<number, number>): void {
    this.#own = lots;
    this.#paint();
  }

  #show(): void {
    const { bids, asks } = this.#book;
    const shown = [...bids.slice(0, DEPTH), ...asks.slice(0, DEPTH)];
    const most = shown.reduce((size, [, lots]) => Math.max(size, lots), 1);
    for (const [rows, levels] of [[this.#asks, asks], [this.#bids, bids]] as const) {
      rows.forEach((row, i) => this.#fill(row, levels[i], most));
    }
    const bid = bids[0]?.[0], ask = asks[0]?.[0];
    const text = bid === undefined || ask === undefined
      ? "one side is empty"
      : `spread ${priceText(this.#instrument, ask - bid)}`;
    if (this.#spread.textContent !== text) this.#spread.textContent = text;
  }

  #fill({ own, price, size, bar }: Row, level: Level | undefined, most: number): void {
    const [ticks, lots] = level ?? [null, 0];
    price.textContent = ticks === null ? "" : priceText(this.#instrument, ticks);
    size.textContent = ticks === null ? "" : sizeText(this.#instrument, lots);
    const ours = ticks === null ? undefined : this.#own.get(ticks);
    own.textContent = ours ? sizeText(this.#instrument, ours) : "";
    bar.style.width = `${(100 * lots) / most}%`;
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
