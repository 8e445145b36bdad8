import type { Client, UpdateData } from "../client/mod.ts";
import { Chart } from "./chart.ts";
import { eachFrame, make, panel, write } from "./dom.ts";
import { figureText } from "./format.ts";
import { follow } from "./past.ts";

/** Signals that are shown; a strategy that has more shows these. */
const SIGNALS_MAX = 16;
/** Charts beside the table. */
const CHARTS_MAX = 4;
/** Messages a second: more nobody sees. */
const RATE = 10;
const PAST = 1024;

/** What a trader calls values that strategies name in one word. */
const TITLES: ReadonlyMap<string, string> = new Map([["zscore", "z-score"], ["hedge", "hedge ratio"]]);

type Values = UpdateData<"signals">["values"];

/** Numbers that strategies publish: a table of all, and a chart of each z-score. Hidden while there are none. */
export class SignalsView {
  readonly element = make("div", { class: "column", hidden: true });
  readonly #client: Client;
  readonly #body = make("tbody");
  readonly #signals = new Map<string, Values>();
  readonly #charts: Chart[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #paint = eachFrame(() => this.#show());

  constructor(client: Client) {
    this.#client = client;
    this.element.append(panel("Signals", make("table", { class: "signals" }, [this.#body])));
    this.#stops.push(
      client.listen("signals", "*", ({ symbol, data }) => this.#take(symbol, data.values), { rateMax: RATE }),
    );
  }

  /** Ends what it listens to. */
  close(): void {
    for (const stop of this.#stops) stop();
    for (const chart of this.#charts) chart.close();
  }

  #take(name: string, values: Values): void {
    const known = this.#signals.has(name);
    if (!known && this.#signals.size >= SIGNALS_MAX) return;
    this.#signals.set(name, values);
    if (!known && "zscore" in values && this.#charts.length < CHARTS_MAX) this.#chart(name);
    this.element.hidden = false;
    this.#paint();
  }

  #chart(name: string): void {
    const chart = new Chart({
      title: `z-score of ${name}`,
      color: "--accent",
      text: (value) => figureText(value),
    });
    this.#charts.push(chart);
    this.element.append(chart.element);
    this.#stops.push(
      follow(this.#client, { channel: "signals", symbol: name, most: PAST, sparse: true }, ({ data, timestamp }) => {
        const { zscore } = data.values;
        if (typeof zscore === "number") chart.add(timestamp, zscore);
      }),
    );
  }

  #show(): void {
    const lines = [...this.#signals].flatMap(([name, values]) =>
      Object.entries(values).map(([key, value]) => [`${name} `, TITLES.get(key) ?? key, figureText(value, 4)] as const)
    );
    while (this.#body.rows.length > lines.length) this.#body.deleteRow(-1);
    lines.forEach(([name, key, value], i) => {
      const row = this.#body.rows[i] ?? addRow(this.#body), [head, cell] = [...row.children] as HTMLElement[];
      write(head.firstElementChild as HTMLElement, name);
      write(head.lastElementChild as HTMLElement, key);
      write(cell, value);
    });
  }
}

function addRow(body: HTMLTableSectionElement): HTMLTableRowElement {
  const head = make("th", { scope: "row" }, [make("small"), make("span")]);
  const row = make("tr", {}, [head, make("td")]);
  body.append(row);
  return row;
}
