import { ERA } from "../core/clock.ts";
import { Code } from "../core/codes.ts";
import { POWERS_OF_TEN } from "../core/decimal.ts";
import type { Decimal } from "../core/decimal.ts";
import type { Instrument } from "../core/instrument.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { Amount } from "../core/money.ts";
import type { RecordedCore, Recorder } from "../core/recorder.ts";
import { isFinal, STATE_NAMES } from "../oms/order_life.ts";
import { BY_SESSION, IN_HINDSIGHT, type OrderTable, TIF_NAMES, TYPE_NAMES } from "../oms/order_table.ts";
import type { ByteSink } from "./byte_sink.ts";
import { FloatColumn, IntColumn, NullableTimeColumn, TableFile, TextColumn, TimeColumn } from "./table_file.ts";

/** By side plus 1. */
export const SIDES = ["sell", "", "buy"];
const LIQUIDITY = ["maker", "taker"];
const CODES = Object.entries(Code);
/** Of an order that the session sent itself: to liquidate, or in hindsight when the tape had ended. */
const LIQUIDATION = "LIQUIDATION", FINISH = "FINISH";
const REASONS = ["", ...CODES.map(([name]) => name), LIQUIDATION, FINISH];

/** What times in tables mean. */
export const CLOCK = "local time, UTC: when we learnt of it, one response latency after it happened at the exchange";

/**
 * Writes every fill of a run as a row of an Arrow table: `time, order, instrument, side, price, size, lots, liquidity, fee`.
 *
 * `time` is local: when we learnt of the fill, one response latency after the exchange filled it. The file's schema
 * metadata says so, too.
 */
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
    this.#table = new TableFile(this.#sink, this.#columns, FILL_NOTES);
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
 * - `submitted` and `ended` are local times: when the strategy sent it, and when we learnt that it had ended.
 * - An order that stands open when the run ends has no `ended`: it is null, which numpy and pandas read as not-a-time
 *   (NaT), and its state is no final one (New, PartiallyFilled, Pending…).
 * - Price and trigger are NaN where an order has none.
 * - `reason` is the code of a refusal or an early end. Orders of the session's own have FINISH, where they close what is
 *   left at the end of the tape in hindsight, and LIQUIDATION; they are not among the result's `orders` unless they were sent.
 *
 * The file's schema metadata says what the times mean, too.
 */
export class OrderListTable implements Recorder {
  readonly #sink: ByteSink;
  #core!: RecordedCore;
  #columns!: ReturnType<typeof orderColumns>;
  #table!: TableFile;
  readonly #reasonPlaces = new Uint8Array(65_536);

  constructor(sink: ByteSink) {
    this.#sink = sink;
    CODES.forEach(([, code], i) => this.#reasonPlaces[code] = i + 1);
  }

  attach(core: RecordedCore): void {
    this.#core = core;
    this.#columns = orderColumns(core.account.valuation.instruments);
    this.#table = new TableFile(this.#sink, this.#columns, ORDER_NOTES);
  }

  order(orders: OrderTable, slot: number, ns: number, code: number): void {
    const columns = this.#columns, { row } = this.#table, { clock, account } = this.#core;
    const instrument = orders.instrument[slot];
    const { tick, lot } = account.valuation.instruments[instrument];
    columns.order.set(row, orders.id[slot]);
    columns.submitted.setTime(row, clock.era - orders.shifted[slot] / ERA, orders.submitted[slot]);
    if (!isFinal(orders.state[slot])) columns.ended.setNull(row);
    else columns.ended.setTime(row, clock.era, ns);
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
    columns.reason.set(row, code === 0 ? ownReason(orders.flags[slot]) : this.#reasonPlaces[code]);
    this.#table.add();
  }

  /** Writes what is left and the file's end. */
  close(): void {
    this.#table.close();
  }
}

/** What readers find in the schema's metadata. */
const FILL_NOTES = { lockstep: "1", time: CLOCK };
const ORDER_NOTES = {
  lockstep: "1",
  submitted: "local time, UTC: when the strategy sent the order",
  ended: `${CLOCK}; null where the order stands open at the end of the run`,
  reason: "code of a refusal or an early end; FINISH and LIQUIDATION are orders of the session's own",
};

/** The place of what an order of the session's own is for; 0 for the strategy's. */
function ownReason(flags: number): number {
  if (!(flags & BY_SESSION)) return 0;
  return REASONS.indexOf(flags & IN_HINDSIGHT ? FINISH : LIQUIDATION);
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
    ended: new NullableTimeColumn(),
    instrument: symbols(instruments),
    side: new TextColumn(SIDES),
    type: new TextColumn(TYPE_NAMES),
    tif: new TextColumn(TIF_NAMES),
    price: new FloatColumn(),
    trigger: new FloatColumn(),
    size: new FloatColumn(),
    filled: new FloatColumn(),
    lots: new IntColumn(),
    filled_lots: new IntColumn(),
    state: new TextColumn(STATE_NAMES),
    reason: new TextColumn(REASONS),
  };
}

/** The instruments' names by index: symbols, and "symbol@venue" where several venues trade one. */
export function symbols(instruments: readonly Instrument[]): TextColumn {
  return new TextColumn(instrumentNames(instruments));
}

/** Units of a step as the nearest float: one correctly rounded division. */
export function decimal(units: number, step: Decimal): number {
  return units * step.mantissa / POWERS_OF_TEN[step.decimals];
}
