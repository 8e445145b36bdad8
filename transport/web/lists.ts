import { eachFrame, make, panel, write } from "./dom.ts";

/** What a list of newest things shows. */
export interface NewestListOptions<Item> {
  readonly title: string;
  /** Said while there is nothing. */
  readonly empty: string;
  /** Lines kept; the rest is forgotten. */
  readonly most: number;
  /** The cells of a line. */
  readonly line: (item: Item) => readonly (Node | string)[];
  /** The class of a line. */
  readonly mark?: (item: Item) => string;
}

/** The newest lines of something, the newest first. */
export class NewestList<Item> {
  readonly element: HTMLElement;
  readonly #options: NewestListOptions<Item>;
  readonly #count = make("small", { class: "count" });
  readonly #empty: HTMLElement;
  // It scrolls, by the keyboard too.
  readonly #list: HTMLElement;
  readonly #items: Item[] = [];
  readonly #paint = eachFrame(() => this.#show());
  #total = 0;

  constructor(options: NewestListOptions<Item>) {
    this.#options = options;
    this.#empty = make("p", { class: "empty", text: options.empty });
    this.#list = make("ul", { class: "list", tabindex: 0, "aria-label": options.title, hidden: true });
    this.element = panel(options.title, this.#empty, this.#list);
    this.element.firstElementChild?.append(this.#count);
  }

  /** Adds one; `total`: how many there have been, where somebody else counts. */
  add(item: Item, total = this.#total + 1): void {
    this.#total = total;
    this.#items.unshift(item);
    if (this.#items.length > this.#options.most) this.#items.length = this.#options.most;
    this.#paint();
  }

  /** Says why there is nothing. */
  says(why: string): void {
    write(this.#empty, why);
  }

  #show(): void {
    const { line, mark } = this.#options;
    this.#empty.hidden = true;
    this.#list.hidden = false;
    write(this.#count, this.#total.toLocaleString("en-US"));
    this.#list.replaceChildren(...this.#items.map((item) => {
      const cells = line(item).map((cell) => typeof cell === "string" ? make("span", { text: cell }) : cell);
      return make("li", { class: mark?.(item) }, cells);
    }));
  }
}

/** A table that is filled anew each time. */
export class RowTable<Item> {
  readonly element: HTMLElement;
  readonly #body = make("tbody");
  readonly #empty: HTMLElement;
  #items: readonly Item[] = [];
  readonly #paint: () => void;

  /** Columns that are called "" have buttons in them. */
  constructor(
    title: string,
    empty: string,
    columns: readonly string[],
    row: (item: Item) => readonly (Node | string)[],
  ) {
    this.#empty = make("p", { class: "empty", text: empty });
    const heads = columns.map((text) =>
      make(text === "" ? "td" : "th", { text, scope: text === "" ? undefined : "col" })
    );
    const table = make("table", {}, [make("thead", {}, [make("tr", {}, heads)]), this.#body]);
    const list = make("div", { class: "list", tabindex: 0, role: "region", "aria-label": `${title}, table` }, [table]);
    this.element = panel(title, this.#empty, list);
    this.#paint = eachFrame(() => {
      this.#empty.hidden = this.#items.length > 0;
      list.hidden = this.#items.length === 0;
      const focused = (document.activeElement as HTMLElement | null)?.ariaLabel;
      this.#body.replaceChildren(
        ...this.#items.map((item) => make("tr", {}, row(item).map((cell) => make("td", {}, [cell])))),
      );
      // Whoever was about to press a button still is.
      if (focused && document.activeElement === document.body) {
        [...this.#body.querySelectorAll("button")].find(({ ariaLabel }) => ariaLabel === focused)?.focus();
      }
    });
    this.#paint();
  }

  /** Shows these. */
  show(items: readonly Item[]): void {
    this.#items = items;
    this.#paint();
  }
}
