import { formatDecimal } from "../core/decimal.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { AmountView } from "../core/amount.ts";
import type { RecordedCore, Recorder } from "../core/recorder.ts";
import type { ByteSink } from "./byte_sink.ts";

/** Decimals that money has at least. */
const DECIMALS = 6;
/** Characters gathered before they are written. */
const CHUNK = 1 << 16;

/**
 * Writes a CSV of the account as it changes: `local_ns,position_lots,trades,balance,fee`, a row for each step of the
 * strategy's timer, before it is called, at which the number of trades is another than at the step before. A strategy without timers has a
 * row for each fill.
 *
 * Balance and fee are exact money, with 6 decimals or as many as it takes. Of several instruments each has its own rows, and
 * `instrument` is a sixth column.
 */
export class StepsFile implements Recorder {
  readonly #sink: ByteSink;
  readonly #byFill: boolean;
  readonly #encoder = new TextEncoder();
  #core!: RecordedCore;
  #trades: Float64Array = new Float64Array(0);
  #names: readonly string[] = [];
  #text = "";

  constructor(sink: ByteSink, options: { readonly byFill: boolean }) {
    this.#sink = sink;
    this.#byFill = options.byFill;
  }

  attach(core: RecordedCore): void {
    this.#core = core;
    const { instruments } = core.account.valuation, count = instruments.length;
    this.#names = instrumentNames(instruments);
    // A session that goes on from a snapshot has traded before.
    this.#trades = core.flow.trades.slice();
    this.#text = `local_ns,position_lots,trades,balance,fee${count > 1 ? ",instrument" : ""}\n`;
  }

  step(ns: number): void {
    if (!this.#byFill) this.#rows(ns);
  }

  fill(_orders: unknown, _slot: number, ns: number): void {
    if (this.#byFill) this.#rows(ns);
  }

  /** Writes what is left. */
  close(): void {
    this.#flush();
    this.#sink.close();
  }

  #rows(ns: number): void {
    const { trades } = this.#core.flow;
    for (let i = 0; i < trades.length; i++) {
      if (trades[i] === this.#trades[i]) continue;
      this.#trades[i] = trades[i];
      this.#row(ns, i);
    }
  }

  #row(ns: number, instrument: number): void {
    const { account, clock, flow: { trades } } = this.#core;
    const scale = account.valuation.scales[instrument];
    const balance = exact(account.balance(instrument), scale);
    const fees = exact(account.fees(instrument), scale);
    const last = trades.length > 1 ? `,${this.#names[instrument]}` : "";
    this.#text += `${clock.toEpochNs(ns)},${account.position(instrument)},${
      trades[instrument]
    },${balance},${fees}${last}\n`;
    if (this.#text.length > CHUNK) this.#flush();
  }

  #flush(): void {
    if (this.#text !== "") this.#sink.write(this.#encoder.encode(this.#text));
    this.#text = "";
  }
}

/** An amount with all its decimals, and zeros to six of them. */
function exact(amount: AmountView, scale: number): string {
  const text = formatDecimal(amount.toBigInt(), scale), point = text.indexOf(".");
  const [whole, decimals] = point < 0 ? [text, ""] : [text.slice(0, point), text.slice(point + 1)];
  return `${whole}.${decimals.replace(/0+$/, "").padEnd(DECIMALS, "0")}`;
}
