import type { Client } from "../client/mod.ts";
import { Chart } from "./chart.ts";
import { make } from "./dom.ts";
import { Figures } from "./figures.ts";
import { timeText } from "./format.ts";
import { NewestList } from "./lists.ts";

/** An alert with its time. */
interface AlertLine {
  readonly time: bigint;
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

/** What concerns the whole session: figures, equity, alerts. */
export class AccountView {
  readonly figures = new Figures();
  readonly equity = new Chart("Equity", "--accent");
  readonly alerts = new NewestList<AlertLine>(
    "Alerts",
    "None so far.",
    50,
    ({ time, severity, code, message }) =>
      make("p", { class: `alert ${severity}` }, [make("small", { text: `${timeText(time)} ${code} ` }), message]),
  );

  constructor(client: Client) {
    client.listen("pnl", "", ({ data, timestamp }) => {
      this.figures.update(data);
      if (typeof data.equity === "number") this.equity.add(timestamp, data.equity);
    });
    client.listen("metrics", "", ({ data }) => this.figures.update(data));
    client.listen("alerts", "", ({ data, timestamp }) => this.alerts.add({ ...data, time: timestamp }));
  }
}
