import { Code } from "../core/codes.ts";
import { POWERS_OF_TEN } from "../core/decimal.ts";
import type { Decimal } from "../core/decimal.ts";
import type { Instrument } from "../core/instrument.ts";
import type { Amount } from "../core/money.ts";
import type { RecordedCore, Recorder } from "../core/recorder.ts";
import { STATE_NAMES } from "../oms/order_life.ts";
import type { OrderTable } from "../oms/order_table.ts";
import type { ByteSink } from "./byte_sink.ts";
import { FloatColumn, IntColumn, TableFile, TextColumn, TimeColumn } from "./table_file.ts";

const SIDES = ["sell", "", "buy"];
const TYPES = ["market", "limit", "stop", "stop_limit", "market_if_touched", "trailing_stop", "iceberg"];
const TIFS = ["gtc", "ioc", "fok", "gtd", "day"];
const LIQUIDITY = ["maker", "taker"];
const REASONS = Object.entries(Code);

/** Writes every fill of a run as a row of an Arrow table: `time, order, instrument, side, price, size, lots, liquidity, fee`. */
export class FillTable implements Recorder {
  readonly #sink: ByteSink;
  #core!: RecordedCore;
  #columns!: ReturnType<typeof fillColumns>;
  #table!: TableFile;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  attach(core: RecordedCore): void {
    this.#core = core;
    this.#columns = fillColumns(core.account.valuation.instruments);
    this.#table = new TableFile(this.#sink, this.#columns);
  }

  fill(
    orders: OrderTable,
    slot: number,
    ns: number,
    price: number,
    lots: number,
    liquidity: number,
    fee: Amount,
  ): void {
    const columns = this.#columns, { row } = this.#table, { valuation } = this.#core.account;
    const instrument = orders.instrument[slot];
    const { tick, lot } = valuation.instruments[instrument];
    columns.time.setTime(row, this.#core.clock.era, ns);
    columns.order.set(row, orders.id[slot]);
    columns.instrument.set(row, instrument);
    columns.side.set(row, orders.side[slot] + 1);
    columns.price.set(row, decimal(price, tick));
    columns.size.set(row, decimal(lots, lot));
    columns.lots.set(row, lots);
    columns.liquidity.set(row, liquidity);
    columns.fee.set(row, fee.toNumber(valuation.scales[instrument]));
    this.#table.add();
  }

  /** Writes what is left and the file's end. */
  close(): void {
    this.#table.close();
  }
}

/**
 * Writes every order of a run as a row of an Arrow table, when it ends, and those still open when the run does: `order,
 * submitted, ended, instrument, side, type, tif, price, trigger, size, filled, lots, filled_lots, state, reason`.
 *
 * Price and trigger are NaN where an order has none; `ended` of an open order is the end of the run.
 */
export class OrderListTable implements Recorder {
  readonly #sink: ByteSink;
  #core!: RecordedCore;
  #columns!: ReturnType<typeof orderColumns>;
  #table!: TableFile;
  readonly #reasonPlaces = new Uint8Array(65_536);

  constructor(sink: ByteSink) {
    this.#sink = sink;
    REASONS.forEach(([, code], i) => this.#reasonPlaces[code] = i + 1);
  }

  attach(core: RecordedCore): void {
    this.#core = core;
    this.#columns = orderColumns(core.account.valuation.instruments);
    this.#table = new TableFile(this.#sink, this.#columns);
  }

  order(orders: OrderTable, slot: number, ns: number, code: number): void {
    const columns = this.#columns, { row } = this.#table, { clock, account } = this.#core;
    const instrument = orders.instrument[slot];
    const { tick, lot } = account.valuation.instruments[instrument];
    columns.order.set(row, orders.id[slot]);
    columns.submitted.setTime(row, clock.era, orders.submitted[slot]);
    columns.ended.setTime(row, clock.era, ns);
    columns.instrument.set(row, instrument);
    columns.side.set(row, orders.side[slot] + 1);
    columns.type.set(row, orders.type[slot]);
    columns.tif.set(row, orders.tif[slot]);
    columns.price.set(row, decimal(orders.price[slot], tick));
    // Only triggered types have one; in the other slots a trigger is left over from an older order.
    const triggered = orders.type[slot] >= 2 && orders.type[slot] <= 5;
    columns.trigger.set(row, triggered ? decimal(orders.trigger[slot], tick) : NaN);
    columns.size.set(row, decimal(orders.size[slot], lot));
    columns.filled.set(row, decimal(orders.filled[slot], lot));
    columns.lots.set(row, orders.size[slot]);
    columns.filled_lots.set(row, orders.filled[slot]);
    columns.state.set(row, orders.state[slot]);
    columns.reason.set(row, this.#reasonPlaces[code]);
    this.#table.add();
  }

  /** Writes what is left and the file's end. */
  close(): void {
    this.#table.close();
  }
}

function fillColumns(instruments: readonly Instrument[]) {
  return {
    time: new TimeColumn(),
    order: new IntColumn(),
    instrument: symbols(instruments),
    side: new TextColumn(SIDES),
    price: new FloatColumn(),
    size: new FloatColumn(),
    lots: new IntColumn(),
    liquidity: new TextColumn(LIQUIDITY),
    fee: new FloatColumn(),
  };
}

function orderColumns(instruments: readonly Instrument[]) {
  return {
    order: new IntColumn(),
    submitted: new TimeColumn(),
    ended: new TimeColumn(),
    instrument: symbols(instruments),
    side: new TextColumn(SIDES),
    type: new TextColumn(TYPES),
    tif: new TextColumn(TIFS),
    price: new FloatColumn(),
    trigger: new FloatColumn(),
    size: new FloatColumn(),
    filled: new FloatColumn(),
    lots: new IntColumn(),
    filled_lots: new IntColumn(),
    state: new TextColumn(STATE_NAMES),
    reason: new TextColumn(["", ...REASONS.map(([name]) => name)]),
  };
}

function symbols(instruments: readonly Instrument[]): TextColumn {
  return new TextColumn(instruments.map(({ symbol }) => symbol));
}

/** Units of a step as the nearest float: one correctly rounded division. */
function decimal(units: number, step: Decimal): number {
  return units * step.mantissa / POWERS_OF_TEN[step.decimals];
}
