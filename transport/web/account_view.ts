import type { Client, ServerHello } from "../client/mod.ts";
import { Chart } from "./chart.ts";
import { make } from "./dom.ts";
import { ACCOUNT_FIGURES, type AccountData, FigurePanel } from "./figures.ts";
import { figureText, momentText } from "./format.ts";
import { NewestList } from "./lists.ts";
import { follow } from "./past.ts";
import { SignalsView } from "./signals_view.ts";

/** Messages a second: more nobody sees. */
const RATE = 10;

/** An alert with its time. */
interface AlertLine {
  readonly time: bigint;
  readonly symbol: string;
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

/** What concerns the whole session: figures, equity, alerts, signals. */
export class AccountView {
  readonly figures = new FigurePanel<AccountData>("Account", ACCOUNT_FIGURES);
  readonly equity = new Chart({ title: "Equity", color: "--accent", text: (value) => figureText(value) });
  readonly signals: SignalsView;
  readonly alerts = new NewestList<AlertLine>({
    title: "Alerts",
    empty: "None so far.",
    most: 50,
    mark: ({ severity }) => `alert ${severity}`,
    line: ({ time, symbol, severity, code, message }) => [
      make("small", { text: [momentText(time), severity, code, symbol].filter((text) => text !== "").join(" ") }),
      make("span", { text: message }),
    ],
  });
  readonly #stops: (() => void)[];

  constructor(client: Client, { instruments }: ServerHello) {
    this.signals = new SignalsView(client);
    this.#stops = [
      client.listen("pnl", "", ({ data }) => this.figures.update(data), { rateMax: RATE }),
      client.listen("metrics", "", ({ data }) => this.figures.update(data), { rateMax: RATE }),
      follow(client, { channel: "pnl", symbol: "", most: 1024, sparse: true }, ({ data, timestamp }) => {
        if (typeof data.equity === "number") this.equity.add(timestamp, data.equity);
      }),
      follow(client, {
        channel: "alerts",
        symbol: "*",
        past: ["", ...instruments.slice(0, 50).map(({ symbol }) => symbol)],
        most: 50,
      }, ({ data, symbol, timestamp }) => this.alerts.add({ ...data, symbol, time: timestamp })),
    ];
  }

  /** Ends what it listens to. */
  close(): void {
    for (const stop of this.#stops) stop();
    this.signals.close();
    this.equity.close();
  }
}
