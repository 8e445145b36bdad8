import type { Instrument } from "../core/instrument.ts";
import { ACCOUNT_AFTER_FILL, type RecordedCore, type Recorder } from "../core/recorder.ts";
import type { ByteSink } from "./byte_sink.ts";
import { CLOCK, decimal, SIDES, symbols } from "./run_tables.ts";
import { FloatColumn, IntColumn, NullableTimeColumn, TableFile, TextColumn, TimeColumn } from "./table_file.ts";

/**
 * Writes the position after each change of the account as a row of an Arrow table: `time, instrument, lots, size,
 * average_price, balance, realised, fees`.
 *
 * - A row follows each own fill, and each funding, dividend, split and expiry.
 * - `lots` and `size` are signed: below 0 is short. `average_price` is NaN when flat.
 * - `balance` (−Σ price × signed size), `realised` (before fees) and `fees` are all until then, in the instrument's currency.
 */
export class PositionTable implements Recorder {
  readonly #sink: ByteSink;
  #core!: RecordedCore;
  #columns!: ReturnType<typeof positionColumns>;
  #table!: TableFile;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  attach(core: RecordedCore): void {
    this.#core = core;
    this.#columns = positionColumns(core.account.valuation.instruments);
    this.#table = new TableFile(this.#sink, this.#columns, { lockstep: "1", time: CLOCK });
  }

  output(tag: number, era: number, ns: number, instrument: number): void {
    if ((tag & 15) !== ACCOUNT_AFTER_FILL) return;
    const columns = this.#columns, { row } = this.#table, { account } = this.#core;
    const { instruments, scales } = account.valuation;
    const lots = account.position(instrument), scale = scales[instrument];
    columns.time.setTime(row, era, ns);
    columns.instrument.set(row, instrument);
    columns.lots.set(row, lots);
    columns.size.set(row, decimal(lots, instruments[instrument].lot));
    columns.average_price.set(row, account.averagePrice(instrument));
    columns.balance.set(row, account.balance(instrument).toNumber(scale));
    columns.realised.set(row, account.realised(instrument).toNumber(scale));
    columns.fees.set(row, account.fees(instrument).toNumber(scale));
    this.#table.add();
  }

  /** Writes what is left and the file's end. */
  close(): void {
    this.#table.close();
  }
}

/**
 * Writes every round trip, from flat to flat, as a row of an Arrow table when it ends: `trade, instrument, side, opened,
 * closed, lots, size, entry, exit, pnl, fees, income, net`.
 *
 * - A fill through zero ends one and begins the next. `trade` counts from 1.
 * - `opened` and `closed` are local times; `opened` is null where a run that went on from a snapshot had opened it before.
 * - `entry` and `exit` are average prices; `net` is `pnl` − `fees` + `income` (funding and dividends).
 */
export class TradeTable implements Recorder {
  readonly #sink: ByteSink;
  #core!: RecordedCore;
  #columns!: ReturnType<typeof tradeColumns>;
  #table!: TableFile;
  #count = 0;
  /** By instrument: when the position was opened, as era and ns; era -1 where that was not seen. */
  #eras = new Float64Array(0);
  #times = new Float64Array(0);

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  attach(core: RecordedCore): void {
    const { instruments } = core.account.valuation;
    this.#core = core;
    this.#eras = new Float64Array(instruments.length).fill(-1);
    this.#times = new Float64Array(instruments.length);
    this.#columns = tradeColumns(instruments);
    const notes = { lockstep: "1", opened: CLOCK, closed: CLOCK };
    this.#table = new TableFile(this.#sink, this.#columns, notes);
  }

  onOpen(instrument: number): void {
    const { clock } = this.#core;
    this.#eras[instrument] = clock.era;
    this.#times[instrument] = clock.now;
  }

  onRoundTrip(
    instrument: number,
    side: number,
    lots: number,
    entryValue: number,
    exitValue: number,
    pnl: number,
    fees: number,
    income: number,
  ): void {
    const columns = this.#columns, { row } = this.#table, { clock, account } = this.#core;
    const { lot, lotSize, contract, kind } = account.valuation.instruments[instrument];
    const worth = lots * lotSize * contract;
    // A linear value is price × size, an inverse one size ÷ price.
    const price = (value: number) => kind === "inverse" ? worth / value : value / worth;
    columns.trade.set(row, ++this.#count);
    columns.instrument.set(row, instrument);
    columns.side.set(row, side + 1);
    if (this.#eras[instrument] < 0) columns.opened.setNull(row);
    else columns.opened.setTime(row, this.#eras[instrument], this.#times[instrument]);
    columns.closed.setTime(row, clock.era, clock.now);
    columns.lots.set(row, lots);
    columns.size.set(row, decimal(lots, lot));
    columns.entry.set(row, price(entryValue));
    columns.exit.set(row, price(exitValue));
    columns.pnl.set(row, pnl);
    columns.fees.set(row, fees);
    columns.income.set(row, income);
    columns.net.set(row, pnl - fees + income);
    this.#table.add();
  }

  /** Writes what is left and the file's end. */
  close(): void {
    this.#table.close();
  }
}

function positionColumns(instruments: readonly Instrument[]) {
  return {
    time: new TimeColumn(),
    instrument: symbols(instruments),
    lots: new IntColumn(),
    size: new FloatColumn(),
    average_price: new FloatColumn(),
    balance: new FloatColumn(),
    realised: new FloatColumn(),
    fees: new FloatColumn(),
  };
}

function tradeColumns(instruments: readonly Instrument[]) {
  return {
    trade: new IntColumn(),
    instrument: symbols(instruments),
    side: new TextColumn(SIDES),
    opened: new NullableTimeColumn(),
    closed: new TimeColumn(),
    lots: new IntColumn(),
    size: new FloatColumn(),
    entry: new FloatColumn(),
    exit: new FloatColumn(),
    pnl: new FloatColumn(),
    fees: new FloatColumn(),
    income: new FloatColumn(),
    net: new FloatColumn(),
  };
}
