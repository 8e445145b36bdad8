import { eachFrame, make, panel, write } from "./dom.ts";
import { figureText, percentText } from "./format.ts";

/** One figure of a panel. */
export interface Figure<Data> {
  readonly title: string;
  readonly text: (data: Data) => string;
  /** Above 0 it is a gain, below a loss. */
  readonly sign?: (data: Data) => number;
  /** Why there may be none: shown where the text is "–". */
  readonly none?: string;
}

/** A panel of figures, made of data of which only what changes is told. */
export class FigurePanel<Data extends object> {
  readonly element: HTMLElement;
  readonly #figures: readonly Figure<Data>[];
  readonly #cells: HTMLElement[];
  readonly #paint = eachFrame(() => this.#show());
  #data: Partial<Data> = {};

  constructor(title: string, figures: readonly Figure<Data>[]) {
    this.#figures = figures;
    this.#cells = figures.map(() => make("dd", { text: "–" }));
    const cells = figures.map(({ title }, i) =>
      make("div", { class: "figure" }, [make("dt", { text: title }), this.#cells[i]])
    );
    this.element = panel(title, make("dl", { class: "figures" }, cells));
  }

  /** Takes what changed. */
  update(changed: Partial<Data>): void {
    this.#data = { ...this.#data, ...changed };
    this.#paint();
  }

  #show(): void {
    const data = this.#data as Data;
    this.#figures.forEach(({ text, sign, none = "" }, i) => {
      const cell = this.#cells[i], value = sign?.(data) ?? 0, shown = text(data);
      write(cell, shown);
      cell.title = shown === "–" ? none : "";
      cell.classList.toggle("gain", value > 0);
      cell.classList.toggle("loss", value < 0);
    });
  }
}

/** What the account's figures are made of: fields of the channels pnl and metrics. */
export interface AccountData {
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

const NO_RATIO = "A ratio to equity: there is none where the session began with nothing, or equity has hardly moved";

/** The account and the run in figures. */
export const ACCOUNT_FIGURES: readonly Figure<AccountData>[] = [
  { title: "Equity", text: ({ equity, currency = "" }) => `${figureText(equity)} ${currency}`.trim() },
  { title: "Profit and loss", text: (data) => figureText(profit(data)), sign: (data) => profit(data) ?? 0 },
  {
    title: "Unrealised",
    text: ({ unrealised }) => figureText(unrealised),
    sign: ({ unrealised }) => unrealised ?? 0,
    none: "A position has no price yet",
  },
  { title: "Fees", text: ({ fees }) => figureText(fees) },
  { title: "Sharpe", text: ({ sharpe }) => figureText(sharpe), none: NO_RATIO },
  { title: "Sortino", text: ({ sortino }) => figureText(sortino), none: NO_RATIO },
  {
    title: "Drawdown",
    text: ({ drawdown }) => percentText(drawdown),
    none: "A share of the highest equity: there is none where the session began with nothing",
  },
  { title: "Win rate", text: ({ winRate }) => percentText(winRate, 1), none: "No round trip is complete yet" },
  { title: "Round trips", text: ({ trades }) => figureText(trades, 0) },
];

function profit({ realised, unrealised, fees }: AccountData): number | undefined {
  if (realised === undefined) return undefined;
  return (realised ?? 0) + (unrealised ?? 0) - (fees ?? 0);
}
