import { eachFrame, make, panel } from "./dom.ts";

/** The newest lines of something, the newest first; `most` of them, the rest is forgotten. */
export class NewestList<Item> {
  readonly element: HTMLElement;
  readonly #list = make("div", { class: "list" });
  readonly #items: Item[] = [];
  readonly #paint: () => void;

  constructor(title: string, empty: string, most: number, line: (item: Item) => HTMLElement) {
    this.element = panel(title, this.#list);
    this.#list.append(make("p", { class: "empty", text: empty }));
    this.#paint = eachFrame(() => this.#list.replaceChildren(...this.#items.map(line)));
    this.add = (item) => {
      this.#items.unshift(item);
      if (this.#items.length > most) this.#items.length = most;
      this.#paint();
    };
  }

  /** Adds one. */
  readonly add: (item: Item) => void;
}

/** A table that is filled anew each time. */
export class RowTable<Item> {
  readonly element: HTMLElement;
  readonly #body = make("tbody");
  readonly #empty: HTMLElement;
  #items: readonly Item[] = [];
  readonly #paint: () => void;

  constructor(
    title: string,
    empty: string,
    columns: readonly string[],
    row: (item: Item) => readonly (Node | string)[],
  ) {
    this.#empty = make("p", { class: "empty", text: empty });
    const head = make("thead", {}, [make("tr", {}, columns.map((text) => make("th", { text, scope: "col" })))]);
    const table = make("table", {}, [head, this.#body]);
    this.element = panel(title, this.#empty, make("div", { class: "list" }, [table]));
    this.#paint = eachFrame(() => {
      this.#empty.hidden = this.#items.length > 0;
      table.hidden = this.#items.length === 0;
      this.#body.replaceChildren(
        ...this.#items.map((item) => make("tr", {}, row(item).map((cell) => make("td", {}, [cell])))),
      );
    });
    this.#paint();
  }

  /** Shows these. */
  show(items: readonly Item[]): void {
    this.#items = items;
    this.#paint();
  }
}
