import { eachFrame, make, panel } from "./dom.ts";
import { figureText, percentText } from "./format.ts";

/** What the figures are made of: fields of the channels pnl and metrics. */
export interface FiguresData {
  readonly currency?: string;
  readonly equity?: number | null;
  readonly realised?: number | null;
  readonly unrealised?: number | null;
  readonly fees?: number | null;
  readonly sharpe?: number | null;
  readonly sortino?: number | null;
  readonly drawdown?: number | null;
  readonly winRate?: number | null;
  readonly trades?: number;
}

const FIGURES:
  readonly (readonly [title: string, text: (data: FiguresData) => string, sign?: (data: FiguresData) => number])[] = [
    ["Equity", ({ equity, currency = "" }) => `${figureText(equity)} ${currency}`],
    ["Profit and loss", (data) => figureText(profit(data)), (data) => profit(data)],
    ["Unrealised", ({ unrealised }) => figureText(unrealised), ({ unrealised }) => unrealised ?? 0],
    ["Fees", ({ fees }) => figureText(fees)],
    ["Sharpe", ({ sharpe }) => figureText(sharpe)],
    ["Sortino", ({ sortino }) => figureText(sortino)],
    ["Drawdown", ({ drawdown }) => percentText(drawdown)],
    ["Win rate", ({ winRate }) => percentText(winRate, 1)],
    ["Round trips", ({ trades }) => figureText(trades, 0)],
  ];

/** The account and the run in figures. */
export class Figures {
  readonly element: HTMLElement;
  readonly #cells: HTMLElement[];
  readonly #paint = eachFrame(() => this.#show());
  #data: FiguresData = {};

  constructor() {
    this.#cells = FIGURES.map(() => make("b", { text: "–" }));
    const cells = FIGURES.map(([title], i) =>
      make("div", { class: "figure" }, [this.#cells[i], make("span", { text: title })])
    );
    this.element = panel("Account", make("div", { class: "figures" }, cells));
  }

  /** Takes what changed. */
  update(changed: FiguresData): void {
    this.#data = { ...this.#data, ...changed };
    this.#paint();
  }

  #show(): void {
    FIGURES.forEach(([, text, sign], i) => {
      const cell = this.#cells[i], value = sign?.(this.#data) ?? 0;
      cell.textContent = text(this.#data);
      cell.classList.toggle("gain", value > 0);
      cell.classList.toggle("loss", value < 0);
    });
  }
}

function profit({ realised, unrealised, fees }: FiguresData): number {
  return (realised ?? 0) + (unrealised ?? 0) - (fees ?? 0);
}
